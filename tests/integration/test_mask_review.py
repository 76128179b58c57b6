"""Errors planted in masks of simulated patients: each comes onto the review list, and no other case with it."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.config.segmentation import MaskQuality
from osteon.phantom.case import write_mask
from osteon.phantom.cohort import sample_cohort
from osteon.phantom.parameters import load_parameters
from osteon.phantom.simulate import simulate_patient
from osteon.segmentation.quality import describe, judge
from osteon.segmentation.review import review_list
from osteon.tables.status import CaseStatus

pytestmark = pytest.mark.slow
LABELS = {"L1": 1, "L2": 2, "L3": 3}
PATIENTS = 16


@pytest.fixture(scope="module")
def masks(root, tmp_path_factory):
    """True masks of simulated patients of one hospital."""
    parameters = load_parameters(root / "config" / "phantom" / "lumbar.yaml")
    folder = tmp_path_factory.mktemp("masks")
    found = {}
    for participant in sample_cohort(parameters, "A", PATIENTS, seed=11).to_dict("records"):
        examination = simulate_patient(participant, parameters.hospital("A"), parameters, parameters.preset("small"))
        path = folder / f"{participant['subject']}.nii.gz"
        write_mask(examination.mask, examination.stack, path)
        found[participant["subject"]] = sitk.ReadImage(str(path))
    return found


def changed(mask, array):
    result = sitk.GetImageFromArray(array.astype(np.uint8))
    result.CopyInformation(mask)
    return result


def moved(mask, steps):
    """The mask moved along the column of vertebrae by a number of levels (down is positive)."""
    places = describe(mask, mask, LABELS)
    level = (np.array(places["L3"]["center_mm"]) - places["L1"]["center_mm"]) / 2
    transform = sitk.TranslationTransform(3, (-steps * level).tolist())
    return sitk.Resample(mask, mask, transform, sitk.sitkNearestNeighbor, 0)


def last_level_too_low(mask):
    array, lower = (sitk.GetArrayFromImage(image) for image in (mask, moved(mask, 1)))
    return changed(mask, np.where(lower == 3, 3, np.where(array == 3, 0, array)))


def every_level_too_low(mask):
    return moved(mask, 1)


def second_piece(mask):
    array = sitk.GetArrayFromImage(mask)
    array[array.shape[0] // 2, 3, 3] = 2
    return changed(mask, array)


def tiny(mask):
    array = sitk.GetArrayFromImage(mask)
    places = np.argwhere(array == 1)
    outer = places[np.abs(places - np.median(places, axis=0)).max(axis=1) > 3]
    array[tuple(outer.T)] = 0
    return changed(mask, array)


def cut(mask):
    """The image ends in the middle of L1."""
    rows = np.argwhere(sitk.GetArrayViewFromImage(mask) == 1)[:, 1]
    first = int(np.median(rows))
    below = np.argwhere(sitk.GetArrayViewFromImage(mask) == 3)[:, 1].mean() > first
    return mask[:, first:] if below else mask[:, :first]


def listed(masks, odd=None, change=None):
    """Codes by case of the review list of all masks, one of them changed."""
    statuses = []
    for subject, mask in masks.items():
        shown = change(mask) if subject == odd else mask
        extra = {"source": "predicted", "quality": {"labels": describe(shown, shown, LABELS)}}
        statuses.append(CaseStatus("A", subject, "segment", extra=extra))
    quality = judge(statuses, list(LABELS), list(LABELS), MaskQuality())
    review = review_list(quality, statuses, LABELS, "masks/corrected")
    return {row["subject"]: set(row["codes"].split("; ")) for row in review.to_dict("records")}


@pytest.fixture(scope="module")
def by_chance(masks):
    """Normal cases that are listed: with a limit of 3.5 about one in a study, whatever its size."""
    return set(listed(masks))


def test_true_masks_are_listed_by_chance_only(masks, by_chance):
    assert len(by_chance) <= 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (last_level_too_low, "mask_spacing"),
        (every_level_too_low, "mask_height"),
        (second_piece, "mask_components"),
        (tiny, "mask_volume_odd"),
        (cut, "mask_border"),
    ],
    ids=["level", "all-levels", "piece", "tiny", "cut"],
)
def test_planted_error_is_listed_and_nothing_else(masks, by_chance, change, code):
    for odd in list(masks)[::5]:
        found = listed(masks, odd, change)
        assert code in found.pop(odd)
        assert set(found) <= by_chance
