"""Dots in columns: none hides another where there is room, and nothing is random."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.reporting.swarm import POINT, SIZES, dot_size, shade, stacked

ROW = np.random.default_rng(0).normal(size=400)


def test_dots_lie_beside_each_other_near_their_place():
    size = 2.0
    along, across = stacked(ROW, ROW, size, room=10.0)
    assert np.abs(along - ROW).max() <= size * POINT / 2 + 1e-12
    apart = np.hypot(along[:, None] - along, across[:, None] - across) + np.eye(len(ROW))
    assert apart.min() >= size * POINT * (1 - 1e-9)


def test_columns_are_sorted_by_value_and_centered():
    along, across = stacked(np.zeros(5), np.array([3, 1, 5, 2, 4]), 2.0, room=1.0)
    assert np.ptp(along) == 0
    np.testing.assert_allclose(across / (2 * POINT), [0, -2, 2, -1, 1])


def test_what_is_too_high_is_squeezed_and_heights_still_compare():
    positions = np.repeat([0.0, 1.0], [300, 100])
    _, across = stacked(positions, np.arange(400), 2.0, room=0.5)
    heights = [np.ptp(across[positions == place]) for place in (0.0, 1.0)]
    assert heights[0] == pytest.approx(0.5, rel=0.01)
    assert heights[1] / heights[0] == pytest.approx(1 / 3, rel=0.02)


def test_dots_are_as_large_as_most_rows_allow():
    lone = np.arange(10.0)
    assert dot_size([lone, lone, np.zeros(500)], 0.5) == SIZES[0]
    assert dot_size([np.zeros(500)] * 3, 0.5) == SIZES[-1]


def test_shade_goes_from_low_to_high():
    assert shade(np.arange(101.0))[[0, 5, 50, 95, 100]].tolist() == pytest.approx([0, 0, 0.5, 1, 1])
    assert shade(np.array([2.0, 2.0])).tolist() == [0.5, 0.5]
    assert shade(np.array([0.0] * 99 + [1.0])).tolist() == [0.0] * 99 + [1.0]
