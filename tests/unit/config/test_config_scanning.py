"""A study whose table of cases is still to be proposed."""

from __future__ import annotations

import gzip

import pytest
import yaml

from osteon.config.explain import StudyError
from osteon.config.load import load_study, read_study
from osteon.config.scanning import scan_settings, study_to_scan

STUDY = {
    "study": {"name": "mini"},
    "cases": "cases.tsv",
    "participants": "not_there_yet.tsv",
    "centers": {
        "ZRH": {"role": "development", "source": "dicom", "raw": "raw/ZRH"},
        "OSL": {"role": "external", "source": "dicom"},
        "BRN": {"role": "external", "source": "nifti", "images": {"T1": "*.nii"}, "raw": "raw/BRN"},
    },
    "sequences": {"T1": {}},
    "series_rules": "rules.yaml",
}


@pytest.fixture
def study(tmp_path, monkeypatch):
    """write(**changes) writes the study and gives its path; the files that it names are there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw" / "ZRH").mkdir(parents=True)
    (tmp_path / "rules.yaml").touch()

    def write(**changes) -> str:
        (tmp_path / "study.yaml").write_text(yaml.safe_dump(STUDY | changes))
        return "study.yaml"

    return write


def problems(path: str) -> list[str]:
    with pytest.raises(StudyError) as error:
        study_to_scan(path)
    return [" ".join(f"{problem.where} {problem.what} {problem.write}".split()) for problem in error.value.problems]


def test_neither_cases_nor_participants_need_be_there(study):
    assert study_to_scan(study()).study.name == "mini"


def test_settings(study, tmp_path):
    (tmp_path / "decided.tsv").write_text(
        "center\tsubject\tseries_uid\trole\treason\tinitials\nZRH\tZ1\t1.2\tT1\tseen\tML\n\tZ2\t\t\t\t\n"
    )
    settings = scan_settings(read_study(study(series_overrides="decided.tsv", batch_size=7)))
    assert {code: center.raw for code, center in settings.centers.items()} == {"ZRH": "raw/ZRH"}
    assert settings.skipped == {"OSL": "it names no raw folder ('raw')", "BRN": "it delivers nifti, not DICOM"}
    assert (settings.batch_size, settings.cases, settings.allow_identifiable) == (7, "cases.tsv", False)
    assert [row["series_uid"] for row in settings.overrides] == ["1.2"]


def test_nothing_to_scan(study):
    centers = {"OSL": STUDY["centers"]["OSL"]}
    assert problems(study(centers=centers)) == [
        "centers none delivers DICOM and names its raw folder. Write for each center: raw: path/to/its/export"
    ]
    assert problems(study(simulation={"parameters": "p.yaml"})) == [
        "simulation the patients of this study are simulated; there is nothing to scan."
    ]


def test_what_is_missing_is_said_at_once(study):
    centers = {"ZRH": STUDY["centers"]["ZRH"] | {"raw": "raw/ZHR"}}
    assert problems(study(centers=centers, sequences={}, series_rules="rule.yaml", series_overrides="o.tsv")) == [
        "centers.ZRH.raw the folder raw/ZHR does not exist. Correct the path, or mount the disk",
        "sequences is missing. Write at least one entry under 'sequences:'",
        "series_rules the file rule.yaml does not exist.",
        "series_overrides the file o.tsv does not exist. "
        "Write center, subject, series_uid, role, reason, initials into its first row, or remove the key",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04", "is a workbook, to which the scan cannot add rows. Save it as tab-separated text"),
        (b"subject\tbatch\nZ1\tA1\n", "has no column 'center'. Write the names of the columns into its first row"),
        (b"\x00\xff\x00", "is neither UTF-8 nor GB18030 text. Save it as CSV UTF-8 or as .xlsx"),
    ],
)
def test_a_table_that_cannot_take_rows(study, tmp_path, content, said):
    (tmp_path / "cases.tsv").write_bytes(content)
    assert problems(study()) == [f"cases.tsv {said}"]


def all_problems(path: str) -> list[str]:
    with pytest.raises(StudyError) as error:
        load_study(path)
    return [" ".join(f"{problem.where} {problem.what} {problem.write}".split()) for problem in error.value.problems]


@pytest.mark.parametrize(("raw", "said"), [("raw/ZRH", "is"), ("./raw", "lies in"), ("raw/ZRH/b", "holds")])
def test_no_two_centers_have_the_same_files(study, tmp_path, raw, said):
    (tmp_path / "raw" / "ZRH" / "b").mkdir()
    centers = {"ZRH": STUDY["centers"]["ZRH"], "OSL": STUDY["centers"]["OSL"] | {"raw": raw}}
    (problem,) = problems(study(centers=centers))
    assert (
        problem == f"centers.ZRH.raw the folder raw/ZRH {said} that of center OSL. Give each center a folder of its own"
    )


@pytest.mark.parametrize("name", ["cases.xlsx", "cases.csv", "cases"])
def test_a_new_table_is_named_as_what_it_is(study, name):
    (problem,) = problems(study(cases=name))
    assert problem == f"cases the new table {name} will be tab-separated text. Write a name that ends in .tsv"


def test_a_folder_and_packed_text_are_no_table_to_add_to(study, tmp_path):
    (tmp_path / "cases.tsv").mkdir()
    (tmp_path / "packed.tsv").write_bytes(gzip.compress(b"center\tsubject\n"))
    assert problems(study()) == ["cases.tsv is a folder. Write the path of a table under 'cases:'"]
    assert problems(study(cases="packed.tsv")) == [
        "packed.tsv is packed text, to which the scan cannot add rows. Save it as tab-separated text"
    ]


def test_whoever_runs_the_study_first_is_told_to_scan(study):
    assert all_problems(study(participants=None)) == [
        "cases the file cases.tsv does not exist. Propose it with: snakemake scan --config study=study.yaml --cores 4"
    ]
    centers = {"OSL": STUDY["centers"]["OSL"]}
    assert all_problems(study(participants=None, centers=centers)) == [
        "cases the file cases.tsv does not exist. Write its path under 'cases:'"
    ]


def test_all_tables_that_are_not_there_are_said_at_once(study):
    said = all_problems(study(series_overrides="o.tsv"))
    assert [line.split()[0] for line in said] == ["cases", "participants", "series_overrides"]


def test_sources_may_be_lists_of_files(study, tmp_path):
    centers = {"ZRH": STUDY["centers"]["ZRH"]}
    (tmp_path / "cases.tsv").write_text("center\tsubject\tsource\tbatch\nZRH\tZ1\tlists/Z1.files\tZ1\n")
    said = "cases.tsv, row 2 the list of files lists/Z1.files does not exist. Write it again with: snakemake scan"
    assert said in all_problems(study(participants=None, centers=centers))
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "Z1.files").write_text("raw/ZRH\n")
    assert said not in all_problems(study(participants=None, centers=centers))
