"""Figures: the same table gives the same bytes, and nothing is lost on the way."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from helpers import report_study
from osteon.reporting.figures import calibration_figure, decision_figure, roc_figure, save_figure
from osteon.reporting.flow_diagram import flow_figure

MODELS, SETS = report_study.MODELS, report_study.SETS


def _roc():
    roc, _, _ = report_study.curves(list(SETS))
    return roc_figure(roc, report_study.performance(list(SETS), 1), MODELS, SETS)


def _texts(svg: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", text) for text in re.findall(r"<text\b.*?</text>", svg, flags=re.DOTALL)]


@pytest.mark.slow
def test_same_table_same_bytes(tmp_path):
    for name in ("one", "two"):
        save_figure(_roc(), tmp_path / name)
    for suffix in (".svg", ".png"):
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
    content = (tmp_path / "one.svg").read_text()
    assert "<dc:date>" not in content
    assert "Matplotlib" not in content


@pytest.mark.slow
def test_png_has_300_dpi(tmp_path):
    save_figure(_roc(), tmp_path / "figure")
    header = (tmp_path / "figure.png").read_bytes()
    position = header.index(b"pHYs") + 4
    assert round(int.from_bytes(header[position : position + 4], "big") * 0.0254) == 300


@pytest.mark.slow
def test_roc_legend_holds_the_auc_with_its_interval(tmp_path):
    performance = report_study.performance(list(SETS), 1)
    performance.loc[:, ["auc", "auc_low", "auc_high"]] = [0.8064, 0.7381, 0.8729]
    roc, _, _ = report_study.curves(list(SETS))
    save_figure(roc_figure(roc, performance, MODELS, SETS), tmp_path / "roc")
    texts = _texts((tmp_path / "roc.svg").read_text(encoding="utf-8"))
    assert texts.count("Clinical  0.81 (0.74–0.87)") == 2
    assert {"Training (out of fold)", "Internal test", "Sensitivity"} <= set(texts)


def test_models_differ_in_colour_and_in_style():
    lines = [line for line in _roc().axes[0].get_lines() if len(line.get_xdata()) > 2]
    assert len({line.get_color() for line in lines}) == len({line.get_linestyle() for line in lines}) == len(MODELS)


def test_calibration_shows_curves_groups_and_the_diagonal():
    _, calibration, _ = report_study.curves(["test"])
    axes = calibration_figure(calibration, MODELS, {"test": "Internal test"}).axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(MODELS.values())
    assert list(axes.get_lines()[0].get_xdata()) == list(axes.get_lines()[0].get_ydata()) == [0, 1]
    assert len(axes.collections) == len(MODELS)


def test_calibration_without_a_smooth_curve_still_names_the_models():
    _, calibration, _ = report_study.curves(["test"])
    groups = calibration[calibration["kind"] == "group"]
    axes = calibration_figure(groups, MODELS, {"test": "Internal test"}).axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(MODELS.values())


def test_decision_curve_is_cut_a_little_below_zero():
    _, _, decision = report_study.curves(["test"])
    axes = decision_figure(decision, MODELS, {"test": "Internal test"}).axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [*MODELS.values(), "Treat all", "Treat none"]
    assert -0.1 < axes.get_ylim()[0] < 0
    assert axes.get_ylim()[1] > decision.loc[decision["model"] == "clinical", "net_benefit"].max()


@pytest.mark.parametrize("draw", [calibration_figure, decision_figure])
def test_set_without_data_says_so(draw):
    empty = pd.DataFrame(columns=["set", "model", "kind", "predicted", "observed", "threshold", "net_benefit"])
    axes = draw(empty, MODELS, {"external": "Hospital C"}).axes[0]
    assert axes.get_title(loc="left") == "Hospital C"
    assert "one outcome only" in axes.texts[0].get_text()


@pytest.mark.slow
def test_flow_diagram_shows_every_number(tmp_path):
    _, flow = report_study.flow()
    centers = {"A": "Hospital A", "B": "Hospital B", "C": "Hospital C"}
    save_figure(flow_figure(flow, centers), tmp_path / "flow")
    text = " ".join(_texts((tmp_path / "flow.svg").read_text(encoding="utf-8")))
    for expected in (
        "Hospital B",
        "Listed n = 30",
        "With all sequences n = 30",
        "Passed the checks n = 28",
        "1 slice missing",
        "1 file truncated",
        "1 mask empty",
        "1 outcome missing",
        "n = 25",
        "External validation",
    ):
        assert expected in text
    assert "Preprocessed" not in text  # nobody left there


def test_flow_diagram_without_models(tmp_path):
    _, flow = report_study.flow()
    figure = flow_figure(flow[flow["kind"] != "set"], {"A": "A", "B": "B", "C": "C"})
    assert not any("External" in text.get_text() for text in figure.axes[0].texts)
