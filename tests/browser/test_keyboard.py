"""All that can be done with a mouse can be done with the keyboard, and the focus can be seen."""

from __future__ import annotations

import re

from helpers.browser import visit


def test_tab_reaches_everything_in_order_and_the_focus_is_seen(browser, pages, results):
    found = {}
    for path in pages:
        with visit(browser, path) as opened:
            for _ in range(opened.page.evaluate("measure.watch()")):
                opened.page.keyboard.press("Tab")
            problems = opened.page.evaluate("measure.walked()")
        if problems:
            found[str(path.relative_to(results))] = problems[:10]
    assert found == {}


def test_the_first_stop_skips_to_the_content(browser, pages):
    for path in pages:
        with visit(browser, path) as opened:
            page = opened.page
            if not page.locator(".skip").count():
                assert page.locator("nav, header a").count() == 0, f"{path.name} has links before its content"
                continue
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.className") == "skip", path.name
            page.keyboard.press("Enter")
            target = page.evaluate("document.activeElement.getAttribute('href') || location.hash")
            page.keyboard.press("Tab")
            inside = page.evaluate(f"document.querySelector({target!r}).contains(document.activeElement)")
            links = page.evaluate(f"document.querySelectorAll({target!r} + ' :is(a, button, [tabindex])').length")
            assert inside or links == 0, path.name


def test_a_number_shows_where_it_comes_from_and_gives_the_focus_back(browser, results):
    with visit(browser, results / "START_HERE.html") as opened:
        page = opened.page
        for place in (0, page.locator("a.cell").count() // 2, page.locator("a.cell").count() - 1):
            cell = page.locator("a.cell").nth(place)
            cell.focus()
            page.keyboard.press("Enter")
            dialog = page.locator("dialog[open]")
            assert dialog.count() == 1
            assert " ".join(cell.inner_text().split()) in " ".join(dialog.inner_text().split())
            assert re.search(r"SHA-256 [0-9a-f]{64}", dialog.text_content())
            # everything behind the dialog is out of reach
            for _ in range(30):
                page.keyboard.press("Tab")
                assert page.evaluate(
                    "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
                )
            page.keyboard.press("Escape")
            assert dialog.count() == 0
            assert cell.evaluate("cell => cell === document.activeElement")


def test_every_number_tells_its_table_file_and_rule(browser, pages, results):
    """Clicks all numbers of the pages that have the dialog; all links in it lead to files."""
    # the dialog stays closed: to lay out the page for each of a thousand numbers takes minutes
    click_all = """() => {
        const wrong = [], links = new Set(), body = document.getElementById('trace-body');
        const cells = document.querySelectorAll('a.cell');
        let opened = 0;
        document.getElementById('trace').showModal = () => { opened += 1; };
        for (const cell of cells) {
            body.replaceChildren();
            cell.click();
            const sources = body.querySelectorAll('section').length;
            if (body.firstChild?.textContent !== cell.textContent.trim() || !sources) wrong.push(cell.href);
            body.querySelectorAll('a').forEach((link) => links.add(link.href.split('#')[0]));
        }
        return {count: cells.length, opened, wrong, links: [...links]};
    }"""
    counted = 0
    for path in pages:
        with visit(browser, path) as opened:
            if not opened.page.locator("#trace").count():
                continue
            found = opened.page.evaluate(click_all)
            assert found["wrong"] == [], path.name
            assert found["opened"] == found["count"]
            folder = results.resolve().as_uri()
            assert [link for link in found["links"] if not link.startswith(folder)] == []
            assert [link for link in found["links"] if not (results / link[len(folder) + 1 :]).is_file()] == [], (
                path.name
            )
            assert opened.said == []
            counted += found["count"]
    assert counted > 1000
