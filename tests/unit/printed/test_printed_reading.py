"""Forms are recognised by their columns; what cannot be read says what to type."""

from __future__ import annotations

import pytest

from osteon.printed.findings import Verdict
from osteon.printed.forms import FORMS, columns_of, headers_of, required_of
from osteon.printed.reading import NoTables, read_form, read_forms, recognise
from osteon.printed.sheets import read_sheets
from osteon.printed.templates import template_text, write_templates


@pytest.mark.parametrize("kind", FORMS)
def test_a_template_is_its_form(kind):
    assert recognise(template_text(kind).strip().split(",")) == kind


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMS)
def test_required_columns_are_enough(kind):
    assert recognise(required_of(FORMS[kind])) == kind
    for column in required_of(FORMS[kind]):
        assert recognise([name for name in required_of(FORMS[kind]) if name != column]) != kind


@pytest.mark.parametrize("kind", FORMS)
def test_the_page_documents_every_column_and_name(root, kind):
    page = (root / "docs/how-to/audit_printed.md").read_text(encoding="utf-8")
    section = page.split(f"### {kind}:")[1].split("\n### ")[0]
    missing = [header for header in headers_of(FORMS[kind]) if header not in section]
    assert not missing
    assert all(f"**{name}**" in section for name in required_of(FORMS[kind]))


def test_templates_replace_nothing(tmp_path):
    written = write_templates(tmp_path)
    assert [path.stem for path in written] == list(FORMS)
    written[0].write_text("mine")
    with pytest.raises(FileExistsError, match=r"baseline\.csv"):
        write_templates(tmp_path)
    assert written[0].read_text() == "mine"


@pytest.fixture
def reads(tmp_path):
    def read(text, encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode(encoding))
        (sheet,) = read_sheets(path)
        return read_form(sheet)

    return read


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_of_spreadsheets(reads, delimiter, encoding):
    table, problems = reads(
        delimiter.join(["Step", "N", "OF"])
        + f"\r\n全部{delimiter}1,095\r\n".replace("1,095", "1095")
        + f"训练{delimiter}768{delimiter}全部\r\n\r\n",
        encoding,
    )
    assert not problems
    assert [(row.step, row.n, row.of) for row in table.rows] == [("全部", 1095, ""), ("训练", 768, "全部")]


def test_every_bad_cell_says_what_to_type(reads):
    table, problems = reads("set,model_1,model_2,z,p\ntest,a,b,x,y\n")
    assert [(row.z, row.p) for row in table.rows] == [(None, None)]
    assert [(one.item, one.printed) for one in problems] == [("column 'z'", "x"), ("column 'p'", "y")]
    assert all(one.verdict is Verdict.CANNOT and "Write it as printed" in one.how for one in problems)
    assert problems[0].row == "line 2, a and b, test"


def test_a_count_must_be_whole(reads):
    table, (problem,) = reads("step,n,of\nall,10.5,\n")
    assert table.rows[0].n is None
    assert "no whole number" in problem.how


def test_unknown_columns_are_named_as_not_checked(reads):
    table, (problem,) = reads("step,n,of,color\nall,10,,red\n")
    assert table.kind == "flow"
    assert "color" in problem.item


def test_an_unknown_file_names_the_nearest_form(reads):
    table, (problem,) = reads("set,model1,model_2,p\n")
    assert table is None
    assert "nearest is 'delong'" in problem.how
    assert "'model_1' (Did you mean 'model1'?)" in problem.how


def test_a_folder_without_tables(tmp_path):
    with pytest.raises(NoTables, match="is no folder"):
        read_forms(tmp_path / "absent")
    with pytest.raises(NoTables, match="--templates"):
        read_forms(tmp_path)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(NoTables, match=r"x\.csv: No form has these columns"):
        read_forms(tmp_path)


def test_no_header_has_two_meanings():
    for form in FORMS.values():
        headers = [header for name, column in columns_of(form).items() for header in (name, *column.also)]
        assert len(headers) == len(set(headers))
