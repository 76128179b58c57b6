"""One table in every format: what is written is read back, cell by cell, and comes out the same each time."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import openpyxl
import pandas as pd
import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from helpers import report_study
from osteon.reporting.paper.cells import number_cell
from osteon.reporting.paper.csv import csv_text, write_csv
from osteon.reporting.paper.docx import CELL, CHARACTER, PADDING, document_bytes, layout
from osteon.reporting.paper.html import html_page
from osteon.reporting.paper.table import Column, PaperTable, Row, from_display, numbered, printable
from osteon.reporting.paper.written import FORMATS, file_names, write_tables
from osteon.reporting.paper.xlsx import workbook_bytes
from osteon.reporting.result_tables import discrimination_table

BANNER = "Simulated patients: these numbers say nothing about MRI"


def table(key: str = "baseline", **changes: object) -> PaperTable:
    """Two sets side by side, one heading row, Chinese text, and cells that a careless writer changes."""
    columns = [
        Column("变量", words=True),
        *(Column(heading, patients) for patients in ("Training", "Internal <test>") for heading in ("OP", "P")),
    ]
    rows = [
        Row(("=SUM(A1)", "0.050", "<0.001", "−0.30", "0.410")),
        Row(("Hospital A & co",), heading=True),
        Row(("007", "12.5%", "0.12 (−0.30 to 0.05)", "–", ">0.999"), level=1),
    ]
    about = {
        "title": "Baseline",
        "rows": rows,
        "notes": ["U: Mann-Whitney U test.", "骨质疏松"],
        "sources": ["07_validation/baseline.tsv"],
        "banner": BANNER,
    }
    (made,) = numbered([PaperTable(key, columns=columns, **(about | changes))])
    return made


def wide(columns: int) -> PaperTable:
    """A table of many columns."""
    cells = ["Variable", *["0.806 (0.738–0.873)"] * columns]
    return PaperTable("wide", "Wide", [Column(f"c{place}") for place in range(columns + 1)], [Row(tuple(cells))])


def opened(content: bytes):
    """A workbook."""
    return openpyxl.load_workbook(io.BytesIO(content))


def cell_texts(made: PaperTable) -> list[list[str]]:
    """The body as every format shows it."""
    return [list(row.cells) + [""] * (len(made.columns) - len(row.cells)) for row in made.rows]


def test_numbers_follow_the_order_and_the_language():
    first, second = numbered([table("one"), table("two")], prefix="S")
    assert (first.number, second.number) == ("S1", "S2")
    assert second.caption == "Table S2. Baseline"
    assert second.label == "Table S2"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": "Table 1"}, "small letters"),
        ({"columns": []}, "no column"),
        ({"rows": [Row(("a", "b"))]}, "row 1 has 2 cells instead of 1"),
        ({"rows": [Row(("a", "b"), heading=True)]}, "row 1 has 2 cells instead of 1"),
    ],
    ids=["key", "columns", "cells", "heading"],
)
def test_a_table_that_cannot_be_written_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        PaperTable(**({"key": "t", "title": "T", "columns": [Column("x")], "rows": []} | changes))


def test_a_table_of_the_page_becomes_one_of_the_paper():
    performance = report_study.performance(["test"], 1).assign(patients="Internal test")
    display = discrimination_table(performance, report_study.MODELS, ["performance.tsv"])
    made = from_display(display, BANNER)
    assert [list(row.cells) for row in made.rows] == display.rows
    assert [column.heading for column in made.columns] == display.columns
    assert [column.words for column in made.columns][:3] == [True, True, False]
    assert made.title + "." == display.caption
    assert made.notes == display.notes
    assert made.banner == BANNER


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("0.050", 0.05, "0.000"),
        ("−0.30", -0.3, "0.00"),
        ("42", 42, "0"),
        ("12.5%", 0.125, "0.0%"),
        ("3.2e−05", 3.2e-05, "0.0E+00"),
        ("0", 0, "0"),
    ],
)
def test_a_single_number_is_a_number(text, value, shown):
    found = number_cell(text)
    assert found.value == pytest.approx(value, rel=1e-15)
    assert found.format == shown


@pytest.mark.parametrize(
    "text",
    ["<0.001", ">0.999", "007", "0.81 (0.74–0.87)", "–", "", "1 of 5", "12345678901234567", "1.5 T", "NaN", "1e5%"],
)
def test_other_texts_are_no_numbers(text):
    assert number_cell(text) is None


def test_csv_has_every_cell_as_printed(tmp_path):
    made = table()
    write_csv(made, tmp_path / "t.csv")
    content = (tmp_path / "t.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert {len(line) for line in lines} == {5}
    assert lines[0][0] == BANNER
    assert lines[1][0] == "Table 1. Baseline"
    assert lines[2] == ["", "Training", "Training", "Internal <test>", "Internal <test>"]
    assert lines[3] == ["变量", "OP", "P", "OP", "P"]
    assert lines[4:7] == [
        ["  " * row.level + row.cells[0], *rest[1:]] for row, rest in zip(made.rows, cell_texts(made), strict=True)
    ]
    assert [line[0] for line in lines[7:]] == made.notes


def test_workbook_has_numbers_as_numbers_and_texts_as_texts():
    made = table()
    (sheet,) = opened(workbook_bytes([made])).worksheets
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5, max_row=7)]
    assert sheet.title == "Table 1"
    assert values[0] == ["=SUM(A1)", 0.05, "<0.001", -0.3, 0.41]
    assert sheet["A5"].data_type == "s"
    assert sheet["B5"].number_format == "0.000"
    assert values[1][0] == "Hospital A & co"
    assert values[2] == ["007", 0.125, "0.12 (−0.30 to 0.05)", "–", ">0.999"]
    assert sheet["A1"].value == BANNER
    assert sheet["A1"].fill.fgColor.rgb == "008A3B12"
    assert [sheet.cell(row, 1).value for row in range(8, 11)] == [*made.notes, *made.sources]


def test_workbook_is_read_by_pandas():
    frame = pd.read_excel(io.BytesIO(workbook_bytes([table()])), sheet_name="Table 1", header=[2, 3], nrows=1)
    assert frame[("Training", "OP")].tolist() == [0.05]
    assert frame[("Internal <test>", "P")].tolist() == [0.41]


def test_workbook_has_three_rules_a_frozen_header_and_wide_columns_for_chinese():
    (sheet,) = opened(workbook_bytes([table(rows=[Row(("骨质疏松的患者人数", "1", "2", "3", "4"))])])).worksheets
    assert sheet.freeze_panes == "B5"
    assert sheet.print_title_rows == "$1:$4"
    for row, top, bottom in ((3, "medium", None), (4, None, "thin"), (5, None, "medium")):
        assert {cell.border.top and cell.border.top.style for cell in sheet[row]} == {top}, row
        if row > 3:
            assert {cell.border.bottom and cell.border.bottom.style for cell in sheet[row]} == {bottom}, row
    sides = [side for row in sheet for cell in row for side in (cell.border.left, cell.border.right)]
    assert all(side is None or side.style is None for side in sides)
    assert sheet.column_dimensions["A"].width == 20
    assert [str(part) for part in sheet.merged_cells.ranges if part.min_row == 3] == ["B3:C3", "D3:E3"]


def test_sheets_are_named_after_the_tables_and_never_twice():
    book = opened(workbook_bytes(numbered([table("one"), table("two")])))
    assert book.sheetnames == ["Table 1", "Table 2"]
    with pytest.raises(ValueError, match="numbered"):
        workbook_bytes([table("one"), table("two")])


def _word(*tables: PaperTable):
    return Document(io.BytesIO(document_bytes(tables or [table()])))


def test_word_has_every_cell_as_printed():
    made = table()
    (read,) = _word().tables
    texts = [[cell.text for cell in row.cells] for row in read.rows]
    assert set(texts[0]) == {BANNER}
    assert texts[1] == ["变量", "Training", "Training", "Internal <test>", "Internal <test>"]
    assert texts[2] == ["变量", "OP", "P", "OP", "P"]
    assert texts[3] == list(made.rows[0].cells)
    assert texts[5] == list(made.rows[2].cells)
    assert set(texts[4]) == {"Hospital A & co"}


def test_word_has_the_title_above_and_the_notes_below_in_smaller_type():
    document = _word()
    assert [child.tag.split("}")[1] for child in document.element.body][:4] == ["p", "tbl", "p", "p"]
    assert [paragraph.text for paragraph in document.paragraphs] == ["Table 1. Baseline", *table().notes]
    note, normal = document.paragraphs[1].style, document.styles["Normal"]
    assert note.font.size < normal.font.size
    assert document.paragraphs[0].style.paragraph_format.keep_with_next


def test_word_has_three_rules_and_no_vertical_line():
    (read,) = _word().tables
    xml = read._tbl.xml
    assert "w:left w:val" not in xml
    assert "w:right w:val" not in xml
    assert "insideV" not in xml

    def rules(row: int, side: str) -> set[str | None]:
        edges = [cell.find(f".//{qn('w:tcBorders')}/{qn(f'w:{side}')}") for cell in read.rows[row]._tr.tc_lst]
        return {None if edge is None else edge.get(qn("w:sz")) for edge in edges}

    assert rules(1, "top") == {"12"}
    assert rules(2, "bottom") == {"4"}
    assert rules(5, "bottom") == {"12"}
    assert rules(0, "top") == rules(3, "top") == rules(4, "bottom") == {None}
    assert read.style.name == "Normal Table"


def test_word_repeats_banner_and_header_and_breaks_no_row():
    (read,) = _word().tables
    repeated = [row._tr.find(f".//{qn('w:tblHeader')}") is not None for row in read.rows]
    assert repeated == [True, True, True, False, False, False]
    assert all(row._tr.find(f".//{qn('w:cantSplit')}") is not None for row in read.rows)


def test_word_uses_times_and_song():
    document = _word()
    for name in ("Normal", "Caption"):
        fonts = document.styles[name].element.rPr.rFonts
        found = {kind: fonts.get(qn(f"w:{kind}")) for kind in ("eastAsia", "ascii", "asciiTheme", "eastAsiaTheme")}
        assert found == {"eastAsia": "宋体", "ascii": "Times New Roman", "asciiTheme": None, "eastAsiaTheme": None}, (
            name
        )


def test_word_orders_properties_of_cells_and_rows_as_the_schema_does():
    order = ["tcW", "gridSpan", "vMerge", "tcBorders", "vAlign"]
    (read,) = _word().tables
    for cell in read._tbl.iter(qn("w:tcPr")):
        names = [child.tag.split("}")[1] for child in cell]
        assert names == sorted(names, key=order.index), names


@pytest.mark.parametrize(
    ("columns", "landscape", "size", "broken"),
    [(4, False, 9.0, False), (7, True, 9.0, False), (10, True, 9.0, True), (11, True, 8.0, True)],
)
def test_wide_tables_are_turned_then_broken_then_set_smaller(columns, landscape, size, broken):
    made = layout(wide(columns))
    assert (made.landscape, made.size, made.broken) == (landscape, size, broken)
    room = (29.7 if landscape else 21.0) - 4
    assert sum(made.widths) == pytest.approx(room / 2.54 * 72, rel=1e-4)
    document = _word(wide(columns))
    section = document.sections[0]
    assert (section.orientation == WD_ORIENT.LANDSCAPE) == landscape
    assert (section.page_width > section.page_height) == landscape
    gap = "\n" if broken else " "
    assert document.tables[0].rows[1].cells[1].text == f"0.806{gap}(0.738–0.873)"


def test_a_column_holds_its_longest_word_in_either_language():
    """Widths in points at 9 points: Times New Roman sets '>0.999' in 25.3, and 'TR' before Chinese is one word."""
    made = PaperTable("p", "P", [Column("P"), Column("TR（ms）")], [Row((">0.999", "1"))])
    assert made.widths() == [6, 4]
    assert made.widths()[0] * 9 * CHARACTER + PADDING > 25.3 + CELL["left"] + CELL["right"]


def test_what_is_too_wide_for_any_page_still_fits_it():
    made = layout(wide(20))
    assert sum(made.widths) == pytest.approx((29.7 - 4) / 2.54 * 72, rel=1e-4)
    assert min(made.widths) > 15


def test_one_word_file_holds_all_tables_each_on_its_own_page():
    document = _word(*numbered([table("one"), wide(6), table("three", banner=""), table("four")]))
    assert len(document.tables) == 4
    assert len(document.sections) == 4
    assert [section.orientation == WD_ORIENT.LANDSCAPE for section in document.sections] == [False, True, False, False]
    headers = ["".join(paragraph.text for paragraph in section.header.paragraphs) for section in document.sections]
    assert headers == [BANNER, "", "", BANNER]


def test_html_has_every_cell_and_the_banner_and_escapes_what_it_must():
    made = table()
    text = html_page([made], "A study")
    assert "Internal <test>" not in text
    assert "Internal &lt;test&gt;" in text
    assert re.search(rf'<th colspan="5" role="note"[^>]*><span[^>]*>{re.escape(BANNER)}</span></th>', text)
    plain = re.sub(r' <span style="white-space:nowrap;">([^<]*)</span>', r" \1", text)
    for row in made.rows:
        for cell in row.cells:
            assert f">{_escaped(cell)}<" in plain, cell
    assert all(note in text for note in made.notes)
    assert 'href="07_validation/baseline.tsv"' in text
    page = html_page([made], "Tables", "zh")
    assert page.startswith("<!DOCTYPE html>")
    assert '<html lang="zh">' in page
    assert not re.search(r"https?://|<script|<link", page)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_control_characters_reach_no_office_file():
    made = table(title="a\x00b\x0bc", notes=["x\x1fy"], rows=[Row(("p\x07q", "1", "2", "3", "4"))])
    assert printable("a\x00\x0bb") == "a b"
    assert opened(workbook_bytes([made]))["Table 1"]["A5"].value == "p q"
    assert _word(made).tables[0].rows[3].cells[0].text == "p q"


@pytest.mark.parametrize("make", [workbook_bytes, document_bytes], ids=["xlsx", "docx"])
def test_the_same_tables_give_the_same_bytes_whenever_they_are_written(make, monkeypatch):
    first = make([table()])
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r">(\d{4}-[^<]*)</dcterms", core)) == {"2000-01-01T00:00:00Z"}
    assert make([table()]) == first
    with pytest.raises(ValueError, match="at least one table"):
        make([])


def test_a_set_is_written_whole_and_replaces_the_older_one(tmp_path):
    tables = numbered([table("one"), table("two")])
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "old.csv").write_text("old")
    write_tables(tables, folder, "All tables")
    assert sorted(path.name for path in folder.iterdir()) == sorted(file_names(["one", "two"]))
    assert len(file_names(["one", "two"])) == 2 * len(FORMATS) + 3
    assert (folder / "two.csv").read_text(encoding="utf-8-sig") == csv_text(tables[1]).replace("\r\n", "\n")
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


def test_a_set_that_fails_leaves_the_older_one(tmp_path):
    folder = tmp_path / "tables"
    write_tables(numbered([table("one")]), folder, "All tables")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ValueError, match="numbered"):
        write_tables([table("one"), table("two")], folder, "All tables")  # both are Table 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]
    with pytest.raises(ValueError, match="key of its own"):
        write_tables([table("one"), table("one")], folder, "All tables")
