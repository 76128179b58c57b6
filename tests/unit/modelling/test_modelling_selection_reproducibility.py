"""Stability of a selection."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from osteon.modelling.selection.reproducibility import NO_INDEX, NoIndex, stability_index


def test_by_hand():
    """Three resamples of four features: a always, b twice, c once.

    Sample variances 0, 1/3, 1/3, 0, mean 1/6; 2 of 4 on average, so 1 - (1/6) / (1/2 * 1/2) = 1/3.
    """
    found = stability_index([{"a", "b"}, {"a", "b"}, {"a", "c"}], 4)
    assert found.value == pytest.approx(1 / 3, abs=1e-12)
    assert found.reason is None


def test_for_sets_of_one_size_it_is_the_mean_of_kunchevas_index():
    """Nogueira et al., section 4: with k features each time it equals Kuncheva's index over all pairs."""
    random = np.random.default_rng(0)
    sets = [set(random.choice(20, 6, replace=False).tolist()) for _ in range(9)]
    pairs = [(len(a & b) - 36 / 20) / (6 - 36 / 20) for a, b in combinations(sets, 2)]
    assert stability_index(sets, 20).value == pytest.approx(np.mean(pairs), abs=1e-12)


def test_ends_of_the_scale():
    assert stability_index([{"a"}, {"a"}], 5).value == 1
    assert stability_index([{"a"}, {"b"}], 2).value == -1
    random = np.random.default_rng(0)
    draws = [set(np.flatnonzero(random.random(200) < 0.1).tolist()) for _ in range(100)]
    assert stability_index(draws, 200).value == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    ("selected", "reason"),
    [
        ([], "few_resamples"),
        ([{"a"}], "few_resamples"),
        ([set(), set()], "nothing_chosen"),
        ([{"a", "b"}, {"a", "b"}], "all_chosen"),
    ],
)
def test_where_it_is_undefined_there_is_a_reason(selected, reason):
    found = stability_index(selected, 2)
    assert math.isnan(found.value)
    assert found.reason == reason
    assert NO_INDEX[found.reason]


def test_every_reason_is_explained():
    assert set(NO_INDEX) == set(NoIndex)


def test_more_chosen_than_there_are_is_refused():
    with pytest.raises(ValueError, match="3 features were chosen, but only 2 could have been"):
        stability_index([{"a", "b"}, {"c"}], 2)
