"""The page that `python -m osteon audit` writes, in a real browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from helpers.browser import DESK, PHONE, visit


@pytest.fixture(scope="session")
def audit_page(root, tmp_path_factory):
    page = tmp_path_factory.mktemp("audit") / "audit.html"
    tables = root / "config" / "studies" / "osteoporosis_mri" / "printed"
    done = subprocess.run(
        [sys.executable, "-m", "osteon", "audit", str(tables), "--out", str(page)],
        env=os.environ | {"PYTHONPATH": str(root / "workflow" / "lib")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert page.is_file(), done.stderr
    return page


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_page_is_quiet_readable_and_reachable(browser, audit_page, width):
    with visit(browser, audit_page, width) as opened:
        for look in ("small(12, 8)", "faint()", "wide()", "unreachable()", "structure()"):
            assert opened.page.evaluate(f"measure.{look}") == [], look
        for _ in range(opened.page.evaluate("measure.watch()")):
            opened.page.keyboard.press("Tab")
        assert opened.page.evaluate("measure.walked()") == []
        assert opened.said == []
        assert opened.strangers(audit_page.parent) == []


def test_its_links_resolve(audit_page):
    text = audit_page.read_text(encoding="utf-8")
    links = set(re.findall(r'(?:href|src)="([^"]+)"', text))
    assert links
    assert {link for link in links if not link.startswith("#")} == set()
    assert {link[1:] for link in links} <= set(re.findall(r'id="([^"]+)"', text))


def test_it_prints_whole(browser, audit_page, pdftotext, tmp_path):
    with visit(browser, audit_page) as opened:
        cells = opened.page.evaluate("[...document.querySelectorAll('td, th')].map((cell) => cell.innerText)")
        opened.page.pdf(path=tmp_path / "audit.pdf", prefer_css_page_size=True)
    done = subprocess.run(
        [pdftotext, "-layout", tmp_path / "audit.pdf", "-"], capture_output=True, text=True, check=True
    )
    shown = re.sub(r"[\s-]+", "", done.stdout)
    pieces = {piece for cell in cells for piece in re.split(r"[\s-]+", cell) if 1 < len(piece) < 20}
    assert pieces
    assert sorted(piece for piece in pieces if piece not in shown) == []
