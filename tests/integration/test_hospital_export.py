"""The whole road of two hospitals' raw, identifiable exports: de-identify, scan, decide, run, add a patient."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pydicom
import pytest
import SimpleITK as sitk
import yaml

from helpers.dicom_series import ROLES, make_series, save_clutter
from helpers.exports import save_patient
from helpers.masks import drawn, image_of, segment_keys, write_seg_nrrd
from helpers.project import Project
from osteon.tables.status import CaseStatus

ARGUMENTS = ("--config", "study=study.yaml")
RESULTS = "results/two"
LINKAGE, FLOW = f"{RESULTS}/01_cohort/linkage.tsv", f"{RESULTS}/01_cohort/flow.tsv"
STUDY = {
    "study": {"name": "two"},
    "cases": "cases.tsv",
    "participants": "clinical.csv",
    "centers": {
        code: {
            "name": name,
            "role": role,
            "source": "dicom",
            "raw": f"clean/{code}",
            "masks": [
                {"reader": "ML", "pattern": "{subject}/reader1*.nii.gz", "folder": f"clean/{code}_masks"},
                {"reader": "XW", "pattern": "{subject}.seg.nrrd", "folder": "second"},
            ],
        }
        for code, name, role in (("A", "一院", "development"), ("B", "二院", "external"))
    },
    "sequences": {role: {} for role in ROLES},
    "series_overrides": "decided.tsv",
    "labels": {"L1": 1, "L2": 2},
    "mask_checks": {"one_component": False},
    "rois": {"L1L2": ["L1", "L2"]},
    "linkage": {"key": "编号", "sex": {"column": "性别", "male": "男", "female": "女"}, "age": "年龄（岁）"},
    "outcome": {"column": "骨质疏松", "positive": "是", "negative": "否"},
    "preprocess": {"bias_correction": {"enabled": False}},
    "segmentation": {"method": "masks", "sequence": "T1"},
    "features": {"bin_count": 16, "image_types": ["original"], "classes": ["firstorder"], "minimum_voxels": 8},
}
DECISION = ("center", "subject", "series_uid", "role", "reason", "initials")
IDENTITY = {
    "PatientName": "Meier^Anna",
    "PatientBirthDate": "19580101",
    "PatientSex": "F",
    "PatientAge": "065Y",
    "PatientIdentityRemoved": None,
}
BOTH, HOLE, WRONG_TEXT, INCOMPLETE, LATER = "0012", "0013", "0014", "77", "78"
"""PatientIDs: in both hospitals; a slice of T2 is missing; the T1 is named T2; no FST2; comes with a later export."""
UNREPLACED = "90017755"
"""A hospital number that somebody forgot to replace by the pseudonym in the clinical table."""


class Hospitals:
    """Two hospitals with exports and masks in `raw`, a key and link tables beside the project, and the project."""

    def __init__(self, root: Path, folder: Path):
        self.secret = folder / "secret"
        self.secret.mkdir()
        (folder / "project").mkdir()
        self.project = Project(root, folder / "project")
        self.raw = folder / "raw"
        self.folder = self.project.folder
        self.pseudonyms: dict[str, str] = {}

    def command(self, *words: object) -> subprocess.CompletedProcess:
        """Run `python -m osteon` as a person does, in the project's folder."""
        return subprocess.run(
            [sys.executable, "-m", "osteon", *map(str, words)],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": "workflow/lib"},
            capture_output=True,
            text=True,
            check=False,
        )

    def deidentify(self, source: str, target: str) -> subprocess.CompletedProcess:
        """De-identify one folder of `raw`, and read the link table as the center does."""
        link = self.secret / f"link_{source[0]}.tsv"
        key = ("--key-file", self.secret / "key", "--link-table", link, "--jobs", 1)
        done = self.command("deidentify", self.raw / source, f"clean/{target}", *key)
        table = pd.read_csv(link, sep="\t", dtype=str)
        self.pseudonyms |= dict(zip(table["PatientID"], table["pseudonym"], strict=True))
        return done

    def write_clinical_table(self, *rows: tuple[str, str, str]) -> None:
        """PatientID or pseudonym, sex and outcome, as GB18030 with semicolons."""
        lines = ["编号;性别;年龄（岁）;骨质疏松", *(f"{person};{sex};65;{outcome}" for person, sex, outcome in rows)]
        (self.folder / "clinical.csv").write_bytes("\r\n".join(lines).encode("gb18030"))

    def decide(self, center: str, person: str, echo_time: str, role: str) -> None:
        """Write into the table of decisions that the series with this echo time plays a role."""
        images = (self.folder / "clean" / center / self.pseudonyms[person]).rglob("*.dcm")
        headers = (pydicom.dcmread(path, stop_before_pixels=True) for path in images)
        (series,) = {header.SeriesInstanceUID for header in headers if header.EchoTime == float(echo_time)}
        row = (center, self.pseudonyms[person], series, role, f"TE is {echo_time} ms", "ML")
        (self.folder / "decided.tsv").write_text("\t".join(DECISION) + "\n" + "\t".join(row) + "\n")

    def table(self, path: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / path, sep="\t", dtype=str, keep_default_na=False)

    def status(self, center: str, person: str) -> CaseStatus:
        name = f"{RESULTS}/02_images/center-{center}/sub-{self.pseudonyms[person]}/ingest.json"
        return CaseStatus.read(self.folder / name)


def save_masks(hospitals: Hospitals, source: str, identifier: str, seed: int) -> None:
    """The mask of the first reader, in a folder that is named by the PatientID."""
    folder = hospitals.raw / source / identifier
    folder.mkdir(parents=True)
    sitk.WriteImage(drawn(image_of(make_series("T1", seed=seed))), str(folder / "reader1_mask.nii.gz"))


def save_exports(raw: Path) -> None:
    """Hospital A: dated folders and junk. Hospital B: everything in one folder."""
    dated = raw / "A" / "2023"
    save_patient(dated / "0105" / "Meier_Anna", BOTH, 1, **IDENTITY)
    save_patient(dated / "0212" / "Li_Ming", HOLE, 2, **IDENTITY)
    (dated / "0212" / "Li_Ming" / "T2" / "004").unlink()
    save_patient(dated / "0320" / "Weber", WRONG_TEXT, 3, roles=("T2", "FST2"), **IDENTITY)
    misnamed = {"SeriesDescription": "SAG T2 TSE"}
    save_patient(dated / "0320" / "Weber", WRONG_TEXT, 3, roles=("T1",), **misnamed, **IDENTITY)
    save_clutter(raw / "A" / "SCREEN", pydicom.dcmread(dated / "0105" / "Meier_Anna" / "T1" / "004"))
    (raw / "A" / "说明.txt").write_text("导出", encoding="utf-8")
    save_patient(raw / "B", BOTH, 4, prefix="x", **IDENTITY)
    save_patient(raw / "B", INCOMPLETE, 5, prefix="y", roles=("T1", "T2"), **IDENTITY)
    (raw / "B" / "viewer.exe").write_bytes(b"MZ")


@pytest.fixture(scope="module")
def hospitals(root, tmp_path_factory) -> Hospitals:
    """Everything de-identified, the study written, nothing scanned yet."""
    hospitals = Hospitals(root, tmp_path_factory.mktemp("hospitals"))
    save_exports(hospitals.raw)
    for number, identifier in enumerate((BOTH, HOLE, WRONG_TEXT), start=1):
        save_masks(hospitals, "A_masks", identifier, number)
    save_masks(hospitals, "B_masks", INCOMPLETE, 5)
    save_masks(hospitals, "B_masks", LATER, 6)
    assert hospitals.command("new-key", hospitals.secret / "key").returncode == 0
    done = {name: hospitals.deidentify(name, name) for name in ("A", "B", "A_masks", "B_masks")}
    assert {name: run.returncode for name, run in done.items()} == {"A": 3, "B": 0, "A_masks": 0, "B_masks": 0}, done
    assert "3 x kind_not_written" in done["A"].stdout
    second = hospitals.folder / "second"
    second.mkdir()
    layer = drawn(image_of(make_series("T1", seed=1)))
    layer[4, 2, 3] = 0  # the second reader sees it a little differently
    keys = segment_keys(("L1", 1, 0), ("L2", 2, 0))
    write_seg_nrrd(second / f"{hospitals.pseudonyms[BOTH]}.seg.nrrd", [layer], keys)
    (hospitals.folder / "decided.tsv").write_text("\t".join(DECISION) + "\n")
    (hospitals.folder / "study.yaml").write_text(yaml.safe_dump(STUDY, allow_unicode=True), encoding="utf-8")
    return hospitals


def test_scan_proposes_what_a_person_then_decides(hospitals):
    hospitals.write_clinical_table((BOTH, "女", "是"))
    said = hospitals.project.run("scan", *ARGUMENTS)
    both = hospitals.pseudonyms[BOTH]
    assert f"person_twice: B{both} has the PatientID of {both} of center A" in said
    cases = hospitals.table("cases.tsv")
    found = {row.subject: (row.center, row.found_T1, row.found_T2, row.found_FST2) for row in cases.itertuples()}
    doubtful = "review: T1 spin echo, but its text says 't2'"
    assert found == {
        both: ("A", "10 slices", "10 slices", "10 slices"),
        hospitals.pseudonyms[HOLE]: ("A", "10 slices", "9 slices", "10 slices"),
        hospitals.pseudonyms[WRONG_TEXT]: ("A", doubtful, "10 slices", "10 slices"),
        f"B{both}": ("B", "10 slices", "10 slices", "10 slices"),
        hospitals.pseudonyms[INCOMPLETE]: ("B", "10 slices", "10 slices", "missing"),
    }
    table = hospitals.folder / "cases.tsv"
    lines = table.read_text().splitlines(keepends=True)
    table.write_text("".join(line for line in lines if f"\tB{both}\t" not in line))
    hospitals.decide("A", WRONG_TEXT, "12", "T1")
    said = hospitals.project.run("scan", *ARGUMENTS)
    assert "person_twice" not in said, "somebody has deleted one of the two rows"
    decided = hospitals.table("cases.tsv").set_index("subject")["found_T1"]
    assert (len(decided), decided[hospitals.pseudonyms[WRONG_TEXT]]) == (4, "10 slices")

    done = hospitals.command("check", "study.yaml")
    assert done.returncode == 1
    assert "put their pseudonyms into the table" in done.stdout, "the clinical table still has hospital numbers"
    person = hospitals.pseudonyms
    rows = [(both, "女", "是"), (both, "女", "是"), (person[HOLE], "男", "否"), (person[INCOMPLETE], "女", "否")]
    hospitals.write_clinical_table(*rows, (person[LATER], "女", "否"), (UNREPLACED, "女", "否"))
    done = hospitals.command("check", "study.yaml")
    assert (done.returncode, "4 cases in 2 centers" in done.stdout) == (0, True), done.stdout


def test_images_end_with_the_status_that_they_deserve(hospitals):
    hospitals.project.run("images", LINKAGE, *ARGUMENTS)
    deserved = {
        ("A", BOTH): ("ok", None),
        ("A", HOLE): ("excluded", "slice_missing"),
        ("A", WRONG_TEXT): ("ok", None),
        ("B", INCOMPLETE): ("excluded", "sequence_missing"),
    }
    statuses = {(center, person): hospitals.status(center, person) for center, person in deserved}
    assert {key: (status.status, status.reason) for key, status in statuses.items()} == deserved
    readings = statuses["A", BOTH].extra["readings"]
    assert [reading["reader"] for reading in readings] == ["ML", "XW"]
    quality = hospitals.table(f"{RESULTS}/02_images/quality.tsv")
    quality = quality[quality["severity"] == "exclude"]
    assert set(zip(quality["subject"], quality["code"], strict=True)) == {
        (hospitals.pseudonyms[HOLE], "slice_missing"),
        (hospitals.pseudonyms[INCOMPLETE], "sequence_missing"),
    }
    sheet = (hospitals.folder / f"{RESULTS}/02_images/contact/center-A_T1.html").read_text(encoding="utf-8")
    assert "<strong>3 cases</strong>: 2 accepted (0 to review), 1 excluded" in sheet
    assert all(f'id="sub-{hospitals.pseudonyms[person]}"' in sheet for person in (BOTH, HOLE, WRONG_TEXT))


def test_problems_of_the_clinical_table_are_listed(hospitals):
    linkage = hospitals.table(LINKAGE)
    person = hospitals.pseudonyms
    assert set(zip(linkage["problem"], linkage["subject"], strict=True)) == {
        ("participant_missing", person[WRONG_TEXT]),
        ("participant_repeated", person[BOTH]),
        ("sex_conflict", person[HOLE]),
        ("images_missing", ""),
    }


def test_nothing_that_identifies_is_in_the_results(hospitals):
    secrets = (b"Meier", b"Li_Ming", b"19580101", UNREPLACED.encode())
    files = [path for path in hospitals.folder.rglob("*") if path.is_file() and "clean" in path.parts]
    files += [path for path in (hospitals.folder / "results").rglob("*") if path.is_file()]
    assert len(files) > 100
    assert not [path for path in files if any(secret in path.read_bytes() for secret in secrets)]


def test_nothing_reruns_where_only_times_differ(hospitals):
    for folder in ("clean", "second", "workflow/lib"):
        for path in (hospitals.folder / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                os.utime(path)
    assert hospitals.project.planned("images", LINKAGE, *ARGUMENTS) == {}


def test_a_new_patient_adds_one_row_and_runs_alone(hospitals):
    before = (hospitals.folder / "cases.tsv").read_text().splitlines()
    save_patient(hospitals.raw / "B", LATER, 6, prefix="z", **IDENTITY)
    done = hospitals.deidentify("B", "B")
    assert (done.returncode, "30 of them new" in done.stdout) == (0, True), done.stdout
    hospitals.project.run("scan", *ARGUMENTS)
    after = (hospitals.folder / "cases.tsv").read_text().splitlines()
    assert after[:-1] == before
    assert after[-1].split("\t")[:2] == ["B", hospitals.pseudonyms[LATER]]
    assert hospitals.project.planned("images", *ARGUMENTS) == {
        "ingest_case": 1,
        "preprocess_case": 1,
        "draw_contact_sheets": 1,
        "describe_acquisition": 1,
        "images": 1,
    }


def test_the_flow_adds_up_from_the_table_of_cases_to_those_included(hospitals):
    hospitals.project.run(FLOW, *ARGUMENTS)
    flow = hospitals.table(FLOW).astype({"n": int})
    cases = hospitals.table("cases.tsv")
    included = hospitals.table(f"{RESULTS}/01_cohort/cases_included.tsv")
    excluded = hospitals.table(f"{RESULTS}/01_cohort/cases_excluded.tsv")
    person = hospitals.pseudonyms
    assert set(included["subject"]) == {person[BOTH], person[LATER]}
    assert dict(zip(excluded["subject"], excluded["reason"], strict=True)) == {
        person[HOLE]: "slice_missing",
        person[WRONG_TEXT]: "participant_missing",
        person[INCOMPLETE]: "sequence_missing",
    }
    for center, rows in flow.groupby("center"):
        left = None
        for _, step in rows.groupby("step", sort=False):
            (stay,), leave = step.loc[step["kind"] == "in", "n"], step.loc[step["kind"] == "out", "n"].sum()
            assert stay == ((cases["center"] == center).sum() if left is None else left - leave)
            left = stay
        assert left == (included["center"] == center).sum()
    assert (flow["kind"] == "out").sum() == len(excluded)
