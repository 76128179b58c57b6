"""Forest plot: texts in level with their marks, diamond, prediction interval, hidden cells, cut intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Polygon

from osteon.reporting.figures import save_figure
from osteon.reporting.forest_figure import forest_figure
from osteon.reporting.lettering import PAGE

REASONS = {"small_cell": "Hidden: fewer than 10 patients with or without the outcome"}
COLUMNS = ["group", "level", "kind", "n", "events", "value", "low", "high", "p_interaction", "reason"]


@pytest.fixture
def subgroups():
    nan = np.nan
    rows = [
        ("", "all", "estimate", 193, 108, 0.806, 0.742, 0.870, nan, ""),
        ("sex", "0", "estimate", 118, 80, 0.781, 0.690, 0.872, 0.0004, ""),
        ("sex", "1", "estimate", 75, 28, 0.823, 0.720, 0.926, nan, ""),
        ("scanner", "Signa", "estimate", 170, 95, 0.81, 0.75, 0.87, nan, ""),
        ("scanner", "Avanto", "hidden", nan, nan, nan, nan, nan, nan, "small_cell"),
        ("scanner", "Skyra", "estimate", 12, 5, nan, nan, nan, nan, "one_class"),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.fixture
def centers():
    rows = [
        ("", "A", "estimate", 68, 27, 0.77, 0.64, 0.90, 60.0),
        ("", "B", "estimate", 124, 49, 0.67, 0.60, 0.74, 240.0),
        ("", "pooled", "pooled", 192, 76, 0.71, 0.61, 0.80, np.nan),
        ("", "prediction", "prediction", np.nan, np.nan, np.nan, 0.50, 0.88, np.nan),
    ]
    return pd.DataFrame(rows, columns=["group", "level", "kind", "n", "events", "value", "low", "high", "weight"])


def place(axes, text: str) -> float:
    """Height of the only text of that wording."""
    (found,) = [one for one in axes.texts if one.get_text() == text]
    return found.get_position()[1]


def marks(axes) -> dict[float, float]:
    """Height and value of the squares."""
    return {line.get_ydata()[0]: line.get_xdata()[0] for line in axes.lines if line.get_marker() == "s"}


def intervals(axes) -> dict[float, tuple[float, float]]:
    segments = [segment for one in axes.collections for segment in one.get_segments()]
    return {segment[0][1]: (segment[0][0], segment[1][0]) for segment in segments}


def wording(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_numbers_stand_level_with_their_marks(subgroups):
    levels = {("", "all"): "All patients", ("sex", "0"): "Women", ("sex", "1"): "Men", ("scanner", "0"): "Other"}
    axes = forest_figure(subgroups, "AUC", reference=0.5, groups={"sex": "Sex"}, levels=levels).axes[0]
    for name, text, value, ends in (
        ("All patients", "0.81 (0.74–0.87)", 0.806, (0.742, 0.870)),
        ("Women", "0.78 (0.69–0.87)", 0.781, (0.690, 0.872)),
        ("Men", "0.82 (0.72–0.93)", 0.823, (0.720, 0.926)),
    ):
        y = place(axes, name)
        assert place(axes, text) == y
        assert marks(axes)[y] == value
        assert intervals(axes)[y] == pytest.approx(ends)
    assert place(axes, "118") == place(axes, "80") == place(axes, "Women")
    # the test belongs to the variable, not to one of its groups
    assert place(axes, "<0.001") == place(axes, "Sex")
    assert {"Patients", "Events", "AUC (95% CI)", "P for\ninteraction"} <= set(wording(axes))


def test_rows_go_down_in_the_order_of_the_table(subgroups):
    axes = forest_figure(subgroups, "AUC").axes[0]
    heights = [place(axes, name) for name in ("all", "sex", "0", "1", "scanner", "Signa", "Avanto", "Skyra")]
    assert heights == sorted(heights)
    assert axes.get_ylim()[0] > heights[-1] > heights[0] > axes.get_ylim()[1] == 0


def test_texts_stand_in_their_columns(subgroups):
    axes = forest_figure(subgroups, "AUC").axes[0]
    x = {text.get_text(): text.get_position()[0] for text in axes.texts}
    assert x["Patients"] == x["118"] == x["75"] < x["Events"] == x["80"]
    assert x["Events"] < x["AUC (95% CI)"] == x["0.78 (0.69–0.87)"] < x["P for\ninteraction"] == x["<0.001"]


def test_hidden_cells_are_named_without_any_number(subgroups):
    known = subgroups["level"] == "Avanto"
    subgroups.loc[known, ["n", "events", "value", "low", "high"]] = [7, 3, 0.9, 0.8, 1.0]
    axes = forest_figure(subgroups, "AUC", reasons=REASONS).axes[0]
    y = place(axes, "Avanto")
    level = [text.get_text() for text in axes.texts if text.get_position()[1] == y]
    assert [text.replace("\n", " ") for text in level] == ["Avanto", REASONS["small_cell"]]
    assert y not in marks(axes)
    assert place(axes, "one_class") == place(axes, "Skyra")  # a code without a sentence is said as it is


def test_pooled_diamond_and_prediction_interval(centers):
    axes = forest_figure(centers, "AUC", reference=0.5, notes=["Tau² 0.076."]).axes[0]
    (diamond,) = [patch for patch in axes.patches if isinstance(patch, Polygon)]
    y = place(axes, "Pooled (random effects)")
    assert [tuple(corner) for corner in diamond.get_xy()[[0, 2]]] == [(0.61, y), (0.80, y)]
    assert set(diamond.get_xy()[[1, 3], 0]) == {0.71}
    assert y not in marks(axes)
    y = place(axes, "95% prediction interval")
    assert intervals(axes)[y] == pytest.approx((0.50, 0.88))
    assert place(axes, "0.50–0.88") == y
    assert [text.get_text() for text in axes.figure.texts] == ["Tau² 0.076."]


def test_larger_weights_have_larger_marks(centers):
    axes = forest_figure(centers, "AUC").axes[0]
    sizes = {line.get_ydata()[0]: line.get_markersize() for line in axes.lines if line.get_marker() == "s"}
    assert sizes[place(axes, "A")] < sizes[place(axes, "B")]


def test_columns_without_content_are_left_out():
    table = pd.DataFrame(
        [("", "age", "estimate", 1.10, 1.08, 1.13)], columns=["group", "level", "kind", "value", "low", "high"]
    )
    axes = forest_figure(table, "Odds ratio", reference=1, log=True).axes[0]
    assert [text for text in wording(axes) if text] == ["Odds ratio (95% CI)", "age", "1.10 (1.08–1.13)"]
    assert axes.get_xscale() == "log"


def test_a_far_wider_interval_is_cut_with_arrows_but_printed_whole():
    rows = [
        ("", name, "estimate", value, value / 1.3, value * 1.3) for name, value in (("a", 0.5), ("b", 0.8), ("c", 2))
    ]
    table = pd.DataFrame(
        [*rows, ("", "wide", "estimate", 1.3, 0.02, 80)], columns=["group", "level", "kind", "value", "low", "high"]
    )
    axes = forest_figure(table, "Odds ratio", reference=1, log=True).axes[0]
    low, high = axes.get_xlim()
    assert low > 0.02
    assert high < 80
    arrows = {line.get_marker(): line.get_xdata()[0] for line in axes.lines if line.get_marker() in "<>"}
    assert arrows == {"<": low, ">": high}
    assert "1.30 (0.02–80.00)" in wording(axes)


def test_nothing_overlaps_and_nothing_leaves_the_page(subgroups):
    long = subgroups.assign(
        level=lambda table: table["level"] + " of the Philips Ingenia Ambition X, software 5.7.1, upgraded"
    )
    figure = forest_figure(long, "Area under the curve", reasons=REASONS)
    renderer = figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts if text.get_text()]
    assert all(box.x0 >= 0 and box.x1 <= PAGE * figure.dpi + 1 for box in boxes)
    assert all(box.y0 >= 0 and box.y1 <= figure.bbox.height for box in boxes)
    for position, box in enumerate(boxes):
        assert not any(box.shrunk(0.98, 0.8).overlaps(other.shrunk(0.98, 0.8)) for other in boxes[position + 1 :])


def test_problems_are_said(centers):
    with pytest.raises(ValueError, match="low, high is not there"):
        forest_figure(centers.drop(columns=["low", "high"]), "AUC")
    with pytest.raises(ValueError, match="sum is not one of estimate, pooled, prediction, hidden"):
        forest_figure(centers.assign(kind="sum"), "AUC")
    assert forest_figure(centers.iloc[:0], "AUC").texts[0].get_text() == "Nothing to draw: no estimates"


def test_words_are_said_in_the_language(centers):
    def say(text, /, **values):
        return f"<{text.format(**values)}>"

    figure = forest_figure(centers, "AUC", say=say)
    assert {"<Patients>", "<AUC (95% CI)>", "<Pooled (random effects)>"} <= set(wording(figure.axes[0]))


@pytest.mark.slow
def test_same_table_same_bytes(subgroups, tmp_path):
    for name in ("one", "two"):
        save_figure(forest_figure(subgroups, "AUC", reasons=REASONS), tmp_path / name)
    for suffix in (".svg", ".png"):
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
