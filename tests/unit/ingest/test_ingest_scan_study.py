"""Scans of whole exports: shapes of folders, identities, and what a second scan does."""

from __future__ import annotations

import os
import shutil

import pydicom
import pytest

from helpers.dicom_series import ROLES, make_series, save, save_clutter, save_contours
from helpers.exports import Export, save_patient
from osteon.ingest.scan import read
from osteon.tables.source import files_of


@pytest.fixture
def export(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Export(tmp_path)


@pytest.mark.slow
def test_nested_folders(export):
    save_patient(export.raw["A"] / "2024" / "x" / "one", "007", 1)
    save_patient(export.raw["A"] / "2024" / "two", "NCC-2", 2, roles=("T1", "T2"))
    save_clutter(export.raw["A"], make_series()[0])
    rows = export.scan(threads=2)
    assert [(row["subject"], row["source"], row["batch"]) for row in rows] == [
        ("007", "raw/A/2024/x/one", "A001"),
        ("NCC2", "raw/A/2024/two", "A001"),
    ]
    assert [rows[1][f"found_{role}"] for role in ROLES] == ["10 slices", "10 slices", "missing"]
    assert rows[0]["study_date"] == "2024-01-31"
    assert (export.count("patients"), export.count("patients with all roles")) == (3, 1)
    assert (export.count("images"), export.count("other"), export.count("foreign")) == (60, 2, 2)


@pytest.mark.slow
def test_flat_folder_gives_lists_of_files(export):
    for number in (1, 2):
        save_patient(export.raw["A"], f"P{number}", number, prefix=f"{number}_")
    contours = export.raw["A"] / "contours"
    save_contours(contours, {})
    dataset = pydicom.dcmread(contours)
    dataset.PatientID, dataset.PatientIdentityRemoved = "P2", "YES"
    dataset.save_as(contours)
    (export.raw["A"] / "P2_dseg.nii.gz").write_bytes(b"mask")
    export.masks = [{"pattern": "{subject}_dseg.nii.gz"}]
    rows = export.scan()
    assert [row["source"] for row in rows] == [f"results/00_scan/center-A/sub-P{number}.files" for number in (1, 2)]
    own = {name for name, _ in files_of(rows[1]["source"])}
    assert own == {f"2_{role}{slice_:03d}" for role in ROLES for slice_ in range(10)} | {"P2_dseg.nii.gz", "contours"}


@pytest.mark.slow
def test_the_case_folder_is_the_one_from_which_masks_are_found(export):
    for number in (1, 2):
        save_patient(export.raw["A"] / f"p{number}" / "dicom", f"P{number}", number)
        (export.raw["A"] / f"p{number}" / "truth").mkdir()
        (export.raw["A"] / f"p{number}" / "truth" / "x_dseg.nii.gz").write_bytes(b"mask")
    assert [row["source"] for row in export.scan()] == ["raw/A/p1/dicom", "raw/A/p2/dicom"]
    export.masks = [{"pattern": "truth/*_dseg.nii.gz"}]
    assert [row["source"] for row in export.scan()] == ["raw/A/p1", "raw/A/p2"]


@pytest.mark.slow
def test_without_patient_id_the_folder_is_the_name(export):
    save_patient(export.raw["A"] / "disk" / "Q 17" / "study", None, 1)
    save_patient(export.raw["A"] / "disk" / "Q 18" / "study", None, 2)
    assert [row["subject"] for row in export.scan()] == ["Q17", "Q18"]
    save_patient(export.raw["A"], None, 3, prefix="x")
    save_patient(export.raw["A"], None, 4, prefix="y")
    assert len(export.scan()) == 2
    assert export.count("id_missing") == 2


@pytest.mark.slow
def test_labels_that_cannot_be_given_are_said(export):
    for number, identifier in enumerate(["A-1", "A 1", "王小明", "9" * 65, "../../x", "/"]):
        folder = export.raw["A"] / str(number)
        save_patient(folder, identifier, number, roles=("T1",), SpecificCharacterSet="ISO_IR 192")
    assert [row["subject"] for row in export.scan()] == ["x"]
    assert [export.count(f"label_{name}") for name in ("shared", "empty", "long")] == [2, 2, 1]
    assert set(export.patients["problem"]) == {"", "label_shared", "label_empty", "label_long"}
    by_hand = export.patients[export.patients["source"] == "raw/A/2/T1"]
    assert list(by_hand["problem"]) == ["label_empty"]
    with open(export.table, "a") as stream:
        stream.write("A\tWXM\traw/A/2/T1\tA001\t\t\t\t\n")
    assert [row["subject"] for row in export.scan()] == ["x", "WXM"]
    assert export.count("label_empty") == 1, "a person has given the other one a row"


@pytest.mark.slow
def test_same_id_in_two_centers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    export = Export(tmp_path, "A", "B")
    save_patient(export.raw["B"] / "one", "001", 1)
    save_patient(export.raw["B"] / "two", "00-2", 2)
    export.scan()
    save_patient(export.raw["A"] / "one", "001", 1)
    save_patient(export.raw["A"] / "two", "002", 3)
    rows = export.scan()
    assert [(row["center"], row["subject"], row["batch"]) for row in rows] == [
        ("B", "001", "B001"),
        ("B", "002", "B001"),
        ("A", "A001", "A001"),
        ("A", "A002", "A001"),
    ], "the first label stays, whichever center comes first in the study"
    assert export.detail("person_twice", "B") == "001 has the PatientID of A001 of center A"
    assert export.scan() == rows


@pytest.mark.slow
@pytest.mark.parametrize("deleted", ["001", "B001"])
def test_a_person_in_two_centers_is_settled_by_deleting_one_row(tmp_path, monkeypatch, deleted):
    monkeypatch.chdir(tmp_path)
    export = Export(tmp_path, "A", "B")
    save_patient(export.raw["A"] / "one", "001", 1)
    export.scan()
    save_patient(export.raw["B"] / "one", "001", 2)
    export.scan()
    said = export.count("person_twice", "B")
    lines = export.table.read_text().splitlines(keepends=True)
    kept = [line for line in lines if line.split("\t")[1] != deleted]
    export.table.write_text("".join(kept))
    export.scan()
    assert (len(lines), len(kept), said, export.count("person_twice", "B")) == (3, 2, 1, 0)


@pytest.mark.slow
def test_files_that_may_name_a_person(export):
    save_patient(export.raw["A"] / "open", "P1", 1)
    save_patient(export.raw["A"] / "secret", "ZHANG-4711", 2, PatientIdentityRemoved=None)
    assert [row["subject"] for row in export.scan()] == ["P1"]
    assert export.count("identity_present") == 1
    action = export.report.set_index("what").loc["identity_present", "action"]
    assert "python -m osteon deidentify raw/A TARGET --key-file KEY" in action
    for path in (export.folder / "results").rglob("*"):
        assert not path.is_file() or b"4711" not in path.read_bytes(), path
    export.settings["allow_identifiable"] = True
    assert [row["subject"] for row in export.scan()] == ["P1", "ZHANG4711"]
    export.settings["allow_identifiable"] = False
    export.scan()
    assert b"ZHANG-4711" not in (export.folder / "results/00_scan/center-A/index.sqlite").read_bytes()


@pytest.mark.slow
def test_second_scan_reads_only_what_changed(export):
    save_patient(export.raw["A"] / "one", "P1", 1)
    save_patient(export.raw["A"] / "two", "P2", 2)
    (export.raw["A"] / "junk.zip").write_bytes(b"PK\x03\x04")
    first = export.scan()
    before = export.table.stat().st_mtime_ns
    assert export.count("files read") == 61
    assert export.count("file_archived") == 1
    assert export.scan() == first
    assert export.count("files read") == 0
    assert export.table.stat().st_mtime_ns == before
    save(
        make_series("T1", seed=1, PatientID="P1", PatientIdentityRemoved="YES", EchoTime="11"),
        export.raw["A"] / "one/T1",
    )
    shutil.rmtree(export.raw["A"] / "two" / "T2")
    second = export.scan()
    assert (export.count("files read"), export.count("rows updated")) == (10, 1)
    assert second == [first[0], first[1] | {"found_T2": "missing"}]
    shutil.rmtree(export.raw["A"] / "two")
    assert export.scan() == second
    assert export.detail("patient_vanished").endswith("rows stay: P2")


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["version", "cut", "page", "empty"])
def test_an_index_that_cannot_be_used_is_made_anew(export, damage):
    save_patient(export.raw["A"] / "one", "P1", 1)
    rows = export.scan()
    path = export.folder / "results/00_scan/center-A/index.sqlite"
    if damage == "version":
        export.version = "2"
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:3000] + b"\xff" * 9000)
    elif damage == "page":
        content = bytearray(path.read_bytes())
        content[-8192:-4096] = b"\xff" * 4096
        path.write_bytes(content)
    else:
        path.write_bytes(b"")
    assert export.scan() == rows
    assert export.count("files read") == 30
    assert "made anew" in export.detail("index_remade")


def test_overrides_settle_a_review(export):
    save_patient(export.raw["A"] / "one", "P1", 1, roles=("T1",), SeriesDescription="SAG T2 TSE")
    (row,) = export.scan()
    assert row["found_T1"].startswith("review: ")
    uid = make_series("T1", seed=1)[0].SeriesInstanceUID
    decided = {"center": "A", "subject": "P1", "series_uid": uid, "role": "T1", "reason": "seen", "initials": "ML"}
    export.settings["overrides"] = [decided]
    assert export.scan()[0]["found_T1"] == "10 slices"


def test_two_series_for_one_role(export):
    save_patient(export.raw["A"] / "one", "P1", 1)
    more = make_series("T2", 12, seed=9, PatientID="P1", PatientIdentityRemoved="YES", StudyDate="20230102")
    save(more, export.raw["A"] / "one" / "again")
    (row,) = export.scan()
    assert row["found_T2"] == "2 series, 12 slices"
    assert row["study_date"] == "2023-01-02, 2024-01-31"


def test_a_file_that_could_not_be_opened_is_tried_again(export, monkeypatch):
    save_patient(export.raw["A"] / "one", "P1", 1)
    monkeypatch.setattr(read, "read_one", lambda path, name: ("vanished", None))
    assert export.scan() == []
    assert (export.count("file_vanished"), export.count("files")) == (30, 30)
    monkeypatch.undo()
    os.chdir(export.folder)
    assert len(export.scan()) == 1
    assert (export.count("file_vanished"), export.count("files read")) == (0, 30)
