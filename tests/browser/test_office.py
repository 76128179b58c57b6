"""Word and Excel files of the manuscript in LibreOffice."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import docx
import openpyxl
import pytest

MOST_PAGES = 6


def squeezed(text):
    """Text without spaces and hyphens, which LibreOffice sets where a line ends."""
    return re.sub(r"[\s\u00ad\u200b-]+", "", text)


def has_calc(soffice):
    """Debian packs the part that reads workbooks by itself."""
    return (Path(soffice).resolve().parent / "libsclo.so").is_file()


@pytest.fixture(scope="session")
def converted(results, soffice, pdftotext, tmp_path_factory):
    """Text of each file of the folder of tables after LibreOffice has made a PDF of it, all in one start."""
    folder = tmp_path_factory.mktemp("office")
    tables, texts = results / "09_paper/tables", {}
    for kind in ("docx", "xlsx") if has_calc(soffice) else ("docx",):
        files, out = sorted(tables.glob(f"*.{kind}")), folder / kind
        subprocess.run(
            [soffice, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "pdf"]
            + ["--outdir", str(out), *map(str, files)],
            check=True,
            capture_output=True,
            timeout=300,
        )
        for path in files:
            pdf = out / f"{path.stem}.pdf"
            assert pdf.is_file(), f"LibreOffice made no PDF of {path.name}"
            done = subprocess.run([pdftotext, "-layout", pdf, "-"], capture_output=True, text=True, check=True)
            texts[path] = done.stdout
    return texts


def test_every_word_file_shows_all_its_cells(converted):
    lost = {}
    assert len(converted) > 5
    for path, text in converted.items():
        if path.suffix != ".docx":
            continue
        shown = squeezed(text)
        cells = {
            word
            for table in docx.Document(path).tables
            for row in table.rows
            for cell in row.cells
            for word in cell.text.split()
        }
        assert cells, path.name
        missing = sorted(word for word in cells if squeezed(word) not in shown and len(word) < 12)
        if missing:
            lost[path.name] = missing[:20]
    assert lost == {}


def test_word_files_are_short(converted):
    pages = {path.name: text.count("\f") for path, text in converted.items() if path.suffix == ".docx"}
    single = {name: count for name, count in pages.items() if not name.startswith("all_tables")}
    assert {name: count for name, count in single.items() if not 1 <= count <= MOST_PAGES} == {}


def test_the_workbook_shows_all_its_sheets(converted, soffice):
    if not has_calc(soffice):
        pytest.skip("no LibreOffice Calc on this machine: apt install libreoffice-calc")
    path = next(path for path in converted if path.suffix == ".xlsx")
    shown = squeezed(converted[path])
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) > 5
    for sheet in book:
        heading = next(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)
        assert squeezed(heading)[:40] in shown, sheet.title
