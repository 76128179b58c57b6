"""Values of regions that follow from other regions' values, feature by feature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.features.regions_plan import DIFFERENCE, MEAN, Base, Output


@dataclass(frozen=True)
class Column:
    """The features of one region in one sequence.

    Attributes:
        values: shape (features,); NaN where there is none.
        reasons: shape (features,), object: a reason code where the value is NaN, else None.
    """

    values: np.ndarray
    reasons: np.ndarray

    @classmethod
    def absent(cls, count: int, reason: str) -> Column:
        """No value at all."""
        return cls(np.full(count, np.nan), np.full(count, str(reason), dtype=object))


def derived(output: Output, columns: dict[Base, Column], count: int) -> Column:
    """The features of an output region.

    A value that one of its regions does not have is NaN, with the reason of the first region that lacks it.

    Args:
        output: the region and how it follows from others.
        columns: the extracted regions.
        count: number of features.
    """
    if output.reason:
        return Column.absent(count, output.reason)
    parts = [columns[base] for base in output.of]
    if output.rule == MEAN:
        values = np.mean([part.values for part in parts], axis=0)
    elif output.rule == DIFFERENCE:
        values = parts[0].values - parts[1].values
    else:
        return parts[0]
    reasons = np.full(count, None, dtype=object)
    for part in reversed(parts):
        lacking = np.isnan(part.values)
        reasons[lacking] = part.reasons[lacking]
    return Column(values, reasons)
