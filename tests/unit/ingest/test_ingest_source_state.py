"""Touched files rerun nothing, changed ones do."""

from __future__ import annotations

import json
import os

import pytest

from osteon.config.delivery import MaskReading
from osteon.ingest.mask_files import masks_outside
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


@pytest.fixture
def outside(tmp_path):
    """Masks of another reader, in a folder for all cases."""
    folder = tmp_path / "R2"
    folder.mkdir()
    for name in ("A1.nii", "A2.nii"):
        (folder / name).write_bytes(name.encode())
    return folder


def masks(folder, subject="A1"):
    return masks_outside([MaskReading(pattern="{subject}*.nii", folder=str(folder))], subject)


@pytest.fixture
def record_with_masks(tmp_path, folder, outside):
    path = tmp_path / "source.json"
    path.write_text(json.dumps(record(folder, masks(outside))))
    return path


def test_touched_masks_elsewhere_rerun_nothing(folder, outside, record_with_masks):
    before = source_fingerprint(folder, record_with_masks, masks(outside))
    assert before.startswith(listing(folder))
    os.utime(outside / "A1.nii", ns=(1, 1))
    os.utime(folder / "2", ns=(1, 1))
    assert source_fingerprint(folder, record_with_masks, masks(outside)) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "A1.nii").write_bytes(b"A1.NII"),
        lambda folder: (folder / "A1_2.nii").write_bytes(b""),
        lambda folder: (folder / "A1.nii").unlink(),
        lambda folder: (folder / "A1.nii").rename(folder / "A1_b.nii"),
    ],
)
def test_changed_masks_elsewhere_rerun_their_case_and_only_it(tmp_path, folder, outside, record_with_masks, change):
    other_case = tmp_path / "other.json"
    other_case.write_text(json.dumps(record(folder, masks(outside, "A2"))))
    before = source_fingerprint(folder, record_with_masks, masks(outside))
    other_before = source_fingerprint(folder, other_case, masks(outside, "A2"))
    change(outside)
    assert source_fingerprint(folder, record_with_masks, masks(outside)) != before
    assert source_fingerprint(folder, other_case, masks(outside, "A2")) == other_before


def test_first_mask_elsewhere_and_a_record_from_before_masks_were_watched(folder, outside, recorded):
    without = source_fingerprint(folder, recorded, {})
    assert without == source_fingerprint(folder, recorded)
    assert source_fingerprint(folder, recorded, masks(outside)) != without
    os.utime(folder / "2", ns=(1, 1))
    assert source_fingerprint(folder, recorded, masks(outside)).startswith(without)


def test_without_masks_elsewhere_the_record_is_as_before(folder):
    assert set(record(folder)) == set(record(folder, {})) == {"listing", "content"}
