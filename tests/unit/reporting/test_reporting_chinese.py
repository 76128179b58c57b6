"""The pages in Chinese: no English is left but names, labels of the study, and messages that are marked as English."""

from __future__ import annotations

import logging
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from matplotlib.figure import Figure

from helpers import outcome_study, report_study
from helpers.contact import AROUND, series, shown
from osteon.reporting.case_page import case_page
from osteon.reporting.contact_sheet import sheet_page
from osteon.reporting.figures import lacks_letters, save_figure
from osteon.reporting.html import render_report
from osteon.reporting.language import language
from osteon.reporting.review_page import review_page
from osteon.reporting.trace import trace_of
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

VOID = {"meta", "br", "link", "img", "input", "hr"}
UNREAD = ("style", "script", "code", "pre")
SPOKEN = ("alt", "title", "aria-label", "data-name")
"""Attributes that readers see or hear."""
NAMES = (
    # of persons, tests and indices
    *("Mann-Whitney U", "Cramér's V", "Body mass index", "Bland-Altman", "Hand-Till M", "Welch t"),
    # of the made-up study and its patients
    *("Osteoporosis from lumbar MRI", "Can radiomics tell osteoporosis, beyond age and sex?", "Hospital A"),
    *("Hospital B", "Hospital C & co", "Male sex", "GE SIGNA Architect", "A study", "SAG T1"),
    *("QCT density (mg", "QCT density", "Pearson r", "Age (years", "n (Normal"),
    # of configuration keys that readers must write as they are
    "segmentation: corrections",
)
ENGLISH = re.compile(r"[A-Za-z][A-Za-z'’.-]*(?:[ ,;:()]+[A-Za-z][A-Za-z'’.-]*)+")
"""Two words or more behind each other."""


class Reader(HTMLParser):
    """Collects what is read, but for text that is marked as English."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.language = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "html":
            self.language = attributes["lang"]
        self.texts += [attributes[name] for name in SPOKEN if attributes.get(name)]
        if tag not in VOID:
            self.open.append((tag, attributes.get("lang") == "en" or tag in UNREAD))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not any(skipped for _, skipped in self.open):
            self.texts.append(data)


def english_in(text: str, *known: str) -> list[str]:
    """Runs of English words on a page, but for `NAMES` and those that are known besides."""
    reader = Reader(text)
    assert reader.language == "zh-CN"
    found = []
    for shown_text in reader.texts:
        for name in sorted((*NAMES, *known), key=len, reverse=True):
            shown_text = shown_text.replace(name, "·")
        found += ENGLISH.findall(shown_text)
    return found


@pytest.fixture(scope="module")
def say():
    return language("zh", strict=True)


def test_the_check_finds_english_and_leaves_what_is_marked():
    page = '<html lang="zh-CN"><body><p title="two words">中文 three more words</p><p lang="en">left alone</p></body>'
    assert english_in(page) == ["two words", "three more words"]
    assert english_in(page, "two words", "three more words") == []


@pytest.fixture(scope="module")
def content(say):
    return report_study.content(say=say)


@pytest.mark.slow
def test_the_report(content):
    page = render_report(content)
    assert english_in(page) == []
    # an interval with a minus sign has a word
    assert "−0.200～0.040" in page
    assert not re.search(r"\d to −?\d", page)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["classes", "continuous"])
def test_the_report_of_another_kind_of_outcome(content, kind):
    assert english_in(render_report(outcome_study.content(kind, content))) == []


def test_the_words_of_the_dialog(say):
    words = trace_of([], {}, say)["words"]
    assert [word for word in words.values() if not re.search("[\u4e00-\u9fff]", word)] == []


def test_sheets_and_pages_of_cases(say):
    findings = [
        finding(Reason.SERIES_SURPLUS, "note", "T1: 2 series play the role"),
        finding(Reason.MASK_COMPONENTS, "review", "label L1 has 2 pieces", 2, [f"f{i}" for i in range(8)]),
    ]
    rows = (
        series("aaaa", "T1"),
        series("bbbb", None, "T2", "review", reason="its text says T1"),
        series("cccc", None, None, "drop"),
        series("dddd", None, None, "unknown"),
    )
    cases = [
        shown("A001", findings=findings, rows=rows),
        shown("A002", Reason.SLICE_MISSING, "T1: none at 3.3 mm", rows=rows),
        shown("A003"),
    ]
    # the picture's tip repeats the messages of the run
    messages = [entry["message"] for entry in findings]
    tips = ["T1: none at 3.3 mm", *messages]
    assert english_in(sheet_page(cases, "T1", AROUND, say), *tips) == []
    for position in range(len(cases)):
        assert english_in(case_page(cases, position, AROUND, say)) == []


@pytest.mark.filterwarnings("ignore:Glyph")
def test_chinese_letters_without_a_font_are_logged(tmp_path, monkeypatch, caplog):
    figure = Figure()
    figure.text(0.5, 0.5, "敏感度")
    assert lacks_letters(figure, ["DejaVu Sans"])
    assert not lacks_letters(figure, ["DejaVu Sans", "SimHei"])
    assert not lacks_letters(Figure(), ["DejaVu Sans"])
    monkeypatch.setattr("matplotlib.font_manager.get_font_names", lambda: ["DejaVu Sans"])
    with caplog.at_level(logging.WARNING, "osteon"):
        save_figure(figure, tmp_path / "roc")
    assert "roc: no font on this machine has Chinese letters" in caplog.text
    assert "fonts-noto-cjk" in caplog.text


def test_masks_to_review(say, tmp_path):
    (tmp_path / "sub-A1.jpg").write_bytes(b"\xff\xd8\xff")
    review = pd.DataFrame(
        {
            "center": ["A"],
            "subject": ["A1"],
            "source": ["predicted"],
            "codes": ["mask_empty; mask_border"],
            "found": ["L2 is absent; a message of the run"],
            "what": [""],
            "action": [""],
            "picture": ["sub-A1.jpg"],
        }
    )
    quality = pd.DataFrame({"subject": ["A1"], "flags": ["mask_empty"], "not_judged": ["volume; spacing; height"]})
    quality = quality.assign(label="L2", components=0, largest_share=0.0)
    page = review_page(
        *(review, quality, tmp_path),
        title="A study",
        simulated=True,
        centers={"A": "Hospital A"},
        labels={"L2": 1},
        say=say,
    )
    assert english_in(page) == []
