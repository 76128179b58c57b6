"""The page of one case: everything that is known, the way to overrule, and links that lead somewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpers.contact import AROUND, EVIL, series, shown
from helpers.html_page import Page
from osteon.reporting.case_page import case_page
from osteon.reporting.contact_sheet import page_name, sheet_name, sheet_page
from osteon.tables.explanations import EXPLANATIONS
from osteon.tables.files import write_text
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

ROWS = (
    series("aaaa", "T1"),
    series("bbbb", None, "T2", "review", reason="T2 spin echo, but its text says 'T1'"),
    series("cccc", None, None, "drop", reason="localizer"),
)


def test_findings_have_their_sentence_and_action_the_worst_first():
    findings = [
        finding(Reason.SERIES_SURPLUS, "note", "T1: 2 series play the role"),
        finding(Reason.MASK_COMPONENTS, "review", "label L1 has 2 pieces", 2, [f"f{i}" for i in range(8)]),
    ]
    page = Page(case_page([shown("A001", findings=findings)], 0, AROUND))
    for entry in findings:
        assert entry["message"] in page.words
        assert all(text in page.words for text in EXPLANATIONS[entry["code"]])
    assert page.words.index("label L1") < page.words.index("2 series")
    assert "f0, f1, f2, f3, f4 and 3 more" in page.words


def test_excluded_case_says_why_and_what_to_do():
    page = Page(case_page([shown("A004", Reason.SLICE_MISSING, "T1: none at 3.3 mm", rows=ROWS)], 0, AROUND))
    sentence, action = EXPLANATIONS[Reason.SLICE_MISSING]
    assert f"Excluded. {sentence} T1: none at 3.3 mm What to do: {action}" in page.words
    assert not page.all("img")


def test_every_series_and_what_became_of_it():
    words = Page(case_page([shown("A001", rows=ROWS)], 0, AROUND)).words
    assert "aaaa SAG T1 MR sagittal 11 600 10 – used as T1 T1 spin echo" in words
    assert "doubtful, not used (T2) T2 spin echo, but its text says 'T1'" in words
    assert "left out localizer" in words


def test_line_to_overrule_turns_each_decision_round():
    text = case_page([shown("A001", rows=ROWS)], 0, AROUND)
    lines = text[text.index("<pre") : text.index("</pre>")].split(">", 1)[1].splitlines()
    assert lines == [
        "center\tsubject\tseries_uid\trole\treason\tinitials",
        "A\tA001\taaaa\texclude\tWHY\tWHO",
        "A\tA001\tbbbb\tT2\tWHY\tWHO",
        "A\tA001\tcccc\tT1\tWHY\tWHO",
    ]
    assert "overrides.tsv" in text
    assert "series_overrides: " in case_page([shown("A001", rows=ROWS)], 0, replace(AROUND, overrides=None))
    assert "<pre" not in case_page([shown("A001")], 0, AROUND)


def test_facts_are_in_the_readers_units():
    words = Page(case_page([shown("A001")], 0, AROUND)).words
    assert "Repetition time, ms 726 726" in words
    assert "Pixel spacing, mm 0.875×0.875 0.875×0.875" in words


def test_a_fact_that_one_sequence_lacks_and_one_without_a_name():
    case = shown("A001")
    case.status.extra["sequences"]["T2"] |= {"EchoTime": 0.1, "Novel": "x"}
    words = Page(case_page([case], 0, AROUND)).words
    assert "Echo time, ms – 100" in words
    assert "Novel – x" in words


def test_masks_by_reading():
    case = shown("A001")
    assert "No manual mask" in case_page([case], 0, AROUND)
    case.status.extra["readings"] = [
        {"reader": "1", "reading": 1, "key": "manual", "found": True},
        {"reader": "2", "reading": 1, "key": "manual-2-1", "found": False},
    ]
    case.status.files = {"T1": {"path": "t1.nii.gz"}, "manual": {"path": "m.nii.gz"}}
    page = Page(case_page([case], 0, AROUND))
    assert "Reader 1, reading 1: m.nii.gz Reader 2, reading 1: no mask that can be used" in page.words
    assert f"{case.native}/m.nii.gz" in {link["href"] for link in page.all("a")}


@pytest.mark.parametrize(("position", "neighbors"), [(0, ["next"]), (1, ["prev", "next"]), (2, ["prev"])])
def test_neighbors(position, neighbors):
    cases = [shown("A001"), shown("A002"), shown("A003")]
    links = Page(case_page(cases, position, AROUND)).all("a")
    assert [link["rel"] for link in links if "rel" in link] == neighbors
    targets = {"prev": position - 1, "next": position + 1}
    for link in links:
        if "rel" in link:
            assert link["href"] == page_name(cases[targets[link["rel"]]].status.subject)


def test_every_relative_link_resolves(tmp_path):
    """All pages of two centers written as the workflow does; what they point at is there."""
    contact = tmp_path / "02_images" / "contact"
    cases = [shown("A001", rows=ROWS), shown("A002", Reason.SLICE_MISSING, "x", rows=ROWS)]
    native = tmp_path / "02_images" / "center-A" / "sub-A001" / "native"
    for entry in cases[0].status.extra["previews"].values():
        write_text("", native / entry["montage"]["path"])
    write_text("", tmp_path / "START_HERE.html")
    for center in AROUND.centers:
        there = "".join(f'<p id="sub-{case.status.subject}"></p>' for case in cases)
        write_text(there, tmp_path / "10_hospitals" / f"center-{center}.html")
    for center in AROUND.centers:
        around = replace(AROUND, center=center)
        for sequence in AROUND.sequences:
            write_text(sheet_page(cases, sequence, around), contact / sheet_name(center, sequence))
        for position, case in enumerate(cases):
            text = case_page(cases, position, around)
            write_text(text, contact / f"center-{center}" / page_name(case.status.subject))
    checked = 0
    for file in contact.rglob("*.html"):
        page = Page(file.read_text(encoding="utf-8"))
        for target in [link["href"] for link in page.all("a")] + [image["src"] for image in page.all("img")]:
            path, _, anchor = target.partition("#")
            if path.startswith("data:"):
                continue
            aim = (file.parent / path) if path else file
            assert aim.is_file(), f"{file.name}: {target}"
            if anchor:
                there = Page(aim.read_text(encoding="utf-8"))
                assert anchor in {attributes.get("id") for _, attributes in there.elements}, f"{file.name}: {target}"
            checked += 1
    assert checked > 40


def test_page_is_well_formed_and_nothing_is_taken_as_html():
    case = shown(
        "A001",
        findings=[finding(Reason.PHOTOMETRIC, "review", EVIL, files=[EVIL])],
        rows=[series("aaaa", None, EVIL, EVIL, description=EVIL, reason=EVIL, modality=EVIL)],
    )
    case.status.extra["sequences"]["T1"]["SeriesDescription"] = EVIL
    case.status.extra["readings"] = [{"reader": EVIL, "reading": 1, "key": "manual", "found": True}]
    case.status.detail = EVIL
    text = case_page([case], 0, replace(AROUND, overrides=EVIL, centers={"A": EVIL}))
    page = Page(text)
    assert EVIL not in text
    assert page.words.count(EVIL) >= 9
    assert not page.open
    assert not page.all("script")
    assert "http" not in text
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
