"""A study fits and freezes a model; next year another study, of a center that comes later, applies it."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pandas as pd
import pytest
import yaml

from helpers.project import Project
from helpers.tables import cohort
from osteon.tables.files import read_table

SHARED = {
    "participants": "participants.csv",
    "outcome": {"column": "fracture", "positive": "yes", "negative": "no"},
    "variables": {"age": {"type": "continuous", "unit": "years"}},
}
SETS = {"earlier": ("A", "B", "X"), "later": ("A", "Z")}
EARLIER = {
    "study": {"name": "earlier"},
    "models": {"combined": {"scores": ["T1"], "clinical": ["age"]}},
    "signatures": {"T1": ["T1_*"]},
    "validation": {"null_run": {"repeats": 0}, "folds": 2, "bootstrap": 100},
}
LATER = {"study": {"name": "later"}, "apply": {"bundles": {"frozen": "bundle"}}, "validation": {"bootstrap": 100}}


@pytest.fixture(scope="module")
def project(root, tmp_path_factory) -> Project:
    """The earlier study has run; of it nothing is left but the bundle and what the external center was told."""
    project = Project(root, tmp_path_factory.mktemp("apply"))
    people, features = cohort({"A": 60, "B": 50, "X": 20, "Z": 25}, features=5, sequences=("T1",), seed=3)
    people = people.assign(fracture=people["outcome"].map({0: "no", 1: "yes"}))
    table = pd.concat(features, ignore_index=True)
    later = people["center"].eq("Z") | people["subject"].isin(people["subject"][50:60])
    for name, chosen in (("earlier", ~later), ("later", later)):
        people.loc[chosen, ["center", "subject"]].to_csv(project.folder / f"{name}.tsv", sep="\t", index=False)
        table[chosen].to_csv(project.folder / f"{name}.csv", index=False)
        roles = {code: "development" if name == "earlier" and code in "AB" else "external" for code in SETS[name]}
        centers = {code: {"role": role, "source": "features", "table": f"{name}.csv"} for code, role in roles.items()}
        study = SHARED | {"cases": f"{name}.tsv", "centers": centers} | (EARLIER if name == "earlier" else LATER)
        (project.folder / f"{name}.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")
    people[["subject", "age", "fracture"]].to_csv(project.folder / "participants.csv", index=False)
    external = "results/earlier/07_validation/external/center-X/predictions.tsv"
    project.run(external, "--config", "study=earlier.yaml")
    shutil.move(project.folder / "results/earlier/06_models/combined/bundle", project.folder / "bundle")
    shutil.move(project.folder / external, project.folder / "seen_then.tsv")
    shutil.rmtree(project.folder / "results")
    return project


def osteon(project: Project, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "osteon", *arguments]
    environment = {"PYTHONPATH": "workflow/lib", "PATH": ""}
    return subprocess.run(command, cwd=project.folder, env=environment, text=True, capture_output=True, check=False)


@pytest.mark.slow
def test_a_study_of_later_patients_applies_the_model(project):
    project.run("apply", "--config", "study=later.yaml")
    tables = {
        center: read_table(project.folder / f"results/later/08_applied/center-{center}/predictions.tsv")
        for center in SETS["later"]
    }
    assert (len(tables["A"]), len(tables["Z"])) == (10, 25)
    assert set(tables["A"]["harmonised"]) == {"yes"}
    assert set(tables["Z"]["harmonised"]) == {"no: new center"}
    performance = read_table(project.folder / "results/later/08_applied/center-Z/performance.tsv")
    assert performance[["set", "model", "n"]].iloc[0].tolist() == ["applied", "frozen", 25]
    # and the command says the same of the same patients
    done = osteon(project, "apply", "bundle", "later.csv", "--participants", "participants.csv", "--out", "out")
    assert done.returncode == 0, done.stdout + done.stderr
    both = pd.concat(tables.values()).set_index("subject")["probability"]
    written = read_table(project.folder / "out/predictions.tsv").set_index("subject")["probability"]
    assert written.equals(both[written.index])


@pytest.mark.slow
def test_the_frozen_model_says_what_it_said_then(project):
    then = read_table(project.folder / "seen_then.tsv").set_index("subject")["probability"]
    done = osteon(project, "apply", "bundle", "earlier.csv", "--participants", "participants.csv", "--out", "again")
    assert done.returncode == 0, done.stdout + done.stderr
    again = read_table(project.folder / "again/predictions.tsv").set_index("subject")["probability"]
    assert again[then.index].equals(then)


@pytest.mark.slow
def test_another_unit_stops_the_study_before_anything_runs(project):
    with project.edit("later.yaml", "unit: years", "unit: months"):
        done = project.snakemake("apply", "--config", "study=later.yaml")
    assert done.returncode == 1
    assert "variables.age.unit  is months; bundle 'frozen' learned with years." in done.stdout
