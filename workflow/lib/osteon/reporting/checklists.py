"""Reporting checklists: each item with a proposal, its evidence and a link, for a person to confirm.

The lists are in the folder checklists, in our own short wording, in English and Chinese. What an item asks was taken
from the sources that each file names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from osteon.config.explain import did_you_mean
from osteon.config.paper_files import CHECKLISTS
from osteon.reporting.evidence import GENERAL_RULES, NO, NOT_APPLICABLE, PERSON, YES, Rule
from osteon.reporting.evidence_images import IMAGE_RULES
from osteon.reporting.evidence_models import MODEL_RULES
from osteon.reporting.language import Say, english, language
from osteon.reporting.study_facts import StudyFacts

FOLDER = Path(__file__).parent / "checklists"
RULES: dict[str, Rule] = GENERAL_RULES | IMAGE_RULES | MODEL_RULES
COLUMNS = ["id", "section", "item", "status", "evidence", "link", "note"]
SCORED = "metrics"
STATUSES = (YES, NO, NOT_APPLICABLE, PERSON)


@dataclass(frozen=True)
class Checklist:
    """One checklist as its file has it."""

    key: str
    name: str
    version: str
    citation: str
    """Key in citations.bib."""
    count: int
    """Numbered items; an item may have sub-items 3a, 3b."""
    sections: dict[str, dict[str, str]]
    """Names of the sections by language."""
    items: tuple[dict, ...]
    """id, section, rule, en, zh; and, where they have one, look, column, modality, weight, essential."""


@dataclass(frozen=True)
class Score:
    """METRICS score, in per cent, if the proposals are confirmed."""

    low: float
    """If everything that a person must judge is answered no."""
    high: float
    """If it is answered yes."""

    @property
    def classes(self) -> tuple[str, str]:
        """Classes of both: 'very low', 'low', 'moderate', 'good' or 'excellent'."""
        return score_class(self.low), score_class(self.high)


@cache
def checklist(key: str) -> Checklist:
    """One of `CHECKLISTS`; ValueError for another name."""
    if key not in CHECKLISTS:
        raise ValueError(f"{key!r} is no checklist. {did_you_mean(key, list(CHECKLISTS))}")
    content = yaml.safe_load((FOLDER / f"{key}.yaml").read_text(encoding="utf-8"))
    items = tuple({**item, "id": str(item["id"])} for item in content.pop("items"))
    return Checklist(key=key, items=items, **content)


def propose(list_: Checklist, facts: StudyFacts, code: str = "en") -> pd.DataFrame:
    """A proposal for every item.

    Args:
        list_: from `checklist`.
        facts: of the study.
        code: language of the texts, see `language.LANGUAGES`.

    Returns:
        id, section, item (text in the language); status, in English in every language: 'proposed yes', 'proposed no',
        'not applicable' or 'for a person'; evidence (text); link (path
        below the results, '' for none; for a yes that follows from a setting, the configuration); note.
    """
    say = language(code)
    rows = []
    for item in list_.items:
        proposal = RULES[item["rule"]](facts, item, say)
        if proposal.status == YES and not proposal.link:
            proposal = proposal._replace(link=facts.find("config"))
        section = list_.sections[item["section"]][code]
        note = "" if item.get("essential", True) else say("Recommended, not essential.")
        rows.append([item["id"], section, item[code], *proposal, note])
    return pd.DataFrame(rows, columns=COLUMNS)


def status_name(status: str, say: Say = english) -> str:
    """A status of `propose` for readers."""
    return {
        YES: say("Proposed: yes"),
        NO: say("Proposed: no"),
        NOT_APPLICABLE: say("Not applicable"),
        PERSON: say("For a person"),
    }[status]


def metrics_score(table: pd.DataFrame) -> Score:
    """METRICS score of proposals: 100 * sum of the weights of yes / sum of the weights of what applies.

    Args:
        table: from `propose(checklist("metrics"), ...)`.

    Returns:
        The least and the largest score, as the items for a person turn out.

    Source: Kocak et al., Insights Imaging 2024;15:8.
    """
    weights = {item["id"]: item["weight"] for item in checklist(SCORED).items}
    weight = table["id"].map(weights)
    total = weight[table["status"] != NOT_APPLICABLE].sum()
    yes = weight[table["status"] == YES].sum()
    open_ = weight[table["status"] == PERSON].sum()
    return Score(round(float(100 * yes / total), 1), round(float(100 * (yes + open_) / total), 1))


def score_class(score: float) -> str:
    """Class of a METRICS score: below 20 very low, 40 low, 60 moderate, 80 good, else excellent."""
    limits = {20: "very low", 40: "low", 60: "moderate", 80: "good"}
    return next((name for limit, name in limits.items() if score < limit), "excellent")


def class_name(name: str, say: Say = english) -> str:
    """A class of `score_class` for readers."""
    return {
        "very low": say("very low"),
        "low": say("low"),
        "moderate": say("moderate"),
        "good": say("good"),
        "excellent": say("excellent"),
    }[name]
