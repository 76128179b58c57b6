"""Whose files are whose, which folder is a patient's own, and what a patient is called."""

from __future__ import annotations

import pytest

from osteon.ingest.scan.patients import (
    Patient,
    common_folder,
    fits_a_cell,
    group_patients,
    label_patients,
    source_folder,
)
from osteon.ingest.scan.store import Record


def image(name: str, identifier: str = "", study: str = "", **changes) -> Record:
    fields = {"kind": "images", "person": identifier and f"hash of {identifier}", "identifier": identifier}
    return Record(name, 1, 1, study=study, **{**fields, **changes})


def source(records: list[Record], number: int = 0, holds_mask=lambda folder: False) -> str | None:
    patients, folders = group_patients(records)
    return source_folder(patients[number], folders, len(records), holds_mask)


def test_files_go_together_by_patient_id():
    records = [image("a/1", "P1"), image("b/1", "P2"), image("c/d/2", "P1"), Record("x", 1, 1, "foreign")]
    records.append(image("c/rt", "P1", kind="contours"))
    patients, _ = group_patients(records)
    assert [(patient.identifier, patient.names, patient.images) for patient in patients] == [
        ("P1", ["a/1", "c/d/2", "c/rt"], ["a/1", "c/d/2"]),
        ("P2", ["b/1"], ["b/1"]),
    ]


def test_contours_alone_are_no_patient():
    assert group_patients([image("rt", "P1", kind="contours")])[0] == []


@pytest.mark.parametrize(
    ("names", "folder"),
    [(["a/b/1", "a/b/2"], "a/b"), (["a/b/1", "a/c/2"], "a"), (["a/1", "ab/2"], ""), (["1"], ""), ([], "")],
)
def test_common_folder(names, folder):
    assert common_folder(names) == folder


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([image("q/1", "P2")], "p"),
        ([image("p/z/1", "P2")], None),
        ([image("p/3", "P2", withheld=True)], None),
        ([Record("p/readme", 1, 1, "foreign")], "p"),
    ],
)
def test_a_source_is_a_folder_only_where_no_other_patient_lies(others, expected):
    assert source([image("p/x/1", "P1"), image("p/y/2", "P1"), *others]) == expected


def test_the_raw_folder_itself_only_if_nothing_else_is_there():
    own = [image("1", "P1"), image("x/2", "P1")]
    assert source(own) == ""
    assert source([*own, Record("readme", 1, 1, "foreign")]) is None


def test_the_folder_above_that_shows_a_mask_and_no_other_patient():
    records = [image("all/p/dicom/1", "P1"), image("all/q/dicom/1", "P2")]
    assert source(records, 0, lambda folder: folder == "all/p") == "all/p"
    assert source(records, 0, lambda folder: folder == "all") == "all/p/dicom"
    assert source(records, 0, lambda folder: True) == "all/p/dicom"


@pytest.mark.parametrize("name", ["a\tb", "a\nb", " a", 'say "x"', "a\udcff", "a\u2028b"])
def test_folders_that_a_table_cannot_hold_become_lists(name):
    assert not fits_a_cell(name)
    assert source([image(f"{name}/1", "P1"), image("q/1", "P2")]) is None


def test_without_id_by_examination_then_by_folder():
    records = [image("p/s1/1", study="e1"), image("p/s2/1", study="e1"), image("q/s1/1", study="e2")]
    records += [image("r/1"), image("r/2")]
    patients, _ = group_patients(records)
    assert [(patient.identifier, patient.folder) for patient in patients] == [("p", "p"), ("q", "q/s1"), ("r", "r")]


def test_one_withheld_file_withholds_the_patient():
    patients, _ = group_patients([image("1", "P1"), image("2", "P1", withheld=True)])
    assert [patient.withheld for patient in patients] == [True]


def labels(known=(), **by_center: list[str]) -> dict[str, list[str]]:
    patients = {code: [Patient(name, name, "") for name in names] for code, names in by_center.items()}
    label_patients(patients, set(known))
    return {code: [patient.label or patient.problem for patient in own] for code, own in patients.items()}


def test_labels():
    assert labels(A=["NCC-007", "８"]) == {"A": ["NCC007", "8"]}
    assert labels(A=["7-1", "71", "7"]) == {"A": ["label_shared", "label_shared", "7"]}
    assert labels(A=["1"], B=["1", "2"]) == {"A": ["1"], "B": ["B1", "2"]}
    assert labels({("B", "1")}, A=["1"], B=["1"]) == {"A": ["A1"], "B": ["1"]}
    assert labels(A=["1"], B=["1", "B1"]) == {"A": ["1"], "B": ["label_shared", "B1"]}
    assert labels({("C", "B1")}, A=["1"], B=["1"]) == {"A": ["1"], "B": ["label_shared"]}
