"""What a study is told whose frozen models cannot be applied; exact texts."""

from __future__ import annotations

import copy
import json

import pytest

from helpers.mini_study import lines

CONTENT = {
    "format": "osteon prediction model",
    "version": 2,
    "clinical": [{"variable": "age", "median": 60.0}],
    "signatures": [
        {"features": [{"feature": "x"}], "combat": {"steps": [{"column": "center", "batches": ["A"]}]}}
        | {"combat_covariates": None}
    ],
    "settings": {"model": {"features": "real"}},
    "inputs": {
        "variables": {"age": {"type": "continuous", "unit": "years"}},
        "outcome": {"column": "mutation", "positive": "mutant", "negative": "wild"},
        "units": {"x": "mm^3"},
    },
}


class Bundles:
    """A study without models of its own, and bundles to change."""

    def __init__(self, mini):
        self.mini, self.content = mini, copy.deepcopy(CONTENT)
        for key in ("models", "signatures", "harmonisation"):
            del mini.study[key]
        mini.study["variables"]["age"]["unit"] = "years"
        for center in mini.study["centers"].values():
            center["role"] = "external"
        mini.study["apply"] = {"bundles": {"old": "frozen/old"}}

    def lines(self, **others):
        for name, content in {"old": self.content, **others}.items():
            folder = self.mini.folder / "frozen" / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "model.json").write_text(json.dumps(content))
        return lines(self.mini.message())


@pytest.fixture
def bundles(mini):
    return Bundles(mini)


def test_a_study_that_only_applies(bundles):
    assert bundles.lines() == []
    del bundles.mini.study["outcome"]
    assert bundles.lines() == []


def test_no_bundle(bundles):
    bundles.mini.study["apply"]["bundles"] = {"old": "frozen/odl"}
    assert bundles.lines() == [
        "apply.bundles.old frozen/odl is no bundle: it has no model.json. Give the folder '06_models/<model>/bundle'. "
        "Did you mean 'frozen/old'?"
    ]
    bundles.mini.study["apply"] = {"bundle": {}}
    assert bundles.lines() == ["apply.bundle unknown key. Did you mean 'bundles'?"]


def test_another_version(bundles):
    bundles.content["version"] = 1
    assert bundles.lines() == [
        "apply.bundles.old frozen/old/model.json: format 'osteon prediction model', version 1; this Osteon reads "
        "'osteon prediction model', version 2. Fit the model again with this version."
    ]


def test_a_bundle_that_does_not_know_its_inputs(bundles):
    del bundles.content["inputs"]["outcome"]
    assert bundles.lines() == [
        "apply.bundles.old bundle 'old' does not say how its variables and its outcome are coded. Fit the model again."
    ]


def test_a_negative_control(bundles):
    bundles.content["settings"]["model"]["features"] = "shuffled"
    assert bundles.lines() == [
        "apply.bundles.old is a negative control (shuffled voxels). Apply the model that it was compared with"
    ]


def test_a_variable_that_is_missing(bundles):
    bundles.mini.study["variables"] = {}
    assert bundles.lines() == [
        "variables has no 'age', which bundle 'old' needs. "
        "Write it as it was learned: age: {type: continuous, unit: years}"
    ]
    bundles.mini.study["variables"] = {"agee": {"type": "continuous"}}
    bundles.mini.participants[0] = ("subject", "center", "idh", "agee")
    assert bundles.lines() == ["variables has no 'age', which bundle 'old' needs. Did you mean 'agee'?"]


def test_a_variable_of_another_kind(bundles):
    bundles.mini.study["variables"]["age"] = {"type": "continuous", "unit": "months"}
    assert bundles.lines() == ["variables.age.unit is months; bundle 'old' learned with years. Convert the column"]
    bundles.mini.study["variables"]["age"] = {"type": "binary", "positive": "60"}
    bundles.mini.participants = [row[:3] + ["60"] if row[0] != "subject" else row for row in bundles.mini.participants]
    assert bundles.lines() == [
        "variables.age.type is binary; bundle 'old' learned with continuous. Write: type: continuous, and code it so",
        "variables.age.positive is 60; bundle 'old' learned with none. Write: positive: none, and code it so",
    ]


def test_no_participants(bundles):
    for key in ("participants", "outcome", "variables"):
        del bundles.mini.study[key]
    assert bundles.lines() == [
        "participants is missing; bundle 'old' needs age of every patient. "
        "Write: participants: path/to/participants.tsv"
    ]


def test_another_outcome(bundles):
    bundles.content["inputs"]["outcome"] |= {"positive": "yes", "negative": "no"}
    assert bundles.lines() == [
        "outcome is binary with wild, mutant; bundle 'old' predicts 'mutation' (binary: no, yes). "
        "Code it in the same way, or remove 'outcome' for predictions alone"
    ]


def test_bundles_of_two_outcomes(bundles):
    del bundles.mini.study["outcome"]
    other = copy.deepcopy(CONTENT)
    other["inputs"]["outcome"] = {"column": "bmd", "type": "continuous"}
    bundles.mini.study["apply"]["bundles"]["new"] = "frozen/new"
    assert bundles.lines(new=other) == [
        "apply.bundles.new predicts 'bmd' (continuous), and bundle 'old' 'mutation' (binary: wild, mutant). "
        "Apply it in a study of its own"
    ]


def test_a_feature_that_is_missing(bundles):
    bundles.mini.features = "subject\tcenter\tx_1\nZ1\tZRH\t1\nZ2\tZRH\t2\nO1\tOSL\t3\n"
    bundles.content["signatures"][0]["features"] = [{"feature": "x_2"}]
    assert bundles.lines() == ["features.tsv has no column 'x_2', which bundle 'old' needs. Did you mean 'x_1'?"]


def test_units_and_settings_beside_a_delivered_table(bundles):
    (bundles.mini.folder / "dictionary.tsv").write_text("column\tunit\nx\tcm3\n")
    (bundles.mini.folder / "settings.json").write_text(json.dumps({"features": {"preset": "ibsi", "bin_count": 64}}))
    bundles.content["inputs"]["extraction"] = {"features": {"preset": "recommended", "bin_count": 32}}
    assert bundles.lines() == [
        "features.preset bundle 'old' learned with recommended, features.tsv has ibsi.",
        "features.bin_count bundle 'old' learned with 32, features.tsv has 64.",
        "features.tsv 'x' is in cm3; bundle 'old' learned it in mm^3. Convert it",
    ]


def test_another_batch(bundles):
    bundles.content["signatures"][0]["combat"]["steps"].append({"column": "kernel", "batches": ["B30f"]})
    assert bundles.lines() == [
        "apply.bundles.old harmonises by 'kernel', which 'harmonisation.batch' does not name. "
        "Copy 'batch' and 'batches' of the study that made it"
    ]


def test_the_same_name_for_other_batches(bundles):
    """Batches are known by their labels; those of another rule would be taken for them."""
    rule = {"column": "kernel", "merge": {"soft": ["B3*"]}}
    bundles.content["signatures"][0]["combat"]["steps"].append({"column": "k", "batches": ["soft"]})
    bundles.content["settings"]["harmonisation"] = {"batch": ["center", "k"], "batches": {"k": rule}}
    cells = ["kernel", *["B30f"] * len(bundles.mini.cases)]
    bundles.mini.cases = [[*row, cell] for row, cell in zip(bundles.mini.cases, cells, strict=False)]
    bundles.mini.study["harmonisation"] = {"batch": ["center", "k"], "batches": {"k": rule}}
    assert bundles.lines() == []
    bundles.mini.study["harmonisation"]["batches"]["k"] = {"column": "kernel", "merge": {"soft": ["B*"]}}
    assert bundles.lines() == [
        "harmonisation.batches.k divides otherwise than the study of bundle 'old', whose batches it would be taken "
        f"for. Copy it from there: k: {rule}"
    ]


def test_images(bundles):
    """Of images the features are not known yet, but sequences, regions and settings are."""
    study = bundles.mini.study
    masks = bundles.mini.folder / "images"
    masks.mkdir()
    study["centers"] = {
        "ZRH": {"role": "external", "source": "nifti", "masks": "*.nii.gz", "images": {"T1": "*.nii.gz"}}
    }
    study |= {"sequences": {"T1": {}}, "labels": {"L1": 1}, "rois": {"all": ["L1"]}, "features": {"bin_count": 64}}
    bundles.mini.cases = [
        ["center", "subject", "source", "batch"],
        *(["ZRH", subject, str(masks), "b1"] for subject in ("Z1", "Z2")),
    ]
    bundles.mini.study["series_rules"] = "rules.yaml"
    (bundles.mini.folder / "rules.yaml").write_text("")
    bundles.content["signatures"][0]["features"] = [{"feature": "T2_spine_original_shape_MeshVolume"}]
    bundles.content["inputs"]["extraction"] = {
        "preprocess": {"bias_correction": {"enabled": False}},
        "features": {"preset": "recommended", "bin_count": 32},
    }
    found = bundles.lines()
    assert "preprocess.bias_correction.enabled bundle 'old' learned with False, this study has True." in found
    assert "features.bin_count bundle 'old' learned with 32, this study has 64." in found
    assert "sequences has no 'T2', whose features bundle 'old' needs. Allowed: T1" in found
    assert "rois has no 'spine', whose features bundle 'old' needs. Allowed: all" in found
