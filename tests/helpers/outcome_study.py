"""The made-up study of the report with an outcome of several classes, or a number: evaluated as the rules do it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from helpers import report_study
from osteon.config.cohort import Outcome
from osteon.config.evaluation_files import REPORTED
from osteon.config.modelling import Validation
from osteon.modelling.evaluation import evaluate
from osteon.modelling.task import Task
from osteon.reporting.content import Part, ReportContent
from osteon.reporting.outcome_figures import validation_figures
from osteon.reporting.set_names import set_names
from osteon.statistics.baseline import baseline_by_set

OUTCOMES = {
    "classes": Outcome(column="grade", type="classes", classes=["Normal", "Osteopenia", "骨质疏松"], label="Bone"),
    "continuous": Outcome(column="qct", type="continuous", label="QCT density", unit="mg/cm³"),
}
PARTS = {"internal": report_study.SETS, "center-C": {"external": "Hospital C & co"}}
SIZES = {"train": 90, "test": 45, "external": 36}


def predictions(outcome: Outcome, sets: dict[str, str], *, lacking: str = "") -> pd.DataFrame:
    """Two models, the second the better one; the set `lacking` has no patient of the last class, or equal outcomes."""
    random, task, parts = np.random.default_rng(5), Task.of(outcome), []
    for name in sets:
        n = SIZES[name]
        codes = np.arange(n) % (2 if name == lacking else 3)
        measured = 130.0 - 25 * codes + 12 * random.normal(size=n) * (name != lacking)
        measured = np.full(n, 100.0) if name == lacking else measured
        people = pd.DataFrame({"subject": [f"{name}{i}" for i in range(n)], "center": np.where(codes % 2, "A", "B")})
        people = people.assign(set=name, imputed=0, age=60 + 4 * codes + random.normal(size=n), sex=np.arange(n) % 2)
        for model, noise in (("clinical", 2.0), ("combined", 0.8)):
            if task.kind == "classes":
                scores = np.exp(1 - 0.8 * np.abs(codes[:, None] - np.arange(3)) + noise * random.normal(size=(n, 3)))
                guess = pd.DataFrame(scores / scores.sum(axis=1, keepdims=True), columns=task.columns)
                parts.append(people.assign(outcome=codes, model=model).join(guess))
            else:
                guess = 0.7 * measured + 30 + noise * 14 * random.normal(size=n)
                parts.append(people.assign(outcome=measured, model=model, predicted=guess))
    return pd.concat(parts, ignore_index=True)


def tables_of(outcome: Outcome, sets: dict[str, str], *, lacking: str = "") -> dict[str, pd.DataFrame]:
    """All tables of one part of the validation."""
    task, table = Task.of(outcome), predictions(outcome, sets, lacking=lacking)
    found = evaluate(task, table, list(sets), dict.fromkeys(report_study.MODELS), Validation(bootstrap=100), 1)
    own = table[table["model"] == "combined"]
    cohorts = {name: own[own["set"] == name] for name in sets}
    return found | {"baseline": baseline_by_set(cohorts, report_study.study().variables, len(task.values))}


def coefficients(kind: str) -> pd.DataFrame:
    """A linear model of several classes, or of a number."""
    terms = pd.DataFrame(
        {
            "model": "clinical",
            "term": ["age", "intercept"],
            "kind": ["clinical", "intercept"],
            "coefficient": [-12.25, 104.5],
            "p": [0.001, 0.0],
            "odds_ratio": np.nan,
            "low": [-18.5, 99.0],
            "high": [-6.0, 110.0],
            "coefficient_per_unit": [-1.5, 198.0],
            "note": "",
        }
    )
    if kind == "continuous":
        return terms
    nothing = dict.fromkeys(("p", "low", "high"), np.nan)
    classes = OUTCOMES[kind].classes
    parts = [terms.assign(odds_ratio=0.5, note="no standard errors: logistic", **nothing) for _ in classes]
    return pd.concat(
        [part.assign(**{"class": name}) for part, name in zip(parts, classes, strict=True)], ignore_index=True
    )


def content(kind: str, base: ReportContent) -> ReportContent:
    """The study `base` with an outcome of this kind; the external hospital lacks a class, or variation."""
    outcome, parts = OUTCOMES[kind], []
    for key, sets in PARTS.items():
        tables = tables_of(outcome, sets, lacking="external")
        # the tables name their sets by key, the pages by name
        titles = set_names(base.study, "internal", base.say) if key == "internal" else sets
        figures = validation_figures(tables, outcome, report_study.MODELS, titles, base.say)
        texts = {name: report_study.svg_of(figure) for name, figure in figures.items()}
        name = base.say("Development hospitals") if key == "internal" else "Hospital C & co"
        shown = (tables[table] for table in ("performance", "pairwise", "baseline"))
        parts.append(Part(key, name, titles, *shown, texts, {table: tables[table] for table in REPORTED[kind]}))
    validation = base.study.validation.model_copy(update={"repeats": 0, "leave_one_center_out": False})
    study = base.study.model_copy(update={"outcome": outcome, "validation": validation})
    return replace(
        base, study=study, parts=parts, coefficients=coefficients(kind), search=None, null_run=None, confounding=None
    )
