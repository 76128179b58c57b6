"""A table between the job that makes it and the one that prints it, and the numbers that it gets there."""

from __future__ import annotations

import logging

from osteon.reporting.paper.stored import restore, store
from osteon.reporting.paper.table import Column, PaperTable, Row, with_supplement


def table(key: str = "one") -> PaperTable:
    """Every kind of row and column."""
    columns = [Column("Model", words=True), Column("AUC", "Test"), Column("P", "Test")]
    rows = [Row(("Training",), heading=True), Row(("Clinical", "0.71 (0.62–0.80)", "–"), level=1)]
    return PaperTable(key, "Performance", columns, rows, ["A note."], ["07_validation/a.tsv"], "Simulated patients.")


def test_a_stored_table_comes_back_the_same(tmp_path):
    store(table(), tmp_path / "one.json")
    assert restore(tmp_path / "one.json") == table()


def test_a_table_without_rows_is_stored_with_its_reason(tmp_path, caplog):
    store(None, tmp_path / "logistic.json", "no row in 06_models/logistic.tsv")
    with caplog.at_level(logging.INFO):
        assert restore(tmp_path / "logistic.json") is None
    assert caplog.messages == ["no table logistic: no row in 06_models/logistic.tsv"]


def test_tables_of_the_supplement_come_last_with_numbers_of_their_own():
    made = with_supplement([table("a"), table("b"), table("c")], {"b"})
    assert [(one.key, one.number, one.label) for one in made] == [
        ("a", "1", "Table 1"),
        ("c", "2", "Table 2"),
        ("b", "S1", "Table S1"),
    ]
