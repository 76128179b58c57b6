"""Figure of the principal components: what is drawn, and the same bytes for the same table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from osteon.reporting.figures import save_figure
from osteon.reporting.harmonisation_figure import components_figure

CENTERS = {"A": "Hospital A", "B": "人民医院", "C": "Nobody"}


@pytest.fixture
def components():
    random = np.random.default_rng(0)
    rows = []
    for stage, apart in (("before", 8.0), ("after", 0.0)):
        for center, shift in (("A", 0.0), ("B", apart)):
            points = random.normal(size=(30, 2)) * (3, 1)
            rows.append(
                pd.DataFrame({"pc1": points[:, 0] + shift, "pc2": points[:, 1]}).assign(stage=stage, center=center)
            )
    return pd.concat(rows, ignore_index=True).assign(share_1=0.61, share_2=0.123)


def test_panels_and_legend(components):
    figure = components_figure(components, CENTERS)
    assert [axes.get_title("left") for axes in figure.axes] == ["Before ComBat", "After ComBat"]
    assert figure.axes[0].get_xlabel() == "Component 1 (61% of the variance)"
    assert figure.axes[0].get_ylabel() == "Component 2 (12%)"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Hospital A", "人民医院"]
    drawn = figure.axes[1].lines[1].get_xydata()
    own = components[(components["stage"] == "after") & (components["center"] == "B")]
    assert np.array_equal(drawn, own[["pc1", "pc2"]].to_numpy())


def test_without_harmonisation_one_panel(components):
    figure = components_figure(components[components["stage"] == "before"], CENTERS)
    assert len(figure.axes) == 1


def test_nothing_to_draw_says_so(components):
    figure = components_figure(components.iloc[:0], CENTERS)
    assert figure.axes[0].texts[0].get_text() == "No feature that could be drawn"
    assert not figure.legends


@pytest.mark.slow
def test_same_table_same_bytes(components, tmp_path):
    for name in ("one", "two"):
        save_figure(components_figure(components, CENTERS), tmp_path / name)
    for ending in ("svg", "png"):
        assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()
