"""Every kind of page in a real browser: quiet, alone, readable and complete, on a desk's screen and on a phone's."""

from __future__ import annotations

import pytest

from helpers.browser import DESK, PHONE, kinds_of_pages, visit

LEAST_TEXT, LEAST_IN_FIGURES = 12, 8
"""Least size of text in pixels; of that inside a figure, which a reader can enlarge."""


def of_every_page(browser, pages, results, look, width=DESK):
    """What is wrong, by page; `look` returns the problems of an open page."""
    found = {}
    for path in pages:
        with visit(browser, path, width) as opened:
            problems = look(opened)
        if problems:
            found[str(path.relative_to(results))] = problems[:10]
    return found


def test_all_kinds_of_pages_are_looked_at(results, pages):
    kinds = kinds_of_pages(results)
    expected = {"", "cases", "02_images/contact", "03_segmentations", "10_hospitals"}
    assert expected | {f"09_paper/{name}" for name in ("tables", "figures", "checklists")} <= kinds.keys()
    for paths in kinds.values():
        assert set(paths) & set(pages)


def test_nothing_is_said_to_the_console_and_nothing_is_asked_of_others(browser, pages, results, capsys):
    times = []

    def look(opened):
        took = opened.page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart")
        times.append((took, opened.page.url.rsplit("/", 1)[-1]))
        # pictures that wait until they are scrolled to
        opened.page.evaluate("document.querySelectorAll('img').forEach((image) => { image.loading = 'eager' })")
        opened.page.wait_for_load_state("networkidle")
        broken = opened.page.evaluate(
            "[...document.images].filter((i) => !i.naturalWidth).map((i) => i.src.slice(0, 80))"
        )
        return opened.said + opened.strangers(results) + [f"no picture: {url}" for url in broken]

    assert of_every_page(browser, pages, results, look) == {}
    with capsys.disabled():
        print("\nloaded in ms:", ", ".join(f"{name} {took}" for took, name in sorted(times, reverse=True)[:5]))


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_no_page_runs_out_of_the_window(browser, pages, results, width):
    def look(opened):
        return opened.page.evaluate("measure.wide()") + [
            f"cannot be scrolled with the keyboard: {name}" for name in opened.page.evaluate("measure.unreachable()")
        ]

    assert of_every_page(browser, pages, results, look, width) == {}


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_text_is_large_enough(browser, pages, results, width):
    def look(opened):
        return opened.page.evaluate(f"measure.small({LEAST_TEXT}, {LEAST_IN_FIGURES})")

    assert of_every_page(browser, pages, results, look, width) == {}


def test_text_stands_out_from_its_ground(browser, pages, results):
    """WCAG 2.2, success criterion 1.4.3: 4.5 to 1, and 3 to 1 for large text."""
    assert of_every_page(browser, pages, results, lambda opened: opened.page.evaluate("measure.faint()")) == {}


def test_pages_have_a_language_headings_in_order_and_named_pictures(browser, pages, results):
    assert of_every_page(browser, pages, results, lambda opened: opened.page.evaluate("measure.structure()")) == {}
