"""Whole examinations: plausible, repeatable, of their hospital, of the same patient."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from osteon.phantom.simulate import simulate_patient


def volumes_ml(examination) -> np.ndarray:
    stack = examination.stack
    voxel = stack.pixel_spacing**2 * stack.slice_spacing / 1000
    return np.bincount(examination.mask.ravel(), minlength=4)[1:] * voxel


@pytest.mark.slow
def test_three_bodies_of_plausible_size_one_below_the_other(examinations):
    for examination in examinations.values():
        assert set(np.unique(examination.mask)) == {0, 1, 2, 3}
        assert ((volumes_ml(examination) > 8) & (volumes_ml(examination) < 45)).all()
        rows = [np.mean(np.nonzero(examination.mask == label)[1]) for label in (1, 2, 3)]
        assert rows[0] < rows[1] < rows[2]
        for label in (1, 2, 3):
            assert ndimage.label(examination.mask == label)[1] == 1


def test_images_and_mask_share_one_grid(examinations, parameters):
    for name, examination in examinations.items():
        shape = (examination.stack.slices, 128, 128)
        assert examination.mask.shape == shape
        assert set(examination.images) == set(parameters.hospital(name).sequences)
        for image in examination.images.values():
            assert image.shape == shape
            assert image.dtype == np.float32
            assert np.isfinite(image).all()


def test_the_body_size_does_not_depend_on_the_hospital(examinations):
    """The same patient at 280, 300 and 260 mm: coarse voxels, but the same bodies."""
    total = {name: volumes_ml(examination).sum() for name, examination in examinations.items()}
    assert total["B"] == pytest.approx(total["A"], rel=0.12)
    assert total["C"] == pytest.approx(total["A"], rel=0.12)


def test_contrast_is_that_of_the_sequences(examinations):
    for examination in examinations.values():
        middle = examination.stack.slices // 2
        mask = examination.mask[middle] > 0
        relative = {}
        for name, image in examination.images.items():
            # The canal lies some pixels behind the bodies; its fluid is the brightest tissue there.
            canal = np.zeros_like(mask)
            for row in np.flatnonzero(mask.any(axis=1)):
                last = np.flatnonzero(mask[row]).max()
                canal[row, last + 3 : last + 10] = True
            relative[name] = np.median(image[middle][mask]) / np.percentile(image[middle][canal], 75)
        assert relative["T1"] > 1.2
        assert relative["T2"] < 0.9
        assert relative["FST2"] < relative["T2"]


@pytest.mark.slow
def test_the_same_arguments_give_the_same_images(examinations, participant, parameters):
    again = simulate_patient(participant, parameters.hospital("A"), parameters, parameters.preset("small"))
    assert np.array_equal(again.mask, examinations["A"].mask)
    for name, image in again.images.items():
        assert np.array_equal(image, examinations["A"].images[name])


def test_hospitals_give_different_images(examinations):
    a, b = (examinations[name].images["T2"] for name in "AB")
    assert not np.allclose(a / a.mean(), b / b.mean(), rtol=0.05)
    assert len({round(e.stack.pixel_spacing, 3) for e in examinations.values()}) == 3


def test_fewer_slices_cover_the_same_width(examinations, parameters):
    stack, hospital = examinations["A"].stack, parameters.hospital("A")
    assert stack.slices * stack.slice_spacing == pytest.approx(hospital.slices * (hospital.thickness + hospital.gap))
