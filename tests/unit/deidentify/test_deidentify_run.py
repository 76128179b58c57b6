"""A whole export: where files go, what stops a run, what is counted."""

from __future__ import annotations

import csv
import shutil
import subprocess
import zipfile

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.dicom_series import make_series, save
from osteon.deidentify.command import deidentify, make_key
from osteon.deidentify.pseudonyms import Pseudonyms, read_key


@pytest.fixture
def center(tmp_path):
    """A folder with an export of two patients and a key."""
    for patient in ("001", "002"):
        save(make_series("T2", 3, PatientID=patient), tmp_path / "export" / f"folder {patient}")
    assert make_key(tmp_path / "key")[0] == 0
    return tmp_path


def run(center, target="target", **options):
    return deidentify(center / "export", center / target, center / "key", **options)


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def nifti(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((2, 2, 2), np.uint8)), str(path))


def test_all_written_is_0_and_something_to_look_at_is_3(center):
    (center / "export" / "readme.txt").write_text("viewer")
    code, text = run(center)
    assert (code, "6 files of 2 patients, 6 of them new" in text) == (0, True)
    save(make_series("T2", 1, BurnedInAnnotation="YES", PatientID="3"), center / "export" / "x")
    code, text = run(center, refused=center / "list.tsv")
    assert code == 3
    assert "0 of them new" in text
    assert "x/000" in text
    rows = list(csv.reader((center / "list.tsv").open(encoding="utf-8"), delimiter="\t"))
    assert [row[:2] for row in rows[1:]] == [["x/000", "burned_in"], ["readme.txt", "not_dicom"]]


def test_masks_in_other_formats_are_said(center):
    (center / "export" / "001.seg.nrrd").write_bytes(b"NRRD0004\n# Meier\n")
    (center / "export" / "001.mha").write_bytes(b"ObjectType = Image\n")
    code, text = run(center)
    assert code == 3, "a reader's work that is not there must not look like junk"
    assert "2 x mask_format" in text
    assert "001.seg.nrrd" in text
    assert "What to do: Save it as NIfTI" in text
    assert not [name for name in names(center / "target") if "nrrd" in name or "mha" in name]


def test_files_lie_by_patient_study_and_series(center):
    run(center)
    key = Pseudonyms(read_key(center / "key"))
    folders = {path.parent for path in (center / "target").rglob("*.dcm")}
    assert {folder.relative_to(center / "target").parts[0] for folder in folders} == {
        key.patient("001"),
        key.patient("002"),
    }
    assert all(len(list(folder.iterdir())) == 3 for folder in folders)


def test_copies_are_written_once(center):
    shutil.copytree(center / "export" / "folder 001", center / "export" / "copy")
    assert "3 copies were left out" in run(center)[1]
    assert len(list((center / "target").rglob("*.dcm"))) == 6


def test_the_report_counts_and_holds_no_value(center):
    run(center)
    text = (center / "target" / "deidentification_report.tsv").read_text(encoding="utf-8")
    rows = {tuple(row[:2]): row[2:] for row in csv.reader(text.splitlines(), delimiter="\t")}
    assert rows["PatientName", "replaced"] == ["6", "6", ""]
    assert rows["PixelData", "kept"] == ["6", "6", ""]
    assert "Meier" not in text


def test_archives_are_named(center):
    with zipfile.ZipFile(center / "export" / "more.zip", "w") as archive:
        archive.writestr("a", "b")
    code, text = run(center)
    assert (code, "1 x archive" in text) == (3, True)


def test_a_nifti_goes_to_the_patient_of_its_folder(center):
    nifti(center / "export" / "folder 001" / "Anna" / "masks Anna" / "Anna_L1_dseg.nii.gz")
    nifti(center / "export" / "002" / "T1.nii.gz")
    nifti(center / "export" / "nobody" / "T1.nii.gz")
    nifti(center / "export" / "T1.nii.gz")
    code, text = run(center)
    key = Pseudonyms(read_key(center / "key"))
    assert code == 3
    assert (center / "target" / key.patient("001") / "masks" / "L1_dseg.nii.gz").is_file()
    assert (center / "target" / key.patient("002") / "T1.nii.gz").is_file()
    assert "2 x no_patient_folder" in text
    assert len([name for name in names(center / "target") if name.endswith(".nii.gz")]) == 2


def test_folders_with_two_patients_own_no_nifti(center):
    save(make_series("T2", 1, PatientID="003"), center / "export" / "folder 001")
    nifti(center / "export" / "folder 001" / "T1.nii.gz")
    assert "1 x no_patient_folder" in run(center)[1]


def test_without_dicom_the_folders_are_the_ids(center):
    shutil.rmtree(center / "export")
    nifti(center / "export" / "００7" / "T1.nii.gz")
    assert run(center)[0] == 0
    assert (center / "target" / Pseudonyms(read_key(center / "key")).patient("007") / "T1.nii.gz").is_file()


def test_two_niftis_that_would_have_one_name_are_both_refused(center):
    for name in ("Anna_T1", "Berta_T1"):
        nifti(center / "export" / "002" / f"{name}.nii.gz")
    code, text = run(center)
    assert (code, "2 x name_twice" in text) == (3, True)


def test_the_source_is_only_read(center):
    before = {path: path.read_bytes() for path in (center / "export").rglob("*") if path.is_file()}
    run(center)
    assert {path: path.read_bytes() for path in (center / "export").rglob("*") if path.is_file()} == before


def test_links_that_go_in_circles_end(center):
    (center / "export" / "loop").symlink_to(center / "export")
    assert run(center)[0] == 0


def _repository(folder):
    folder.mkdir()
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def test_keys_and_lists_inside_a_repository_or_the_data_are_refused(center):
    repository = _repository(center / "repository")
    assert "inside the repository" in make_key(repository / "key")[1]
    assert not (repository / "key").exists()
    for place in (repository / "sub" / "link.tsv", center / "target" / "link.tsv", center / "export" / "link.tsv"):
        for option in ("link_table", "refused"):
            code, text = run(center, **{option: place})
            assert (code, "lies inside" in text) == (1, True)
            assert not place.exists()
    shutil.copy(center / "key", repository / "key")
    code, text = deidentify(center / "export", center / "target", repository / "key")
    assert (code, "inside the repository" in text) == (1, True)
    assert not (center / "target").exists()


def test_targets_that_do_not_fit_are_refused(center):
    (center / "full").mkdir()
    (center / "full" / "thesis.doc").write_text("mine")
    (center / "file").write_text("mine")
    make_key(center / "other")
    run(center, "made")
    before = names(center / "made")
    for target, words in (
        ("full", "not empty"),
        ("file", "is a file"),
        ("export/in", "one lies inside the other"),
        (".", "one"),
    ):
        code, text = run(center, target)
        assert (code, words in text) == (1, True), text
    code, text = deidentify(center / "export", center / "made", center / "other")
    assert (code, "another key" in text) == (1, True)
    assert names(center / "made") == before
    code, text = deidentify(center / "none", center / "target", center / "key")
    assert (code, "is not there" in text) == (1, True)
    code, text = deidentify(center / "export", center / "target", center / "nokey")
    assert (code, "python -m osteon new-key" in text) == (1, True)


def test_the_link_table_grows_and_stays_private(center):
    run(center, link_table=center / "link.tsv")
    shutil.rmtree(center / "export" / "folder 001")
    save(make_series("T2", 3, PatientID="000"), center / "export" / "folder 000")
    run(center, link_table=center / "link.tsv")
    rows = list(csv.reader((center / "link.tsv").open(encoding="utf-8"), delimiter="\t"))
    assert [row[0] for row in rows] == ["PatientID", "000", "001", "002"]
    assert all(-365 <= int(row[2]) <= -1 for row in rows[1:])
    assert (center / "link.tsv").stat().st_mode & 0o077 == 0


def test_folders_named_in_another_encoding_stay_in_the_link_table(center):
    shutil.rmtree(center / "export")
    nifti(center / "T1.nii.gz")
    folder = center / "export" / "李7".encode("gb18030").decode("utf-8", "surrogateescape")
    folder.mkdir(parents=True)
    (center / "T1.nii.gz").rename(folder / "T1.nii.gz")
    codes = [run(center, link_table=center / "link.tsv", refused=center / "list.tsv")[0] for _ in range(2)]
    assert codes == [0, 0]
    assert len((center / "link.tsv").read_bytes().splitlines()) == 2


def test_what_cannot_be_written_is_said_in_a_sentence(center):
    (center / "file").write_text("mine")
    code, text = run(center, "file/target")
    assert (code, "cannot be written" in text, "file/target" in text) == (1, True, True)


def test_links_into_the_target_are_refused(center):
    (center / "export" / "done").symlink_to(center / "target")
    assert run(center)[0] == 0
    before = names(center / "target")
    code, text = run(center)
    assert (code, "done" in text, "target" in text) == (1, True, True)
    assert names(center / "target") == before


def test_a_nifti_with_a_broken_sidecar_is_not_written(center):
    nifti(center / "export" / "002" / "T1.nii.gz")
    (center / "export" / "002" / "T1.json").write_text("{Anna")
    code, text = run(center)
    assert (code, "1 x unreadable" in text) == (3, True)
    assert not [name for name in names(center / "target") if name.endswith((".nii.gz", "T1.json"))]
