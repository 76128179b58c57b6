"""Masks on images: which panels, which words, which legend."""

from __future__ import annotations

import numpy as np

from osteon.reporting.lettering import PAGE
from osteon.reporting.overlay_figure import Panel, overlay_figure

PICTURE = np.full((20, 30, 3), 128, np.uint8)
COLORS = {"L1": "#E69F00", "L2": "#56B4E9"}


def test_each_row_has_its_name_and_its_panels():
    rows = {"Hospital A": [Panel("A1: best", PICTURE), Panel("A2: worst", None)], "Hospital B": [Panel("B1", PICTURE)]}
    figure = overlay_figure(rows, COLORS, manual=True)
    assert [axes.get_title("left") for axes in figure.axes] == ["A1: best", "A2: worst", "B1"]
    assert [len(axes.get_images()) for axes in figure.axes] == [1, 0, 1]
    assert figure.axes[1].texts[0].get_text() == "No picture"
    assert [text.get_text() for text in figure.texts] == ["Hospital A", "Hospital B"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["L1", "L2", "Manual, where it differs"]
    assert figure.get_figwidth() == PAGE
    assert figure.axes[0].get_position().y0 > figure.axes[2].get_position().y1


def test_many_panels_stay_on_the_page():
    figure = overlay_figure({"A": [Panel(str(place), PICTURE) for place in range(6)]}, COLORS, manual=False)
    assert figure.axes[-1].get_position().x1 <= 1
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["L1", "L2"]


def test_nothing_to_draw_says_so():
    assert overlay_figure({}, COLORS, manual=False).texts[0].get_text() == "Nothing to draw: no case with a mask"
