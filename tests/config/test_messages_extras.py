"""What a study is told whose deep features or negative controls cannot be computed."""

from __future__ import annotations

import pytest

from osteon.config.extras import extra_problems
from osteon.config.study import Study

CENTERS = {
    "A": {"role": "development", "source": "dicom", "masks": "*.nii.gz"},
    "B": {"role": "external", "source": "dicom", "masks": "*.nii.gz"},
}


def problems(centers=None, **sections):
    study = Study(study={"name": "x"}, cases="cases.tsv", centers=centers or CENTERS, sequences={"T1": {}}, **sections)
    return [(problem.where, f"{problem.what} {problem.write}") for problem in extra_problems(study)]


def test_nothing_asked_for():
    assert problems(models={"m": {"scores": ["T1"]}}) == []


def test_deep_features_need_the_network():
    ((where, what),) = problems(deep={"enabled": True}, segmentation={"method": "masks"})
    assert where == "deep.enabled"
    assert "segmentation.method is 'masks'" in what
    assert "Write: segmentation: {method: nnunet" in what
    assert problems(deep={"enabled": True}, segmentation={"method": "nnunet", "model": "model.zip"}) == []


def test_a_sequence_called_deep():
    """Its columns would be taken for deep features, which no ICC is asked of."""
    study = Study(study={"name": "x"}, cases="cases.tsv", centers=CENTERS, sequences={"T1": {}, "deep": {}})
    assert [problem.where for problem in extra_problems(study)] == ["sequences.deep"]


@pytest.mark.parametrize(
    ("model", "controls", "centers", "where", "expected"),
    [
        ({"scores": ["T1"]}, False, CENTERS, "models.noise.features", "Write: controls: {shuffled: true}"),
        ({"clinical": ["age"]}, True, CENTERS, "models.noise.features", "the model has no features"),
        (
            {"scores": ["T1"]},
            True,
            {**CENTERS, "O": {"role": "external", "source": "features", "table": "t.csv"}},
            "models.noise.features",
            "center 'O' delivers features, which cannot be shuffled",
        ),
    ],
)
def test_a_shuffled_model(model, controls, centers, where, expected):
    found = problems(centers, models={"noise": {**model, "features": "shuffled"}}, controls={"shuffled": controls})
    assert [place for place, _ in found] == [where]
    assert expected in found[0][1]


def test_a_shuffled_model_that_is_right():
    models = {"noise": {"scores": ["T1"], "features": "shuffled"}}
    assert problems(models=models, controls={"shuffled": True}) == []
