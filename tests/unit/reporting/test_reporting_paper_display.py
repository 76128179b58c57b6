"""Tables of the manuscript on a page: no cell is lost or changed."""

from __future__ import annotations

from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.paper_display import displayed

COLUMNS = [Column("Hospital", words=True), Column("AUC", "Test"), Column("n")]


def table(rows: list[Row]) -> PaperTable:
    return PaperTable("centers", "Each hospital", COLUMNS, rows, ["A note."], ["07_validation/centers.tsv"])


def test_headings_of_rows_become_a_column():
    rows = [Row(("Test",), heading=True), Row(("A", "0.8", "5")), Row(("B", "0.7", "6")), Row(("New",), heading=True)]
    shown = displayed(table([*rows, Row(("C", "0.6", "7"))]), "further-centers")
    assert shown.columns == ["Group", "Hospital", "Test: AUC", "n"]
    assert shown.rows == [["Test", "A", "0.8", "5"], ["Test", "B", "0.7", "6"], ["New", "C", "0.6", "7"]]
    assert (shown.words, shown.caption, shown.key) == (2, "Each hospital.", "further-centers")
    assert list(shown.sources) == ["07_validation/centers.tsv"]


def test_without_headings_there_is_no_such_column():
    shown = displayed(table([Row(("A", "0.8", "5"))]), "k", sources=["../x.tsv"])
    assert (shown.columns[0], shown.rows, shown.words) == ("Hospital", [["A", "0.8", "5"]], 1)
    assert list(shown.sources) == ["../x.tsv"]
    assert shown.notes == ["A note."]


def test_what_is_cut_is_counted():
    rows = [Row((str(number), "0.8", "5")) for number in range(7)]
    shown = displayed(table(rows), "k", most=4)
    assert len(shown.rows) == 4
    assert shown.notes[0] == "3 more rows are in the table of the manuscript."
    assert displayed(table(rows), "k", most=7).notes == ["A note."]
