"""Checks of printed comparisons of AUCs: p against z, the sign of z, and the standard error that z implies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import chi2, norm
from statsmodels.stats.multitest import multipletests

from osteon.printed.auc import error_range, interval_errors
from osteon.printed.findings import Finding, Verdict
from osteon.printed.forms import DeLong, Performance
from osteon.printed.numbers import Printed
from osteon.printed.performance import interval_tells_error

# Errors of two AUCs of the same patients go together. Below this correlation no honest pair of scores was seen, apart
# from chance, for which SPREAD / sqrt(patients of the smaller group) is allowed.
LEAST_CORRELATION = -0.2
SPREAD = 2.5
# By how much the standard error from a bootstrap interval may differ from DeLong's.
OTHER_INTERVAL = 1.15
ADJUSTMENTS = {"bonferroni": "Bonferroni", "holm": "Holm", "fdr_bh": "Benjamini-Hochberg"}


def delong_findings(comparisons: Sequence[DeLong], performance: Sequence[Performance], table: str) -> list[Finding]:
    """All checks of every comparison.

    Args:
        comparisons: two models in one set each.
        performance: the rows with their AUCs; models and sets are matched by name.
        table: name of the file, for the findings.

    Returns:
        Of each comparison, as far as it is printed: 'p from z', 'sign of z', 'standard error of the difference'.

    Verified against the published Table 5: every p agrees with its z, and the implied standard errors are possible.
    """
    known = {(_key(row.set), _key(row.model)): row for row in performance if row.auc is not None}
    pairs = [
        tuple(known.get((_key(row.set), _key(model))) for model in (row.model_1, row.model_2)) for row in comparisons
    ]
    laws = _laws_of_p(comparisons)
    signs = _signs(comparisons, pairs)
    found = []
    for row, pair, law, sign in zip(comparisons, pairs, laws, signs, strict=True):
        if row.z is not None and row.p is not None:
            found.append(_p_finding(row, law, table))
        elif row.z is None and row.p is None:
            found.append(Finding(table, row.name, "p from z", "", Verdict.CANNOT, "Neither z nor p is printed."))
        if None in pair:
            how = "The table of performance has no AUC of both models in this set under these names."
            found.append(Finding(table, row.name, "standard error of the difference", "", Verdict.CANNOT, how))
            continue
        if sign:
            found.append(Finding(table, row.name, "sign of z", str(row.z), *sign, _difference(pair)))
        if error := _error_finding(row, pair, table):
            found.append(error)
    return found


def two_sided(z: Printed) -> tuple[float, float]:
    """Least and greatest two-sided p of a printed z, from the normal distribution."""
    low, high = _size(z)
    return float(2 * norm.sf(high)), float(2 * norm.sf(low))


def _p_finding(row: DeLong, law: str, table: str) -> Finding:
    low, high = two_sided(row.z)
    proof = f"z {row.z} gives p {low:.4g} to {high:.4g}, printed {row.p}"
    if row.p.meets(low, high):
        verdict, how = Verdict.REPRODUCED, "Two-sided p of z from the normal distribution."
    elif law:
        verdict, how = Verdict.REPRODUCED, f"Only as {law}, as in all rows."
    else:
        verdict = Verdict.IMPOSSIBLE
        how = "p is not the two-sided p of z, nor one-sided, of a chi-square, or adjusted for several comparisons."
    return Finding(table, row.name, "p from z", f"z {row.z}, p {row.p}", verdict, how, proof)


def _laws_of_p(rows: Sequence[DeLong]) -> list[str]:
    """The law, other than the plain two-sided p, that gives p in every row of the table or of the set; '' if none.

    One row alone is no reason for another law: a wrong digit could pass as one.
    """
    both = [index for index, row in enumerate(rows) if row.z is not None and row.p is not None]
    sets = dict.fromkeys(_key(rows[index].set) for index in both)
    groups = [both] + [[i for i in both if _key(rows[i].set) == name] for name in sets if len(sets) > 1]
    laws = [""] * len(rows)
    for group in groups:
        law = _law_of(group, rows)
        for index in group:
            laws[index] = laws[index] or law
    return laws


def _law_of(group: list[int], rows: Sequence[DeLong]) -> str:
    if all(rows[index].p.meets(*two_sided(rows[index].z)) for index in group):
        return ""
    small, large = (np.array(ends) for ends in zip(*(_size(rows[index].z) for index in group), strict=True))
    for name, lows, highs in _laws(small, large):
        if all(rows[i].p.meets(low, high) for i, low, high in zip(group, lows, highs, strict=True)):
            return name
    return ""


def _laws(small: np.ndarray, large: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name, least and greatest p of each law for |z| from `small` to `large`; every one falls with |z|."""
    yield "a one-sided p", norm.sf(large), norm.sf(small)
    yield "a chi-square with one degree of freedom, printed as z", chi2.sf(large, 1), chi2.sf(small, 1)
    if len(small) > 1:
        for method, name in ADJUSTMENTS.items():
            least, greatest = (multipletests(2 * norm.sf(size), method=method)[1] for size in (large, small))
            yield f"adjusted for {len(small)} comparisons ({name})", least, greatest


def _signs(rows: Sequence[DeLong], pairs: Sequence[tuple]) -> list[tuple[Verdict, str] | None]:
    """What the sign of each z says; None where it, or that of the difference, is not certain.

    A table may subtract either model from the other or print z without sign, but all rows in the same way.
    """
    agreements = [_agreement(row, pair) for row, pair in zip(rows, pairs, strict=True)]
    certain = [one for one in agreements if one is not None]
    without_sign = all(row.z.low >= 0 for row in rows if row.z is not None)
    if all(certain):
        answers = {True: (Verdict.CONSISTENT, "z has the sign of the first AUC minus the second.")}
    elif without_sign:
        how = "z is printed without its sign."
        answers = dict.fromkeys((True, False), (Verdict.CONSISTENT, how))
    elif not any(certain):
        answers = {False: (Verdict.CONSISTENT, "z has the sign of the second AUC minus the first.")}
    else:
        most = sum(certain) * 2 >= len(certain)
        how = "z points to the other model than the AUCs, unlike in the other rows."
        answers = {
            most: (Verdict.CONSISTENT, "z has the sign that the AUCs have in most rows."),
            not most: (Verdict.IMPOSSIBLE, how),
        }
    return [None if one is None else answers[one] for one in agreements]


def _agreement(row: DeLong, pair: tuple) -> bool | None:
    if None in pair or row.z is None or row.z.low <= 0 <= row.z.high:
        return None
    first, second = pair
    if first.auc.low <= second.auc.high and second.auc.low <= first.auc.high:
        return None
    return (first.auc.value > second.auc.value) == (row.z.value > 0)


def _error_finding(row: DeLong, pair: tuple[Performance, Performance], table: str) -> Finding | None:
    """Can two scores of the same patients have the standard error that the AUCs and z (or p) imply?"""
    size = _size(row.z) if row.z is not None else _size_of_p(row.p)
    if size is None:
        return None
    item, printed = "standard error of the difference", _difference(pair)
    errors = [errors_of(one) for one in pair]
    if None in errors:
        how = "Neither intervals of the AUCs nor the numbers of patients are printed."
        return Finding(table, row.name, item, printed, Verdict.CANNOT, how)
    first, second = (one.auc for one in pair)
    near = max(0.0, first.low - second.high, second.low - first.high)
    far = max(first.high - second.low, second.high - first.low)
    implied = (near / size[1], far / size[0] if size[0] > 0 else math.inf)
    least, most = possible_errors(*errors, _smaller_group(pair))
    possible = implied[0] <= most and implied[1] >= least
    proof = (
        f"difference {near:.4f} to {far:.4f} over |z| {size[0]:.4g} to {size[1]:.4g} implies {implied[0]:.4f} to "
        f"{implied[1]:.4f}; standard errors of the AUCs {errors[0][0]:.4f} to {errors[0][1]:.4f} and "
        f"{errors[1][0]:.4f} to {errors[1][1]:.4f} allow {least:.4f} to {most:.4f}"
    )
    how = "Scores of the same patients can have this standard error."
    if not possible:
        what = "more than 1" if implied[1] < least else f"less than {LEAST_CORRELATION}, and chance does not explain it"
        how = f"The errors of the two AUCs would have a correlation of {what}."
    verdict = Verdict.CONSISTENT if possible else Verdict.IMPOSSIBLE
    return Finding(table, row.name, item, printed, verdict, how, proof)


def errors_of(row: Performance) -> tuple[float, float] | None:
    """Least and largest standard error of an AUC: from its interval if that tells it, else from the patients.

    Verified: with intervals of Hanley and McNeil taken for DeLong's, 1 in 80 honest papers was called impossible.
    """
    if interval_tells_error(row):
        least, largest = interval_errors(row.auc, row.low, row.high)
        return least / OTHER_INTERVAL, largest * OTHER_INTERVAL
    if row.positive_n and row.negative_n:
        return error_range(row.auc, row.positive_n, row.negative_n)
    return None


def possible_errors(first: tuple[float, float], second: tuple[float, float], smaller_group: int) -> tuple[float, float]:
    """Least and largest standard error of the difference of two AUCs of the same patients.

    Args:
        first, second: least and largest standard error of each.
        smaller_group: patients of the smaller class; 0 if unknown.
    """
    correlation = LEAST_CORRELATION - SPREAD / math.sqrt(smaller_group) if smaller_group else -1.0
    least = max(0.0, first[0] - second[1], second[0] - first[1])
    square = first[1] ** 2 + second[1] ** 2 - 2 * max(correlation, -1.0) * first[1] * second[1]
    return least, math.sqrt(square)


def _smaller_group(pair: tuple[Performance, Performance]) -> int:
    return min(min(row.positive_n or 0, row.negative_n or 0) for row in pair)


def _size(z: Printed) -> tuple[float, float]:
    """Least and largest |z|."""
    if z.low <= 0 <= z.high:
        return 0.0, max(-z.low, z.high)
    return min(abs(z.low), abs(z.high)), max(abs(z.low), abs(z.high))


def _size_of_p(p: Printed | None) -> tuple[float, float] | None:
    if p is None:
        return None
    low, high = max(p.low, 0.0), min(p.high, 1.0)
    return float(norm.isf(high / 2)), float(norm.isf(low / 2)) if low > 0 else math.inf


def _difference(pair: tuple[Performance, Performance]) -> str:
    return f"AUC {pair[0].auc} and {pair[1].auc}"


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()
