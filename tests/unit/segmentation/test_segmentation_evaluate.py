"""Agreement of a predicted with a manual mask, counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.spines import save
from osteon.images.io import write_image
from osteon.segmentation.evaluate import COLUMNS, MaskPair, agreement

LABELS = {"L1": 1, "L2": 2, "L3": 3}
SPACING = (1.0, 2.0, 5.0)


@pytest.fixture
def pair(tmp_path):
    """L1: 10 voxels, 8 of them found and 2 wrong; L2: 4 voxels, missed; L3: predicted, not drawn."""
    truth, predicted = np.zeros((2, 5, 20)), np.zeros((2, 5, 20))
    truth[0, 0, :10] = 1
    predicted[0, 0, 2:12] = 1
    truth[1, 2, :4] = 2
    predicted[1, 4, :3] = 3
    paths = save(truth, tmp_path / "truth.nii.gz", SPACING), save(predicted, tmp_path / "predicted.nii.gz", SPACING)
    return MaskPair("A", "A1", *paths)


def test_agreement_by_hand(pair):
    table = agreement([pair], LABELS)
    assert table.columns.tolist() == COLUMNS
    assert table["dice"].tolist()[:2] == [2 * 8 / 20, 0.0]
    assert table["volume_truth_ml"].tolist() == pytest.approx([0.1, 0.04, 0.0])
    assert table["volume_predicted_ml"].tolist() == pytest.approx([0.1, 0.0, 0.03])
    assert table["volume_error_percent"].tolist()[:2] == pytest.approx([0.0, -100.0])
    # a bar moved by 2 mm along itself: its ends lie 2 mm apart, its sides on each other
    assert table["hd95_mm"][0] == pytest.approx(2.0)
    assert 0 < table["asd_mm"][0] < 1
    assert set(table["how"]) == {"unseen"}
    assert table["voxel_edge_mm"].tolist() == [5.0] * 3


def test_missing_labels_have_a_reason(pair):
    table = agreement([pair], LABELS).set_index("label")
    assert table["reason"].to_dict() == {"L1": "", "L2": "label_not_predicted", "L3": "label_not_drawn"}
    assert math.isnan(table.loc["L2", "hd95_mm"])
    assert table.loc["L3", ["dice", "hd95_mm", "asd_mm", "volume_error_percent"]].isna().all()


def test_failed_prediction_counts_as_nothing_found(pair):
    table = agreement([MaskPair("A", "A1", pair.truth, None, reason="mask_empty")], LABELS).set_index("label")
    assert table.loc[["L1", "L2"], "dice"].tolist() == [0, 0]
    assert table.loc[["L1", "L2"], "reason"].tolist() == ["mask_empty"] * 2
    assert table.loc["L3", "reason"] == "label_not_drawn"


def test_manual_mask_on_a_finer_grid_is_compared_on_the_predicted_one(pair, tmp_path):
    truth = sitk.GetArrayFromImage(sitk.ReadImage(str(pair.truth)))
    fine = sitk.GetImageFromArray(np.repeat(truth, 2, axis=2))
    fine.SetSpacing((0.5, 2.0, 5.0))
    fine.SetOrigin((-0.25, 0.0, 0.0))
    write_image(fine, tmp_path / "fine.nii.gz")
    moved = agreement([MaskPair("A", "A1", tmp_path / "fine.nii.gz", pair.predicted)], LABELS)
    assert moved.equals(agreement([pair], LABELS))
