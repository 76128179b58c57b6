"""Registration finds a known movement between two contrasts, and an implausible one is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.images import registration
from osteon.images.masks import dice, to_grid
from osteon.images.registration import Rigid, refusal, register_rigid, rigid_transform

STILL = {"angles_degrees": [0.0, 0.0, 0.0], "shift_mm": [0.0, 0.0, 0.0]}


@pytest.fixture(scope="module")
def patient():
    """Two contrasts of one body (air, muscle, five bodies along z, a canal) with noise, and the mask of one of them."""
    generator = np.random.default_rng(5)
    z, y, x = np.ogrid[:96, :96, :11]
    inside = ((y - 48) / 40) ** 2 + ((x - 5) / 20) ** 2 + 0 * z < 1
    tissue = inside.astype(int)
    for number, middle in enumerate((12, 30, 48, 66, 84)):
        height = 6 + 0.5 * number
        tissue[(abs(z - middle) < height) & (abs(y - 44 - number) < 11) & (abs(x - 5) < 4) & inside] = 2
    tissue[(abs(y - 64) < 4) & (abs(x - 5) < 3) & (z > -1) & inside] = 3
    mask = ((tissue == 2) & (abs(z - 48) < 9)).astype(np.uint8)
    contrasts = [np.array(levels)[tissue] for levels in ((0, 300, 700, 100), (0, 200, 120, 900))]

    def image(values):
        result = sitk.GetImageFromArray(values)
        result.SetSpacing((4.0, 1.75, 1.75))
        result.SetOrigin((-20.0, -80.0, -84.0))
        return result

    noisy = [np.abs(values + generator.normal(0, 20, values.shape)).astype(np.float32) for values in contrasts]
    return image(noisy[0]), image(noisy[1]), image(mask)


def moved(image, angles, shift):
    """The image of a patient who turned and shifted, as its header says it, and the movement."""
    middle = [(size - 1) / 2 for size in image.GetSize()]
    center = image.TransformContinuousIndexToPhysicalPoint(middle)
    movement = rigid_transform({"angles_degrees": angles, "shift_mm": shift, "center": center})
    result = sitk.Image(image)
    result.SetOrigin(movement.TransformPoint(image.GetOrigin()))
    turned = np.reshape(movement.GetMatrix(), (3, 3)) @ np.reshape(image.GetDirection(), (3, 3))
    result.SetDirection(turned.ravel().tolist())
    return result, movement


@pytest.mark.slow
def test_known_movement_is_found_and_the_mask_follows(patient):
    first, second, mask = patient
    other, movement = moved(second, [2.0, 0.0, 0.0], [0.0, 2.0, 3.0])
    truth, _ = moved(mask, [2.0, 0.0, 0.0], [0.0, 2.0, 3.0])
    found = register_rigid(first, other)
    transform = rigid_transform(found.entry())
    points = [
        mask.TransformIndexToPhysicalPoint(index[::-1].tolist())
        for index in np.argwhere(sitk.GetArrayViewFromImage(mask))[::100]
    ]
    errors = [
        np.linalg.norm(np.subtract(transform.TransformPoint(point), movement.TransformPoint(point))) for point in points
    ]
    assert max(errors) < 0.5 * 1.75
    assert refusal(found, 10, 10) is None
    before, after = (dice(truth, to_grid(mask, other, step), 1) for step in (None, transform))
    assert before < 0.85
    assert after > 0.97


@pytest.mark.slow
def test_far_shift_is_found_and_refused(patient):
    """By 31.5 mm, one vertebra lies on the next."""
    first, second, _ = patient
    found = register_rigid(first, moved(second, [0.0, 0.0, 0.0], [0.0, 0.0, 31.5])[0])
    assert found.shift == pytest.approx(31.5, abs=1)
    assert "31" in refusal(found, 10, 10)
    assert "'max_shift_mm: 10'" in refusal(found, 10, 10)


@pytest.mark.slow
def test_result_does_not_depend_on_threads_or_run(patient, monkeypatch):
    """Several threads differ now and then only, so their number is looked at as well."""
    threads = []
    edges = registration._edges

    def watched(*arguments):
        threads.append(sitk.ProcessObject.GetGlobalDefaultNumberOfThreads())
        return edges(*arguments)

    monkeypatch.setattr(registration, "_edges", watched)
    first, second, _ = patient
    small = [image[:, 24:72, 24:72] for image in (first, second)]
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    try:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(4)
        several = register_rigid(*small)
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)
    assert register_rigid(*small) == several
    assert set(threads) == {1}
    assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == before


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, None),
        ({"shift_mm": (0.0, 8.0, 8.0)}, "shift of 11.3 mm"),
        ({"angles_degrees": (9.0, 9.0, 0.0)}, "rotation by 12.7 degrees"),
        ({"metric_after": -0.2}, "no better"),
    ],
)
def test_implausible_registrations_are_refused(change, text):
    good = Rigid((1.0, 0.0, 0.0), (0.0, 3.0, 0.0), (0.0, 0.0, 0.0), -0.2, -0.4)
    said = refusal(replace(good, **change), 10, 10)
    assert (said is None) if text is None else (text in said)


def test_no_entry_is_no_transform():
    assert rigid_transform(None) is None
