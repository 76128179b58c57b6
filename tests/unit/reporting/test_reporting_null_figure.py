"""Figure of the null run: dots for few shuffles, bars for many, the real score and nothing marked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers import report_study, report_tables
from osteon.reporting.figures import save_figure
from osteon.reporting.null_figure import null_figure


@pytest.fixture
def scores():
    return report_tables.null_scores()


@pytest.fixture
def summary():
    return report_tables.null_summary()


def lines(axes) -> dict[str, np.ndarray]:
    return {line.get_label(): line.get_xdata() for line in axes.get_lines()}


def test_few_shuffles_are_dots_at_their_scores(scores, summary):
    figure = null_figure(scores, summary, report_study.MODELS, "AUC")
    assert [axes.get_title("left") for axes in figure.axes] == ["Combined"]  # the other model has no null run
    drawn = lines(figure.axes[0])
    assert np.array_equal(drawn["Shuffled outcomes"], np.sort(scores["score"]))
    assert set(drawn["Real outcomes"]) == {0.806}
    assert set(drawn["0.5: nothing known"]) == {0.5}
    assert figure.axes[0].get_xlabel() == "AUC of out-of-fold predictions"


def test_many_shuffles_are_a_histogram(summary):
    many = pd.DataFrame({"model": "combined", "score": np.random.default_rng(0).normal(0.5, 0.05, 200)})
    axes = null_figure(many, summary, report_study.MODELS, "AUC").axes[0]
    assert sum(patch.get_height() for patch in axes.containers[0]) == 200
    assert "Shuffled outcomes" not in lines(axes)


def test_models_share_the_axis(scores, summary):
    both = pd.concat([scores, scores.assign(model="clinical", score=scores["score"] - 0.3)])
    table = pd.concat([summary, summary.assign(model="clinical")])
    figure = null_figure(both, table, report_study.MODELS, "AUC")
    assert [axes.get_title("left") for axes in figure.axes] == ["Clinical", "Combined"]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert figure.axes[0].get_xlim()[0] < both["score"].min()


@pytest.mark.slow
def test_same_table_same_bytes(scores, summary, tmp_path):
    for name in ("one", "two"):
        save_figure(null_figure(scores, summary, report_study.MODELS, "AUC"), tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
