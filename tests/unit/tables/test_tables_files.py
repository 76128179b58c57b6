"""Atomic writing: whole or not at all, same content same bytes, text ids stay text."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from osteon.tables.explanations import EXPLANATIONS
from osteon.tables.files import atomic_path, file_sha256, read_json, read_table, write_json, write_table
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, excluded, finding


def test_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("old")

    def write_half():
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        write_half()
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["table.tsv"]


def test_temporary_name_keeps_the_suffixes(tmp_path):
    with atomic_path(tmp_path / "image.nii.gz") as temporary:
        assert temporary.name.endswith(".nii.gz")
        temporary.write_text("x")
    assert (tmp_path / "image.nii.gz").is_file()


def test_labels_that_look_like_no_value_stay(tmp_path):
    table = pd.DataFrame({"subject": ["NA", "null", "nan"], "center": ["NA", "A", "None"], "x": [1.0, np.nan, 2.0]})
    write_table(table, tmp_path / "t.tsv")
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.tsv"), table)


def test_table_round_trip_keeps_digits_and_leading_zeros(tmp_path):
    table = pd.DataFrame({"subject": ["007", "12"], "center": ["A", "1"], "x": [0.1 + 0.2, np.nan]})
    write_table(table, tmp_path / "t.tsv")
    back = read_table(tmp_path / "t.tsv")
    pd.testing.assert_frame_equal(back, table, check_exact=True)
    write_table(back, tmp_path / "u.tsv")
    assert file_sha256(tmp_path / "t.tsv") == file_sha256(tmp_path / "u.tsv")


def test_json_refuses_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json({"x": float("nan")}, tmp_path / "x.json")
    assert list(tmp_path.iterdir()) == []


def test_status_round_trip_and_passing_on(tmp_path):
    status = excluded(
        "A",
        "A1",
        "ingest",
        Reason.SLICE_MISSING,
        "slice 7 of T2",
        [finding(Reason.SLICE_MISSING, "exclude", "hole", 7, ["a.dcm"])],
    )
    status.write(tmp_path / "ingest.json")
    back = CaseStatus.read(tmp_path / "ingest.json")
    assert back == status
    assert read_json(tmp_path / "ingest.json")["reason"] == "slice_missing"
    onward = back.passed_on()
    assert (onward.stage, onward.reason, onward.detail) == ("ingest", "slice_missing", "slice 7 of T2")
    assert not onward.ok


def test_every_reason_has_a_sentence_and_an_action():
    assert set(EXPLANATIONS) == set(Reason)
    for sentence, action in EXPLANATIONS.values():
        assert sentence.endswith(".")
        assert action.endswith(".")
