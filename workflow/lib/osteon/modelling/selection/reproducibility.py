"""One number for how well the chosen features agree when the patients change."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum


class NoIndex(StrEnum):
    """Why there is no stability index. `NO_INDEX` says it in words."""

    FEW_RESAMPLES = "few_resamples"
    NOTHING_CHOSEN = "nothing_chosen"
    ALL_CHOSEN = "all_chosen"


NO_INDEX: dict[NoIndex, str] = {
    NoIndex.FEW_RESAMPLES: "The selection was made fewer than two times.",
    NoIndex.NOTHING_CHOSEN: "No feature was ever chosen.",
    NoIndex.ALL_CHOSEN: "Every feature was chosen every time.",
}


@dataclass(frozen=True)
class StabilityIndex:
    """The index; NaN where `reason` says why."""

    value: float
    reason: NoIndex | None = None


def stability_index(selected: Sequence[Collection[str]], total: int) -> StabilityIndex:
    """Agreement of the chosen features over resamples: 1 if always the same, 0 on average for random choices.

    1 - mean over all candidates of the sample variance of being chosen / (k/d (1 - k/d)), where k is the mean number
    of chosen features and d the number of candidates. It may be negative.

    Args:
        selected: features chosen in each resample.
        total: d, features that could have been chosen, in every resample the same.

    Source: Nogueira, Sechidis and Brown, JMLR 2018;18(174), definition 4.

    Raises:
        ValueError: more features were chosen than could have been.
    """
    resamples = len(selected)
    counts = Counter(feature for features in selected for feature in set(features))
    chosen = sum(counts.values())
    if len(counts) > total:
        raise ValueError(f"stability index: {len(counts)} features were chosen, but only {total} could have been")
    if resamples < 2:
        return StabilityIndex(math.nan, NoIndex.FEW_RESAMPLES)
    if chosen == 0:
        return StabilityIndex(math.nan, NoIndex.NOTHING_CHOSEN)
    if chosen == total * resamples:
        return StabilityIndex(math.nan, NoIndex.ALL_CHOSEN)
    # Whole numbers until the last division, so that sums are exact in any order.
    spread = sum(count * (resamples - count) for count in counts.values())
    variance = spread / (resamples * (resamples - 1) * total)
    mean = chosen / (resamples * total)
    return StabilityIndex(1 - variance / (mean * (1 - mean)))
