"""What is planted into an export is in no byte of what the command writes, and the images stay what they were."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from helpers.dicom_series import FRAME_OF_REFERENCE, STUDY, make_series, save
from helpers.phi import PATIENT, PLANTED, leaks, write_export
from osteon.config.delivery import IngestSettings
from osteon.ingest.case import ingest_case
from osteon.ingest.rules import load_rules


class Center:
    """A center with an export and a key."""

    def __init__(self, root: Path, folder: Path):
        self.root, self.folder = root, folder
        self.source, self.link = folder / "export", folder / "link.tsv"
        self.slices = write_export(self.source)
        self.key("key")

    def command(self, *words: object) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "osteon", *map(str, words)],
            cwd=self.folder,
            env={"PYTHONPATH": str(self.root / "workflow" / "lib")},
            capture_output=True,
            text=True,
            check=False,
        )

    def key(self, name: str) -> None:
        assert self.command("new-key", name).returncode == 0

    def deidentify(self, target: str, *options: object, key: str = "key") -> Path:
        done = self.command("deidentify", self.source, target, "--key-file", key, *options)
        assert done.returncode == 3, done.stdout + done.stderr
        assert "burned_in" in done.stdout
        assert "screen_copy" in done.stdout
        return self.folder / target


@pytest.fixture(scope="module")
def center(root, tmp_path_factory) -> Center:
    return Center(root, tmp_path_factory.mktemp("center"))


@pytest.fixture(scope="module")
def target(center) -> Path:
    return center.deidentify("target", "--link-table", center.link, "--jobs", 1)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def images(folder: Path) -> list[pydicom.Dataset]:
    found = [pydicom.dcmread(path) for path in folder.rglob("*.dcm")]
    return sorted((item for item in found if item.Modality == "MR"), key=lambda item: item.InstanceNumber)


def test_what_is_planted_is_there_to_be_found(center):
    """The search is tried on the export first."""
    planted = {**PLANTED, **original_uids(center)}
    assert len(planted) >= 25
    assert not [key for key, value in planted.items() if not leaks(center.source, {key: value})]


def original_uids(center) -> dict[str, str]:
    first = center.slices[0]
    uids = {"study UID": STUDY, "frame of reference": FRAME_OF_REFERENCE, "series UID": first.SeriesInstanceUID}
    return uids | {f"SOP UID {number}": item.SOPInstanceUID for number, item in enumerate(center.slices)}


def test_nothing_planted_is_in_any_byte_of_the_output(center, target):
    assert not leaks(target, {**PLANTED, **original_uids(center)})


def test_pixels_and_geometry_are_those_of_the_source(center, target):
    written = images(target)
    assert len(written) == len(center.slices)
    size = center.slices[0].Rows * center.slices[0].Columns * 2
    assert [item.PixelData for item in written] == [item.PixelData[:size] for item in center.slices]
    for before, after in zip(center.slices, written, strict=True):
        assert before.ImagePositionPatient == after.ImagePositionPatient
        assert before.file_meta.TransferSyntaxUID == after.file_meta.TransferSyntaxUID


def test_headers_say_what_was_done_and_nothing_private_is_left(target):
    for item in images(target):
        assert item.PatientIdentityRemoved == "YES"
        codes = {code.CodeValue for code in item.DeidentificationMethodCodeSequence}
        assert codes == {"113100", "113105", "113107", "113108"}
        assert (item.PatientAge, item.PatientSex) == ("071Y", "M")
        assert not [tag for tag in item.keys() if tag.is_private or tag.group >> 8 in (0x50, 0x60)]  # noqa: SIM118


def test_a_second_run_gives_the_same_bytes_and_writes_nothing(center, target):
    before = files(target)
    stamps = {path: path.stat().st_mtime_ns for path in target.rglob("*.dcm")}
    center.deidentify("target", "--jobs", 2)
    assert files(target) == before
    assert {path: path.stat().st_mtime_ns for path in target.rglob("*.dcm")} == stamps
    assert files(center.deidentify("again", "--jobs", 2)) == before


def test_another_key_gives_other_pseudonyms(center, target):
    center.key("other")
    other = images(center.deidentify("elsewhere", key="other"))[0]
    first = images(target)[0]
    for keyword in ("PatientID", "StudyInstanceUID", "SOPInstanceUID", "AccessionNumber"):
        assert other[keyword].value != first[keyword].value


def test_the_link_table_stays_outside_and_says_who_is_who(center, target):
    rows = [line.split("\t") for line in center.link.read_text(encoding="utf-8").splitlines()]
    assert rows[0] == ["PatientID", "pseudonym", "date_shift_days"]
    assert [PATIENT, images(target)[0].PatientID] in [row[:2] for row in rows]
    assert center.link.stat().st_mode & 0o077 == 0
    center.key("another")
    done = center.command("deidentify", center.source, "nowhere", "--key-file", "another", "--link-table", center.link)
    assert (done.returncode, "made with another key" in done.stdout) == (1, True)


def test_references_between_objects_still_fit(target):
    found = [pydicom.dcmread(path) for path in target.rglob("*.dcm")]
    by_kind = {item.Modality: item for item in found}
    known = {item.SOPInstanceUID for item in images(target)}
    segmentation, contours = by_kind["SEG"], by_kind["RTSTRUCT"]
    referenced = segmentation.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert {item.ReferencedSOPInstanceUID for item in referenced} <= known
    frame = images(target)[0].FrameOfReferenceUID
    assert contours.StructureSetROISequence[0].ReferencedFrameOfReferenceUID == frame
    assert [roi.ROIName for roi in contours.StructureSetROISequence] == ["L1", "L2"]
    assert [segment.SegmentLabel for segment in segmentation.SegmentSequence] == ["L1", "L2"]


def test_masks_and_sidecars_follow_their_patient(target):
    patient = images(target)[0].PatientID
    names = {path.name for path in (target / patient / "masks").iterdir()}
    assert names == {"T1.nii.gz", "T1.json", "T1_dseg.nii.gz", "T1_dseg.json"}


def test_what_is_written_is_taken_in_without_a_special_permission(center, root, target, tmp_path):
    """The image of the de-identified series equals that of the series without planted values, voxel for voxel."""
    rules = load_rules(root / "config" / "series_rules" / "lumbar_mr.yaml", ["FST2"])
    (patient,) = [path for path in target.iterdir() if path.is_dir()]
    masks = {"masks": [{"pattern": "masks/*_dseg.nii.gz"}], "masks_used": True}
    series = tmp_path / "series"
    save(make_series("FST2"), series)  # the same one before anything was planted
    voxels = []
    for folder, settings in ((series, {"allow_identifiable": True}), (patient, masks)):
        status = ingest_case(
            folder,
            "A",
            "A001",
            settings=IngestSettings(
                source="dicom", sequences=["FST2"], reference="FST2", labels={"L1": 1, "L2": 2}, **settings
            ),
            rules=rules,
            overrides=[],
            native_folder=tmp_path / str(len(voxels)),
        )
        assert status.ok, status.detail
        voxels.append(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / str(len(voxels)) / "sub-A001_FST2.nii.gz"))))
    assert np.array_equal(*voxels)
