import numpy as np
import pytest
import SimpleITK as sitk

pytest.importorskip("nnunetv2")

from osteon.segmentation.pieces import largest_pieces


def test_only_the_largest_piece_of_each_label_stays():
    values = np.zeros((3, 12, 12), np.int16)
    values[:, 1:5, 1:5] = 7
    values[1, 9, 9] = 7
    values[:, 6:8, 1:5] = 9
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((0.5, 0.5, 4.0))
    cleaned, findings = largest_pieces(image, {"L1": 7, "L2": 9})
    values[1, 9, 9] = 0
    np.testing.assert_array_equal(sitk.GetArrayFromImage(cleaned), values)
    assert cleaned.GetSpacing() == image.GetSpacing()
    assert [(row["code"], row["severity"], row["value"]) for row in findings] == [("pieces_removed", "note", 1)]
    assert "L1" in findings[0]["message"]


def test_a_mask_without_stray_pieces_and_an_absent_label_stay_as_they_are():
    values = np.zeros((3, 8, 8), np.uint8)
    values[:, 2:5, 2:5] = 1
    cleaned, findings = largest_pieces(sitk.GetImageFromArray(values), {"L1": 1, "L2": 2})
    np.testing.assert_array_equal(sitk.GetArrayFromImage(cleaned), values)
    assert findings == []
