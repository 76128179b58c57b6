"""Printed correlations with the outcome, from the counts or the means of the table of patients."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from osteon.printed.counts import Counted, counted, joined_sets, left_out, same_name
from osteon.printed.findings import Finding, Verdict
from osteon.printed.forms import Baseline, Correlation


def correlation_findings(rows: Sequence[Correlation], baseline: Sequence[Baseline], table: str) -> list[Finding]:
    """Check correlations of binary variables with the outcome; the table of patients has their counts.

    Between two binary variables Pearson's, Spearman's, Kendall's and the point-biserial correlation are all phi. Its
    sign depends on which level is coded 1.
    """
    variables, _ = counted(baseline, table)
    absent = left_out(baseline)
    return [_row(row, variables, absent, table) for row in rows if row.r is not None]


def _row(row: Correlation, variables: Sequence[Counted], absent: dict[str, int], table: str) -> Finding:
    item, printed = "correlation with the outcome", str(row.r)
    if row.r.low > 1 or row.r.high < -1:
        how = "A correlation lies between -1 and 1."
        return Finding(table, row.name, item, printed, Verdict.IMPOSSIBLE, how)
    found = list(_phis(row, variables))
    if not found:
        how = "The table of patients has no counts of two levels of this variable."
        return Finding(table, row.name, item, printed, Verdict.CANNOT, how)
    arithmetic = "; ".join(f"{' + '.join(names)}: phi = {phi:.4f}" for names, phi, _ in found)
    for names, phi, _ in found:
        name = " + ".join(names)
        if row.r.holds(phi) or row.r.holds(-phi):
            stated = row.set and row.set != name
            how = (
                f"only from the counts of {name}, printed for {row.set}." if stated else f"phi of the counts of {name}."
            )
            if not row.r.holds(phi):
                how += " The other level is coded 1."
            return Finding(table, row.name, item, printed, Verdict.REPRODUCED, how, arithmetic)
    for names, phi, smallest in found:
        # leaving one patient out moves phi by less than 2 / (patients of the smallest margin)
        room = 2 * sum(absent[name] for name in names) / smallest
        if row.r.holds(phi, room) or row.r.holds(-phi, room):
            how = "Possible if patients who have a missing value were left out."
            return Finding(table, row.name, item, printed, Verdict.CONSISTENT, how, arithmetic)
    how = "The counts of no set give this correlation."
    return Finding(table, row.name, item, printed, Verdict.IMPOSSIBLE, how, arithmetic)


def _phis(row: Correlation, variables: Sequence[Counted]) -> Iterator[tuple[tuple[str, ...], float, int]]:
    """(sets, phi of the first printed level with the outcome, smallest margin), the set that the paper names first."""
    own = {}
    for one in variables:
        binary = len(one.rows) == 1 or (len(one.rows) == 2 and one.counts.sum() == sum(one.sizes))
        if same_name(one.rows[0].variable, row.variable) and binary:
            own[one.rows[0].set] = one.level(0)
    for names in joined_sets(list(own), row.set):
        counts = sum(own[name] for name in names)
        if (counts.sum(axis=0) > 0).all() and (counts.sum(axis=1) > 0).all():
            yield names, _phi(counts), int(min(*counts.sum(axis=0), *counts.sum(axis=1)))


def _phi(counts: np.ndarray) -> float:
    (a, b), (c, d) = counts.astype(float)
    return (b * c - a * d) / math.sqrt((a + b) * (c + d) * (a + c) * (b + d))
