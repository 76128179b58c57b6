"""Confusion matrices that fit rounded measures."""

from __future__ import annotations

import time

import numpy as np
import pytest
from sklearn import metrics

from osteon.printed.confusion import METRICS, Matrices, arithmetic, contradictions, find_fit, fitting, values_of
from osteon.printed.numbers import parse


def row(**cells):
    return {metric: parse(text, signed=metric in ("mcc", "youden")) for metric, text in cells.items()}


def test_measures_equal_those_of_scikit_learn():
    random = np.random.default_rng(3)
    truth = np.repeat([1, 0], [30, 50])
    called = random.permutation(truth) | (random.random(80) < 0.1)
    tp, tn = int((truth & called).sum()), int(((1 - truth) & (1 - called)).sum())
    one = Matrices(np.array([tp]), np.array([tn]), 30, 50)
    expected = {
        ("accuracy", "plain"): metrics.accuracy_score(truth, called),
        ("npv", "plain"): metrics.precision_score(truth, called, pos_label=0),
        ("balanced_accuracy", "plain"): metrics.balanced_accuracy_score(truth, called),
        ("mcc", "plain"): metrics.matthews_corrcoef(truth, called),
        ("youden", "plain"): metrics.balanced_accuracy_score(truth, called, adjusted=True),
        ("specificity", "plain"): metrics.recall_score(truth, called, pos_label=0),
    }
    scores = {"sensitivity": metrics.recall_score, "precision": metrics.precision_score, "f1": metrics.f1_score}
    for metric, score in scores.items():
        expected[metric, "plain"] = score(truth, called)
        expected[metric, "other"] = score(truth, called, pos_label=0)
        expected |= {(metric, kind): score(truth, called, average=kind) for kind in ("macro", "weighted", "micro")}
    for (metric, meaning), value in expected.items():
        assert values_of(one, metric, meaning)[0] == pytest.approx(value, abs=1e-12), (metric, meaning)


def test_without_anybody_called_precision_is_zero():
    nobody = Matrices(np.array([0]), np.array([5]), 4, 5)
    assert [values_of(nobody, metric)[0] for metric in ("precision", "f1", "mcc")] == [0, 0, 0]


def test_the_example_of_the_note():
    """30 and 50 patients, sensitivity .8, specificity .84: the accuracy is .825 and F1 can only be .774."""
    printed = row(sensitivity="0.800", specificity="0.840", accuracy="0.825", f1="0.774")
    fit = find_fit(printed, 30, 50)
    assert fit.plain
    assert fit.matrices.words(0) == "TP 24, FN 6, FP 8, TN 42"
    wrong = printed | row(f1="0.800")
    assert find_fit(wrong, 30, 50) is None
    assert contradictions(wrong, 30, 50) == [("specificity", "f1")]
    assert arithmetic(wrong, ("specificity", "f1"), 30, 50) == (
        "with specificity 0.840 F1 can be at nearest 0.7937 (TP 25, FN 5, FP 8, TN 42) or 0.8125 (TP 26, FN 4, FP 8, "
        "TN 42), printed 0.800"
    )


def test_single_proportions():
    printed = row(sensitivity="0.853", specificity="0.800")
    assert contradictions(printed, 23, 50) == [("sensitivity",)]
    assert arithmetic(printed, ("sensitivity",), 23, 50).endswith("the nearest are 19/23 = 0.8261 and 20/23 = 0.8696")
    assert contradictions(row(sensitivity="0.870", specificity="0.800"), 23, 50) == []


@pytest.mark.parametrize(
    ("meaning", "words"),
    [
        ("other", "of the other class"),
        ("macro", "macro"),
        ("weighted", "weighted mean"),
    ],
)
def test_averages_are_tried(meaning, words):
    one = Matrices(np.array([61]), np.array([33]), 80, 45)
    plain = {
        metric: f"{values_of(one, metric)[0]:.3f}" for metric in ("sensitivity", "specificity", "accuracy", "precision")
    }
    fit = find_fit(row(**plain, f1=f"{values_of(one, 'f1', meaning)[0]:.3f}"), 80, 45)
    assert words in fit.words()
    assert not fit.plain


def test_the_other_class_as_positive():
    one = Matrices(np.array([33]), np.array([61]), 45, 80)
    printed = row(**{metric: f"{values_of(one, metric)[0]:.3f}" for metric in METRICS})
    fit = find_fit(printed, 80, 45)
    assert fit.swapped
    assert fit.matrices.words(0) == "TP 33, FN 12, FP 19, TN 61"


@pytest.mark.parametrize("kind", ["macro", "weighted"])
def test_recall_is_averaged_with_the_others_only(kind):
    one = Matrices(np.array([71]), np.array([21]), 80, 45)
    cells = {metric: f"{values_of(one, metric, kind)[0]:.4f}" for metric in ("sensitivity", "precision", "f1")}
    cells |= {metric: f"{values_of(one, metric)[0]:.4f}" for metric in ("specificity", "accuracy")}
    assert find_fit(row(**cells), 80, 45).averages == dict.fromkeys(("sensitivity", "precision", "f1"), kind)
    assert find_fit(row(**{k: cells[k] for k in ("sensitivity", "specificity", "accuracy")}), 80, 45) is None


def test_every_true_row_fits_and_every_fit_rounds_to_the_row():
    random = np.random.default_rng(0)
    for _ in range(50):
        n1, n0 = random.integers(2, 60, 2)
        true = Matrices(random.integers(0, n1 + 1, 1), random.integers(0, n0 + 1, 1), int(n1), int(n0))
        digits = random.integers(2, 5)
        printed = row(**{metric: f"{values_of(true, metric)[0]:.{digits}f}" for metric in METRICS})
        found = fitting(printed, int(n1), int(n0))
        assert (true.tp[0], true.tn[0]) in set(zip(found.tp.tolist(), found.tn.tolist(), strict=True))
        for metric, number in printed.items():
            assert all(number.holds(value) for value in values_of(found, metric))


def test_a_thousand_and_a_thousand_patients_are_quick():
    printed = row(sensitivity="0.801", specificity="0.702", accuracy="0.752", precision="0.731", f1="0.799", npv="0.7")
    start = time.process_time()
    assert find_fit(printed, 1000, 1000) is None
    assert contradictions(printed, 1000, 1000)
    assert time.process_time() - start < 2  # takes .3 s; room for a loaded machine
