"""Whose images these are: de-identified, one person, the right one; and no id in what is written."""

from __future__ import annotations

import hashlib

import pydicom
import pytest

from helpers.decisions import images_of, series_of
from helpers.dicom_series import make_series, save, save_contours
from osteon.ingest.header import Image
from osteon.ingest.identity import (
    age_in_years,
    burned_in_findings,
    examination_findings,
    iso_date,
    patient_facts,
    patient_findings,
)

CLEAN = {"PatientID": "A001", "PatientIdentityRemoved": "YES", "PatientSex": "F", "PatientAge": "067Y"}


def images(*changes, count=1):
    """One image per dict of changed tags."""
    return [image for change in changes or ({},) for image in images_of(make_series(count=count, **(CLEAN | change)))]


def found(*changes, allow=False, subject="A001"):
    findings = patient_findings(images(*changes), subject, allow)
    return [(entry["code"], entry["severity"], entry["value"]) for entry in findings]


def test_clean_case_has_no_finding():
    assert found({}, {}) == []


@pytest.mark.parametrize("mark", [None, "NO", "", "no"])
def test_one_image_that_is_not_deidentified_stops_the_case(mark):
    change = {"PatientIdentityRemoved": mark}
    assert found({}, {}, change) == [("identity_present", "exclude", 1)]
    assert found({}, {}, change, allow=True) == []
    (entry,) = patient_findings(images({}, {}, change), "A001", False)
    assert "1 of 3 images" in entry["message"]
    assert "python -m osteon deidentify" in entry["message"]


def test_header_that_ends_early_says_nothing_of_identity():
    assert patient_findings([Image("cut", {"SeriesInstanceUID": "1.2"}, ())], "A001", False) == [
        {
            "code": "subject_differs",
            "severity": "note",
            "value": None,
            "files": [],
            "message": "the headers hold no PatientID to compare with",
        }
    ]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["A001", " A001 "], []),
        (["A001", "Ａ００１"], []),
        (["a-001"], []),
        (["A001", "A002"], [("patients_mixed", "exclude", 2)]),
        (["A001", "A01"], [("patients_mixed", "exclude", 2)]),
        (["A002"], [("subject_differs", "review", None)]),
        ([None], [("subject_differs", "note", None)]),
        (["A001", None], []),
    ],
)
def test_ids_are_compared_as_labels(ids, expected):
    assert found(*({"PatientID": value} for value in ids)) == expected


def test_subject_is_compared_without_case():
    assert found({"PatientID": "ncc-007"}, subject="NCC007") == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([{"PatientSex": "M"}, {"PatientSex": "F"}], [("sex_conflict", "review", 2)]),
        ([{"PatientSex": "O"}, {"PatientSex": "F"}], []),
        ([{"PatientAge": "067Y"}, {"PatientAge": "068Y"}], []),
        ([{"PatientAge": "067Y"}, {"PatientAge": "069Y"}], [("age_conflict", "review", 2.0)]),
    ],
)
def test_contradictions_between_images(changes, expected):
    assert found(*changes) == expected


def test_no_message_holds_an_id():
    text = str(patient_findings(images({"PatientID": "SECRET1"}, {"PatientID": "SECRET2"}), "A001", False))
    text += str(patient_findings(images({"PatientID": "SECRET1"}), "A001", False))
    assert "SECRET" not in text


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("067Y", 67.0),
        ("18M", 1.5),
        ("026W", 0.5),
        ("000Y", 0.0),
        ("", None),
        ("67", None),
        ("Y067", None),
        ("067y", 67),
    ],
)
def test_ages(text, years):
    assert age_in_years(text) == years


@pytest.mark.parametrize(
    ("text", "date"),
    [("20260131", "2026-01-31"), ("2026.01.31", "2026-01-31"), ("20260231", None), ("", None), ("2026", None)]
    + [("２０２６０１３１", None), ("20260131-20260201", None)],
)
def test_dates(text, date):
    assert iso_date(text) == date


def test_facts_are_those_that_later_stages_compare():
    facts = patient_facts(images({"PatientID": " Ａ００１", "StudyDate": "20260131"}))
    person = hashlib.sha256(b"A001").hexdigest()[:16]
    assert facts == {"person": person, "sex": "F", "age": 67.0, "study_date": "2026-01-31"}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ([{"PatientID": "A001"}, {"PatientID": "A002"}], "person"),
        ([{"PatientID": None}], "person"),
        ([{"PatientSex": "M"}, {"PatientSex": "F"}], "sex"),
        ([{"PatientSex": "O"}], "sex"),
        ([{"PatientAge": "060Y"}, {"PatientAge": "067Y"}], "age"),
        ([{"StudyDate": "2026"}], "study_date"),
    ],
)
def test_what_is_unknown_or_contradicts_itself_has_no_value(changes, key):
    assert patient_facts(images(*changes))[key] is None


def test_date_is_that_of_the_first_series_used():
    first, second = ({"StudyDate": date} for date in ("20250101", "20260101"))
    used = [series_of(make_series("T2", **CLEAN, **second)), series_of(make_series("T1", **CLEAN, **first))]
    assert patient_facts(images(first, second), used)["study_date"] == "2026-01-01"


def test_sequences_of_two_examinations_are_for_review():
    one, same, other = (series_of(make_series(StudyInstanceUID=uid)) for uid in ("1.2.3", "1.2.3", "1.2.4"))
    assert examination_findings({"T1": one, "T2": same}) == []
    (entry,) = examination_findings({"T1": one, "T2": other})
    assert (entry["code"], entry["severity"], entry["value"]) == ("studies_several", "review", 2)
    assert "1.2.3" not in str(entry)


def test_burned_in_annotation_excludes_a_series():
    slices = make_series(BurnedInAnnotation="NO")
    assert burned_in_findings(series_of(slices)) == []
    slices[3].BurnedInAnnotation = "YES"
    (entry,) = burned_in_findings(series_of(slices))
    assert (entry["code"], entry["severity"], entry["value"]) == ("burned_in", "exclude", 1)


def test_identifiable_case_is_refused_before_anything_is_written(tmp_path, run):
    save(make_series(PatientID="A001"), tmp_path / "raw")
    status = run(tmp_path / "raw", allow_identifiable=False)
    assert status.reason == "identity_present"
    assert "python -m osteon deidentify" in status.detail
    assert list((tmp_path / "native").iterdir()) == []
    assert run(tmp_path / "raw").ok


def test_identity_of_a_case_is_in_its_status(tmp_path, run):
    save(make_series(**CLEAN, StudyDate="20260131"), tmp_path / "raw")
    status = run(tmp_path / "raw", allow_identifiable=False)
    assert status.extra["identity"] == patient_facts(images({"StudyDate": "20260131"}))


OWNERS = [
    ({"PatientID": "4711"}, False),
    ({"PatientName": "Meier^Anna"}, False),
    ({"PatientID": "A001", "PatientIdentityRemoved": "NO"}, False),
    ({"PatientID": "A001", "PatientIdentityRemoved": "YES"}, True),
    ({}, True),
]


def owned_contours(path, polygons=None, **tags):
    """Contours that name their patient."""
    save_contours(path, polygons or {"L1": []})
    dataset = pydicom.dcmread(path)
    dataset.update(make_dataset(tags))
    dataset.save_as(path)


def make_dataset(tags):
    dataset = pydicom.Dataset()
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.mark.slow
@pytest.mark.parametrize(("tags", "accepted"), OWNERS)
def test_contours_and_reports_beside_deidentified_images_are_held_to_the_same(tmp_path, run, tags, accepted):
    save(make_series(**CLEAN), tmp_path / "raw")
    owned_contours(tmp_path / "raw" / "rs.dcm", **tags)
    status = run(tmp_path / "raw", allow_identifiable=False)
    assert (status.ok, status.reason) == (accepted, None if accepted else "identity_present")
    assert "4711" not in str(status)
    assert "Meier" not in str(status)
    assert run(tmp_path / "raw").ok


@pytest.mark.slow
@pytest.mark.parametrize(("tags", "accepted"), OWNERS)
def test_mask_files_elsewhere_are_held_to_the_same(tmp_path, run, tags, accepted):
    save(make_series(**CLEAN), tmp_path / "raw")
    tags = tags | {"PatientID": "A001"} if "PatientID" in tags else tags
    owned_contours(tmp_path / "masks" / "A001.dcm", **tags)
    masks = [{"pattern": "{subject}.dcm", "folder": str(tmp_path / "masks")}]
    status = run(tmp_path / "raw", allow_identifiable=False, masks=masks)
    assert (status.ok, status.reason) == (accepted, None if accepted else "identity_present")
    assert list((tmp_path / "native").glob("*.nii.gz")) == [] or accepted


def test_mask_that_names_another_patient_is_for_review(tmp_path, run):
    save(make_series(**CLEAN), tmp_path / "raw")
    owned_contours(tmp_path / "masks" / "A001.dcm", PatientID="A 002", PatientIdentityRemoved="YES")
    masks = [{"pattern": "{subject}.dcm", "folder": str(tmp_path / "masks")}]
    status = run(tmp_path / "raw", masks=masks, labels={"L1": 1})
    assert ("subject_differs", "review") in {(entry["code"], entry["severity"]) for entry in status.findings}
    same = {"SpecificCharacterSet": "ISO_IR 192", "PatientID": " Ａ００１ ", "PatientIdentityRemoved": "YES"}
    owned_contours(tmp_path / "masks" / "A001.dcm", **same)
    status = run(tmp_path / "raw", masks=masks, labels={"L1": 1})
    assert "subject_differs" not in {entry["code"] for entry in status.findings}
