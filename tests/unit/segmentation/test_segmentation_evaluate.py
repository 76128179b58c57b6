"""Agreement tables and the model card."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.config.segmentation import Training
from osteon.images.io import write_image
from osteon.segmentation.card import model_card
from osteon.segmentation.dataset import TrainingCase
from osteon.segmentation.evaluate import MaskPair, agreement, summarise_agreement
from osteon.segmentation.train import TrainedModel

LABELS = {"L1": 1, "L2": 2, "L3": 3}


def save(values, path, spacing=(1.0, 2.0, 5.0)):
    image = sitk.GetImageFromArray(values.astype(np.uint8))
    image.SetSpacing(spacing)
    write_image(image, path)
    return path


@pytest.fixture
def pair(tmp_path):
    """L1: 10 voxels, 8 of them found and 2 wrong; L2: 4 voxels, missed; L3: in neither."""
    truth, predicted = np.zeros((2, 5, 20)), np.zeros((2, 5, 20))
    truth[0, 0, :10] = 1
    predicted[0, 0, 2:12] = 1
    truth[1, 2, :4] = 2
    return MaskPair("A", "A1", save(truth, tmp_path / "truth.nii.gz"), save(predicted, tmp_path / "predicted.nii.gz"))


def test_agreement_by_hand(pair):
    table = agreement([pair], LABELS)
    assert table.columns.tolist() == ["subject", "center", "label", "dice", "volume_truth_ml", "volume_predicted_ml"]
    assert table["dice"].tolist()[:2] == [2 * 8 / 20, 0.0]
    assert math.isnan(table["dice"][2])
    assert table["volume_truth_ml"].tolist() == pytest.approx([0.1, 0.04, 0.0])
    assert table["volume_predicted_ml"].tolist() == pytest.approx([0.1, 0.0, 0.0])


def test_manual_mask_on_a_finer_grid_is_compared_on_the_predicted_one(pair, tmp_path):
    truth = sitk.GetArrayFromImage(sitk.ReadImage(str(pair.truth)))
    fine = sitk.GetImageFromArray(np.repeat(truth, 2, axis=2))
    fine.SetSpacing((0.5, 2.0, 5.0))
    fine.SetOrigin((-0.25, 0.0, 0.0))
    write_image(fine, tmp_path / "fine.nii.gz")
    moved = agreement([MaskPair("A", "A1", tmp_path / "fine.nii.gz", pair.predicted)], LABELS)
    assert moved.equals(agreement([pair], LABELS))


def test_summary_per_center_and_label(pair):
    table = agreement(
        [pair, MaskPair("A", "A2", pair.truth, pair.truth), MaskPair("B", "B1", *[pair.truth] * 2)], LABELS
    )
    summary = summarise_agreement(table).set_index(["center", "label"])
    assert summary.loc[("A", "L1"), ["cases", "dice_mean", "dice_min"]].tolist() == pytest.approx([2, 0.9, 0.8])
    assert summary.loc[("A", "L2"), "bias_percent"] == pytest.approx(-50)
    assert summary.loc[("B", "L3"), "cases"] == 0


def test_card_names_counts_and_no_case(pair):
    cases = [
        TrainingCase(center, f"{center}{index}secret", Path("i"), Path("m")) for center in "AB" for index in range(3)
    ]
    trained = TrainedModel(Path("x"), cases[1:], cases[:1])
    table = agreement([pair], LABELS)
    arguments = ("Title", trained, Training(epochs=9, iterations=5), LABELS, 11, {"Validation": table}, ["A limit."])
    card = model_card(*arguments)
    assert "| A | 2 | 1 |" in card
    assert "| B | 3 | 0 |" in card
    assert "| A | L1 | 1 | 0.800 | 0.800 | 0.800 | +0.0 % |" in card
    assert "9, each of 5 iterations" in card
    assert "secret" not in card
    assert "- A limit." in card
    assert card == model_card(*arguments)
    assert "| Date | 2026-01-01 |" in model_card(*arguments, date="2026-01-01")
