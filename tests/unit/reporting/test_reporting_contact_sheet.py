"""Contact sheets: who is shown how, counts, flags, links, and nothing that can be harmful."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from helpers.contact import AROUND, EVIL, NATIVE, THUMB, shown
from helpers.html_page import Page
from osteon.reporting.contact_sheet import page_name, read_case, sheet_name, sheet_page
from osteon.reporting.palette import FLAGS
from osteon.tables.explanations import EXPLANATIONS
from osteon.tables.reasons import Reason
from osteon.tables.status import finding


@pytest.fixture(scope="module")
def cases():
    notes = [finding(Reason.SERIES_SURPLUS, "note", "T1: 2 series play the role")] * 2
    review = finding(Reason.MASK_COMPONENTS, "review", "label L1 has 2 pieces")
    return [
        shown("A001"),
        shown("A003", findings=notes),
        shown("A002", findings=[*notes, review]),
        shown("A004", Reason.SLICE_MISSING, "T1: no slice at 3.3 mm", findings=[review]),
        shown("A005", sequences=["T2"]),
    ]


def tiles(text: str) -> dict[str, tuple[dict[str, str], str]]:
    """Attributes and inner HTML of each tile by subject, in order."""
    found = re.findall(r'<li class="(\w+)" id="sub-(\w+)">(.*?)</li>', text, flags=re.DOTALL)
    return {subject: (state, inner) for state, subject, inner in found}


def test_every_case_has_its_tile_in_the_order_of_the_list(cases):
    found = tiles(sheet_page(cases, "T1", AROUND))
    assert list(found) == ["A001", "A003", "A002", "A004", "A005"]
    assert [state for state, _ in found.values()] == ["fine", "fine", "review", "excluded", "fine"]


def test_flags_have_a_letter_and_their_number(cases):
    badges = {
        subject: re.findall(r'<b class="(\w+)">(\w+)</b>', inner)
        for subject, (_, inner) in tiles(sheet_page(cases, "T1", AROUND)).items()
    }
    assert badges == {
        "A001": [],
        "A003": [("note", "N2")],
        "A002": [("review", "R"), ("note", "N2")],
        "A004": [("exclude", "X"), ("review", "R")],
        "A005": [],
    }


def test_what_is_to_be_looked_at_is_said_in_words(cases):
    found = tiles(sheet_page(cases, "T1", AROUND))
    assert "mask components" in found["A002"][1]
    excluded = found["A004"][1]
    assert EXPLANATIONS[Reason.SLICE_MISSING][0] in excluded
    assert "T1: no slice at 3.3 mm" in excluded
    assert "<img" not in excluded


def test_counts_add_up(cases):
    words = Page(sheet_page(cases, "T1", AROUND)).words
    assert "5 cases : 4 accepted (1 to review), 1 excluded" in words
    assert "All 5 To look at 2 Excluded 1" in words
    one = Page(sheet_page(cases[:1], "T1", AROUND))
    assert "1 case : 1 accepted (0 to review), 0 excluded" in one.words
    assert [entry["id"] for entry in one.all("input") if "disabled" in entry] == ["show-flagged", "show-excluded"]


def test_thumbnails_are_inside_and_belong_to_the_sequence(cases):
    for sequence in ("T1", "T2"):
        pictures = [image["src"] for image in Page(sheet_page(cases, sequence, AROUND)).all("img")]
        prefix = "data:image/jpeg;base64,"
        contents = [base64.b64decode(source.removeprefix(prefix)) for source in pictures]
        assert set(contents) == {THUMB + sequence.encode()}
    assert "no picture" in tiles(sheet_page(cases, "T1", AROUND))["A005"][1]


def test_filters_name_classes_that_tiles_have(cases):
    text = sheet_page(cases, "T1", AROUND)
    style = text[text.index("<style>") : text.index("</style>")]
    assert (
        "#show-flagged:checked ~ .grid .fine, #show-excluded:checked ~ .grid li:not(.excluded) { display: none; }"
        in style
    )
    page = Page(text)
    assert {label["for"] for label in page.all("label")} == {entry["id"] for entry in page.all("input")}
    tags = [tag for tag, _ in page.elements]
    assert tags.index("input") < tags.index("ul")


def test_page_is_well_formed_and_requests_nothing(cases):
    text = sheet_page(cases, "T1", AROUND)
    page = Page(text)
    assert not page.open
    assert not page.all("script")
    assert not page.all("link")
    assert "http" not in text
    assert "url(" not in text
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_links_lead_to_cases_sequences_and_centers(cases):
    links = {link["href"] for link in Page(sheet_page(cases, "T1", AROUND)).all("a")}
    assert links == {
        "#cases",
        *(f"center-A/sub-{subject}.html" for subject in ("A001", "A002", "A003", "A004", "A005")),
        "center-A_T2.html",
        "center-B_T1.html",
        "../../10_hospitals/center-A.html",
        "../../START_HERE.html",
    }


def test_simulated_patients_are_named_so(cases):
    assert "Simulated" in sheet_page(cases, "T1", AROUND)
    assert "imulated" not in Page(sheet_page(cases, "T1", replace(AROUND, simulated=False))).words


def test_nothing_that_is_put_in_is_taken_as_html():
    case = shown("A001", findings=[finding(Reason.PHOTOMETRIC, "review", EVIL)])
    other = shown("A002", Reason.SLICE_MISSING, EVIL)
    around = replace(AROUND, centers={"A": EVIL, "B": EVIL})
    text = sheet_page([case, other], "T1", around)
    assert EVIL not in text
    assert not Page(text).open
    assert not Page(text).all("script")


def test_a_code_of_another_version_is_shown_as_found():
    case = shown("A001", "future_code", "something new")
    tile = tiles(sheet_page([case], "T1", AROUND))["A001"][1]
    assert '<span class="words">future_code</span>' in tile
    assert 'title="something new"' in tile


def test_a_case_is_read_with_its_thumbnails(tmp_path):
    case = shown("A001")
    case.status.write(tmp_path / "ingest.json")
    for sequence in ("T1", "T2"):
        (tmp_path / case.status.extra["previews"][sequence]["thumb"]["path"]).write_bytes(THUMB + sequence.encode())
    assert read_case(tmp_path / "ingest.json", tmp_path, NATIVE) == replace(case, native=NATIVE)


def test_names_of_pages():
    assert (sheet_name("A", "T1"), page_name("A001")) == ("center-A_T1.html", "sub-A001.html")


def test_marks_can_be_read_and_told_apart_in_grey():
    """Contrast of ink and ground at least 4.5 (WCAG 2), and grounds of clearly different lightness."""

    def luminance(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(first, second):
        light, dark = sorted((luminance(first), luminance(second)), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    assert all(contrast(ground, ink) >= 4.5 for ground, ink in FLAGS.values())
    grounds = [ground for ground, _ in FLAGS.values()]
    assert all(contrast(one, other) >= 1.4 for one, other in pairwise(grounds))
