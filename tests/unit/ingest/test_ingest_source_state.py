"""Touched files rerun nothing, changed ones do."""

from __future__ import annotations

import json
import os

import pytest

from osteon.ingest.source_state import content, listing, record, source_fingerprint


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "case"
    (made / "a" / "b").mkdir(parents=True)
    (made / "a" / "b" / "1").write_bytes(b"one")
    (made / "2").write_bytes(b"two")
    return made


@pytest.fixture
def recorded(tmp_path, folder):
    path = tmp_path / "source.json"
    path.write_text(json.dumps(record(folder)))
    return path


def test_without_a_record_it_is_the_listing(tmp_path, folder):
    assert source_fingerprint(folder, tmp_path / "none.json") == listing(folder)
    (tmp_path / "bad.json").write_text("[]")
    assert source_fingerprint(folder, tmp_path / "bad.json") == listing(folder)


def test_touched_but_identical_files_keep_the_recorded_state(folder, recorded):
    before = source_fingerprint(folder, recorded)
    os.utime(folder / "2", ns=(1, 1))
    assert listing(folder) != before
    assert source_fingerprint(folder, recorded) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "2").write_bytes(b"TWO"),
        lambda folder: (folder / "3").write_bytes(b""),
        lambda folder: (folder / "2").unlink(),
        lambda folder: (folder / "2").rename(folder / "3"),
    ],
)
def test_changed_added_removed_and_renamed_files_change_it(folder, recorded, change):
    before = source_fingerprint(folder, recorded)
    change(folder)
    assert source_fingerprint(folder, recorded) not in (before, "absent")


def test_folder_that_is_not_there(tmp_path, folder, recorded):
    assert listing(tmp_path / "none") == content(tmp_path / "none") == "absent"
    assert source_fingerprint(tmp_path / "none", recorded) == "absent"


def test_unchanged_folder_is_not_read(folder, recorded, monkeypatch):
    monkeypatch.setattr("osteon.ingest.source_state.content", lambda _: pytest.fail("read"))
    assert source_fingerprint(folder, recorded) == listing(folder)
