"""Pairs of a manual and a predicted mask, from the cases' status files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from osteon.segmentation.evaluate import MaskPair
from osteon.tables.status import MANUAL, CaseStatus, Located


def mask_pairs(predicted: Iterable[Located], ingested: Iterable[Located]) -> list[MaskPair]:
    """Manual and predicted mask of every case that has both; the two lists are in the same order."""
    pairs = []
    for (status_path, folder), (ingest_path, native) in zip(predicted, ingested, strict=True):
        status, ingest = CaseStatus.read(status_path), CaseStatus.read(ingest_path)
        if status.ok and MANUAL in ingest.files:
            pairs.append(
                MaskPair(
                    status.center,
                    status.subject,
                    Path(native, ingest.files[MANUAL]["path"]),
                    Path(folder, status.files["mask"]["path"]),
                )
            )
    return pairs
