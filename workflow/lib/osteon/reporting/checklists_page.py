"""The page of the checklists: the METRICS score, then every item with its proposal, its evidence and a box to tick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from osteon.reporting.checklists import (
    SCORED,
    STATUSES,
    Checklist,
    checklist,
    class_name,
    metrics_score,
    status_name,
)
from osteon.reporting.citations import doi_of
from osteon.reporting.evidence import PERSON
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import number
from osteon.reporting.templating import render

ROOT = "../../"
"""From the folder of the checklists to that of the results."""
COUNTS = ["checklist", "items", "yes", "no", "not_applicable", "for_a_person", "score_low", "score_high"]


@dataclass(frozen=True)
class ItemRow:
    """An item as the page shows it; `href` is '' where there is nothing to look at."""

    id: str
    item: str
    status: str
    kind: str
    evidence: str
    link: str
    note: str

    @property
    def href(self) -> str:
        """Path from the page."""
        return f"{ROOT}{self.link}" if self.link else ""


@dataclass(frozen=True)
class ListOnPage:
    """A checklist: its items by section, and how many have each status."""

    key: str
    name: str
    version: str
    doi: str
    counts: list[tuple[str, str, int]]
    sections: list[tuple[str, list[ItemRow]]]


def counts_table(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """How many items of each checklist have each status, and the METRICS score.

    Args:
        tables: from `checklists.propose`, by the key of the checklist.

    Returns:
        checklist; items, yes, no, not_applicable, for_a_person (numbers of items); score_low and score_high, the
        METRICS score in per cent if everything that is for a person turns out no, and yes; empty for other lists.
    """
    rows = []
    for key, table in tables.items():
        score = metrics_score(table) if key == SCORED else None
        rows.append([key, len(table), *_counts(table).values(), score and score.low, score and score.high])
    return pd.DataFrame(rows, columns=COUNTS)


def checklists_page(tables: Mapping[str, pd.DataFrame], title: str, banner: str = "", say: Say = english) -> str:
    """The page as text; same tables, same bytes.

    Args:
        tables: from `checklists.propose` in the reader's language, by the key of the checklist.
        title: of the study.
        banner: what nobody must overlook; '' where there is nothing.
        say: the reader's language.
    """
    return render(
        "checklists.html.j2",
        ("style.css", "checklists.css"),
        say,
        title=title,
        banner=banner,
        root=ROOT,
        score=_score(tables[SCORED], say) if SCORED in tables else None,
        open=_counts(tables[SCORED])[PERSON] if SCORED in tables else 0,
        lists=[_on_page(checklist(key), table, say) for key, table in tables.items()],
    )


def _score(table: pd.DataFrame, say: Say) -> dict[str, str]:
    score = metrics_score(table)
    low, high = (class_name(name, say) for name in score.classes)
    return {
        "low": number(score.low, 1),
        "high": number(score.high, 1),
        "low_class": low,
        "high_class": high,
    }


def _on_page(list_: Checklist, table: pd.DataFrame, say: Say) -> ListOnPage:
    sections: dict[str, list[ItemRow]] = {}
    for row in table.fillna("").itertuples():
        name, kind = status_name(row.status, say), _kind(row.status)
        sections.setdefault(row.section, []).append(
            ItemRow(row.id, row.item, name, kind, row.evidence, row.link, row.note)
        )
    counts = [(_kind(one), status_name(one, say), count) for one, count in _counts(table).items()]
    return ListOnPage(list_.key, list_.name, list_.version, doi_of(list_.citation), counts, list(sections.items()))


def _counts(table: pd.DataFrame) -> dict[str, int]:
    """Number of items of each status, in the order of `STATUSES`."""
    return {status: int((table["status"] == status).sum()) for status in STATUSES}


def _kind(status: str) -> str:
    """A status as a class of the style sheet."""
    return status.replace(" ", "-")
