"""Features of one case: all sequences, all regions, in a fixed schema, with a reason for every missing value.

PyRadiomics does the arithmetic through its documented steps (resampleImage, get<Type>Image, cropToTumorMask,
computeShape, computeFeatures), the same that its `execute` goes through. Going through them here does each image's
resampling and filtering once for all regions. With one region the values are those of `execute` on the whole image,
bit for bit; with several, filters see the box around all of them, so that their edges are no worse.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import pandas as pd
import SimpleITK as sitk
from radiomics import imageoperations
from radiomics.featureextractor import RadiomicsFeatureExtractor

from osteon.features.discretisation import grey_levels, warn_of_one_level
from osteon.features.regions import Region, bounding_box, regions_on_image, voxel_count
from osteon.features.schema import feature_names
from osteon.tables.reasons import Reason

logger = logging.getLogger(__name__)

COLUMNS = ["sequence", "roi", "feature", "value", "reason"]
LEVEL_COLUMNS = ["sequence", "roi", "image_type", "grey_levels"]

# What an image or mask that PyRadiomics or ITK cannot digest raises. A MemoryError is none of these: it fails the
# job, which is then repeated with more memory.
EXTRACTION_ERRORS = (ValueError, RuntimeError, ArithmeticError, LookupError)


@dataclass(frozen=True)
class Extraction:
    """What came out of one case.

    Attributes:
        features: sequence, roi, feature, value, reason; one row per feature, in fixed order, whatever happened.
        grey_levels: sequence, roi, image_type, grey_levels; one row per region and image that was discretised.
    """

    features: pd.DataFrame
    grey_levels: pd.DataFrame

    @property
    def reason(self) -> str | None:
        """Why the case has no value at all; None if it has any."""
        if self.features["value"].notna().any() or self.features.empty:
            return None
        return self.features["reason"].iloc[0]


def extract_case(
    images: dict[str, sitk.Image],
    mask: sitk.Image,
    labels: dict[str, int],
    rois: dict[str, list[str]],
    parameters: dict,
) -> Extraction:
    """Features of every sequence and region of one case.

    Args:
        images: image of each sequence.
        mask: integer labels; its grid may differ from the images' (it is taken to each through physical space).
        labels: value of each label name.
        rois: label names whose union is a region, by region name.
        parameters: from `settings.pyradiomics_parameters`.

    Returns:
        Rows in the order sequence, region, `schema.feature_names`. A value that PyRadiomics cannot give is NaN with
        reason value_undefined; a region that fails as a whole has NaN everywhere and one reason.

    Verified against PyRadiomics' published baseline (tests/reference) and against its `execute`.
    """
    _quiet_pyradiomics()
    extractor = RadiomicsFeatureExtractor(parameters)
    names = feature_names(parameters)
    blocks: list[pd.DataFrame] = []
    levels: list[tuple[str, str, str, int]] = []
    for sequence, image in images.items():
        regions = regions_on_image(mask, image, labels, rois)
        _compute(extractor, image, [region for region in regions if region.reason is None], parameters)
        for region in regions:
            if region.reason:
                logger.warning("%s, region %s: %s", sequence, region.name, region.reason)
            for image_type, count in region.grey_levels.items():
                levels.append((sequence, region.name, image_type, count))
                warn_of_one_level(count, sequence, region.name, image_type)
            blocks.append(_block(sequence, region.name, names, region.values, region.reason))
    return Extraction(_joined(blocks), pd.DataFrame(levels, columns=LEVEL_COLUMNS))


def empty_case(sequences: list[str], rois: list[str], parameters: dict, reason: str) -> pd.DataFrame:
    """The rows of a case that never came to extraction: the full schema, NaN, and the reason in every row."""
    names = feature_names(parameters)
    return _joined([_block(sequence, roi, names, {}, reason) for sequence in sequences for roi in rois])


def _compute(extractor: RadiomicsFeatureExtractor, image: sitk.Image, regions: list[Region], parameters: dict) -> None:
    """Fill `values` and `grey_levels`, or `reason`, of each region of one image."""
    if not regions:
        return
    setting = extractor.settings
    try:
        box, masks = _resampled(image, [region.mask for region in regions], setting)
        if not np.isfinite(sitk.GetArrayViewFromImage(box)).all():
            raise ValueError("the image has values that are not finite around the region")
        filtered = _filtered(extractor, box, masks[0])
    except EXTRACTION_ERRORS:
        logger.exception("the image could not be prepared")
        for region in regions:
            region.reason = Reason.EXTRACTION_FAILED
        return
    for region, region_mask in zip(regions, masks, strict=True):
        if voxel_count(region_mask) < (setting.get("minimumROISize") or 1):
            region.reason = Reason.ROI_TOO_SMALL
            continue
        try:
            region.values = _region_values(extractor, box, filtered, region_mask, region.grey_levels)
        except EXTRACTION_ERRORS:
            logger.exception("PyRadiomics failed on region %s", region.name)
            region.reason = Reason.EXTRACTION_FAILED


def _resampled(image: sitk.Image, masks: list[sitk.Image], setting: dict) -> tuple[sitk.Image, list[sitk.Image]]:
    """The box around all regions plus padding, on PyRadiomics' resampling grid, and each mask on it.

    The grid is aligned to the corner of the whole image, so cutting the box changes no voxel position.
    """
    everything = masks[0]
    for mask in masks[1:]:
        everything = sitk.Or(everything, mask)
    box, _ = imageoperations.resampleImage(image, everything, **setting)
    return box, [
        sitk.Resample(mask, box, sitk.Transform(), sitk.sitkNearestNeighbor, 0, mask.GetPixelID()) for mask in masks
    ]


def _filtered(extractor: RadiomicsFeatureExtractor, box: sitk.Image, mask: sitk.Image) -> list[tuple]:
    """(image, image type, settings) of every enabled image type, as PyRadiomics' generators yield them."""
    images: list[tuple] = []
    for kind, options in extractor.enabledImagetypes.items():
        images += getattr(imageoperations, f"get{kind}Image")(box, mask, **{**extractor.settings, **options})
    return images


def _region_values(
    extractor: RadiomicsFeatureExtractor,
    box: sitk.Image,
    filtered: list[tuple],
    mask: sitk.Image,
    levels: dict[str, int],
) -> dict[str, float]:
    """Feature values of one region; `levels` receives the number of grey levels per image type."""
    bounds = bounding_box(mask)
    values = dict(extractor.computeShape(box, mask, bounds, **extractor.settings))
    for image, image_type, setting in filtered:
        image_box, mask_box = imageoperations.cropToTumorMask(image, mask, bounds)
        inside = sitk.GetArrayViewFromImage(image_box)[sitk.GetArrayViewFromImage(mask_box) > 0]
        levels[image_type] = grey_levels(inside, setting)
        values |= extractor.computeFeatures(image_box, mask_box, image_type, **setting)
    return {name: float(value) for name, value in values.items()}


def _block(sequence: str, roi: str, names: list[str], values: dict[str, float], reason: str | None) -> pd.DataFrame:
    """The rows of one region in one sequence. A feature that is absent from `values` failed as a whole."""
    numbers = np.array([values.get(name, np.nan) for name in names], dtype=float)
    finite = np.isfinite(numbers)
    if reason:
        reasons = [str(reason)] * len(names)
    else:
        reasons = [
            None if good else str(Reason.VALUE_UNDEFINED if name in values else Reason.EXTRACTION_FAILED)
            for name, good in zip(names, finite, strict=True)
        ]
    return pd.DataFrame(
        {
            "sequence": sequence,
            "roi": roi,
            "feature": names,
            "value": np.where(finite, numbers, np.nan),
            "reason": reasons,
        },
        columns=COLUMNS,
    )


def _joined(blocks: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame(columns=COLUMNS)


def _quiet_pyradiomics() -> None:
    """Keep the progress and advice of PyRadiomics and its settings' validator out of the log; errors stay."""
    for name in ("radiomics", "pykwalify"):
        logging.getLogger(name).setLevel(logging.ERROR)
