"""Cases that a network can learn from, from their status files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from osteon.segmentation.dataset import TrainingCase
from osteon.tables.status import MANUAL, CaseStatus, Located


def training_cases(ingested: Iterable[Located], sequence: str) -> list[TrainingCase]:
    """Every case that passed ingest and has a manual mask."""
    cases = []
    for status_path, folder in ingested:
        status = CaseStatus.read(status_path)
        if status.ok and MANUAL in status.files:
            cases.append(
                TrainingCase(
                    status.center,
                    status.subject,
                    Path(folder, status.files[sequence]["path"]),
                    Path(folder, status.files[MANUAL]["path"]),
                )
            )
    return cases
