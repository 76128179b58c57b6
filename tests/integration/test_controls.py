"""Negative controls in a whole workflow: shuffling loses what is planted in the texture, and keeps volumes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers.planted import write_planted
from helpers.project import Project

OPTION = ("--config", "study=config/planted/study.yaml")
TARGETS = ("models", "validation")
RESULTS = "results/planted"
PATIENTS = 24


@pytest.fixture(scope="module")
def planted(root, tmp_path_factory):
    project = Project(root, tmp_path_factory.mktemp("planted"))
    write_planted(project.folder, PATIENTS)
    project.run(*TARGETS, *OPTION)
    return project


def external(project):
    table = pd.read_csv(project.folder / RESULTS / "07_validation/external/center-X/performance.tsv", sep="\t")
    return table.set_index("model")[["n", "auc", "auc_low", "auc_high"]]


def test_texture_is_found_and_its_shuffled_control_is_not(planted):
    found = external(planted)
    assert (found["n"] == PATIENTS).all()
    assert found.at["texture", "auc"] > 0.9
    for control in ("shuffled", "volume"):
        assert found.at[control, "auc_low"] <= 0.5 <= found.at[control, "auc_high"]
        assert found.at[control, "auc_high"] < found.at["texture", "auc"]


def test_shuffling_changes_texture_alone(planted):
    folder = planted.folder / RESULTS / "04_features/center-A"
    real, control = (
        pd.read_csv(folder / name, sep="\t").set_index("subject") for name in ("features.tsv", "controls.tsv")
    )
    assert list(real.columns) == list(control.columns)
    assert real.index.equals(control.index)
    for family, same in (("shape", True), ("firstorder", True), ("glcm", False)):
        columns = [name for name in real.columns if f"_original_{family}_" in name]
        assert columns
        close = np.isclose(real[columns], control[columns], rtol=1e-9, atol=1e-12)
        assert close.all() if same else not close.all(axis=1).any()


def test_volume_alone_where_the_outcome_is_in_the_volume(planted):
    with planted.edit("config/planted/study.yaml", "column: coarse", "column: large"):
        jobs = planted.planned(*TARGETS, *OPTION)
        assert not any(name.startswith(("extract", "ingest", "preprocess", "segment")) for name in jobs)
        planted.run(*TARGETS, *OPTION)
        found = external(planted)
        selection = pd.read_csv(planted.folder / RESULTS / "06_models/volume/selection.tsv", sep="\t")
    assert found.at["volume", "auc"] > 0.95
    assert selection["feature"].tolist() == ["T1_L1_original_shape_MeshVolume"]
    assert selection["fate"].tolist() == ["kept"]
    # the texture of shuffled voxels depends on how many they are, so this control betrays the volume
    assert found.at["shuffled", "auc"] > found.at["texture", "auc"]


def test_asking_for_controls_runs_no_extraction_again(demo):
    models = "models:\n"
    control = "controls: {shuffled: true}\nmodels:\n  noise: {scores: [T1], features: shuffled}\n"
    with demo.edit("config/demo/study.yaml", models, control):
        jobs = demo.planned()
    assert {name: jobs[name] for name in ("extract_controls", "collect_controls", "fit_model")} == {
        "extract_controls": 3,
        "collect_controls": 3,
        "fit_model": 1,
    }
    assert {"extract_features", "collect_features", "segment_batch", "make_splits"} & set(jobs) == set()


def test_asking_for_deep_features_runs_no_extraction_again(demo):
    with demo.edit("config/demo/study.yaml", "models:\n", "deep: {enabled: true}\nmodels:\n"):
        jobs = demo.planned()
    assert {name: jobs[name] for name in ("deep_features", "collect_features", "describe_features")} == {
        "deep_features": 3,
        "collect_features": 3,
        "describe_features": 1,
    }
    assert {"extract_features", "segment_batch"} & set(jobs) == set()
