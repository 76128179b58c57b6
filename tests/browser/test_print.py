"""Printed pages: A4, nothing cut off, and no doubt that the patients are simulated."""

from __future__ import annotations

import re
import subprocess

import pytest

from helpers.browser import visit

A4 = (595, 842)
"""Points, upright."""
MOST_SHEETS = 40


def words(text):
    """The text without spaces and hyphens: lines break elsewhere on paper."""
    return re.sub(r"[\s\u00ad\u200b-]+", "", text)


@pytest.fixture(scope="session")
def printed(browser, pages, results, pdftotext, tmp_path_factory):
    """Of each page: its PDF's pages as text, their sizes, and all cells of its tables."""
    folder, found = tmp_path_factory.mktemp("printed"), {}
    for number, path in enumerate(pages):
        with visit(browser, path) as opened:
            # closed details and filtered cases stay at home; all else goes to paper
            opened.page.emulate_media(media="print")
            cells = opened.page.evaluate(
                "[...document.querySelectorAll('td, th, caption, h1, h2, figcaption')]"
                ".filter((e) => e.checkVisibility({visibilityProperty: true})).map((e) => e.innerText.trim())"
            )
            simulated = opened.page.locator(".simulated, .tag, [role=note]").first
            banner = simulated.inner_text() if simulated.count() else ""
            pdf = folder / f"{number}.pdf"
            opened.page.pdf(path=pdf, prefer_css_page_size=True)
        text = subprocess.run([pdftotext, "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
        sizes = subprocess.run(["pdfinfo", "-l", "999", pdf], capture_output=True, text=True, check=True).stdout
        sizes = {(round(float(w)), round(float(h))) for w, h in re.findall(r"size:\s+([\d.]+) x ([\d.]+) pts", sizes)}
        found[str(path.relative_to(results))] = (text, sizes, [cell for cell in cells if cell], banner)
    return found


def test_paper_is_a4(printed):
    assert {name: sizes for name, (_, sizes, *_) in printed.items() if not sizes <= {A4, A4[::-1]}} == {}


def test_the_printed_start_page_is_headed_as_simulated(printed):
    text = printed["START_HERE.html"][0]
    assert "Simulated patients" in text.split("\f")[0]


def test_no_cell_is_cut_off(printed):
    """Every word of every cell can be read on paper, the last columns as well."""
    lost = {}
    for name, (text, _, cells, _) in printed.items():
        on_paper = words(text)
        # lines break at hyphens, and anywhere in a long name, with other cells between the parts
        pieces = {piece for cell in cells for piece in re.split(r"[\s-]+", cell) if 1 < len(piece) < 20}
        missing = {piece for piece in pieces if words(piece) not in on_paper}
        if missing:
            lost[name] = sorted(missing)[:20]
    assert lost == {}


def test_it_is_not_too_much_paper(printed):
    sheets = {name: text.count("\f") for name, (text, *_) in printed.items()}
    assert {name: count for name, count in sheets.items() if not 1 <= count <= MOST_SHEETS} == {}
