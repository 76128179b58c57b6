"""Tables for Word: three rules as medical journals print them, Times New Roman and SimSun, one file each or all in one.

A banner is the first row of the table and is repeated with its header on every page, so that it goes along when
somebody copies the table into a manuscript.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docx import Document
from docx.document import Document as Word
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from osteon.reporting.paper.packages import EPOCH, reproducible
from osteon.reporting.paper.table import PaperTable, broken_cell, printable
from osteon.tables.files import atomic_path

LATIN, EAST_ASIAN = "Times New Roman", "宋体"
SHORT, LONG, MARGIN = Cm(21.0), Cm(29.7), Cm(2.0)
TITLE, NOTES = Pt(10.5), Pt(8)
# Sizes of a table's letters in points, the largest first that fits the page is taken.
SIZES = (9.0, 8.0, 7.0)
# Width of a half-width character as a share of the letters' size (Times New Roman, digits: 0.5).
CHARACTER = 0.5
CELL = {"top": 1.0, "left": 3.0, "bottom": 1.0, "right": 3.0}
"""Margins of a cell, in points."""
# Both of them at its sides, and what one letter wider than a digit takes ('>0.999').
PADDING = CELL["left"] + CELL["right"] + 1.0
THICK, THIN = 12, 4
"""Rules in eighths of a point."""
BANNER = "8A3B12"
UNBROKEN = "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"
"""In headings: 'n = 19' stays on one line."""


@dataclass(frozen=True)
class Layout:
    """How a table is put on the page.

    Attributes:
        landscape: whether the page lies on its side.
        size: of the letters, in points.
        widths: of the columns, in points.
        broken: whether an interval stands below its value.
    """

    landscape: bool
    size: float
    widths: list[float]
    broken: bool


def layout(table: PaperTable) -> Layout:
    """The first of these that fits: upright, on its side, intervals below their values, ever smaller letters."""
    choices = [(False, False, SIZES[0]), (True, False, SIZES[0]), *((True, True, size) for size in SIZES)]
    for landscape, broken, size in choices:
        room = ((LONG if landscape else SHORT) - 2 * MARGIN) / Pt(1)
        widths = [width * size * CHARACTER + PADDING for width in table.widths(broken=broken)]
        if sum(widths) <= room:
            spare = (room - sum(widths)) / len(widths)
            return Layout(landscape, size, [width + spare for width in widths], broken)
    return Layout(True, SIZES[-1], _shares(widths, room), True)


def _shares(widths: list[float], room: float) -> list[float]:
    """Widths that add up to the room: narrow columns keep theirs, the others share the rest in proportion."""
    narrow = [width for width in widths if width <= room / len(widths)]
    rest = room - sum(narrow)
    wide = sum(widths) - sum(narrow)
    return [width if width <= room / len(widths) else rest * width / wide for width in widths]


def document_bytes(tables: Sequence[PaperTable]) -> bytes:
    """A Word file with each table on pages of its own; the same tables give the same bytes.

    Raises:
        ValueError: there is no table.
    """
    if not tables:
        raise ValueError("a document needs at least one table")
    document = Document()
    _styles(document)
    for place, table in enumerate(tables):
        chosen = layout(table)
        section = document.sections[0] if place == 0 else document.add_section(WD_SECTION.NEW_PAGE)
        _page(section, chosen.landscape)
        # first: what is written to a header that is linked lands in that of the section before
        section.header.is_linked_to_previous = False
        if table.banner:
            _banner(section.header.paragraphs[0], table.banner)
        title = document.add_paragraph(style="Caption")
        title.add_run(printable(table.printed_caption))
        _table(document, table, chosen)
        for note in table.notes:
            document.add_paragraph(style="Table note").add_run(printable(note))
    properties = document.core_properties
    properties.author, properties.comments, properties.last_modified_by = "", "", ""
    properties.title = printable("; ".join(table.printed_caption for table in tables))[:255]
    properties.created = properties.modified = EPOCH
    stream = io.BytesIO()
    document.save(stream)
    return reproducible(stream.getvalue())


def write_document(tables: Sequence[PaperTable], path: str | Path) -> None:
    """Write the Word file; ValueError where there is no table."""
    content = document_bytes(tables)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def _styles(document: Word) -> None:
    normal = document.styles["Normal"]
    _font(normal.element.get_or_add_rPr())
    normal.font.size, normal.paragraph_format.space_after = Pt(9), Pt(0)
    caption = document.styles["Caption"]
    _font(caption.element.get_or_add_rPr())
    caption.font.size, caption.font.bold, caption.font.color.rgb = TITLE, True, RGBColor(0, 0, 0)
    caption.paragraph_format.space_after, caption.paragraph_format.keep_with_next = Pt(4), True
    note = document.styles.add_style("Table note", 1)
    note.base_style, note.font.size, note.paragraph_format.space_before = normal, NOTES, Pt(2)


def _font(properties) -> None:
    """The fonts of a style, by kind of letter; fonts of the theme would win over them."""
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for kind in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{kind}"), LATIN)
    fonts.set(qn("w:eastAsia"), EAST_ASIAN)


def _page(section: Section, landscape: bool) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (LONG, SHORT) if landscape else (SHORT, LONG)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN


def _table(document: Word, table: PaperTable, chosen: Layout) -> None:
    count = len(table.columns)
    made = document.add_table(0, count)
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _cell_margins(made)
    for column, width in zip(made.columns, chosen.widths, strict=True):
        column.width = Pt(width)
    if table.banner:
        row = _add_row(made, chosen, repeated=True)
        cell = row.cells[0].merge(row.cells[-1])
        _banner(cell.paragraphs[0], table.banner)
    header = [_add_row(made, chosen, repeated=True) for _ in range(1 + table.grouped)]
    _header(header, table, chosen)
    for row in table.rows:
        added = _add_row(made, chosen)
        if row.heading:
            cell = added.cells[0].merge(added.cells[-1])
            _write(cell.paragraphs[0], printable(row.cells[0]), chosen.size, bold=True).keep_with_next = True
            continue
        for place, (cell, text, column) in enumerate(zip(added.cells, row.cells, table.columns, strict=True)):
            lines = broken_cell(text) if chosen.broken and not column.words else [text]
            written = _write(
                cell.paragraphs[0], "\n".join(map(printable, lines)), chosen.size, centered=not column.words
            )
            if place == 0 and row.level:
                written.left_indent = Pt(chosen.size * row.level)
    _rule(header[0], "top", THICK)
    _rule(header[-1], "bottom", THIN)
    _rule(made.rows[-1], "bottom", THICK)


def _cell_margins(table: Table) -> None:
    margins = OxmlElement("w:tblCellMar")
    for side, width in CELL.items():
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(round(20 * width)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    # the schema fixes the order: only the look comes after the margins
    table._tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription", "w:tblPrChange")


def _header(rows: list[_Row], table: PaperTable, chosen: Layout) -> None:
    for place, column in enumerate(table.columns):
        cell = rows[-1].cells[place]
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.BOTTOM
        if len(rows) == 2 and not column.group:
            cell = rows[0].cells[place].merge(cell)
        heading = printable(column.heading).replace(" = ", UNBROKEN)
        _write(cell.paragraphs[0], heading, chosen.size, bold=True, centered=not column.words)
    for group, first, count in table.spans if len(rows) == 2 else ():
        if group:
            cell = rows[0].cells[first].merge(rows[0].cells[first + count - 1])
            _write(cell.paragraphs[0], printable(group), chosen.size, bold=True, centered=True)
            _edge(cell, "bottom", THIN)


def _add_row(table: Table, chosen: Layout, repeated: bool = False) -> _Row:
    """A row that is not broken over pages; as part of the header it stands on each of them."""
    row = table.add_row()
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if repeated:
        properties.append(OxmlElement("w:tblHeader"))
    for cell, width in zip(row.cells, chosen.widths, strict=True):
        cell.width = Pt(width)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    return row


def _write(paragraph: Paragraph, text: str, size: float, bold: bool = False, centered: bool = False):
    """Set the printable text of a cell, whose lines end in newlines; returns the format of its paragraph."""
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), bold
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centered else WD_ALIGN_PARAGRAPH.LEFT
    return paragraph.paragraph_format


def _banner(paragraph: Paragraph, text: str) -> None:
    run = paragraph.add_run(printable(text))
    run.bold, run.font.size, run.font.color.rgb = True, TITLE, RGBColor.from_string(BANNER)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _rule(row: _Row, side: str, width: int) -> None:
    """A rule along all cells of a row; of cells that several rows share it is set on the part in this row."""
    for element in row._tr.tc_lst:
        _edge(_Cell(element, row._parent), side, width)


def _edge(cell: _Cell, side: str, width: int) -> None:
    properties = cell._tc.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        # the schema fixes the order of a cell's properties: borders come after the width and the spans
        after = [child for child in properties if child.tag in {qn(f"w:{name}") for name in _BEFORE_BORDERS}]
        properties.insert(len(after), borders)
    edge = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", str(width)), ("space", "0"), ("color", "000000")):
        edge.set(qn(f"w:{name}"), value)
    # in the order of the schema: the upper rule before the lower one
    borders.insert(0, edge) if side == "top" else borders.append(edge)


_BEFORE_BORDERS = ("cnfStyle", "tcW", "gridSpan", "hMerge", "vMerge")
