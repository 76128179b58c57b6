"""Checks of a printed table of performance: confusion matrices, F1, the AUC and its interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from osteon.printed import auc as areas
from osteon.printed.confusion import METRICS, Fit, arithmetic, contradictions, find_fit, name_of, values_of
from osteon.printed.findings import Finding, Verdict
from osteon.printed.forms import Performance
from osteon.printed.numbers import FUZZ, Printed

NO_SIZES = "The row does not say how many patients had the outcome and how many had not."
# Smallest contradictory sets that are proved in words; more would say the same.
PROVED = 2
SHARES = ("sensitivity", "specificity", "accuracy", "precision", "npv", "f1", "balanced_accuracy")


def performance_findings(rows: Sequence[Performance], table: str) -> list[Finding]:
    """All checks of every row.

    Args:
        rows: one model in one set each.
        table: name of the file, for the findings.

    Returns:
        Of each row, as far as the measures are printed: 'confusion matrix', 'F1 from precision and recall', 'AUC
        against sensitivity and specificity', 'confidence interval of the AUC'. Where the numbers of patients are not
        printed, the confusion matrix gives way to what holds for any number of patients.

    Verified against the published table of the shared study: none of its six rows has a confusion matrix, all six F1
    differ, and the intervals of two of the three models are too narrow.
    """
    return [finding for row in rows for finding in _row(row, table)]


def _row(row: Performance, table: str) -> list[Finding]:
    measures = {metric: getattr(row, metric) for metric in METRICS if getattr(row, metric) is not None}
    if wrong := {name: number for name, number in _shares(row) if number.low > 1}:
        how = "The number is no share of 1. Write 63.4% or 0.634."
        return [
            Finding(table, row.name, name_of(name), str(number), Verdict.CANNOT, how) for name, number in wrong.items()
        ]
    sizes = (row.positive_n, row.negative_n) if row.positive_n and row.negative_n else None
    fit = find_fit(measures, *sizes) if measures and sizes else None
    found = []
    if measures:
        found += [matrix_finding(row, table, measures, fit)] if sizes else identities(row, table)
    if f1 := f1_finding(row, table, measures, fit):
        found.append(f1)
    if row.auc is not None:
        found += [_point(row, table, fit)] if row.sensitivity and row.specificity else []
        found += [_interval(row, table)] if row.low and row.high else []
    return found


def _shares(row: Performance) -> list[tuple[str, Printed]]:
    numbers = [("AUC", row.auc), *((metric, getattr(row, metric)) for metric in SHARES)]
    return [(name, number) for name, number in numbers if number is not None]


def matrix_finding(row: Performance, table: str, measures: dict[str, Printed], fit: Fit | None) -> Finding:
    """Is there a confusion matrix that gives all printed measures together?"""
    printed = ", ".join(f"{name_of(metric)} {number}" for metric, number in measures.items())
    item, sizes = "confusion matrix", (row.positive_n, row.negative_n)
    if fit is not None:
        how = "One confusion matrix gives all of them." if fit.plain else f"Possible only with {fit.words()}."
        count = f"{len(fit.matrices)} matrices fit, for example " if len(fit.matrices) > 1 else ""
        return Finding(table, row.name, item, printed, Verdict.CONSISTENT, how, count + fit.matrices.words(0))
    how = (
        f"No confusion matrix of {sizes[0]} patients with and {sizes[1]} without the outcome gives these numbers "
        "together; either class as the positive one and averages over both classes were tried. Means over folds or "
        "repeats could differ from any matrix; a table of such must say so."
    )
    proofs = [arithmetic(measures, chosen, *sizes) for chosen in contradictions(measures, *sizes)[:PROVED]]
    return Finding(table, row.name, item, printed, Verdict.IMPOSSIBLE, how, "; ".join(proofs))


def f1_finding(row: Performance, table: str, measures: dict[str, Printed], fit: Fit | None) -> Finding | None:
    """Is the printed F1 the harmonic mean of the printed precision and sensitivity?"""
    if not (row.f1 and row.precision and row.sensitivity):
        return None
    low, high = (
        _harmonic(*ends) for ends in zip(*((x.low, x.high) for x in (row.precision, row.sensitivity)), strict=True)
    )
    value = _harmonic(row.precision.value, row.sensitivity.value)
    proof = f"2 x {row.precision} x {row.sensitivity} / ({row.precision} + {row.sensitivity}) = {value:.4f}"
    proof += f" (with rounding {low:.4f} to {high:.4f}), printed {row.f1}"

    def finding(verdict: Verdict, how: str) -> Finding:
        return Finding(table, row.name, "F1 from precision and recall", str(row.f1), verdict, how, proof)

    if row.f1.meets(low, high):
        return finding(Verdict.REPRODUCED, "F1 = 2PR / (P + R) comes out.")
    if not (row.positive_n and row.negative_n):
        return finding(
            Verdict.CANNOT, f"F1 differs from 2PR / (P + R), but could be a mean of both classes. {NO_SIZES}"
        )
    sizes = (row.positive_n, row.negative_n)
    others = {metric: number for metric, number in measures.items() if metric != "f1"}
    if fit is None and find_fit(others, *sizes) is None:  # something else is wrong, too: leave it aside
        fit = find_fit({metric: measures[metric] for metric in ("sensitivity", "precision", "f1")}, *sizes)
    if fit is not None:
        meaning = fit.words() or "other values within the rounding"
        return finding(Verdict.CONSISTENT, f"Not 2PR / (P + R) as printed; possible with {meaning}.")
    return finding(
        Verdict.IMPOSSIBLE, "F1 is not 2PR / (P + R), nor any mean of both classes that fits precision and sensitivity."
    )


def identities(row: Performance, table: str) -> list[Finding]:
    """What holds between measures whatever the numbers of patients are."""
    sens, spec = row.sensitivity, row.specificity
    if not (sens and spec):
        return [Finding(table, row.name, "confusion matrix", "", Verdict.CANNOT, NO_SIZES)]
    between = (min(sens.low, spec.low), max(sens.high, spec.high))
    mean = ((sens.low + spec.low) / 2, (sens.high + spec.high) / 2)
    laws = {
        "accuracy": (between, "Accuracy lies between sensitivity and specificity."),
        "balanced_accuracy": (mean, "Balanced accuracy is the mean of sensitivity and specificity."),
        "youden": (tuple(2 * end - 1 for end in mean), "The Youden index is sensitivity + specificity - 1."),
    }
    averaged = row.precision is not None or row.f1 is not None
    found = []
    for metric, ((low, high), law) in laws.items():
        number = getattr(row, metric)
        if number is None:
            continue
        verdict, how = Verdict.CONSISTENT, law
        if not number.meets(low, high):
            verdict = Verdict.CANNOT if averaged else Verdict.IMPOSSIBLE
            how += f" The row could hold means of both classes. {NO_SIZES}" if averaged else ""
        proof = f"sensitivity {sens}, specificity {spec}: {low:.4f} to {high:.4f}"
        found.append(Finding(table, row.name, name_of(metric), str(number), verdict, how, proof))
    return found or [Finding(table, row.name, "confusion matrix", f"{sens}, {spec}", Verdict.CANNOT, NO_SIZES)]


def _point(row: Performance, table: str, fit: Fit | None) -> Finding:
    """Can a curve with this area go through the printed point?"""
    sens, spec = ((number.low, number.high) for number in (row.sensitivity, row.specificity))
    if fit is not None:  # what they are in the matrices, where the printed ones are averages
        ends = []
        for metric in ("sensitivity", "specificity"):
            values = values_of(fit.matrices, metric)
            ends.append((float(np.min(values)), float(np.max(values))))
        sens, spec = ends
    low, high = areas.area_range(sens, spec)
    proof = f"AUC between sens x spec = {low:.4f} and 1 - (1 - sens)(1 - spec) = {high:.4f}"
    possible = row.auc.meets(low, high)
    how = "A ROC curve never falls, so a point of it limits the area" + (
        "." if possible else "; this AUC and this point belong to different curves."
    )
    printed = f"AUC {row.auc}, sensitivity {row.sensitivity}, specificity {row.specificity}"
    verdict = Verdict.CONSISTENT if possible else Verdict.IMPOSSIBLE
    return Finding(table, row.name, "AUC against sensitivity and specificity", printed, verdict, how, proof)


def _interval(row: Performance, table: str) -> Finding:
    """Does the interval hold its AUC, and is it as wide as so many patients make it?"""

    def finding(verdict: Verdict, how: str, proof: str = "") -> Finding:
        printed = f"{row.auc} ({row.low}-{row.high})"
        return Finding(table, row.name, "confidence interval of the AUC", printed, verdict, how, proof)

    if row.low.low > row.high.high:
        return finding(Verdict.IMPOSSIBLE, "The lower limit is above the upper one.", f"{row.low} > {row.high}")
    if row.auc.high < row.low.low - FUZZ or row.auc.low > row.high.high + FUZZ:
        return finding(Verdict.IMPOSSIBLE, "The interval does not hold its AUC.", f"{row.auc} is outside")
    if not (row.positive_n and row.negative_n):
        return finding(Verdict.CANNOT, NO_SIZES)
    _, reported = areas.interval_errors(row.auc, row.low, row.high)
    least = areas.narrowest_error(row.auc, row.positive_n, row.negative_n)
    proof = (
        f"standard error from the interval at most {reported:.4f}; with {row.positive_n} and {row.negative_n} patients "
        f"none below {least:.4f}"
    )
    if reported >= least:
        return finding(Verdict.CONSISTENT, "As wide as so many patients allow.", proof)
    how = (
        "Narrower than for any score with this AUC and so many patients (bound of Birnbaum and Klose, with room for "
        "ties and for other kinds of intervals): perhaps over folds or repeats, not over patients."
    )
    return finding(Verdict.IMPOSSIBLE, how, proof)


def interval_tells_error(row: Performance) -> bool:
    """Is there an interval with nothing wrong with it, that was computed from the scores?

    One that follows from the AUC and the numbers of patients alone tells no standard error of these scores.
    """
    if not (row.auc and row.low and row.high) or _interval(row, "").verdict is not Verdict.CONSISTENT:
        return False
    return not areas.law_of_interval(row.auc, row.low, row.high, row.positive_n, row.negative_n)


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other > 0 else 0.0
