"""Path and cross-validation of the penalty: marks, counts, colors; the same bytes for the same table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from osteon.reporting.figures import save_figure
from osteon.reporting.lasso_figure import GROUP, MARKS, penalty_figure

LAMBDAS = [0.8, 0.4, 0.2, 0.1, 0.05]
FEATURES = [0, 1, 2, 2, 3]


def cv(signature: str = "T1", chosen: str = "least", step: int = 1, name: str = "") -> pd.DataFrame:
    table = pd.DataFrame({"lambda": LAMBDAS, "mean": [0.25, 0.22, 0.2, 0.19, 0.21], "se": 0.015, "features": FEATURES})
    least, one_se = ([("yes" if value == at else "no") for value in LAMBDAS] for at in (0.1, 0.2))
    marks = {"least": least, "one_se": one_se, "chosen": least if chosen == "least" else one_se}
    return table.assign(signature=signature, step=step, loss="squared", **marks, **{"class": name})


def path(signature: str = "T1", step: int = 1, name: str = "") -> pd.DataFrame:
    rows = [(0.4, "a", 0.1), (0.2, "a", 0.2), (0.2, "b", -0.1), (0.1, "a", 0.3), (0.1, "b", -0.2)]
    rows += [(0.05, "a", 0.35), (0.05, "b", -0.25), (0.05, "c", 0.05)]
    table = pd.DataFrame(rows, columns=["lambda", "feature", "coefficient"])
    return table.assign(signature=signature, step=step, **{"class": name})


def panels(figure):
    return {axes.get_label(): axes for axes in figure.axes}


def marked(axes) -> dict[str, tuple[float, str]]:
    """log lambda and line style by color of the marks."""
    colors = set(MARKS.values())
    vertical = [line for line in axes.lines if line.get_color() in colors and np.ptp(line.get_xdata()) == 0]
    return {line.get_color(): (float(line.get_xdata()[0]), line.get_linestyle()) for line in vertical}


@pytest.mark.parametrize("chosen", ["least", "one_se"])
def test_both_penalties_are_marked_and_the_one_that_was_taken_is_drawn_through(chosen):
    found = panels(penalty_figure(path(), cv(chosen=chosen)))
    for label in ("0 0", "0 1"):
        marks = marked(found[label])
        lines = {True: "-", False: "--"}
        assert marks[MARKS["least"]] == (pytest.approx(np.log(0.1)), lines[chosen == "least"])
        assert marks[MARKS["one_se"]] == (pytest.approx(np.log(0.2)), lines[chosen == "one_se"])


def test_errors_and_counts_are_those_of_the_table():
    axes = panels(penalty_figure(path(), cv()))["0 0"]
    points = axes.containers[0].lines[0].get_xydata()
    np.testing.assert_allclose(points, np.column_stack([np.log(LAMBDAS), cv()["mean"]]))
    top = axes.child_axes[0]
    assert [tick.get_text() for tick in top.get_xticklabels()] == [str(count) for count in FEATURES]
    np.testing.assert_allclose(top.get_xticks(), np.log(LAMBDAS))


def test_features_that_were_taken_are_lines_and_the_others_grey():
    axes = panels(penalty_figure(path(), cv()))["0 1"]
    curves = [line for line in axes.lines if len(line.get_xdata()) == len(LAMBDAS)]
    assert [line.get_ydata().tolist() for line in curves] == [[0, 0.1, 0.2, 0.3, 0.35], [0, 0, -0.1, -0.2, -0.25]]
    grey = next(found for found in axes.collections if isinstance(found, LineCollection))
    assert [segment[:, 1].tolist() for segment in grey.get_segments()] == [[0, 0, 0, 0, 0.05]]


def test_signatures_classes_and_steps_have_panels_of_their_own():
    parts = [("T1", 1, ""), ("T1", 2, ""), ("T2", 1, "low"), ("T2", 1, "high")]
    tables = [
        pd.concat([make(signature, step=step, name=name) for signature, step, name in parts]) for make in (path, cv)
    ]
    found = panels(penalty_figure(*tables, {"T1": "T1WI score"}))
    titles = [found[f"{place} 0"].get_title(loc="left") for place in range(4)]
    assert titles == ["T1WI score, step 1", "T1WI score, step 2", "T2, class low", "T2, class high"]


def test_a_file_read_again_gives_the_same_figure(tmp_path):
    """An empty class is a missing value after a table was read."""
    read = [table.assign(**{"class": np.nan}) for table in (path(), cv())]
    assert len(penalty_figure(*read).axes) == len(penalty_figure(path(), cv()).axes)


def test_nothing_chosen_is_a_path_without_lines():
    nothing = cv().assign(chosen=["yes", "no", "no", "no", "no"])
    axes = panels(penalty_figure(path().iloc[:0], nothing))["0 1"]
    assert not [line for line in axes.lines if len(line.get_xdata()) == len(LAMBDAS)]


def test_no_penalty_says_so():
    empty = pd.DataFrame(columns=[*GROUP, "lambda"])
    assert "no step of the selection has a penalty" in penalty_figure(empty, empty).texts[0].get_text()


@pytest.mark.slow
def test_same_table_same_bytes(tmp_path):
    for name in ("one", "two"):
        save_figure(penalty_figure(path(), cv()), tmp_path / name)
    for ending in ("svg", "png"):
        assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()
