"""Models that are added for comparison."""

from __future__ import annotations

import pytest

from osteon.config.controls import with_controls

MODELS = {
    "radiomics": {"scores": ["T1"], "label": "Radiomics"},
    "clinical": {"clinical": ["age"]},
    "early": {"columns": ["*"]},
    "control": {"scores": ["T1"], "features": "shuffled"},
}


def study(*wanted, models=MODELS):
    return {"variables": {"age": {}, "sex": {}}, "controls": {"models": list(wanted)}, "models": models}


def test_volume_and_clinical_variables():
    found = with_controls(study("volume", "clinical"))["models"]
    assert list(found) == [*MODELS, "volume_only", "clinical_only"]
    assert found["clinical_only"]["clinical"] == ["age", "sex"]


def test_every_model_of_real_features_once_more_with_shuffled_voxels():
    values = with_controls(study("shuffled"))
    assert list(values["models"]) == [*MODELS, "radiomics_shuffled", "early_shuffled"]
    assert values["models"]["radiomics_shuffled"] == {
        "scores": ["T1"],
        "features": "shuffled",
        "label": "Radiomics, shuffled voxels",
    }
    assert values["controls"]["shuffled"] is True


def test_a_model_of_the_same_name_stays():
    own = {"volume_only": {"scores": ["volume"]}, "radiomics": {"scores": ["T1"]}}
    assert with_controls(study("volume", models=own))["models"] == own


@pytest.mark.parametrize(
    "values",
    [{}, {"controls": {"models": ["volume"]}}, {"models": MODELS}, "text"],
    ids=["empty", "no models", "no controls", "text"],
)
def test_nothing_asked_for_changes_nothing(values):
    assert with_controls(values) == values
