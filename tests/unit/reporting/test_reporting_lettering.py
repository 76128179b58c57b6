"""Letters on figures: measured, broken and shortened so that they fit."""

from __future__ import annotations

import pytest

from osteon.reporting.lettering import blank_figure, shortened, text_width, wrapped

LONG = "Philips Ingenia Ambition X, software 5.7.1, upgraded in the second year"
CHINESE = "有结局或无结局的患者不足十例，因此不显示该亚组的结果。"


def test_width_grows_with_letters_and_size():
    assert text_width("AA") == pytest.approx(2 * text_width("A"), rel=0.05)
    assert text_width("wide text", 16) == pytest.approx(2 * text_width("wide text", 8), rel=0.05)
    assert text_width("wide text", bold=True) > text_width("wide text")
    # a Chinese letter is a square
    assert text_width("骨", 72) == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize("text", [LONG, CHINESE, "T1_L1L3_log-sigma-1-0-mm-3D_glszm_GrayLevelNonUniformityNormalized"])
def test_broken_lines_fit_and_lose_nothing(text):
    lines = wrapped(text, 1.2, lines=10).split("\n")
    assert len(lines) > 1
    assert all(text_width(line) <= 1.2 for line in lines)
    kept = "".join(lines) if " " not in text else " ".join(lines)
    assert kept.rstrip("…") in text
    assert not any(line.startswith(("，", "。")) for line in lines)


def test_no_line_begins_with_a_closing_mark():
    room = text_width("有结局或无结局") + 0.01
    assert wrapped("有结局或无结局，患者不足", room) == "有结局或无结\n局，患者不足"


def test_what_does_not_fit_ends_in_dots():
    text = wrapped(LONG, 1.2, lines=2)
    assert text.count("\n") == 1
    assert text.endswith("…")
    assert all(text_width(line) <= 1.2 for line in text.split("\n"))


def test_short_texts_and_their_own_breaks_stay():
    assert wrapped("Age", 2) == "Age"
    assert wrapped("P for\ninteraction", 2) == "P for\ninteraction"


def test_names_lose_their_middle():
    names = [f"T1_L1L3_log-sigma-{size}-0-mm-3D_glszm_GrayLevelNonUniformityNormalized" for size in (1, 2)]
    one, other = (shortened(name, 2.6) for name in names)
    assert one != other
    assert one.startswith("T1_L1L3")
    assert one.endswith("Normalized")
    assert text_width(one) <= 2.6
    assert shortened("Age", 2.6) == "Age"


def test_a_figure_without_content_says_why():
    assert [text.get_text() for text in blank_figure("Nothing to draw: no subgroups").texts] == [
        "Nothing to draw: no subgroups"
    ]
