"""Heatmap of the search: cells, frame, hatching; the same bytes for the same table."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.patches import Rectangle

from helpers import report_tables
from osteon.reporting.figures import save_figure
from osteon.reporting.search_figure import search_figure


@pytest.fixture
def search():
    return report_tables.search().query("model == 'combined'")


def rectangles(figure) -> list[Rectangle]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]


def test_cells_hold_the_final_scores(search):
    axes = search_figure(search, "AUC").axes[0]
    cells = {text.get_position(): text.get_text() for text in axes.texts}
    assert cells == {(0, 0): "0.74", (1, 0): "0.71", (0, 1): "0.82"}
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["logistic_l2", "knn"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["short", "wide"]
    mesh = next(found for found in axes.collections if isinstance(found, QuadMesh))
    assert np.ma.getmaskarray(mesh.get_array()).sum() == 1


def test_choice_is_framed_and_failure_hatched(search):
    hatched, frame = rectangles(search_figure(search, "AUC"))
    assert (hatched.get_hatch(), hatched.get_xy()) == ("////", (0.5, 0.5))
    assert (frame.get_fill(), frame.get_xy()) == (False, (-0.5, 0.5))


def test_equal_scores_are_no_gradient(search):
    equal = search.assign(score=0.7)
    assert search_figure(equal, "AUC").axes[1].get_ylim() == pytest.approx((0.675, 0.725))


def test_nothing_fitted_is_all_hatched(search):
    assert len(rectangles(search_figure(search.assign(score=np.nan, chosen="no"), "AUC"))) == 4


@pytest.mark.slow
def test_same_table_same_bytes(search, tmp_path):
    for name in ("one", "two"):
        save_figure(search_figure(search, "AUC"), tmp_path / name)
    for ending in ("svg", "png"):
        assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()
