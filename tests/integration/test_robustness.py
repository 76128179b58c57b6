"""Robustness in a real run: who counts, what reruns, and that the filter acts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
import yaml

from helpers.project import Project
from helpers.readers_study import write_study

STUDY = ("--config", "study=study.yaml")
RESULTS = "results/readers"
TARGETS = [
    f"{RESULTS}/04_features/robustness.tsv",
    f"{RESULTS}/04_features/robustness_selected.tsv",
    f"{RESULTS}/07_validation/leakage_audit.tsv",
]


@pytest.fixture(scope="module")
def project(root, tmp_path_factory) -> Project:
    project = Project(root, tmp_path_factory.mktemp("readers"))
    write_study(project.folder)
    project.run(*TARGETS, *STUDY)
    return project


def table(project, name: str) -> pd.DataFrame:
    return pd.read_csv(project.folder / RESULTS / name, sep="\t")


def test_both_kinds_are_measured_on_training_patients(project):
    robustness = table(project, "04_features/robustness.tsv")
    splits = table(project, "06_models/splits.tsv")
    training = set(splits.loc[splits["set"] == "train", "subject"])
    assert len(training) == 12
    assert set(robustness["kind"]) == {"perturbation", "inter"}
    assert robustness.loc[robustness["kind"] == "inter", "subjects"].max() == len(training)
    assert 5 <= robustness.loc[robustness["kind"] == "perturbation", "subjects"].max() <= len(training)
    audit = table(project, "07_validation/leakage_audit.tsv")
    own = audit[audit["model"] == "all models"]
    assert own["object"].tolist() == ["robustness: perturbation", "robustness: inter"]
    assert set(audit["verdict"]) == {"clean"}


def test_features_that_are_not_robust_are_in_no_score(project):
    robustness = table(project, "04_features/robustness.tsv")
    passes = robustness["keep"].eq("yes").groupby(robustness["column"]).all()
    assert 3 < passes.sum() < len(passes) - 3
    fates = table(project, "06_models/radiomics/selection.tsv").set_index("feature")["fate"]
    assert set(fates.index[fates.isin(["not_robust", "no_icc"])]) == set(passes.index[~passes])
    selected = table(project, "04_features/robustness_selected.tsv")
    assert set(selected["column"]) == set(fates.index[fates.isin(["kept", "least_p"])])
    measured = robustness.set_index(["column", "kind"])["icc"]
    assert selected["icc"].tolist() == pytest.approx(
        [measured[row.column, row.kind] for row in selected.itertuples()], abs=1e-8
    )


def change(project, subject: str) -> None:
    """Another image of a case."""
    path = project.folder / "images" / subject / f"{subject}_T1.nii.gz"
    image = sitk.ReadImage(str(path))
    array = sitk.GetArrayFromImage(image)
    changed = sitk.GetImageFromArray((array[:, ::-1] * 3 + np.arange(array.shape[2])).astype(np.float32))
    changed.CopyInformation(image)
    sitk.WriteImage(changed, str(path))


def test_patients_that_do_not_train_change_no_byte(project):
    splits = table(project, "06_models/splits.tsv")
    robustness = project.folder / RESULTS / "04_features/robustness.tsv"
    before = robustness.read_bytes()

    change(project, "X00")
    assert project.planned(*TARGETS, *STUDY) == {}

    variants = project.folder / RESULTS / "04_features/robustness/center-A"
    test = splits.loc[splits["set"] == "test", "subject"].iloc[0]
    own = (variants / f"sub-{test}_variants.tsv").read_bytes()
    change(project, test)
    project.run(TARGETS[0], *STUDY)
    assert (variants / f"sub-{test}_variants.tsv").read_bytes() != own
    assert robustness.read_bytes() == before

    change(project, splits.loc[splits["set"] == "train", "subject"].iloc[0])
    project.run(TARGETS[0], *STUDY)
    assert robustness.read_bytes() != before


def test_an_impossible_threshold_says_what_to_change(project):
    path = project.folder / "study.yaml"
    study = yaml.safe_load(path.read_text())
    study["robustness"] |= {"threshold": 0.999999, "bound": "lower"}
    path.write_text(yaml.safe_dump(study, sort_keys=False))
    done = project.snakemake(f"{RESULTS}/06_models/radiomics/selection.tsv", *STUDY)
    assert done.returncode != 0
    assert "signature 'T1': none of its" in done.stdout
    assert "'filter: false'" in done.stdout
    study["robustness"]["filter"] = False
    path.write_text(yaml.safe_dump(study, sort_keys=False))
    project.run(f"{RESULTS}/06_models/radiomics/selection.tsv", *STUDY)
    fates = table(project, "06_models/radiomics/selection.tsv")["fate"]
    assert not set(fates) & {"not_robust", "no_icc"}
