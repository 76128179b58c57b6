"""A person's work on the table of cases survives every scan."""

from __future__ import annotations

import pytest

from osteon.config.workbooks import SheetError
from osteon.ingest.scan.propose import columns_for, merge
from osteon.ingest.scan.sheet import Sheet

COLUMNS = columns_for(["T1"])


def new_row(subject: str, center: str = "A", found: str = "15 slices") -> dict[str, str]:
    cells = (center, subject, f"raw/{subject}", "", "2024-01-31", found)
    return dict(zip(COLUMNS, cells, strict=True))


class Table:
    """cases.tsv through several scans."""

    def __init__(self, folder, batch_size: int = 2):
        self.path, self.last, self.size = folder / "cases.tsv", [], batch_size

    def scan(self, *rows: dict[str, str], columns=COLUMNS):
        merged = merge(Sheet.read(self.path), self.last, [dict(row) for row in rows], columns, self.size)
        self.last, self.written = merged.proposal, merged.sheet.write(self.path)
        return merged

    def edit(self, old: str, new: str) -> None:
        text = self.path.read_bytes().decode()
        assert old in text
        self.path.write_bytes(text.replace(old, new).encode())

    @property
    def text(self) -> str:
        return self.path.read_bytes().decode()

    @property
    def batches(self) -> list[str]:
        return [line.split("\t")[3] for line in self.text.splitlines()[1:]]


@pytest.fixture
def table(tmp_path):
    table = Table(tmp_path)
    table.scan(new_row("P1"), new_row("P2"), new_row("P3"))
    return table


def test_a_new_table(table):
    assert table.text == (
        "center\tsubject\tsource\tbatch\tstudy_date\tfound_T1\n"
        "A\tP1\traw/P1\tA001\t2024-01-31\t15 slices\n"
        "A\tP2\traw/P2\tA001\t2024-01-31\t15 slices\n"
        "A\tP3\traw/P3\tA002\t2024-01-31\t15 slices\n"
    )


def test_nothing_new_nothing_written(table):
    table.scan(new_row("P1"), new_row("P2"), new_row("P3"))
    assert not table.written


def test_own_rows_are_renewed_and_edited_ones_stay(table):
    table.edit("raw/P1", "elsewhere/P1")
    merged = table.scan(new_row("P1", found="missing"), new_row("P2", found="missing"), new_row("P3"))
    assert merged.outcomes == {("A", "P1"): "edited", ("A", "P2"): "updated", ("A", "P3"): "unchanged"}
    assert "elsewhere/P1\tA001\t2024-01-31\t15 slices\n" in table.text
    assert "raw/P2\tA001\t2024-01-31\tmissing\n" in table.text


def test_without_the_last_proposal_rows_as_proposed_are_the_scans_own(table):
    table.edit("raw/P1", "elsewhere/P1")
    table.last = []  # the results folder was deleted, or the scan ended between its two tables
    merged = table.scan(new_row("P1"), new_row("P2"), new_row("P3"))
    assert merged.outcomes == {("A", "P1"): "edited", ("A", "P2"): "unchanged", ("A", "P3"): "unchanged"}
    table.scan(new_row("P1", found="missing"), new_row("P2", found="missing"), new_row("P3"))
    assert "elsewhere/P1\tA001\t2024-01-31\t15 slices\n" in table.text
    assert "raw/P2\tA001\t2024-01-31\tmissing\n" in table.text


def test_dates_as_excel_writes_them_are_no_edit(table):
    for _ in range(2):
        table.path.write_text(table.text.replace("2024-01-31", "2024/1/31"))
        merged = table.scan(new_row("P1", found="missing"), new_row("P2"), new_row("P3"))
        assert "edited" not in merged.outcomes.values()
    assert "raw/P1\tA001\t2024-01-31\tmissing\n" in table.text


@pytest.mark.parametrize("first", ["sep=\t\n", "\t\t\n", "\n"])
def test_what_stands_above_the_names_of_columns_stays(table, first):
    table.path.write_bytes(first.encode() + table.text.encode())
    table.scan(new_row("P1", found="missing"), new_row("P2"), new_row("P3"))
    assert table.text.startswith(first + "center\t")
    assert "raw/P1\tA001\t2024-01-31\tmissing\n" in table.text


def test_deleted_rows_do_not_come_back(table):
    table.edit("A\tP2\traw/P2\tA001\t2024-01-31\t15 slices\n", "")
    for _ in range(2):
        assert table.scan(new_row("P1"), new_row("P2"), new_row("P3")).outcomes["A", "P2"] == "removed"
        assert not table.written


def test_order_own_columns_and_spelling_stay(table):
    lines = table.text.splitlines()
    own = "\n".join([lines[0] + "\tnote", lines[3] + '\t"two\nlines"', "", lines[1] + "\t  x ", lines[2] + "\t"])
    table.path.write_text(own)
    table.scan(new_row("P1"), new_row("P2", found="missing"), new_row("P3"), new_row("P4"))
    old = lines[2] + "\t"
    assert (
        table.text
        == own.replace(old, old.replace("15 slices", "missing")) + "\nA\tP4\traw/P4\tA002\t2024-01-31\t15 slices\t\n"
    )


def test_a_row_that_a_person_wrote_is_theirs(tmp_path):
    table = Table(tmp_path)
    table.path.write_text("subject,center,source,batch\r\nP-1,A,mine,K1\r\n")
    merged = table.scan(new_row("P1"), new_row("P2"))
    assert merged.outcomes == {("A", "P1"): "edited", ("A", "P2"): "added"}
    assert table.text == (
        "subject,center,source,batch,study_date,found_T1\r\nP-1,A,mine,K1,,\r\nP2,A,raw/P2,K1,2024-01-31,15 slices\r\n"
    )


def test_columns_a_person_removed_stay_away_and_new_roles_come(table):
    table.path.write_text("\n".join("\t".join(line.split("\t")[:4]) for line in table.text.splitlines()) + "\n")
    rows = [new_row(f"P{number}") | {"found_T2": "missing"} for number in (1, 2, 3)]
    merged = table.scan(*rows, columns=columns_for(["T1", "T2"]))
    assert set(merged.outcomes.values()) == {"updated"}
    assert table.text.splitlines()[:2] == [
        "center\tsubject\tsource\tbatch\tfound_T2",
        "A\tP1\traw/P1\tA001\tmissing",
    ]


def test_batches_only_grow_at_the_end(table):
    table.edit("A\tP1\traw/P1\tA001\t2024-01-31\t15 slices\n", "")
    rows = [new_row(f"P{number}") for number in range(6)]
    table.scan(*rows, new_row("Q1", center="B"))
    assert table.batches == ["A001", "A002", "A002", "A003", "A003", "B001"], "the place in A001 stays free"


def test_a_batch_label_is_nobody_elses(tmp_path):
    table = Table(tmp_path, batch_size=1)
    table.path.write_text("center\tsubject\tsource\tbatch\nB\tX\tx\tA001\n")
    table.scan(new_row("P1"))
    assert table.batches == ["A001", "A002"]


def test_patients_that_are_gone_keep_their_rows(table):
    merged = table.scan(new_row("P1"), new_row("P3"))
    assert merged.gone == [("A", "P2")]
    assert not table.written
    assert table.scan(new_row("P1"), new_row("P2"), new_row("P3")).gone == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_tables_of_excel_stay_readable_in_excel(tmp_path, encoding):
    table = Table(tmp_path)
    table.path.write_bytes("center\tsubject\tsource\tbatch\t备注\nA\tP1\traw/P1\tA001\t医院的记录\n".encode(encoding))
    before = table.path.read_bytes()
    table.scan(new_row("P2"))
    assert table.path.read_bytes() != before
    assert table.text.startswith("\ufeffcenter\tsubject")
    assert "医院的记录" in table.text
    table.scan(new_row("P2"))
    assert not table.written


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"PK\x03\x04...", "no plain text"), (b"subject\tsource\nP1\tx\n", "has no column 'center'")],
)
def test_tables_that_cannot_take_rows_are_refused(tmp_path, content, said):
    (tmp_path / "cases.tsv").write_bytes(content)
    with pytest.raises(SheetError, match=said):
        Sheet.read(tmp_path / "cases.tsv")
