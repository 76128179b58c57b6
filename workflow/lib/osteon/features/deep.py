"""Deep features of a batch of cases: regions as for the other features, values from a network.

The network comes as a function, so that this module needs neither torch nor nnU-Net.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import SimpleITK as sitk

from osteon.config.features import Roi
from osteon.config.regions import region_names
from osteon.features.deep_columns import PREFIX
from osteon.features.derived import Column, derived
from osteon.features.regions import Region, around, regions_on_image, ring_around, voxel_count
from osteon.features.regions_plan import Base, bases_of, planned
from osteon.images.io import ImageUnreadable, read_image
from osteon.tables.files import write_table
from osteon.tables.kept import Kept
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus

log = logging.getLogger(__name__)

COLUMNS = ["sequence", "roi", "feature", "value", "reason"]
Embed = Callable[[sitk.Image, Mapping[Base, sitk.Image]], Mapping[Base, np.ndarray | None]]
"""From an image and regions on its grid to one number per channel and region, None for a region that is too small."""


@dataclass(frozen=True)
class CaseFiles:
    """Where one case's image and mask come from and its deep features go to."""

    ingested: Path
    """Status file of the ingest stage."""
    native: Path
    """Folder with the images that were segmented."""
    mask_status: Path
    """Status file of the segmentation."""
    masks: Path
    """Folder with the mask."""
    table: Path
    """The case's deep features."""
    row: Mapping[str, str]
    """The case's further columns of cases.tsv, for regions that need the diseased side."""


@dataclass(frozen=True)
class DeepSettings:
    """What all cases share."""

    sequence: str
    """The segmented sequence, which the network knows."""
    labels: dict[str, int]
    rois: dict[str, Roi]
    channels: list[str]
    """Names of the channels."""


def deep_batch(cases: Iterable[CaseFiles], settings: DeepSettings, embed: Embed, kept: Kept) -> None:
    """Write the deep features of every case; finished cases are restored from `kept`."""
    cases = list(cases)
    for number, case in enumerate(cases, start=1):
        ingested, masks = CaseStatus.read(case.ingested), CaseStatus.read(case.mask_status)
        targets = {"table": case.table}
        name, key = _place(ingested), kept.key(_inputs(ingested, masks, settings.sequence, case.row))
        if kept.restore(name, key, targets):
            log.info("%d of %d: %s was finished before", number, len(cases), ingested.subject)
            continue
        try:
            table = _of_files(case, ingested, masks, settings, embed)
        except ImageUnreadable as error:
            log.warning("%s: %s", ingested.subject, error)
            write_table(absent_case(settings, str(Reason.IMAGE_UNREADABLE)), case.table)
            continue
        write_table(table, case.table)
        kept.keep(name, key, targets)
        absent = sorted(set(table["reason"].dropna()))
        log.info("%d of %d: %s %s", number, len(cases), ingested.subject, ", ".join(absent) or "ok")


def deep_case(
    image: sitk.Image, mask: sitk.Image, row: Mapping[str, str], settings: DeepSettings, embed: Embed
) -> pd.DataFrame:
    """Deep features of one case: sequence ('deep_' and the segmented one), roi, feature (the channel), value, reason.

    Regions of all schemes: unions and rings go through the network; means and differences follow from them, as for
    the other features.
    """
    outputs = planned(settings.rois, row)
    regions, on_image = regions_on_image(mask, image, settings.labels, bases_of(outputs))
    usable = {}
    for region in regions:
        if region.reason is None:
            inside = region.mask
            if region.base.ring:
                _, others = around(region.mask, on_image, region.base.ring[1])
                inside, _ = ring_around(region.mask, others, image, region.base.ring)
            if voxel_count(inside):
                usable[region.base] = inside
            else:
                region.reason = Reason.ROI_TOO_SMALL
    count = len(settings.channels)
    found = embed(image, usable) if usable else {}
    columns = {region.base: _column(region, found, count) for region in regions}
    parts = [derived(output, columns, count) for output in outputs]
    return _table(settings, [(output.name, part) for output, part in zip(outputs, parts, strict=True)])


def absent_case(settings: DeepSettings, reason: str) -> pd.DataFrame:
    """The rows of a case that never came to the network: the full schema, NaN, and the reason in every row."""
    absent = Column.absent(len(settings.channels), reason)
    return _table(settings, [(name, absent) for name in region_names(settings.rois)])


def _of_files(
    case: CaseFiles, ingested: CaseStatus, masks: CaseStatus, settings: DeepSettings, embed: Embed
) -> pd.DataFrame:
    stopped = next((status for status in (ingested, masks) if not status.ok), None)
    if stopped:
        return absent_case(settings, str(stopped.reason))
    return deep_case(
        read_image(case.native / ingested.files[settings.sequence]["path"]),
        read_image(case.masks / masks.files["mask"]["path"]),
        case.row,
        settings,
        embed,
    )


def _place(status: CaseStatus) -> str:
    return f"center-{status.center}/sub-{status.subject}"


def _inputs(ingested: CaseStatus, masks: CaseStatus, sequence: str, row: Mapping[str, str]) -> dict:
    """What a case's deep features are made of."""
    return {
        "stopped": [status.reason for status in (ingested, masks)],
        "image": ingested.files.get(sequence, {}).get("sha256"),
        "mask": masks.files.get("mask", {}).get("sha256"),
        "row": dict(row),
    }


def _column(region: Region, found: Mapping[Base, np.ndarray | None], count: int) -> Column:
    values = None if region.reason else found[region.base]
    if values is None:
        return Column.absent(count, region.reason or Reason.DEEP_TOO_COARSE)
    finite = np.isfinite(values)
    reasons = np.full(count, None, dtype=object)
    reasons[~finite] = str(Reason.VALUE_UNDEFINED)
    return Column(np.where(finite, values, np.nan), reasons)


def _table(settings: DeepSettings, parts: Sequence[tuple[str, Column]]) -> pd.DataFrame:
    blocks = [
        pd.DataFrame(
            {
                "sequence": PREFIX + settings.sequence,
                "roi": name,
                "feature": settings.channels,
                "value": column.values,
                "reason": column.reasons,
            },
            columns=COLUMNS,
        )
        for name, column in parts
    ]
    return pd.concat(blocks, ignore_index=True)
