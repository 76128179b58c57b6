"""Files of corrected masks belong to one case each, by their names alone."""

from __future__ import annotations

import pytest

from osteon.config.corrections import correction_files, correction_problems, subject_of

NAMES = [
    "sub-A1.nii.gz",
    "sub-A1_dseg_v2.nrrd",
    "sub-A10.seg.nrrd",
    "sub-a1.nii",
    "sub-A1v2.nii.gz",
    "sub-A3 (1).nii.gz",
    "sub-A4.NII.GZ",
    "sub-A5.png",
    "._sub-A6.nii.gz",
    "A7.nii.gz",
    "sub-.nii.gz",
]


@pytest.fixture
def folder(tmp_path):
    for name in NAMES:
        (tmp_path / name).touch()
    (tmp_path / "sub-A8.nii.gz").mkdir()
    return tmp_path


def test_a_file_belongs_to_the_case_whose_whole_label_it_names(folder):
    found = {
        subject: [file.rpartition("/")[2] for file in files] for subject, files in correction_files(folder).items()
    }
    assert found == {
        "A1": ["sub-A1.nii.gz", "sub-A1_dseg_v2.nrrd"],
        "A10": ["sub-A10.seg.nrrd"],
        "a1": ["sub-a1.nii"],
        "A1v2": ["sub-A1v2.nii.gz"],
        "A3": ["sub-A3 (1).nii.gz"],
        "A4": ["sub-A4.NII.GZ"],
    }
    assert all(subject_of(file) == subject for subject, files in correction_files(folder).items() for file in files)


def test_no_folder_no_corrections(tmp_path):
    assert correction_files(None) == {} == correction_files(str(tmp_path / "absent"))
    assert correction_problems(None, {"A1"}) == []


def test_folder_and_masks_that_nobody_takes_are_said(folder):
    (problem,) = correction_problems(str(folder / "typo"), {"A1"})
    assert "does not exist" in problem.what
    problems = correction_problems(str(folder), {"A1", "A10", "A4"})
    assert {problem.what.partition(" ")[0].rpartition("/")[2]: problem.write[:24] for problem in problems} == {
        "sub-a1.nii": "Did you mean sub-A1? Nam",
        "sub-A1v2.nii.gz": "Name it after its case, ",
        "sub-A3": "Name it after its case, ",
    }


def test_what_is_no_correction_has_no_subject():
    with pytest.raises(ValueError, match="does not begin with sub-"):
        subject_of("A7.nii.gz")
