"""Pages of the results in a real Chromium without a window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MEASURE = Path(__file__).with_name("browser.js")
DESK, PHONE = 1280, 390
"""Widths of the window in pixels."""


def chromium_path() -> str | None:
    """The machine's own Chromium: none is ever downloaded."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def started() -> Iterator[Browser]:
    """A Chromium that asks nobody for updates."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=quiet)
        yield browser
        browser.close()


@dataclass
class Visit:
    """An open page, and what it said and asked for while it was opened and used."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def strangers(self, folder: Path) -> list[str]:
        """Requests for anything but a file that lies in the folder."""
        strange = []
        for url in self.asked:
            parts = urlsplit(url)
            inside = parts.scheme == "file" and Path(unquote(parts.path)).is_relative_to(folder.resolve())
            if not (inside or parts.scheme in ("data", "blob", "about")):
                strange.append(url)
        return strange


@contextmanager
def visit(browser: Browser, path: Path, width: int = DESK) -> Iterator[Visit]:
    """Open a file in a window of its own; `measure` of browser.js is there to be called."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.add_init_script(path=MEASURE)
    page = context.new_page()
    opened = Visit(page)

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            opened.said.append(f"{message.type}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: opened.said.append(f"error: {error}"))
    page.on("request", lambda request: opened.asked.append(request.url))
    page.on("requestfailed", lambda request: opened.said.append(f"not loaded: {request.url}"))
    page.goto(path.resolve().as_uri())
    yield opened
    context.close()


def kinds_of_pages(results: Path) -> dict[str, list[Path]]:
    """All pages of a study by kind: its folder, or for the many pages of cases that of the hospitals."""
    kinds: dict[str, list[Path]] = {}
    for path in sorted(results.rglob("*.html")):
        inside = path.relative_to(results)
        if any(part.startswith(".") for part in inside.parts):
            continue
        kind = "cases" if path.name.startswith("sub-") else inside.parent.as_posix()
        kinds.setdefault("" if kind == "." else kind, []).append(path)
    return kinds


def some_pages(results: Path, most: int = 3) -> list[Path]:
    """Some pages of each kind: the first ones and, where there are more, those of other sizes."""
    chosen = []
    for paths in kinds_of_pages(results).values():
        by_size = sorted(paths, key=lambda path: path.stat().st_size)
        picked = {by_size[0], by_size[len(by_size) // 2], by_size[-1]} if len(paths) > most else set(paths)
        chosen += sorted(picked)
    return chosen
