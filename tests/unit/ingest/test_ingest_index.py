"""Any file may lie in an export: what it is, and whether it is whole."""

from __future__ import annotations

import os

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage, RLELossless

from helpers.dicom_series import compress, make_series, save, save_bare, save_clutter, save_contours, save_deflated
from osteon.ingest import index as index_module
from osteon.ingest.header import frames_of, tags_of
from osteon.ingest.index import index_source


def test_files_are_sorted_by_what_they_are(tmp_path):
    slices = make_series()
    save(slices, tmp_path / "a b" / "ü", "im")
    save_clutter(tmp_path, slices[0])
    save_contours(tmp_path / "rs.dcm", {})
    (tmp_path / "DICM").write_bytes(bytes(128) + b"DICM")
    index = index_source(tmp_path)
    assert len(index.images) == 10 + 1 + 9
    assert index.contours == ["rs.dcm", "rt000"]
    assert index.other == ["pr000", "sr000"]
    assert index.broken == ["DICM", "empty.dcm"]
    assert index.foreign == ["Thumbs.db", "VERSION"]
    assert sum(index.counts.values()) == 28


def test_tags_are_plain_and_hold_no_name(tmp_path):
    born = {"PatientBirthDate": "19500101", "PatientAge": "050Y"}
    save(make_series(ScanOptions=["FS", ""], EchoTime="", **born)[:1], tmp_path)
    (image,) = index_source(tmp_path).images
    assert image.tags["RepetitionTime"] == 3500.0
    assert image.tags["ScanOptions"] == ("FS",)
    assert image.tags["ImageOrientationPatient"] == (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
    assert "EchoTime" not in image.tags
    patient = {keyword for keyword in image.tags if keyword.startswith("Patient")}
    assert patient == {"PatientID", "PatientAge"}


def test_archives_and_files_that_cannot_be_opened_are_told_apart(tmp_path, monkeypatch):
    for name, content in {
        "export.zip": b"PK\x03\x04",
        "IM0001": b"PK\x03\x04",
        "disc": bytes(257) + b"ustar",
        "IM1.dcm.gz": b"\x1f\x8b",
        "mask.nii.gz": b"\x1f\x8b",
        "letter.docx": b"PK\x03\x04",
        "gone": b"x",
    }.items():
        (tmp_path / name).write_bytes(content)
    read_header = index_module.read_header

    def without_gone(path, name):
        if name == "gone":
            path.unlink()
        return read_header(path, name)

    monkeypatch.setattr(index_module, "read_header", without_gone)
    index = index_source(tmp_path)
    assert index.archives == ["IM0001", "IM1.dcm.gz", "disc", "export.zip"]
    assert index.foreign == ["letter.docx", "mask.nii.gz"]
    assert index.vanished == ["gone"]


def test_one_malformed_value_costs_only_itself(tmp_path):
    (path,) = save(make_series(RepetitionTime="3500")[:1], tmp_path)
    path.write_bytes(path.read_bytes().replace(b"3500", b"3,5x"))
    (image,) = index_source(tmp_path).images
    assert "RepetitionTime" not in image.tags
    assert image.tags["EchoTime"] == 110.0


@pytest.mark.parametrize("cut", [1, 40, 600])
@pytest.mark.parametrize("form", ["explicit", "bare", "rle"])
def test_missing_pixels_are_seen_without_reading_them(tmp_path, form, cut):
    slices = make_series(rows=32, columns=32)[:1]
    if form == "rle":
        compress(slices, RLELossless)
    (save_bare if form == "bare" else save)(slices, tmp_path)
    (path,) = tmp_path.iterdir()
    assert index_source(tmp_path).images[0].damage == ""
    path.write_bytes(path.read_bytes()[: -(cut + 8 if form == "rle" else cut)])  # 8: RLE ends with a delimiter
    assert index_source(tmp_path).images[0].damage == "it ends before its pixel data do"


def test_pixels_that_are_too_few_or_absent(tmp_path):
    short, without = make_series()[:2]
    short.PixelData = short.PixelData[:-20]
    del without.PixelData
    save([short, without], tmp_path)
    assert [image.damage for image in index_source(tmp_path).images] == [
        "its pixel data are shorter than rows x columns",
        "it holds no pixel data",
    ]


def test_deflated_files_are_measured_inflated(tmp_path):
    slices = make_series()[:2]
    slices[1].PixelData = slices[1].PixelData[:-20]
    save_deflated(slices, tmp_path)
    assert [bool(image.damage) for image in index_source(tmp_path).images] == [False, True]
    (tmp_path / "000").write_bytes((tmp_path / "000").read_bytes()[:-30])
    assert index_source(tmp_path).broken == ["000"]


def test_loop_of_links_ends(tmp_path):
    save(make_series()[:2], tmp_path / "a")
    os.symlink(tmp_path, tmp_path / "a" / "up")
    os.symlink(tmp_path / "nowhere", tmp_path / "dangling")
    assert [image.file for image in index_source(tmp_path).images] == ["a/000", "a/001"]


def test_enhanced_header_is_read_like_a_classic_one():
    def nested(**values):
        item = Dataset()
        for keyword, value in values.items():
            setattr(item, keyword, value)
        return item

    dataset = Dataset()
    dataset.SOPClassUID, dataset.NumberOfFrames = EnhancedMRImageStorage, 3
    dataset.SharedFunctionalGroupsSequence = [
        nested(
            MRTimingAndRelatedParametersSequence=[nested(RepetitionTime=3000.0, EchoTrainLength=16)],
            MREchoSequence=[nested(EffectiveEchoTime=80.0)],
            MRModifierSequence=[
                nested(InversionRecovery="YES", InversionTimes=[160.0], SpectrallySelectedSuppression="FAT")
            ],
            PlaneOrientationSequence=[nested(ImageOrientationPatient=[0, 1, 0, 0, 0, -1])],
            PixelMeasuresSequence=[nested(PixelSpacing=[0.5, 0.6], SliceThickness=4.0)],
        )
    ]
    dataset.PerFrameFunctionalGroupsSequence = [
        nested(PlanePositionSequence=[nested(ImagePositionPatient=[4.0 * n, 0, 0])]) for n in range(3)
    ]
    tags = tags_of(dataset)
    expected = {
        "RepetitionTime": 3000.0,
        "EchoTime": 80.0,
        "InversionTime": 160.0,
        "EchoTrainLength": 16.0,
        "SliceThickness": 4.0,
        "ScanningSequence": ("IR",),
        "ScanOptions": ("FS",),
    }
    assert {key: tags[key] for key in expected} == expected
    frames = frames_of(dataset, tags)
    assert [frame.position for frame in frames] == [(0.0, 0.0, 0.0), (4.0, 0.0, 0.0), (8.0, 0.0, 0.0)]
    assert {(frame.orientation, frame.spacing) for frame in frames} == {((0.0, 1.0, 0.0, 0.0, 0.0, -1.0), (0.5, 0.6))}


def test_frames_without_positions_lie_nowhere():
    dataset = pydicom.Dataset()
    dataset.NumberOfFrames, dataset.ImagePositionPatient = 12, [0, 0, 0]
    frames = frames_of(dataset, tags_of(dataset))
    assert {frame.position for frame in frames} == {None}
