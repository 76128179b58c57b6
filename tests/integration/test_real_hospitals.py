"""A real table of four hospitals through the whole workflow: who is in which set, not how good the models are."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
import yaml

from helpers.project import Project
from osteon.tables.files import read_table

SIZES = {"KNBTG": 61, "NCC": 73, "OTR": 10, "OU": 24}
QUICK = {"null_run": {"repeats": 0}, "bootstrap": 200}


@pytest.fixture(scope="module")
def project(root, shared, tmp_path_factory) -> Project:
    """A copy of the project with the studies, beside the reference data."""
    folder = tmp_path_factory.mktemp("hospitals")
    (folder / "osteon").mkdir()
    (folder / "shared").symlink_to(shared)
    project = Project(root, folder / "osteon")
    shutil.copytree(root / "tests" / "studies", project.folder / "tests" / "studies")
    return project


def run(project: Project, path: str, *targets: str, **more) -> tuple:
    """Run a study with its smaller model; its results, the audit, and the performance of a part by set."""
    path = project.folder / "tests/studies" / path
    content = yaml.safe_load(path.read_text(encoding="utf-8")) | more
    content["models"] = {"t2only": content["models"]["t2only"]}
    content["validation"] = content.get("validation", {}) | QUICK
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    project.run(*targets, "--config", f"study={path.relative_to(project.folder)}")
    results = project.folder / "results" / content["study"]["name"]
    audit = read_table(results / "07_validation/leakage_audit.tsv")
    assert set(audit["verdict"]) == {"clean"}

    def performance(part: str) -> pd.DataFrame:
        table = read_table(results / "07_validation" / part / "performance.tsv")
        assert table["auc"].between(0.5, 1).all()
        assert (table["auc_low"] < table["auc"]).all()
        assert table["auc_within_center"].notna().all()
        return table.set_index("set")

    return results, audit, performance


@pytest.mark.slow
def test_two_hospitals_learn_and_two_are_never_seen(project):
    results, audit, performance = run(project, "arita2018/study.yaml")
    for center in ("OU", "OTR"):
        assert performance(f"external/center-{center}")["n"].tolist() == [SIZES[center]]
    assert performance("internal")["n"].to_dict() == {"train": 107, "test": 27}
    splits = read_table(results / "06_models/splits.tsv")
    assert splits["center"].value_counts().to_dict() == {"NCC": 73, "KNBTG": 61}
    assert set(audit["scope"]) == {"final", *(f"fold {fold}" for fold in range(5))}
    assert (results / "START_HERE.html").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(("study", "harmonised"), [("study", True), ("without_combat", False)])
def test_each_hospital_is_left_out(project, study, harmonised):
    _, audit, performance = run(project, f"arita2018_loco/{study}.yaml", "validation")
    found = performance("resampling")
    assert found["n"].to_dict() == {f"without {center}": size for center, size in SIZES.items()}
    assert performance("internal")["n"].to_dict() == {"train": 168}
    for center, size in SIZES.items():
        rows = audit[audit["scope"] == f"without {center}"]
        assert set(rows["rows"]) == {168 - size}
    assert audit["object"].str.endswith("/combat").any() == harmonised


@pytest.mark.slow
def test_adaptation_to_a_hospital_stands_beside_the_frozen_model(project):
    """Twelve patients of OU are declared; nobody of OTR."""
    source = "../shared/reference/arita2018/features.csv.gz"
    cases = pd.read_csv(project.folder / source, dtype=str)[["center", "subject"]].sort_values(["center", "subject"])
    first = cases.groupby("center").cumcount() < 12
    cases["scouts"] = (first & (cases["center"] == "OU")).map({True: "yes", False: ""})
    cases.to_csv(project.folder / "cases.csv", index=False)
    results, audit, performance = run(
        project,
        "arita2018/study.yaml",
        "validation",
        study={"name": "adapted"},
        cases="cases.csv",
        harmonisation={"new_center": "reference", "adaptation": "scouts"},
    )
    assert performance("external/center-OTR")["n"].to_dict() == {"external": 10}
    assert performance("external/center-OU")["n"].to_dict() == {
        "external": 24,
        "external_rest": 12,
        "external_adapted": 12,
    }
    scouts = set(cases.loc[cases["scouts"] == "yes", "subject"])
    predictions = read_table(results / "07_validation/external/center-OU/predictions.tsv")
    of = {name: table.set_index("subject")["probability"] for name, table in predictions.groupby("set")}
    assert not scouts & set(of["external_adapted"].index)
    assert of["external_rest"].equals(of["external"][of["external_rest"].index])
    assert (of["external_rest"] != of["external_adapted"]).all()
    assert audit.loc[audit["scope"] == "adapt OU", "rows"].tolist() == [12]
