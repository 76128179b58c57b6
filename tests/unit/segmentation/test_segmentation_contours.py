"""Pictures of contours: where the mask lies on each sequence, and why a case has none."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from osteon.segmentation.contours import COLUMNS, draw_contours
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, excluded

COLORS = {"L1": "#E69F00"}


@pytest.fixture
def case(tmp_path):
    """Images of two sequences and a mask, a cube in the middle; the second sequence was acquired 6 mm further on."""
    values = np.full((12, 40, 40), 100, np.int16)
    mask = np.zeros((12, 40, 40), np.uint8)
    mask[3:9, 14:26, 14:26] = 1
    status, segmented = CaseStatus("A", "A1", "preprocess"), CaseStatus("A", "A1", "segment")
    for name in ("T1", "T2"):
        image = sitk.GetImageFromArray(values)
        image.SetSpacing((1.0, 1.0, 3.0))
        sitk.WriteImage(image, str(tmp_path / f"{name}.nii.gz"))
        status.files[name] = {"path": f"{name}.nii.gz"}
    drawn = sitk.GetImageFromArray(mask)
    drawn.SetSpacing((1.0, 1.0, 3.0))
    sitk.WriteImage(drawn, str(tmp_path / "mask.nii.gz"))
    segmented.files["mask"] = {"path": "mask.nii.gz"}
    status.extra["registration"] = {
        "T2": {"angles_degrees": [0.0, 0.0, 0.0], "shift_mm": [6.0, 0.0, 0.0], "center": [0.0, 0.0, 0.0]}
    }
    return tmp_path, status, segmented


def draw(case, target):
    folder, status, segmented = case
    status.write(folder / "preprocess.json")
    segmented.write(folder / "segment.json")
    images, masks = [(folder / "preprocess.json", folder)], [(folder / "segment.json", folder)]
    return draw_contours(images, masks, ["T1", "T2"], {"L1": 1}, COLORS, target)


def middle_of_color(path) -> float:
    """Column of the middle of what is orange, in the middle one of three slices, as a share of a slice."""
    picture = np.asarray(Image.open(path)).astype(int)
    orange = picture[..., 0] - picture[..., 2] > 60
    slice_width = (picture.shape[1] - 8) // 3
    own = orange[:, slice_width + 4 : 2 * slice_width + 4]
    return float(np.nonzero(own)[1].mean() / slice_width)


def test_each_sequence_has_a_picture_with_the_mask_where_it_lies(case, tmp_path):
    table = draw(case, tmp_path / "pictures")
    assert list(table.columns) == COLUMNS
    assert table[["subject", "sequence", "picture", "reason"]].to_numpy().tolist() == [
        ["A1", "T1", "sub-A1_T1.jpg", ""],
        ["A1", "T2", "sub-A1_T2.jpg", ""],
    ]
    places = [middle_of_color(tmp_path / "pictures" / name) for name in table["picture"]]
    assert places[0] == pytest.approx(0.5, abs=0.02)
    assert places[1] - places[0] == pytest.approx(6 / 40, abs=0.02)


def test_a_case_without_mask_has_the_reason(case, tmp_path):
    folder, status, _ = case
    gone = excluded("A", "A1", "segment", Reason.MASK_EMPTY)
    table = draw((folder, status, gone), tmp_path / "pictures")
    assert table[["picture", "reason"]].to_numpy().tolist() == [["", "mask_empty"]] * 2
    assert list((tmp_path / "pictures").iterdir()) == []


def test_an_image_that_cannot_be_read_costs_its_own_picture_alone(case, tmp_path):
    (tmp_path / "T1.nii.gz").write_bytes(b"none")
    table = draw(case, tmp_path / "pictures")
    assert table[["picture", "reason"]].to_numpy().tolist() == [["", "image_unreadable"], ["sub-A1_T2.jpg", ""]]
