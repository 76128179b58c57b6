"""Features of one case: all sequences, all regions, in a fixed schema, with a reason for every missing value.

PyRadiomics does the arithmetic: its filters, its feature classes, in the order of its `execute`. Each image is
resampled and filtered once for all regions, each region's intensities are discretised once for all families, and each
shape is computed once for all sequences on one grid. With PyRadiomics' own grid and one region the values are those of
`execute` on the whole image, bit for bit; with several, filters see the box around all of them, so that their edges are
no worse.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import SimpleITK as sitk
from radiomics import imageoperations
from radiomics.featureextractor import RadiomicsFeatureExtractor

from osteon.config.features import Roi
from osteon.features.derived import Column, derived
from osteon.features.discretisation import discretised, withheld
from osteon.features.families import family_values
from osteon.features.filters import filtered
from osteon.features.regions import Region, around, bounding_box, extended_dimensions, regions_on_image, ring_around
from osteon.features.regions import voxel_count as voxels
from osteon.features.regions_plan import SAME, Base, Output, bases_of, planned
from osteon.features.resampling import intensity_mask, resample
from osteon.features.schema import feature_names
from osteon.features.settings import extractor
from osteon.features.shuffling import shuffled
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

logger = logging.getLogger(__name__)

COLUMNS = ["sequence", "roi", "feature", "value", "reason"]

# What an image or mask that PyRadiomics or ITK cannot digest raises. A MemoryError is none of these: it fails the
# job, which is then repeated with more memory.
EXTRACTION_ERRORS = (ValueError, RuntimeError, ArithmeticError, LookupError)
# A ring of which more lies outside the image is for review.
MUCH_OUTSIDE = 0.05


@dataclass(frozen=True)
class Extraction:
    """What came out of one case.

    Attributes:
        features: sequence, roi, feature, value, reason; one row per feature, in fixed order, whatever happened.
        grey_levels: one row per sequence, region that was discretised and image type: sequence, roi, image_type, and
            what `discretisation.discretised` gives.
        findings: rows of the quality table (status.finding).
    """

    features: pd.DataFrame
    grey_levels: list[dict] = field(default_factory=list)
    findings: list[dict] = field(default_factory=list)

    @property
    def reason(self) -> str | None:
        """Why the case has no value at all; None if it has any."""
        if self.features["value"].notna().any() or self.features.empty:
            return None
        return self.features["reason"].iloc[0]


def extract_case(
    images: Mapping[str, sitk.Image],
    mask: sitk.Image,
    labels: dict[str, int],
    rois: Mapping[str, Roi],
    parameters: dict,
    *,
    row: Mapping[str, str] | None = None,
    transforms: Mapping[str, sitk.Transform | None] | None = None,
    shuffle_seed: int | None = None,
) -> Extraction:
    """Features of every sequence and region of one case.

    Args:
        images: image of each sequence.
        mask: integer labels; its grid may differ from the images' (it is taken to each through physical space).
        labels: value of each label name.
        rois: the study's regions.
        parameters: from `settings.pyradiomics_parameters`.
        row: the case's further columns of cases.tsv, for regions that need the diseased side.
        transforms: where a point of the mask lies in a sequence (`registration.rigid_transform`), where it moved.
        shuffle_seed: negative control: the voxels inside each region change places before any filter, its shape
            stays; seeded by this, the sequence and the region.

    Returns:
        Rows in the order sequence, region (`config.features.region_names`), `schema.feature_names`. A value that
        PyRadiomics cannot give is NaN with reason value_undefined; a texture of a single grey level is NaN with
        one_grey_level (unless features.one_level is report); a region that fails as a whole has NaN everywhere and
        one reason.

    Verified against PyRadiomics' published baseline (tests/reference) and against its `execute`.
    """
    names = feature_names(parameters)
    outputs = planned(rois, row or {})
    work = _Work(parameters, extractor(parameters), shuffle_seed)
    columns: list[Column] = []
    levels: list[dict] = []
    findings = _unknown_sides(outputs)
    for sequence, image in images.items():
        regions, on_image = regions_on_image(mask, image, labels, bases_of(outputs), (transforms or {}).get(sequence))
        work.compute(sequence, image, on_image, [region for region in regions if region.reason is None])
        found = {region.base: _column(region, names, parameters) for region in regions}
        columns += [derived(output, found, len(names)) for output in outputs]
        for region in regions:
            if region.reason:
                logger.warning("%s, region %s: %s", sequence, region.base.name, region.reason)
            levels += _level_rows(sequence, region, outputs)
            findings += _cut_rings(sequence, region, outputs)
    return Extraction(_table(list(images), outputs, names, columns), levels, findings)


def empty_case(sequences: Sequence[str], rois: Mapping[str, Roi], parameters: dict, reason: str) -> pd.DataFrame:
    """The rows of a case that never came to extraction: the full schema, NaN, and the reason in every row."""
    names, outputs = feature_names(parameters), planned(rois, {})
    return _table(sequences, outputs, names, [Column.absent(len(names), reason)] * (len(sequences) * len(outputs)))


class _Work:
    """The extraction of one case's images.

    Args:
        parameters: as for `extract_case`.
        extractor: PyRadiomics' extractor of the same parameters.
        seed: as for `extract_case`.
    """

    def __init__(self, parameters: dict, extractor: RadiomicsFeatureExtractor, seed: int | None):
        self.parameters = parameters
        self.setting = parameters["setting"]
        self.extractor = extractor
        self.seed = seed
        self.shapes: dict[tuple, dict[str, float]] = {}

    def compute(self, sequence: str, image: sitk.Image, on_image: sitk.Image, regions: list[Region]) -> None:
        """Fill `values` and `grey_levels`, or `reason`, of each region of one image."""
        if not regions:
            return
        try:
            box, masks = self._on_box(image, on_image, regions)
            if not np.isfinite(sitk.GetArrayViewFromImage(box)).all():
                raise ValueError("the image has values that are not finite around the region")
            everything = _either(masks)
            responses = filtered(box, everything, self.parameters) if self.seed is None else None
        except EXTRACTION_ERRORS:
            logger.exception("the image could not be prepared")
            for region in regions:
                region.reason = Reason.EXTRACTION_FAILED
            return
        for region, mask in zip(regions, masks, strict=True):
            try:
                own = box
                if responses is None:
                    own = shuffled(box, mask, self.seed, f"{sequence}/{region.base}")
                self._describe(region, own, mask, responses or filtered(own, everything, self.parameters))
            except EXTRACTION_ERRORS:
                logger.exception("PyRadiomics failed on region %s", region.base.name)
                region.reason = Reason.EXTRACTION_FAILED

    def _on_box(
        self, image: sitk.Image, on_image: sitk.Image, regions: list[Region]
    ) -> tuple[sitk.Image, list[sitk.Image]]:
        """The resampled box around all regions, and each region on it."""
        rings = [region for region in regions if region.base.ring]
        rooms = [around(region.mask, on_image, region.base.ring[1]) for region in rings]
        helpers = [mask for room in rooms for mask in room]
        box, masks = resample(image, [*(region.mask for region in regions), *helpers], self.parameters)
        masks, others = masks[: len(regions)], masks[len(regions) + 1 :: 2]
        for region, other in zip(rings, others, strict=True):
            place = regions.index(region)
            if voxels(masks[place]):
                masks[place], region.outside = ring_around(masks[place], other, image, region.base.ring)
        return box, masks

    def _describe(self, region: Region, box: sitk.Image, mask: sitk.Image, responses: list[tuple]) -> None:
        """Values and grey levels of one region, or why there are none."""
        smallest = self.setting.get("minimumROISize") or 1
        inside = intensity_mask(box, mask, self.parameters) if voxels(mask) else mask
        if voxels(inside) < smallest or extended_dimensions(inside) < self.setting.get("minimumROIDimensions", 2):
            region.reason = Reason.ROI_TOO_SMALL
            return
        values = dict(self._shape(box, inside if self.setting.get("resegmentShape") else mask))
        bounds = bounding_box(inside)
        for image, image_type, setting in responses:
            image_box, mask_box = imageoperations.cropToTumorMask(image, inside, bounds)
            voxel_values = sitk.GetArrayViewFromImage(image_box)[sitk.GetArrayViewFromImage(mask_box) > 0]
            region.grey_levels[image_type] = discretised(voxel_values, setting)
            values |= family_values(image_box, mask_box, image_type, self.parameters["featureClass"], setting)
        region.values = {name: float(value) for name, value in values.items()}

    def _shape(self, box: sitk.Image, mask: sitk.Image) -> dict[str, float]:
        """Shape features. Sequences that share a grid share their regions' shapes, which are computed once."""
        bounds = bounding_box(mask)
        place = tuple(slice(bounds[2 * axis], bounds[2 * axis + 1] + 1) for axis in (2, 1, 0))
        voxels_inside = sitk.GetArrayViewFromImage(mask)[place]
        key = (voxels_inside.shape, voxels_inside.tobytes(), mask.GetSpacing())
        if key not in self.shapes:
            self.shapes[key] = self.extractor.computeShape(box, mask, bounds, **self.extractor.settings)
        return self.shapes[key]


def _either(masks: list[sitk.Image]) -> sitk.Image:
    everything = masks[0]
    for mask in masks[1:]:
        everything = sitk.Or(everything, mask)
    return everything


def _column(region: Region, names: list[str], parameters: dict) -> Column:
    """The features of one region. One that is absent from `values` failed as a whole."""
    if region.reason:
        return Column.absent(len(names), region.reason)
    values = np.array([region.values.get(name, np.nan) for name in names], dtype=float)
    reasons = np.full(len(names), None, dtype=object)
    one_level = parameters["osteon"]["one_level"]
    flat = {kind for kind, found in region.grey_levels.items() if found["levels"] == 1}
    for place in np.flatnonzero(~np.isfinite(values)):
        reasons[place] = str(Reason.VALUE_UNDEFINED if names[place] in region.values else Reason.EXTRACTION_FAILED)
    for place, name in enumerate(names if flat else ()):
        if name.rsplit("_", 2)[0] in flat and withheld(name, 1, one_level):
            reasons[place] = str(Reason.ONE_GREY_LEVEL)
    values[reasons != None] = np.nan  # noqa: E711 - element by element
    return Column(values, reasons)


def _level_rows(sequence: str, region: Region, outputs: list[Output]) -> list[dict]:
    """Under the names of the outputs that are this region; under its own where none is."""
    return [
        {"sequence": sequence, "roi": name, "image_type": image_type, **found}
        for name in _names_of(region.base, outputs)
        for image_type, found in region.grey_levels.items()
    ]


def _names_of(base: Base, outputs: list[Output]) -> list[str]:
    same = [output.name for output in outputs if output.rule == SAME and output.of == (base,) and not output.reason]
    return same or [base.name]


def _unknown_sides(outputs: list[Output]) -> list[dict]:
    names = [output.name for output in outputs if output.reason == Reason.SIDE_UNKNOWN]
    message = f"no value for {', '.join(names)}: the diseased side is not known"
    return [finding(Reason.SIDE_UNKNOWN, "review", message, names)] if names else []


def _cut_rings(sequence: str, region: Region, outputs: list[Output]) -> list[dict]:
    if region.outside == 0:
        return []
    severity = "review" if region.outside > MUCH_OUTSIDE else "note"
    message = f"{sequence}: {100 * region.outside:.1f} % of {_names_of(region.base, outputs)[0]} lies outside the image"
    return [finding(Reason.RING_CUT, severity, message, round(region.outside, 4))]


def _table(sequences: Sequence[str], outputs: list[Output], names: list[str], columns: list[Column]) -> pd.DataFrame:
    """One row per value: sequence, then region, then feature."""
    if not columns:
        return pd.DataFrame(columns=COLUMNS)
    rois = [output.name for output in outputs]
    return pd.DataFrame(
        {
            "sequence": np.repeat(np.array(sequences, dtype=object), len(rois) * len(names)),
            "roi": np.tile(np.repeat(np.array(rois, dtype=object), len(names)), len(sequences)),
            "feature": np.tile(np.array(names, dtype=object), len(columns)),
            "value": np.concatenate([column.values for column in columns]),
            "reason": np.concatenate([column.reasons for column in columns]),
        },
        columns=COLUMNS,
    )
