"""Do the sequences of a case show the same part of the same patient?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk

from osteon.tables.reasons import Reason
from osteon.tables.status import finding

OVERLAP = 0.9


def frame_findings(frames: Mapping[str, str], masked: bool) -> list[dict]:
    """Compare the frames of reference of the sequences.

    Args:
        frames: FrameOfReferenceUID by sequence; an empty one is unknown and compared with nothing.
        masked: whether a mask drawn on one sequence is carried over to the others; a person must then look.
    """
    known = {sequence: frame for sequence, frame in frames.items() if frame}
    if len(set(known.values())) < 2:
        return []
    message = f"{', '.join(known)} have {len(set(known.values()))} frames of reference"
    severity = "review" if masked else "note"
    return [finding(Reason.FRAME_DIFFERS, severity, message, len(set(known.values())))]


def box_findings(images: Mapping[str, sitk.Image], reference: str) -> list[dict]:
    """Check that every image covers the space of the reference image.

    Args:
        images: by sequence.
        reference: the sequence whose axes the boxes are measured along.
    """
    findings = []
    for sequence, image in images.items():
        share = 1.0 if sequence == reference else overlap(images[reference], image)
        if share < OVERLAP:
            message = f"{sequence} and {reference} overlap in {share:.0%} of the smaller one"
            findings.append(finding(Reason.BOXES_APART, "review", message, round(share, 4)))
    return findings


def overlap(reference: sitk.Image, other: sitk.Image) -> float:
    """Volume that two images have in common, as a share of the smaller one.

    The corners of the other image are expressed along the axes of the reference image, which may be oblique; there the
    two boxes are compared. A box reaches from the outer face of the first voxel to that of the last. For images with
    parallel axes the share is exact; a turned image counts with the box around it.

    Returns:
        0 (apart) to 1 (one contains the other).
    """
    own, its = _corners(reference, reference), _corners(reference, other)
    low = np.maximum(own.min(axis=0), its.min(axis=0))
    high = np.minimum(own.max(axis=0), its.max(axis=0))
    smaller = min(float(np.prod(np.ptp(corners, axis=0))) for corners in (own, its))
    return float(np.prod(np.maximum(high - low, 0.0))) / smaller


def _corners(reference: sitk.Image, image: sitk.Image) -> np.ndarray:
    """The eight outer corners of an image, mm along the axes of the reference."""
    ends = [(-0.5, size - 0.5) for size in image.GetSize()]
    points = np.array([image.TransformContinuousIndexToPhysicalPoint(corner) for corner in itertools.product(*ends)])
    axes = np.reshape(reference.GetDirection(), (3, 3))
    return (points - np.array(reference.GetOrigin())) @ axes
