"""Features of a batch of cases, with one file per case."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from osteon.features.extract import Extraction, empty_case, extract_case
from osteon.images.io import read_image
from osteon.tables.files import file_sha256, write_table
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, excluded

log = logging.getLogger(__name__)

STAGE = "features"


@dataclass(frozen=True)
class CaseFiles:
    """Where one case's images and mask come from and its features go to."""

    image_status: Path
    """Status file of the preprocessing."""
    images: Path
    """Folder with the preprocessed images."""
    mask_status: Path
    """Status file of the segmentation."""
    masks: Path
    """Folder with the mask."""
    table: Path
    """The case's features."""
    status: Path
    """Status file of this stage."""


def extract_batch(
    cases: Iterable[CaseFiles],
    sequences: list[str],
    labels: dict[str, int],
    rois: dict[str, list[str]],
    parameters: dict,
) -> None:
    """Write features and status of every case.

    Args:
        cases: the batch.
        sequences: sequences in the order of the columns.
        labels: integer of each structure.
        rois: names of the structures in each region.
        parameters: from `settings.pyradiomics_parameters`.
    """
    cases = list(cases)
    for number, case in enumerate(cases, start=1):
        status, extraction = _extract(case, sequences, labels, rois, parameters)
        write_table(extraction.features, case.table)
        status.files["features"] = {"path": case.table.name, "sha256": file_sha256(case.table)}
        status.write(case.status)
        log.info("%d of %d: %s %s", number, len(cases), status.subject, status.reason or "ok")


def _extract(
    case: CaseFiles, sequences: list[str], labels: dict[str, int], rois: dict[str, list[str]], parameters: dict
) -> tuple[CaseStatus, Extraction]:
    images, masks = CaseStatus.read(case.image_status), CaseStatus.read(case.mask_status)
    stopped = next((status for status in (images, masks) if not status.ok), None)
    if stopped:
        return stopped.passed_on(), Extraction(empty_case(sequences, list(rois), parameters, stopped.reason), None)
    extraction = extract_case(
        {name: read_image(case.images / images.files[name]["path"]) for name in sequences},
        read_image(case.masks / masks.files["mask"]["path"]),
        labels,
        rois,
        parameters,
    )
    if extraction.reason:
        return excluded(images.center, images.subject, STAGE, Reason(extraction.reason)), extraction
    levels = {
        f"{row.sequence}_{row.roi}_{row.image_type}": int(row.grey_levels)
        for row in extraction.grey_levels.itertuples()
    }
    return CaseStatus(images.center, images.subject, STAGE, extra={"grey_levels": levels}), extraction
