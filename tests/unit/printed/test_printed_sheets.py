"""Files of any spreadsheet give the same cells; printed tables as papers lay them out are read."""

from __future__ import annotations

import pytest
from openpyxl import Workbook

from osteon.printed.reading import header_name, read_form, read_forms, split_interval
from osteon.printed.sheets import read_sheets

TEXT = "model,set,n_0,n_1,AUC (95% CI),Sens,F1-Score\nclinical,internal,85,108,0.740 (0.672-0.808),63.4%,.712\n"


def rows_of(path):
    (sheet,) = read_sheets(path)
    table, problems = read_form(sheet)
    return table, problems


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_same_table_in_any_file(tmp_path, delimiter, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.replace(",", delimiter).encode(encoding))
    table, problems = rows_of(path)
    assert (table.kind, problems) == ("performance", [])
    (row,) = table.rows
    assert [str(part) for part in (row.auc, row.low, row.high, row.sensitivity, row.f1)] == [
        "0.740", "0.672", "0.808", "63.4%", ".712"
    ]  # fmt: skip


def test_a_title_blank_lines_and_repeated_cells(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "Table 2. Patients,,,,,,\n,,,,,,\nSet,Variable,Level,Kind,N_0,Value_0,N_1,value_1\n"
        "train,smoking,never,count,100,60,50,20\n\n,,former,count,100,40,50,30\n"
    )
    table, problems = rows_of(path)
    assert not problems
    assert [(row.set, row.variable, row.level) for row in table.rows] == [
        ("train", "smoking", "never"), ("train", "smoking", "former")
    ]  # fmt: skip
    path.write_text("a title\nx,y\n1,2\n")
    table, (problem,) = rows_of(path)
    assert table is None
    assert "No form has these columns" in problem.how


def test_limits_in_a_column_of_their_own(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("analysis;variable;OR;95% CI;P value\nuni;sex;0,49;0,36–0,65;<0,001\n", encoding="utf-8")
    table, problems = rows_of(path)
    (row,) = table.rows
    assert not problems
    assert (row.odds_ratio.value, row.low.value, row.high.value) == pytest.approx((0.49, 0.36, 0.65))
    assert (row.p.low, row.p.high) == (0, 0.001)


def test_two_columns_of_one_meaning_are_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("model,set,n_0,n_1,precision,PPV\na,b,10,10,0.5,0.6\n")
    table, (problem,) = rows_of(path)
    assert str(table.rows[0].precision) == "0.5"
    assert "precision" in problem.item


@pytest.mark.parametrize(
    ("header", "name"),
    [("P value", "p_value"), ("F1-Score", "f1_score"), ("AUC (95% CI)", "auc"), ("OR", "or"), ("AUC, 95% CI", "auc"),
     ("Ｐ", "p"), ("Model 1", "model_1"), ("Sensitivity (%)", "sensitivity"), ("95% CI", "95%_ci")],
)  # fmt: skip
def test_headers(header, name):
    assert header_name(header) == name


@pytest.mark.parametrize(
    ("cell", "parts"),
    [("0.812 (0.75-0.87)", ("0.812", "0.75", "0.87")), ("0.812（0.75～0.87）", ("0.812", "0.75", "0.87")),
     ("0.15 (−0.27 to 0.57)", ("0.15", "-0.27", "0.57")), ("81.2% [95% CI: 75.0%, 87.0%]", ("81.2%", "75.0%", "87.0%")),
     ("0.15 (−0.27 至 0.57)", ("0.15", "-0.27", "0.57")), ("0.812", ("0.812", "", "")),
     ("12 (34.5%)", ("12 (34.5%)", "", ""))],
)  # fmt: skip
def test_an_interval_in_the_cell_of_its_estimate(cell, parts):
    assert split_interval(cell) == parts


def test_a_workbook_shows_its_numbers_as_formatted(tmp_path):
    book = Workbook()
    sheet = book.active
    sheet.append(["set", "model_1", "model_2", "z", "p"])
    sheet.append(["test", "a", "b", 2.1, 0.04])
    sheet["D2"].number_format, sheet["E2"].number_format = "0.00", "General"
    other = book.create_sheet("shares")
    other.append(["item", "share", "group"])
    other.append(["x", 0.336, None])
    other["B2"].number_format = "0.0%"
    book.create_sheet("empty")
    book.save(tmp_path / "tables.xlsx")
    forms = read_forms(tmp_path)
    assert [table.file for table in forms.tables] == ["tables.xlsx, Sheet", "tables.xlsx, shares"]
    (comparison,), (share,) = forms.rows("delong"), forms.rows("shares")
    assert [str(part) for part in (comparison.z, comparison.p, share.share)] == ["2.10", "0.04", "33.6%"]


def test_files_that_cannot_be_read_are_one_finding_each(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"no workbook")
    (tmp_path / "b.csv").write_bytes(b"\xff\xff\x00")
    (tmp_path / "c.csv").write_text("\n\n")
    (tmp_path / "flow.csv").write_text("step,n,of\nall,10,\n")
    (tmp_path / "~$a.xlsx").write_bytes(b"")
    problems = {one.table: one.how for one in read_forms(tmp_path).problems}
    assert set(problems) == {"a.xlsx", "b.csv", "c.csv"}
    assert "cannot be opened" in problems["a.xlsx"]
    assert "no text" in problems["b.csv"]
    assert "empty" in problems["c.csv"]
