"""Can the gray values and the pixel sizes be what the headers say?"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from osteon.ingest.series import Series
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

# Share of voxels at the top that makes an image saturated: where the top is the highest value that the file can
# store, and where it is any other value. A flat top of fewer voxels than these is chance.
FULL_SCALE_SHARE, FLAT_TOP_SHARE, FLAT_TOP_VOXELS = 0.001, 0.005, 10
# Full scales of scanners that digitise with fewer bits than the file has, for example 4095 in a file of 16 bits.
LEAST_BITS = 8
WRAPPED_SPAN, WRAPPED_SHARE = 2**15, 0.001
DIAMETER_TOLERANCE = 0.02


def header_findings(series: Series) -> list[dict]:
    """Check what the headers of a series say about its gray values and pixel sizes.

    Returns:
        Findings: colors or inverted gray values ('exclude'); rescaling that varies over the slices, pixel spacing that
        contradicts the reconstruction diameter ('note').
    """
    return [*_photometric(series), *_rescale(series), *_spacing(series)]


def saturation_findings(image: sitk.Image, full_scales: list[float]) -> list[dict]:
    """Check whether many voxels share the image's highest value, as where a scanner or a converter cut values off.

    Args:
        image: the converted image.
        full_scales: values that stand for the end of the scale (see `full_scales`); empty if unknown.

    Returns:
        A finding for review if more than 0.1 % of the voxels lie at the end of the scale, or more than 0.5 % at
        another highest value; its value is the share.
    """
    voxels = sitk.GetArrayViewFromImage(image)
    top = voxels.max()
    count = int(np.count_nonzero(voxels == top))
    share = count / voxels.size
    at_end = any(np.isclose(float(top), value, rtol=1e-5, atol=0) for value in full_scales)
    if count < FLAT_TOP_VOXELS or share <= (FULL_SCALE_SHARE if at_end else FLAT_TOP_SHARE):
        return []
    where = "the highest value that can be stored" if at_end else "its highest value"
    message = f"{share:.2%} of the voxels have {where}, {float(top):g}"
    return [finding(Reason.INTENSITY_SATURATED, "review", message, round(share, 6))]


def wrapped_findings(image: sitk.Image) -> list[dict]:
    """Check whether the gray values fall into two groups far apart, as where negative ones were stored as if there
    were none (PixelRepresentation), or something else lies in the highest bits.

    Returns:
        A finding for review if they span 15 bits or more, none lie in the middle half of the span, and each end has
        more than 0.1 % of the voxels and more than one value (a single one stands for no measurement); its value is
        the upper group's share.
    """
    voxels = sitk.GetArrayViewFromImage(image)
    low, high = float(voxels.min()), float(voxels.max())
    if high - low < WRAPPED_SPAN:
        return []
    counts, edges = np.histogram(voxels, bins=4, range=(low, high))
    shares = counts / voxels.size
    ends_spread = voxels[voxels < edges[1]].max() > low and voxels[voxels > edges[3]].min() < high
    if counts[1] or counts[2] or min(shares[0], shares[3]) <= WRAPPED_SHARE or not ends_spread:
        return []
    message = f"{shares[3]:.2%} of the voxels lie between {edges[3]:g} and {high:g}, and none in a wide range below"
    return [finding(Reason.INTENSITY_WRAPPED, "review", message, round(float(shares[3]), 6))]


def full_scales(series: Series) -> list[float]:
    """Rescaled values at which stored values end: 255, 511, ... up to the highest that BitsStored allows.

    Empty if the header does not say how many bits are stored, or if the rescaling varies over the slices.
    """
    bits, signed = series.number("BitsStored"), series.number("PixelRepresentation") == 1
    if not bits or not 1 <= bits <= 32 or len(_rescalings(series)) > 1:
        return []
    slope, intercept = next(iter(_rescalings(series)), (1.0, 0.0))
    return [slope * (2**exponent - 1) + intercept for exponent in range(LEAST_BITS, int(bits) - signed + 1)]


def _photometric(series: Series) -> list[dict]:
    others = [
        (image.file, str(image.tags["PhotometricInterpretation"]).upper())
        for image in series.images
        if str(image.tags.get("PhotometricInterpretation", "MONOCHROME2")).upper() != "MONOCHROME2"
    ]
    if not others:
        return []
    names = ", ".join(sorted({name for _, name in others}))
    message = f"{len(others)} images are {names}, not MONOCHROME2"
    return [finding(Reason.PHOTOMETRIC, "exclude", message, names, [file for file, _ in others])]


def _rescale(series: Series) -> list[dict]:
    pairs = _rescalings(series)
    if len(pairs) < 2:
        return []
    slopes = {slope for slope, _ in pairs}
    message = f"{len(pairs)} pairs of slope and intercept, slopes from {min(slopes):g} to {max(slopes):g}"
    return [finding(Reason.RESCALE_VARIES, "note", message, len(pairs))]


def _spacing(series: Series) -> list[dict]:
    diameter, spacing = series.number("ReconstructionDiameter"), series.head.get("PixelSpacing")
    rows, columns = series.number("Rows"), series.number("Columns")
    if not diameter or not rows or not columns or not isinstance(spacing, tuple) or len(spacing) != 2:
        return []
    tiles = series.images[0].tiles if series.images else 1
    sides = spacing[0] * rows / tiles, spacing[1] * columns / tiles
    if any(abs(side - diameter) <= DIAMETER_TOLERANCE * diameter for side in sides):
        return []
    message = (
        f"pixel spacing and matrix make {sides[1]:.1f} x {sides[0]:.1f} mm, "
        f"the header says {diameter:.1f} mm (ReconstructionDiameter)"
    )
    return [finding(Reason.SPACING_DOUBTFUL, "note", message, round(max(sides) / diameter, 4))]


def _rescalings(series: Series) -> set[tuple[float, float]]:
    pairs = {(image.tags.get("RescaleSlope", 1.0), image.tags.get("RescaleIntercept", 0.0)) for image in series.images}
    return {pair for pair in pairs if all(isinstance(value, float) for value in pair)}
