"""Boxes and frames of the sequences of a case, with overlaps known in advance."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.dicom_series import make_series, save
from osteon.ingest.together import box_findings, frame_findings, overlap


def image(size=(10, 20, 30), spacing=(1.0, 1.0, 1.0), origin=(0.0, 0.0, 0.0), direction=None):
    made = sitk.Image(size, sitk.sitkUInt8)
    made.SetSpacing(spacing)
    made.SetOrigin(origin)
    made.SetDirection(np.asarray(np.eye(3) if direction is None else direction, dtype=float).ravel().tolist())
    return made


def turned(degrees):
    """Rotation about the third axis."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    ("other", "share"),
    [
        (image(), 1.0),
        (image(origin=(1, 0, 0)), 0.9),
        (image(origin=(5, 10, 15)), 0.125),
        (image(origin=(10, 0, 0)), 0.0),
        (image(origin=(500, 0, 0)), 0.0),
        (image(size=(5, 10, 15), spacing=(2, 2, 2), origin=(0.5, 0.5, 0.5)), 1.0),  # the same box, coarser
        (image(size=(2, 2, 2), origin=(4, 4, 4)), 1.0),  # inside
        (image(size=(2, 2, 2), origin=(9, 4, 4)), 0.5),  # half outside
        (image(origin=(9, 19, 0), direction=np.diag([-1, -1, 1])), 1.0),  # stored backwards
        (image(size=(30, 10, 20), direction=np.eye(3)[:, [2, 0, 1]]), 1.0),  # stored in another order
    ],
)
def test_overlap_is_the_known_share(other, share):
    assert overlap(image(), other) == pytest.approx(share, abs=1e-9)
    assert overlap(other, image()) == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize("degrees", [10, 33, 90])
def test_boxes_are_measured_along_the_axes_of_the_reference(degrees):
    """Two oblique images, one shifted by a tenth along its own first axis: along the world's axes it would be less."""
    axes = turned(degrees)
    assert overlap(image(direction=axes), image(direction=axes, origin=axes @ [1.0, 0, 0])) == pytest.approx(0.9)


def test_turned_image_counts_with_the_box_around_it():
    square = image(size=(10, 10, 10), origin=(-4.5, -4.5, 0))
    diamond = image(size=(10, 10, 10), origin=turned(45) @ [-4.5, -4.5, 0], direction=turned(45))
    assert overlap(square, diamond) == pytest.approx(1.0)


def test_boxes_apart_are_for_review():
    images = {"T1": image(), "T2": image(origin=(0.9, 0, 0)), "FST2": image(origin=(2, 0, 0))}
    (entry,) = box_findings(images, "T1")
    assert (entry["code"], entry["severity"], entry["value"]) == ("boxes_apart", "review", 0.8)
    assert entry["message"].startswith("FST2 and T1")


@pytest.mark.parametrize(
    ("frames", "masked", "severity"),
    [
        ({"T1": "1.2", "T2": "1.2"}, True, None),
        ({"T1": "1.2", "T2": ""}, True, None),
        ({"T1": "1.2", "T2": "1.3"}, False, "note"),
        ({"T1": "1.2", "T2": "1.3"}, True, "review"),
    ],
)
def test_frames_of_reference(frames, masked, severity):
    found = [(entry["code"], entry["severity"]) for entry in frame_findings(frames, masked)]
    assert found == ([("frame_differs", severity)] if severity else [])


@pytest.mark.parametrize(("masks", "severity"), [([], "note"), ([{"pattern": "*.nii"}], "review")])
def test_sequences_of_a_case_are_compared(tmp_path, run, masks, severity):
    slices = make_series("T2", FrameOfReferenceUID="1.2.3")
    for item in slices:
        item.ImagePositionPatient[2] += 10  # of 20 mm
    save(slices, tmp_path / "raw", "a")
    save(make_series("T1"), tmp_path / "raw", "b")
    status = run(tmp_path / "raw", ("T1", "T2"), masks=masks)
    assert status.ok, status.detail
    found = {entry["code"]: entry for entry in status.findings}
    assert found["frame_differs"]["severity"] == severity
    assert found["boxes_apart"]["value"] == pytest.approx(0.5)
