"""Tables as hospitals write them: every encoding, delimiter and cell of a workbook gives the same text."""

from __future__ import annotations

import datetime
import gzip
import io
import re
import sys
import zipfile

import openpyxl
import pytest

from osteon.config.sheets import normalised, read_sheet, subject_label, to_cases
from osteon.config.workbooks import SheetError

COLUMNS = ["住院号", "性别", "年龄", "骨质疏松"]
ROWS = [["0012", "女", "67.5", "是"], ["0013", "男", "", "否"]]
EXPECTED = [dict(zip(COLUMNS, row, strict=True)) | {"#": str(n)} for n, row in enumerate(ROWS, start=2)]


def _text(delimiter: str, end: str = "\n") -> str:
    return "".join(delimiter.join(row) + end for row in [COLUMNS, *ROWS])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "，", "；"])
def test_encodings_and_delimiters(tmp_path, encoding, delimiter):
    path = tmp_path / "table.csv"
    path.write_bytes(_text(delimiter, "\r\n").encode(encoding))
    assert read_sheet(path) == (COLUMNS, EXPECTED)
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert read_sheet(path) == (COLUMNS, EXPECTED)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines(tmp_path, end):
    path = tmp_path / "table.txt"
    path.write_bytes(_text("\t", end).encode())
    assert read_sheet(path) == (COLUMNS, EXPECTED)


def _read(tmp_path, text: str):
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode())
    return read_sheet(path)


def test_quoted_cells_hold_delimiters_quotes_and_line_breaks(tmp_path):
    columns, rows = _read(tmp_path, '"note; long; a; b",id,"x\ny"\n"a, ""b""\nc",007,1\n')
    assert columns == ["note; long; a; b", "id", "x\ny"]
    assert rows == [{"note; long; a; b": 'a, "b"\nc', "id": "007", "x\ny": "1", "#": "2"}]


def test_a_first_line_that_names_the_delimiter(tmp_path):
    assert _read(tmp_path, "sep=;\nid;age, years\n007;60\n") == (
        ["id", "age, years"],
        [{"id": "007", "age, years": "60", "#": "3"}],
    )


def test_empty_rows_short_rows_and_empty_columns(tmp_path):
    columns, rows = _read(tmp_path, "id,x,,\n\n1\n,,,\n2,b,,\n")
    assert columns == ["id", "x"]
    assert rows == [{"id": "1", "x": "", "#": "3"}, {"id": "2", "x": "b", "#": "5"}]


def test_blanks_and_signs_that_nobody_sees(tmp_path):
    columns, rows = _read(
        tmp_path, "\ufeff\u3000ｓｕｂｊｅｃｔ\u200b,\xa0年龄（岁） ,x\n\u200b １２３\u3000,\xa067\u200b,a\u3000b\n"
    )
    assert columns == ["subject", "年龄(岁)", "x"]
    assert rows == [{"subject": "123", "年龄(岁)": "67", "x": "a\u3000b", "#": "2"}]


def test_numbers_of_rows_that_other_programs_wrote_are_left_out(tmp_path):
    assert _read(tmp_path, ",id\n0,a\n1,b\n") == (["id"], [{"id": "a", "#": "2"}, {"id": "b", "#": "3"}])


def test_an_empty_file_has_no_columns(tmp_path):
    assert _read(tmp_path, "") == ([], [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,x,\xe4ge\n1,2,M\xfcller\n", "is neither UTF-8 nor GB18030 text. Save it as CSV UTF-8 or as .xlsx."),
        ("id,x\n1,2\n".encode("utf-16-le"), "is neither UTF-8 nor GB18030 text. Save it as CSV UTF-8 or as .xlsx."),
        (b"id,\xff\xff\n", "is neither UTF-8 nor GB18030 text. Save it as CSV UTF-8 or as .xlsx."),
        (b"id,x,\xef\xbc\xb8,X\n1,2,3,4\n", "these columns are there twice: X. Rename or remove one of each."),
        (b"id,x\n1,2,3\n", "row 2 has 3 cells, the first row 2. Put cells that hold the delimiter in quotes."),
        (
            b"Patients 2024,,\nid,x,y\n",
            "column 2 has values (row 2) and no name. Write the names of the columns, and nothing else, into the first "
            "row.",
        ),
        (
            b"<html><table><tr><td>id</td></tr></table></html>",
            "is a web page, whatever its name says. Open it in Excel and save it as .xlsx.",
        ),
        (
            bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512),
            "is an .xls workbook, or one with a password. Save it in Excel as .xlsx without password.",
        ),
    ],
)
def test_files_that_are_no_tables_say_what_to_do(tmp_path, content, message):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(SheetError) as caught:
        read_sheet(path)
    assert str(caught.value) == message


def _workbook(tmp_path, *sheets: list[list[object]]):
    """A workbook; the caller writes formats and saves."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for number, rows in enumerate(sheets):
        sheet = workbook.create_sheet(f"s{number}")
        for row in rows:
            sheet.append(row)
    return workbook, tmp_path / "table.xlsx"


def test_cells_of_a_workbook_are_what_a_person_sees(tmp_path):
    head = ["住院号", "卡号", "A", "年龄", "体重", "日期", "时间", "钙", "文本", "旗"]
    day, noon = datetime.date(2024, 5, 3), datetime.datetime(2024, 5, 3, 12, 30)
    row = [12, "0012", 7, 68.0, 0.1 + 0.2, day, noon, -3, "  是\u3000", True]
    workbook, path = _workbook(tmp_path, [head, row, [None] * 10, [13.0, "x", 8, 1e-7, 2, None, None, 0, None, None]])
    sheet = workbook.active
    sheet["A2"].number_format = sheet["A4"].number_format = "000000"
    sheet["C2"].number_format = '[Red]"NCC-"000;-0'
    workbook.save(path)
    columns, rows = read_sheet(path)
    assert columns == head
    assert list(rows[0].values()) == [
        *("000012", "0012", "NCC-007", "68", "0.3", "2024-05-03", "2024-05-03 12:30:00", "-3", "是", "TRUE"),
        "2",
    ]
    assert list(rows[1].values()) == ["000013", "x", "8", "1e-07", "2", "", "", "0", "", "", "4"]


def test_the_first_visible_sheet_with_merged_cells(tmp_path):
    workbook, path = _workbook(tmp_path, [["hidden"]], [["中心", "id"], ["A", 1], [None, 2], ["B", 3]])
    workbook.worksheets[0].sheet_state = "hidden"
    workbook.worksheets[1].merge_cells("A2:A3")
    workbook.save(path)
    assert [row["中心"] for row in read_sheet(path)[1]] == ["A", "A", "B"]


def _with_stored_value(path, formula: str, value: str) -> None:
    """Put the value of a formula beside it, as Excel does and openpyxl does not."""
    content = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name.endswith("sheet1.xml"):
                # an empty value, as Python's own writer of XML or lxml's gives it
                empty = re.compile(re.escape(f"<f>{formula}</f>").encode() + rb"(<v ?/>|<v></v>)")
                assert empty.search(text)
                text = empty.sub(f"<f>{formula}</f><v>{value}</v>".encode(), text)
            new.writestr(name, text)


def test_formulas_give_the_stored_value(tmp_path):
    workbook, path = _workbook(tmp_path, [["id", "age"], ["007", "=60+1"]])
    workbook.save(path)
    with pytest.raises(SheetError, match="cell B2 is a formula without a stored value"):
        read_sheet(path)
    _with_stored_value(path, "60+1", "61")
    assert read_sheet(path)[1] == [{"id": "007", "age": "61", "#": "2"}]


def test_a_number_that_excel_has_cut_is_refused(tmp_path):
    workbook, path = _workbook(tmp_path, [["身份证"], [110101195001011234]])
    workbook.save(path)
    with pytest.raises(SheetError, match=r"cell A2 .* more than 15 digits.*Enter such ids as text"):
        read_sheet(path)


def test_a_broken_workbook_is_refused(tmp_path):
    path = tmp_path / "table.xlsx"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(SheetError, match="cannot be read as a workbook"):
        read_sheet(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "not a workbook")
    with pytest.raises(SheetError, match="cannot be read as a workbook"):
        read_sheet(path)


def test_text_needs_no_reader_of_workbooks(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert _read(tmp_path, "id\n1\n")[0] == ["id"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("NCC-007", "NCC007"),
        (" 012 ", "012"),
        ("a_b.c", "abc"),
        ("ＮＣＣ－００７", "NCC007"),
        ("１２３", "123"),
        ("10.0", "10"),
        ("007.00", "007"),
        ("1.10", "110"),
        ("\u200b0\xa01\u3000", "01"),
        ("张三", ""),
        ("张三1", ""),
        ("é12", ""),
    ],
)
def test_ids_become_labels(text, label):
    assert subject_label(text) == label


def test_ids_without_letters_stay_to_be_named(tmp_path):
    assert _read(tmp_path, "subject\n张三\n")[1][0]["subject"] == "张三"


def test_cases_take_their_id_from_the_declared_column():
    rows = [{"center": "A", "subject": "A1", "source": "raw/1", "batch": "", "住院号": "００-1", "#": "2"}]
    assert to_cases(rows)[0].key == "A1"
    case = to_cases(rows, "住院号")[0]
    assert (case.subject, case.key, case.batch) == ("A1", "001", "A")


def test_text_that_looks_alike_becomes_alike():
    assert normalised("　骨质疏松（ＱＣＴ）\u200b") == "骨质疏松(QCT)"
