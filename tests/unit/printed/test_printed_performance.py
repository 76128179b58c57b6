"""Checks of a table of performance, and how often they are wrong about simulated honest papers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helpers.honest_papers import honest_paper, spoil
from osteon.printed.delong import delong_findings
from osteon.printed.findings import Verdict
from osteon.printed.forms import Performance
from osteon.printed.numbers import parse
from osteon.printed.performance import performance_findings


def row(negative=50, positive=30, **cells):
    numbers = {metric: parse(text) for metric, text in cells.items()}
    empty = dict.fromkeys(Performance.__dataclass_fields__)
    return Performance(**(empty | {"model": "a", "set": "b", "negative_n": negative, "positive_n": positive} | numbers))


def verdicts(one):
    return {finding.item: finding.verdict for finding in performance_findings([one], "t")}


TRUE = {"sensitivity": "0.800", "specificity": "0.840", "accuracy": "0.825", "precision": "0.750", "f1": "0.774"}


def test_a_true_row():
    found = verdicts(row(**TRUE, auc="0.870", low="0.780", high="0.960"))
    assert found == {
        "confusion matrix": Verdict.CONSISTENT,
        "F1 from precision and recall": Verdict.REPRODUCED,
        "AUC against sensitivity and specificity": Verdict.CONSISTENT,
        "confidence interval of the AUC": Verdict.CONSISTENT,
    }


@pytest.mark.parametrize("metric", TRUE)
def test_every_wrong_cell_is_found(metric):
    value = float(TRUE[metric]) - 0.021
    assert verdicts(row(**TRUE | {metric: f"{value:.3f}"}))["confusion matrix"] is Verdict.IMPOSSIBLE


def test_wrong_f1():
    found = verdicts(row(**TRUE | {"f1": "0.800"}))
    assert found["F1 from precision and recall"] is Verdict.IMPOSSIBLE
    without_sizes = verdicts(row(None, None, **TRUE | {"f1": "0.800"}))
    assert without_sizes["F1 from precision and recall"] is Verdict.CANNOT


def test_macro_f1_is_no_error():
    # F1 of the classes .7742 and .8571
    found = verdicts(row(**TRUE | {"f1": "0.816"}))
    assert found["F1 from precision and recall"] is Verdict.CONSISTENT
    assert found["confusion matrix"] is Verdict.CONSISTENT


def test_a_wrong_accuracy_does_not_accuse_a_macro_f1():
    found = verdicts(row(**TRUE | {"f1": "0.816", "accuracy": "0.802"}))
    assert found["confusion matrix"] is Verdict.IMPOSSIBLE
    assert found["F1 from precision and recall"] is Verdict.CONSISTENT


def test_area_and_point():
    assert (
        verdicts(row(auc="0.78", sensitivity="0.90", specificity="0.90"))["AUC against sensitivity and specificity"]
        is Verdict.IMPOSSIBLE
    )
    assert (
        verdicts(row(auc="0.81", sensitivity="0.90", specificity="0.90"))["AUC against sensitivity and specificity"]
        is Verdict.CONSISTENT
    )


@pytest.mark.parametrize(
    ("cells", "verdict"),
    [
        (("0.85", "0.82", "0.88"), Verdict.IMPOSSIBLE),  # note 8C, 40 and 40
        (("0.85", "0.77", "0.93"), Verdict.CONSISTENT),
        (("0.85", "0.87", "0.93"), Verdict.IMPOSSIBLE),  # does not hold its AUC
        (("0.85", "0.93", "0.77"), Verdict.IMPOSSIBLE),
        (("0.98", "0.95", "1.01"), Verdict.CONSISTENT),
        (("1.00", "1.00", "1.00"), Verdict.CONSISTENT),
        (("85.0", "77.0", "93.0"), Verdict.CANNOT),
        (("85.0%", "77.0%", "93.0%"), Verdict.CONSISTENT),
    ],
)
def test_intervals(cells, verdict):
    found = performance_findings([row(40, 40, **dict(zip(("auc", "low", "high"), cells, strict=True)))], "t")
    assert [finding.verdict for finding in found] == [verdict]


def test_the_binomial_interval_of_medcalc_is_not_accused():
    """It takes the AUC for a share of all patients: too narrow with 10 cases among 310 patients, yet honest."""
    (found,) = performance_findings([row(300, 10, auc="0.800", low="0.751", high="0.843")], "t")
    assert found.verdict is Verdict.CONSISTENT


def test_without_numbers_of_patients():
    one = row(
        None, None, sensitivity="0.80", specificity="0.90", accuracy="0.95", youden="0.70", balanced_accuracy="0.80"
    )
    assert verdicts(one) == {
        "accuracy": Verdict.IMPOSSIBLE,
        "balanced accuracy": Verdict.IMPOSSIBLE,
        "Youden index": Verdict.CONSISTENT,
    }
    # with F1 in the row, its measures could be averages
    assert verdicts(replace(one, f1=parse("0.8")))["accuracy"] is Verdict.CANNOT
    assert verdicts(row(None, None, accuracy="0.9"))["confusion matrix"] is Verdict.CANNOT


def audit(paper):
    rows = paper.performance
    return performance_findings(rows, "performance") + delong_findings(paper.comparisons, rows, "delong")


@pytest.mark.slow
def test_honest_papers_are_not_accused():
    """5500 papers, and 600 with bootstrap intervals, gave no false alarm; this is a part of them."""
    for number in range(60):
        paper = honest_paper(np.random.default_rng([11, number]), bootstrap=False)
        wrong = [finding for finding in audit(paper) if finding.verdict is Verdict.IMPOSSIBLE]
        assert not wrong, (number, wrong)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "least"), [("digit", 0.8), ("columns", 0.95), ("f1", 0.7), ("auc", 0.95), ("p", 0.9), ("folds", 0.25)]
)
def test_planted_errors_are_found(error, least):
    found = []
    for number in range(25):
        random = np.random.default_rng([12, number])
        paper = honest_paper(random, bootstrap=False)
        spoiled = spoil(random, paper, error)
        if spoiled != paper:
            found.append(any(finding.verdict is Verdict.IMPOSSIBLE for finding in audit(spoiled)))
    assert np.mean(found) >= least


def test_names_of_rows_and_printed_cells_are_kept():
    one = replace(row(**TRUE), model="clinical", set="internal")
    finding = performance_findings([one], "table4.csv")[0]
    assert (finding.table, finding.row) == ("table4.csv", "clinical, internal")
    assert finding.printed == "sensitivity 0.800, specificity 0.840, accuracy 0.825, precision 0.750, F1 0.774"
