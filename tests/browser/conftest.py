"""Chromium, LibreOffice and the results of the demo."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.browser import Browser, chromium_path, some_pages, started


@pytest.fixture(scope="session")
def results(demo) -> Path:
    """The demo's results."""
    return demo.folder / "results" / "demo"


@pytest.fixture(scope="session")
def pages(results) -> list[Path]:
    """Some pages of each kind."""
    return some_pages(results)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    if not chromium_path():
        pytest.skip("no Chromium on this machine: apt install chromium")
    with started() as running:
        yield running


@pytest.fixture(scope="session")
def soffice() -> str:
    """LibreOffice, which makes PDFs of Word and Excel files."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if not found:
        pytest.skip("no LibreOffice on this machine: apt install libreoffice-writer libreoffice-calc")
    return found


@pytest.fixture(scope="session")
def pdftotext() -> str:
    """The reader of PDFs."""
    found = shutil.which("pdftotext")
    if not found:
        pytest.skip("no pdftotext on this machine: apt install poppler-utils")
    return found
