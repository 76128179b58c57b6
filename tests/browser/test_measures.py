"""What the other tests measure in a page is found where it is planted, and only there."""

from __future__ import annotations

import pytest

from helpers.browser import PHONE, visit

GOOD = """<!DOCTYPE html><html lang="en"><head><title>A page</title><style>
:focus-visible { outline: 2px solid #000; }
.dark { background: linear-gradient(#333333, #444444); color: #fff; }
</style></head><body><main><h1>Page</h1><h2>Part</h2><p>Text <a href="#there">link</a></p><p class="dark">White</p>
<button>Press</button><p id="there">There</p></main></body></html>"""
PLANTED = {
    "small(12, 8)": "<p style='font-size: 11px'>tiny</p>",
    "small(12,  8)": "<svg aria-label='f' viewBox='0 0 100 100' width='50'><text y='50' font-size='12'>t</text></svg>",
    "faint()": "<p style='color: #999'>pale</p>",
    "faint( )": "<p style='background: linear-gradient(#000000, #888888); color: #fff'>half of it is pale</p>",
    "wide()": "<p style='width: 1000px'>broad</p>",
    "unreachable()": "<div style='overflow-x: auto; width: 90px'><p style='width: 300px'>hidden</p></div>",
    "structure()": "<h4>Too deep</h4>",
    "structure( )": "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>",
    "structure(  )": "<svg viewBox='0 0 9 9'></svg>",
    "structure(   )": "<p id='there'>Again</p>",
}


@pytest.fixture
def page(browser, tmp_path):
    def written(extra=""):
        path = tmp_path / "page.html"
        path.write_text(GOOD.replace("</main>", extra + "</main>"), encoding="utf-8")
        return visit(browser, path, PHONE)

    return written


def walk(opened):
    for _ in range(opened.page.evaluate("measure.watch()")):
        opened.page.keyboard.press("Tab")
    return opened.page.evaluate("measure.walked()")


def test_a_good_page_has_no_fault(page, tmp_path):
    with page() as opened:
        for look in PLANTED:
            assert opened.page.evaluate(f"measure.{look}") == [], look
        assert walk(opened) == []
        assert opened.said == []
        assert opened.strangers(tmp_path) == []


@pytest.mark.parametrize(("look", "extra"), PLANTED.items(), ids=[look.replace(" ", "_") for look in PLANTED])
def test_a_planted_fault_is_found(page, look, extra):
    with page(extra) as opened:
        assert len(opened.page.evaluate(f"measure.{look}")) == 1


@pytest.mark.parametrize(
    "extra",
    [
        "<a href='#there' style='outline: none'>no ring</a>",
        "<button tabindex='3'>out of order</button>",
        "<a href='#there' style='position: absolute; left: -999px'>out of sight</a>",
    ],
)
def test_a_fault_of_the_keyboard_is_found(page, extra):
    with page(extra) as opened:
        assert walk(opened)


def test_errors_and_requests_are_heard(page, tmp_path):
    extra = "<img src='nowhere.png' alt='x'><script>fetch('http://127.0.0.1:9/x').catch(() => {}); missing();</script>"
    with page(extra) as opened:
        opened.page.wait_for_load_state("networkidle")
        assert any("missing is not defined" in text for text in opened.said)
        assert any("nowhere.png" in text for text in opened.said)
        assert opened.strangers(tmp_path) == ["http://127.0.0.1:9/x"]
        assert any("nowhere.png" in url for url in opened.strangers(tmp_path / "elsewhere"))
