"""Every defect of a hospital export ends with its own code; nothing is converted wrongly and called fine."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless, generate_uid

from helpers.dicom_defects import DEFECTS, without
from helpers.dicom_series import (
    AXIAL,
    PLANTED_NAME,
    compress,
    make_series,
    new_uid,
    pixels,
    save,
    save_bare,
    save_clutter,
    save_deflated,
)
from osteon.ingest import choose, from_dicom
from osteon.ingest.convert import convert_series
from osteon.ingest.series import series_key
from osteon.tables.vocabulary import SIDECAR_KEYS


def same_voxels(path, slices):
    """The image holds the series' pixels: brought to the series' axes, they agree one by one."""
    image = sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS")
    ours = sitk.GetArrayFromImage(image)  # (z, y, x) of LPS
    truth = pixels(slices).transpose(1, 2, 0)[::-1]  # sagittal: rows run down, columns back, slices left
    step = float(slices[1].ImagePositionPatient[0]) - float(slices[0].ImagePositionPatient[0])
    return np.array_equal(ours, truth if step > 0 else truth[:, :, ::-1])


def codes(status, severity=None):
    return {entry["code"] for entry in status.findings if severity in (None, entry["severity"])}


@pytest.mark.slow
@pytest.mark.parametrize("write", [save, save_deflated, save_bare])
def test_clean_series_is_converted_voxel_for_voxel(tmp_path, run, write):
    slices = make_series()
    write(make_series(), tmp_path / "raw" / "deep" / "nested")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert status.findings == []
    assert same_voxels(tmp_path / "native" / "sub-A001_T2.nii.gz", slices)


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_compressed_series_is_converted_voxel_for_voxel(tmp_path, run, syntax):
    slices = make_series(rows=32, columns=32)
    compressed = make_series(rows=32, columns=32)
    compress(compressed, syntax)
    save(compressed, tmp_path / "raw")
    assert run(tmp_path / "raw").ok
    assert same_voxels(tmp_path / "native" / "sub-A001_T2.nii.gz", slices)


def test_flat_export_with_everything_between_gives_the_three_roles(tmp_path, run):
    raw = tmp_path / "raw"
    series = {role: make_series(role, seed=number) for number, role in enumerate(("T1", "T2", "FST2"))}
    for role, slices in series.items():
        save(slices, raw, role)
    save_clutter(raw, series["T2"][4])
    (raw / "cut").write_bytes((raw / "T2000").read_bytes()[:-40])
    status = run(raw, ("T1", "T2", "FST2"))
    assert status.ok, status.detail
    for role, slices in series.items():
        assert same_voxels(tmp_path / "native" / f"sub-A001_{role}.nii.gz", slices), role
    assert {kind: n for kind, n in status.extra["files"].items() if n} == {
        "images": 41,
        "contours": 1,
        "other": 2,
        "broken": 1,
        "foreign": 2,
    }
    assert codes(status, "review") == {"file_truncated"}  # the empty file may have been an image
    assert [(row["used_as"], row["verdict"]) for row in status.extra["series"]] == [
        (None, "drop"),
        ("T1", "accept"),
        ("T2", "accept"),
        (None, "drop"),
        ("FST2", "accept"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("defect", DEFECTS)
def test_defect_is_refused_with_its_code(tmp_path, run, lumbar, defect):
    change, code = DEFECTS[defect]
    # without the rule on the number of slices, which would drop short and unplaced series before they are checked
    rules = lumbar.model_copy(update={"rules": [rule for rule in lumbar.rules if rule.slices is None]})
    save(change(make_series()), tmp_path / "raw")
    status = run(tmp_path / "raw", rules=rules)
    assert (status.status, status.reason) == ("excluded", code), status.detail
    assert status.detail.startswith("T2: ")
    assert list((tmp_path / "native").iterdir()) == []


def test_identical_copies_are_dropped_with_a_note(tmp_path, run):
    slices = make_series()
    save(slices, tmp_path / "raw")
    save(slices, tmp_path / "raw" / "again")
    renamed = [new_uid(item, "copy", number) for number, item in enumerate(make_series()[:3])]
    save(renamed, tmp_path / "raw" / "sent_twice")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    (note,) = status.findings
    assert (note["code"], note["severity"], note["value"]) == ("slice_copied", "note", 13)
    assert same_voxels(tmp_path / "native" / "sub-A001_T2.nii.gz", make_series())


@pytest.mark.parametrize("last", ["pixels", "PixelData", "Rows"])
def test_truncated_slice_without_a_whole_copy_stops_the_case(tmp_path, run, last):
    paths = save(make_series(), tmp_path / "raw")
    whole = paths[9].read_bytes()
    tag = {"PixelData": b"\xe0\x7f\x10\x00", "Rows": b"\x28\x00\x10\x00"}.get(last)
    paths[9].write_bytes(whole[: whole.index(tag)] if tag else whole[:-40])
    status = run(tmp_path / "raw")
    assert status.reason == "file_truncated", status.detail
    assert any(entry["files"] == ["009"] for entry in status.findings)


@pytest.mark.parametrize("keep", [0, 300, 700])
def test_slice_that_is_hardly_there_is_never_overlooked(tmp_path, run, keep):
    paths = save(make_series(ImagesInAcquisition=None), tmp_path / "raw")
    paths[9].write_bytes(paths[9].read_bytes()[:keep])
    status = run(tmp_path / "raw")
    assert "file_truncated" in codes(status)


def test_all_slices_truncated_is_not_called_missing(tmp_path, run):
    for path in save(make_series(), tmp_path / "raw"):
        path.write_bytes(path.read_bytes()[:-10])
    assert run(tmp_path / "raw").reason == "file_truncated"


def test_truncated_files_of_a_series_that_is_not_used_are_told(tmp_path, run):
    save(make_series(), tmp_path / "raw", "t2_")
    (first, *_) = save(make_series("T1", orientation=AXIAL), tmp_path / "raw", "axial_")
    first.write_bytes(first.read_bytes()[:-10])
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    (entry,) = status.findings
    assert (entry["code"], entry["severity"], entry["files"]) == ("file_truncated", "review", ["axial_000"])


def test_undecodable_pixels_name_the_transfer_syntax(tmp_path, run):
    slices = make_series()
    for item in slices:
        item.PixelData = pydicom.encaps.encapsulate([b"no video at all"])
        item["PixelData"].is_undefined_length = True
        item.file_meta.TransferSyntaxUID = pydicom.uid.MPEG2MPML
    save(slices, tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.reason == "transfer_syntax"
    assert "MPEG2" in status.detail


def test_missing_sequence_names_the_role(tmp_path, run):
    save(make_series("T1"), tmp_path / "raw")
    status = run(tmp_path / "raw", ("T1", "T2"))
    assert status.reason == "sequence_missing"
    assert status.detail.startswith("T2: ")
    assert list((tmp_path / "native").iterdir()) == []  # not even the T1 that was there


def test_text_against_physics_is_left_to_a_person(tmp_path, run):
    slices = make_series("T2", SeriesDescription="SAG T1 TSE")
    save(slices, tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.reason == "series_ambiguous"
    key = status.extra["series"][0]["series"]
    decided = run(
        tmp_path / "raw",
        overrides=[{"series_uid": key, "role": "T2", "reason": "wrong protocol name", "initials": "AB"}],
    )
    assert decided.ok
    assert decided.extra["series"][0]["reason"] == "decided by AB: wrong protocol name"


def test_broken_series_gives_way_to_its_repeat(tmp_path, run):
    save(without({4})(make_series(count=12, seed=1)), tmp_path / "raw" / "first")
    save(make_series(count=10, seed=2), tmp_path / "raw" / "repeat")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert codes(status, "review") == {"slice_missing"}
    assert codes(status, "note") == {"series_surplus"}
    assert same_voxels(tmp_path / "native" / "sub-A001_T2.nii.gz", make_series(count=10, seed=2))


def test_all_series_that_play_a_role_are_logged_by_name(tmp_path, run):
    made = {count: make_series(count=count, seed=count) for count in (10, 12, 11)}
    for count, slices in made.items():
        save(slices, tmp_path / "raw" / str(count))
    status = run(tmp_path / "raw")
    (entry,) = status.findings
    keys = {count: series_key(slices[0].SeriesInstanceUID) for count, slices in made.items()}
    assert (entry["code"], entry["severity"], entry["value"]) == ("series_surplus", "note", 3)
    assert entry["message"] == (
        f"T2: 3 series play the role; used is {keys[12]} (12 slices), "
        f"not used: {keys[11]} (11 slices), {keys[10]} (10 slices)"
    )
    assert {row["slices"]: row["used_as"] for row in status.extra["series"]} == {10: None, 11: None, 12: "T2"}


@pytest.mark.parametrize("last_seen", ["check_series", "convert_volume"])
def test_file_that_vanishes_while_the_case_is_read(tmp_path, run, monkeypatch, last_seen):
    module = {"check_series": choose, "convert_volume": from_dicom}[last_seen]
    original = getattr(module, last_seen)

    def without_the_last(*arguments):
        (tmp_path / "raw" / "009").unlink()
        return original(*arguments)

    monkeypatch.setattr(module, last_seen, without_the_last)
    save([*make_series(), make_series()[-1]], tmp_path / "raw")  # a copy, so that pixels are read before conversion too
    status = run(tmp_path / "raw")
    assert status.reason == "file_vanished", status.detail
    assert ["009"] in [entry["files"] for entry in status.findings]


def test_archives_are_told_and_alone_they_are_the_reason(tmp_path, run):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "export.zip").write_bytes(b"PK\x03\x04")
    assert run(raw).reason == "file_archived"
    save(make_series(), raw)
    status = run(raw)
    assert status.ok, status.detail
    assert [(entry["code"], entry["severity"], entry["files"]) for entry in status.findings] == [
        ("file_archived", "review", ["export.zip"])
    ]


def test_phase_images_do_not_mix_with_magnitude(tmp_path, run):
    uid = generate_uid()
    both = {"SeriesInstanceUID": uid, "ImagesInAcquisition": 20}
    magnitude = make_series("T2", seed=1, **both)
    phase = make_series("T2", seed=2, ImageType=["ORIGINAL", "PRIMARY", "P", "ND"], **both)
    for item in phase:
        item.InstanceNumber += 10
    save(magnitude + phase, tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert [(row["slices"], row["reason"]) for row in status.extra["series"]] == [
        (10, "T2 spin echo"),
        (10, "phase image"),
    ]
    assert same_voxels(tmp_path / "native" / "sub-A001_T2.nii.gz", magnitude)


def test_converted_image_that_lies_elsewhere_is_refused(tmp_path, run, monkeypatch):
    def shifted(staged, work):
        image = convert_series(staged, work)
        image.SetOrigin([value + 0.002 for value in image.GetOrigin()])
        return image

    monkeypatch.setattr("osteon.ingest.conversion.convert_series", shifted)
    save(make_series(), tmp_path / "raw")
    assert run(tmp_path / "raw").reason == "affine_mismatch"


def test_second_echo_is_a_series_of_its_own(tmp_path, run):
    uid = generate_uid()
    first = make_series("T2", seed=1, SeriesInstanceUID=uid, EchoTime="15", ImagesInAcquisition=20)
    second = make_series("T2", seed=2, SeriesInstanceUID=uid, ImagesInAcquisition=20)
    for item in second:
        item.InstanceNumber += 10
    save(first, tmp_path / "raw", "a")
    save(second, tmp_path / "raw", "b")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert codes(status) == {"series_divided"}
    assert same_voxels(tmp_path / "native" / "sub-A001_T2.nii.gz", second)


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "no_files"), ({}, "no_files"), ({"a.txt": b"x"}, "not_dicom"), ({"empty": b""}, "not_dicom")],
)
def test_folder_without_images(tmp_path, run, content, code):
    if content is not None:
        (tmp_path / "raw").mkdir()
        for name, data in content.items():
            (tmp_path / "raw" / name).write_bytes(data)
    assert run(tmp_path / "raw").reason == code


def test_status_and_images_are_the_same_bytes_again(tmp_path, run):
    save(make_series(), tmp_path / "raw")
    written = []
    for _ in range(2):
        status = run(tmp_path / "raw")
        status.write(tmp_path / "ingest.json")
        written.append(
            [
                (tmp_path / "ingest.json").read_bytes(),
                *(path.read_bytes() for path in sorted((tmp_path / "native").iterdir())),
            ]
        )
    assert written[0] == written[1]
    assert (tmp_path / "native" / "sub-A001_T2.nii.gz").read_bytes()[4:8] == bytes(4)  # no time in the gzip header
    assert str(tmp_path) not in written[0][0].decode()


def test_no_identity_reaches_the_results(tmp_path, run):
    uid = make_series()[0].SeriesInstanceUID
    save(
        make_series(
            SeriesDescription=f"SAG T2 {PLANTED_NAME} 4711",
            PatientBirthDate="19500101",
            InstitutionName="Clinic Meier",
            ImageComments="Meier 4711",
        ),
        tmp_path / "raw",
    )
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    status.write(tmp_path / "native" / "ingest.json")
    for path in (tmp_path / "native").iterdir():
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for planted in ("Meier", "MEIER", "4711", "19500101", uid):
            assert planted.encode() not in data, (path.name, planted)
    sidecar = json.loads((tmp_path / "native" / "sub-A001_T2.json").read_text())
    assert set(sidecar) <= set(SIDECAR_KEYS)
    assert sidecar["SeriesDescription"] == "SAG T2"


def test_sidecar_holds_the_acquisition_in_bids_units(tmp_path, run):
    save(make_series("FST2", InversionTime="160.5", AcquisitionMatrix=[0, 320, 224, 0]), tmp_path / "raw")
    status = run(
        tmp_path / "raw",
        overrides=[
            {"series_uid": make_series("FST2")[0].SeriesInstanceUID, "role": "T2", "reason": "x", "initials": "AB"}
        ],
    )
    sidecar = json.loads((tmp_path / "native" / "sub-A001_T2.json").read_text())
    expected = {
        "Modality": "MR",
        "Manufacturer": "Siemens",
        "ManufacturersModelName": "Skyra",
        "MagneticFieldStrength": 3.0,
        "RepetitionTime": 3.2,
        "EchoTime": 0.043,
        "InversionTime": 0.1605,
        "FlipAngle": 150.0,
        "EchoTrainLength": 15.0,
        "SliceThickness": 3.6,
        "MRAcquisitionType": "2D",
        "ScanningSequence": ["SE"],
        "SpacingBetweenSlices": 4.0,
        "PixelSpacing": [1.25, 1.5],
        "Matrix": [20, 16, 10],
        "AcquisitionMatrix": [320, 224],
        "SeriesDescription": "T2 TSE FS SAG",
    }
    assert {key: sidecar[key] for key in expected} == expected
    assert sidecar["ConversionSoftware"] == "dcm2niix"
    assert {**sidecar, "series": status.extra["sequences"]["T2"]["series"]} == status.extra["sequences"]["T2"]


def test_override_with_an_unknown_role_is_a_mistake_in_the_study(tmp_path, run):
    with pytest.raises(ValueError, match=r"'T3' is no role of the study; write one of T2, exclude"):
        run(tmp_path, overrides=[{"series_uid": "1.2", "role": "T3"}])


def test_what_an_earlier_run_left_is_removed(tmp_path, run):
    (tmp_path / "native").mkdir()
    (tmp_path / "native" / "sub-A001_T1.nii.gz").write_bytes(b"old")
    save(make_series(), tmp_path / "raw")
    run(tmp_path / "raw")
    names = {path.name for path in (tmp_path / "native").iterdir()}
    assert {"sub-A001_T2.json", "sub-A001_T2.nii.gz"} <= names
    assert not [name for name in names if "T1" in name]
