"""Which cases have what: pairs of masks to compare, images with masks to learn from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from osteon.segmentation.dataset import TrainingCase
from osteon.segmentation.evaluate import MaskPair
from osteon.tables.status import CaseStatus

MANUAL = "manual"
Located = tuple[str | Path, str | Path]
"""A status file and the folder that it describes."""


def mask_pairs(predicted: Iterable[Located], ingested: Iterable[Located]) -> list[MaskPair]:
    """Manual and predicted mask of every case that has both; the two lists are in the same order."""
    pairs = []
    for (status_path, folder), (ingest_path, native) in zip(predicted, ingested, strict=True):
        status, ingest = CaseStatus.read(status_path), CaseStatus.read(ingest_path)
        if status.ok and MANUAL in ingest.files:
            pairs.append(MaskPair(status.center, status.subject, Path(native, ingest.files[MANUAL]["path"]),
                                  Path(folder, status.files["mask"]["path"])))
    return pairs


def training_cases(ingested: Iterable[Located], sequence: str) -> list[TrainingCase]:
    """Every case that passed ingest and has a manual mask."""
    cases = []
    for status_path, folder in ingested:
        status = CaseStatus.read(status_path)
        if status.ok and MANUAL in status.files:
            cases.append(TrainingCase(status.center, status.subject, Path(folder, status.files[sequence]["path"]),
                                      Path(folder, status.files[MANUAL]["path"])))
    return cases
