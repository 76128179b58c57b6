"""Osteon's own tables pass the checks, and an altered cell does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from osteon.config.cohort import Variable
from osteon.config.modelling import Validation
from osteon.modelling.evaluation import evaluate
from osteon.modelling.task import Task
from osteon.printed.findings import Verdict
from osteon.printed.own import own_findings
from osteon.statistics.baseline import baseline_by_set

SETS = {"test": 90, "repeated_cv": 60, "external": 40, "one_class": 12}


@pytest.fixture(scope="module")
def tables():
    random = np.random.default_rng(4)
    parts, cohorts = [], {}
    for name, n in SETS.items():
        outcome = np.zeros(n, dtype=int) if name == "one_class" else (np.arange(n) % 5 < 2).astype(int)
        shared = random.normal(size=n)
        for model, gain in (("clinical", 0.7), ("radiomics", 1.0), ("combined", 1.6)):
            score = gain * outcome + shared + 0.6 * random.normal(size=n)
            own = {"threshold": np.where(np.arange(n) % 2, 0.4, 0.6)} if name == "repeated_cv" else {}
            parts.append(
                pd.DataFrame(
                    {
                        "model": model,
                        "set": name,
                        "subject": [f"{name}{i:03d}" for i in range(n)],
                        "center": np.where(np.arange(n) % 3, "A", "B"),
                        "outcome": outcome,
                        "probability": 1 / (1 + np.exp(-score)),
                        "imputed": 0,
                        **own,
                    }
                )
            )
        cohorts[name] = pd.DataFrame(
            {
                "outcome": outcome,
                "age": np.round(65 + 8 * random.normal(size=n) + 3 * outcome),
                "sex": (random.random(n) < 0.5 - 0.2 * outcome).astype(float),
                "diabetes": (random.random(n) < 0.04).astype(float),
            }
        )
    thresholds = dict.fromkeys(("clinical", "radiomics", "combined"), 0.55)
    settings = Validation(bootstrap=100, decision=(0.2, 0.6))
    found = evaluate(Task("binary"), pd.concat(parts, ignore_index=True), list(SETS), thresholds, settings, 1)
    kinds = {
        "age": Variable(type="continuous"),
        "sex": Variable(type="binary", positive="yes"),
        "diabetes": Variable(type="binary", positive="yes"),
    }
    return found["performance"], found["pairwise"], baseline_by_set(cohorts, kinds)


def impossible(*tables):
    return [(one.table, one.row, one.item) for one in own_findings(*tables) if one.verdict is Verdict.IMPOSSIBLE]


@pytest.mark.slow
def test_own_tables_are_possible(tables):
    findings = own_findings(*tables)
    assert {one.table for one in findings} == {"performance.tsv", "pairwise.tsv", "baseline.tsv"}
    assert not impossible(*tables)
    checked = {one.item for one in findings if one.verdict is not Verdict.CANNOT}
    assert checked >= {"confusion matrix", "confidence interval of the AUC", "p from z", "statistic from the counts"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "column", "change", "item"),
    [
        (0, "f1", lambda x: x - 0.05, "confusion matrix"),
        (0, "accuracy", lambda x: x - 0.02, "confusion matrix"),
        (0, "auc_low", lambda x: x + 0.14, "confidence interval of the AUC"),
        (1, "p", lambda x: 0.9 * x + 0.08, "p from z"),
        (1, "z", lambda x: -x, "sign of z"),
        (2, "p", lambda x: 0.5 * x, "p from the counts"),
    ],
)
def test_an_altered_cell_is_found(tables, place, column, change, item):
    altered = [table.copy() for table in tables]
    index = altered[2].index[altered[2]["variable"] == "sex"][0] if place == 2 else altered[place].index[0]
    altered[place].loc[index, column] = change(altered[place].loc[index, column])
    assert item in {found for _, _, found in impossible(*altered)}


@pytest.mark.slow
def test_a_point_at_several_thresholds_is_on_no_single_curve(tables):
    findings = own_findings(*tables)
    rows = [one.row for one in findings if one.item == "AUC against sensitivity and specificity"]
    assert "clinical, test" in rows
    assert "clinical, repeated_cv" not in rows
    assert "clinical, repeated_cv" in [one.row for one in findings if one.item == "confusion matrix"]


def test_tables_without_rows():
    none = pd.DataFrame()
    assert own_findings(none, none, none) == []
