"""How far a model disagrees with itself: overlaps by hand, the axis of the sides, and comparisons that say nothing."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

torch = pytest.importorskip("torch")
pytest.importorskip("nnunetv2")

from helpers.tiny_network import tiny_model  # noqa: E402
from osteon.images.io import write_image  # noqa: E402
from osteon.segmentation.disagreement import least_dice, nothing_to_compare, side_axis  # noqa: E402
from osteon.segmentation.predict import infer, prepare  # noqa: E402

SAGITTAL = (0.0, 0.0, -1.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
"""Columns run from front to back, rows downwards, slices from left to right."""
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def test_least_overlap_counts_and_absence_is_no_number():
    mask = np.array([1, 1, 2, 0, 0])
    others = [np.array([1, 1, 2, 2, 0]), np.array([1, 0, 2, 0, 0])]
    assert least_dice(mask, others, {"L1": 1, "L2": 2, "L3": 3, "L4": None}) == {
        "L1": round(2 / 3, 6),
        "L2": round(2 / 3, 6),
        "L3": None,
        "L4": None,
    }
    assert least_dice(mask, [np.zeros(5)], {"L1": 1}) == {"L1": 0.0}


@pytest.mark.parametrize(
    ("direction", "reader", "transpose", "axis"),
    [
        (AXIAL, "SimpleITKIO", (0, 1, 2), 3),
        (SAGITTAL, "SimpleITKIO", (0, 1, 2), 1),
        (SAGITTAL, "SimpleITKIO", (1, 0, 2), 2),
        (SAGITTAL, "NibabelIOWithReorient", (0, 1, 2), 3),
    ],
)
def test_the_axis_from_left_to_right(direction, reader, transpose, axis):
    image = sitk.Image(4, 5, 6, sitk.sitkFloat32)
    image.SetDirection(direction)
    assert side_axis(image, reader, transpose) == axis


def test_comparisons_that_say_nothing():
    assert nothing_to_compare("folds", tiny_model(2, folds=1).predictor, 1) == "the model has one fold"
    assert "one slice at a time" in nothing_to_compare("mirrored", tiny_model(2).predictor, 1)
    assert nothing_to_compare("mirrored", tiny_model(2).predictor, 3) is None
    assert nothing_to_compare("mirrored", tiny_model(3, [8, 32, 32]).predictor, 1) is None
    assert nothing_to_compare("folds", tiny_model(2, folds=2).predictor, 1) is None
    assert nothing_to_compare("none", tiny_model(2).predictor, 1) is None


@pytest.fixture
def write(tmp_path):
    def write(direction=AXIAL):
        values = np.random.default_rng(2).normal(500, 80, (6, 40, 52)).astype(np.float32)
        image = sitk.GetImageFromArray(values)
        image.SetSpacing((1.5, 1.5, 4.0))
        image.SetDirection(direction)
        write_image(image, tmp_path / "image.nii.gz")
        return tmp_path / "image.nii.gz"

    return write


def numbers(predicted, model):
    return model.predictor.label_manager.convert_logits_to_segmentation(predicted.logits).numpy()


@pytest.mark.slow
def test_folds_are_compared_with_their_mean(write):
    model = tiny_model(2, folds=3)
    prepared = prepare(model, write())
    predicted = infer(model, prepared, {"bone": 1}, "folds")
    mean = numbers(predicted, model)
    own = []
    for weights in list(model.predictor.list_of_parameters):
        model.predictor.list_of_parameters = [weights]
        own.append(numbers(infer(model, prepared), model))
    assert predicted.disagreement == least_dice(mean, own, {"bone": 1})
    assert 0 < predicted.disagreement["bone"] < 1
    assert predicted.findings == []


@pytest.mark.slow
@pytest.mark.parametrize("mirrored", [None, (0, 1)])
def test_mirrored_image_is_predicted_as_it_lies_and_turned_back(write, mirrored):
    """Not averaged over mirroring: otherwise both would be the same by construction."""
    model = tiny_model(2)
    model.predictor.allowed_mirroring_axes, model.predictor.use_mirroring = mirrored, mirrored is not None
    prepared = prepare(model, write())
    predicted = infer(model, prepared, {"bone": 1}, "mirrored")
    assert model.predictor.use_mirroring == (mirrored is not None)
    model.predictor.use_mirroring = False
    turned = np.flip(prepared.data.numpy(), 3).copy()
    other = infer(model, type(prepared)(prepared.image, torch.from_numpy(turned), prepared.properties))
    expected = least_dice(numbers(predicted, model), [np.flip(numbers(other, model), 2)], {"bone": 1})
    assert predicted.disagreement == expected
    assert expected["bone"] < 0.99


def test_a_void_comparison_is_noted_in_the_case(write):
    model = tiny_model(2)
    predicted = infer(model, prepare(model, write(SAGITTAL)), {"bone": 1}, "mirrored")
    assert predicted.disagreement == {}
    assert [(row["code"], row["severity"]) for row in predicted.findings] == [("comparison_void", "note")]
