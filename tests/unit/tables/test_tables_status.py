"""The status file: readable and printable, whatever the files of a hospital are called."""

from __future__ import annotations

import pytest

from osteon.tables.explanations import EXPLANATIONS, explained
from osteon.tables.files import read_table, write_table
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, finding

GBK = "张三.dcm".encode("gb18030").decode("utf-8", "surrogateescape")


def test_names_that_are_no_text_are_shown_by_their_bytes(tmp_path):
    pd = pytest.importorskip("pandas")
    status = CaseStatus("A", "A1", "ingest", detail=f"{GBK}: ended", extra={"seen": [GBK, 1, None]})
    status.findings = [finding(Reason.FILE_TRUNCATED, "review", "ended", 1, [GBK, "张三.dcm"])]
    status.write(tmp_path / "ingest.json")
    again = CaseStatus.read(tmp_path / "ingest.json")
    shown = r"\xd5\xc5\xc8\xfd.dcm"
    assert again.findings[0]["files"] == [shown, "张三.dcm"]
    assert again.detail == f"{shown}: ended"
    assert again.extra == {"seen": [shown, 1, None]}
    write_table(pd.DataFrame({"files": again.findings[0]["files"]}), tmp_path / "quality.tsv")
    assert read_table(tmp_path / "quality.tsv")["files"].tolist() == [shown, "张三.dcm"]


def test_every_code_is_explained_and_an_unknown_one_explains_itself():
    assert explained("mask_empty") == EXPLANATIONS[Reason.MASK_EMPTY]
    assert explained("of_a_later_version") == ("of_a_later_version", "")
    assert explained("") == ("", "")
