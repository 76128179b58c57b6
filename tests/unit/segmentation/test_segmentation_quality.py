"""Numbers of a mask, and which masks stand out among a study's cases: every planted error, and no normal case."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from scipy import stats

from helpers.spines import LABELS, SPACING, as_image, cohort, segmented, spine
from osteon.config.segmentation import MaskQuality
from osteon.segmentation.quality import _z_of_t, describe, judge

LIMITS = MaskQuality()
ORDER = list(LABELS)


def flags(table, subject):
    """Flags of a case by label, without labels that have none."""
    own = table[(table["subject"] == subject) & (table["flags"] != "")]
    return {label: set(text.split("; ")) for label, text in zip(own["label"], own["flags"], strict=True)}


def judged_with(array, count=40, **other):
    """The table of that many normal cases and one more."""
    return judge([*cohort(count), segmented(array, "A", "odd", **other)], ORDER, ORDER, LIMITS)


def test_numbers_of_a_mask():
    array = np.zeros((12, 96, 64), np.uint8)
    array[3:9, 20:30, 20:40] = 1
    array[0, 50, 50] = 1
    array[5:12, 80:96, 10:20] = 2
    image = as_image(array)
    found = describe(image, image, LABELS)
    voxel = np.prod(SPACING) / 1000
    assert found["L1"]["volume_ml"] == pytest.approx(1201 * voxel, abs=1e-6)
    assert (found["L1"]["components"], found["L1"]["border"]) == (2, "slice")
    assert found["L1"]["largest_share"] == pytest.approx(1200 / 1201, abs=1e-6)
    assert (found["L2"]["components"], found["L2"]["largest_share"], found["L2"]["border"]) == (1, 1.0, "edge")
    # rows 80 to 95 of 96 rows of 1.5 mm, head first; columns are front to back, slices right to left
    assert found["L2"]["height_mm"] == pytest.approx((47.5 - 87.5) * 1.5)
    assert found["L2"]["center_mm"] == pytest.approx([8 * 4.0, 14.5 * 1.5, -87.5 * 1.5])
    assert found["L3"] == {
        "volume_ml": 0.0,
        "components": 0,
        "largest_share": None,
        "border": None,
        "center_mm": None,
        "height_mm": None,
    }


def test_numbers_do_not_depend_on_the_order_of_voxels():
    array = spine(0)
    image = as_image(array)
    flipped = sitk.PermuteAxes(sitk.Flip(image, [True, True, False]), [2, 0, 1])
    wanted = describe(image, image, LABELS)
    for mask, grid in ((flipped, flipped), (flipped, image)):
        found = describe(mask, grid, LABELS)
        for name in LABELS:
            assert found[name]["center_mm"] == pytest.approx(wanted[name]["center_mm"], abs=1e-3)
            assert found[name]["volume_ml"] == wanted[name]["volume_ml"]
            assert found[name]["border"] == wanted[name]["border"]


@pytest.mark.slow
def test_normal_cases_have_no_flag():
    table = judge(cohort(40), ORDER, ORDER, LIMITS)
    assert len(table) == 120
    assert set(table["flags"]) == {""}
    assert set(table["not_judged"]) == {""}
    assert table.loc[table["label"] == "L2", "spacing_mm"].between(28, 40).all()


@pytest.mark.slow
def test_one_label_a_level_too_low():
    array = spine(50)
    moved = np.where(array == 3, 0, array) + np.roll(np.where(array == 3, 3, 0), 10, axis=1).astype(np.uint8)
    assert "mask_spacing" in flags(judged_with(moved), "odd")["L3"]


@pytest.mark.slow
def test_all_labels_a_level_too_high():
    """Order and distances are right; the place in the image is not."""
    array = np.roll(spine(50), -14, axis=1)
    found = flags(judged_with(array), "odd")
    assert len(found) >= 2
    assert all(codes == {"mask_height"} for codes in found.values())


@pytest.mark.slow
def test_labels_in_wrong_order():
    array = spine(50)
    swapped = np.array([0, 2, 1, 3], np.uint8)[array]
    assert "mask_order" in flags(judged_with(swapped), "odd")["L2"]


@pytest.mark.slow
def test_second_piece():
    array = spine(50)
    array[5, 5, 50] = 2
    assert flags(judged_with(array), "odd") == {"L2": {"mask_components"}}


@pytest.mark.slow
def test_vertebra_cut_by_the_border():
    """The image begins in the middle of L1."""
    array = spine(50)
    first = np.argwhere(array == 1)[:, 1].min() + 5
    found = flags(judged_with(array[:, first:]), "odd")
    assert "mask_border" in found["L1"]
    assert "mask_border" not in found.get("L2", set()) | found.get("L3", set())


@pytest.mark.slow
@pytest.mark.parametrize("rows", [3, 40], ids=["tiny", "large"])
def test_odd_volume(rows):
    array = spine(50)
    middle = int(np.argwhere(array == 2)[:, 1].mean())
    array[array == 2] = 0
    room = array[:, middle - rows // 2 : middle + rows - rows // 2, 20:36]
    room[3:9][room[3:9] == 0] = 2
    assert "mask_volume_odd" in flags(judged_with(array), "odd")["L2"]


@pytest.mark.slow
def test_whole_mask_is_small():
    """Every label has lost the same: only the study's other cases tell."""
    array = spine(50)
    array[5:] = 0
    found = flags(judged_with(array), "odd")
    assert set(found) == set(LABELS)
    assert all("mask_volume_odd" in codes for codes in found.values())


def wider(array, times):
    """Every body that many times as deep, in the middle of the image."""
    return np.repeat(array, times, axis=2)[:, :, 28 * (times - 1) :][:, :, :64]


@pytest.mark.slow
def test_volume_is_odd_for_the_patient_and_not_for_the_study():
    """Two thirds of L2 are lost: small, but hardly smaller than the vertebrae of a small patient."""
    cases = [segmented(wider(spine(number), 1 + number % 2), "A", str(number)) for number in range(40)]
    array = wider(spine(50), 2)
    half = array.copy()
    half[5:][half[5:] == 2] = 0
    table = judge([*cases, segmented(half, "A", "odd")], ORDER, ORDER, LIMITS)
    row = table[(table["subject"] == "odd") & (table["label"] == "L2")].iloc[0]
    assert abs(row["volume_z"]) < 3.5 < abs(row["volume_ratio_z"])
    assert flags(table, "odd") == {"L2": {"mask_volume_odd"}}


@pytest.mark.parametrize("freedom", [3.3, 5.5, 28.0])
def test_z_of_few_cases_is_that_of_student_t(freedom):
    t = pd.Series([-14.0, -3.5, 0.0, 1.0, 7.0])
    wanted = -stats.norm.ppf(stats.t.sf(t, freedom))
    assert _z_of_t(t, pd.Series([freedom] * 5)).tolist() == pytest.approx(wanted.tolist(), rel=0.025, abs=1e-12)


@pytest.mark.slow
def test_absent_label():
    array = np.where(spine(50) == 2, 0, spine(50))
    table = judged_with(array)
    assert flags(table, "odd")["L2"] == {"mask_empty"}
    row = table[(table["subject"] == "odd") & (table["label"] == "L3")].iloc[0]
    # the distance L1 to L3 is compared with no distance L2 to L3
    assert (row["neighbor"], row["not_judged"]) == ("L1", "spacing")


@pytest.mark.slow
def test_predictions_that_differ():
    table = judged_with(spine(50), disagreement={"L1": 0.95, "L2": 0.84, "L3": None})
    assert flags(table, "odd") == {"L2": {"mask_disagreement"}}


def test_few_cases_are_not_judged_and_said_so():
    table = judge(cohort(9), ORDER, ORDER, LIMITS)
    assert table["volume_z"].isna().all()
    assert table["not_judged"].tolist() == ["volume; height", *["volume; spacing; height"] * 2] * 9
    assert set(table["flags"]) == {""}


@pytest.mark.slow
def test_center_that_plans_its_images_elsewhere_has_no_flags():
    """Heights are compared within a center, volumes and distances with the whole study."""
    low = [segmented(np.roll(spine(number), 10, axis=1), "B", f"B{number}") for number in range(40, 50)]
    table = judge([*cohort(40), *low], ORDER, ORDER, LIMITS)
    assert set(table["flags"]) == {""}
    assert table["height_z"].notna().all()


def test_structures_without_order_have_no_distance_and_no_height():
    table = judge(cohort(12), ORDER, [], LIMITS)
    assert table[["spacing_mm", "height_z"]].isna().all(axis=None)
    assert set(table["not_judged"]) == {""}


def test_study_without_masks_has_an_empty_table():
    assert judge([], ORDER, ORDER, LIMITS).empty
