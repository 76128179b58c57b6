"""Printed settings of grey-level discretisation: how many levels they can leave."""

from __future__ import annotations

import math
from collections.abc import Sequence

from osteon.printed.findings import Finding, Verdict
from osteon.printed.forms import Discretisation
from osteon.printed.numbers import FUZZ

# Range of grey levels that PyRadiomics' authors advise.
FEWEST_LEVELS, MOST_LEVELS = 16, 128


def settings_findings(rows: Sequence[Discretisation], table: str) -> list[Finding]:
    """Check how many grey levels a region can have at most, from bin width and range of intensities.

    A fixed bin width gives floor(high / width) - floor(low / width) + 1 levels (PyRadiomics). A region may have fewer
    than its image, never more, so that one level is certain to leave every texture feature constant.
    """
    return [_row(row, table) for row in rows]


def _row(row: Discretisation, table: str) -> Finding:
    item = "grey levels"
    if row.bin_width is None and row.bin_count is not None:
        levels, printed, arithmetic = round(row.bin_count.value), f"{row.bin_count} bins", ""
    elif None in (row.bin_width, row.low, row.high) or row.bin_width.high <= 0:
        how = "Fill in bin_width, low and high, or bin_count."
        return Finding(table, row.name, item, "", Verdict.CANNOT, how)
    else:
        printed = f"bin width {row.bin_width}, intensities {row.low} to {row.high}"
        # limits of an intensity range are settings, not measurements: they are what is printed
        low, high = float(row.low.value), float(row.high.value)
        if high < low:
            how = "The highest intensity is lower than the lowest."
            return Finding(table, row.name, item, printed, Verdict.IMPOSSIBLE, how)
        width = row.bin_width.value
        levels = math.floor(high / width + FUZZ) - math.floor(low / width + FUZZ) + 1
        arithmetic = f"floor({high:g}/{width:g}) - floor({low:g}/{width:g}) + 1 = {levels}"
    if levels <= 1:
        how = "One grey level: every texture feature is a constant and cannot tell patients apart."
        return Finding(table, row.name, item, printed, Verdict.IMPOSSIBLE, how, arithmetic)
    if levels < FEWEST_LEVELS:
        how = f"Remark: at most {levels} grey levels, fewer than the {FEWEST_LEVELS} that are advised."
    elif levels > MOST_LEVELS:
        how = f"Remark: up to {levels} grey levels, more than the {MOST_LEVELS} that are advised."
    else:
        how = f"{levels} grey levels at most, within {FEWEST_LEVELS} to {MOST_LEVELS}."
    return Finding(table, row.name, item, printed, Verdict.CONSISTENT, how, arithmetic)
