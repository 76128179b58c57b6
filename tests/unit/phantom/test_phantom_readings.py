"""Further readings of a mask: near the first, never the same, with the same labels in the same slices."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.phantom.case import READINGS, write_case
from osteon.phantom.cohort import sample_cohort
from osteon.phantom.readings import read_again

SPACING = (3.3, 1.0, 1.0)


@pytest.fixture
def mask():
    """Two blocks, one below the other, in the middle three of five slices."""
    labels = np.zeros((5, 64, 64), np.uint8)
    labels[1:4, 10:28, 15:45] = 1
    labels[1:4, 34:52, 15:45] = 2
    return labels


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


def test_near_but_not_the_same(mask):
    drawn = [read_again(mask, SPACING, np.random.default_rng(seed)) for seed in (1, 2, 1)]
    assert np.array_equal(drawn[0], drawn[2])
    for one, other in ((mask, drawn[0]), (drawn[0], drawn[1])):
        for label in (1, 2):
            assert 0.93 < dice(one == label, other == label) < 0.995
    assert not drawn[0][[0, 4]].any()
    assert set(np.unique(drawn[0])) == {0, 1, 2}


def test_an_empty_mask_stays_empty(mask):
    assert not read_again(np.zeros_like(mask), SPACING, np.random.default_rng(0)).any()


@pytest.mark.slow
def test_files_of_a_patient_with_several_readings(parameters, tmp_path):
    row = sample_cohort(parameters, "A", 1, seed=8).assign(readings="yes").to_dict("records")[0]
    write_case(tmp_path, row, parameters, "small")
    names = sorted(path.name for path in (tmp_path / "truth").iterdir())
    assert names == sorted(["sub-A001_dseg.nii.gz", *(f"sub-A001_{reading}_dseg.nii.gz" for reading in READINGS)])
    masks = [sitk.ReadImage(str(tmp_path / "truth" / name)) for name in names]
    assert len({image.GetOrigin() for image in masks}) == 1
    truth, *others = (sitk.GetArrayFromImage(image) for image in masks)
    assert all(0.85 < dice(truth > 0, other > 0) < 1 for other in others)
