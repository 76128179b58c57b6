"""Masks of a batch of cases: predicted with one loaded model, or taken over from manual ones."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from osteon.config.segmentation import Segmentation
from osteon.images.io import read_image
from osteon.images.masks import mask_findings
from osteon.segmentation.predict import load_model, predict
from osteon.tables.files import file_sha256
from osteon.tables.reasons import Reason
from osteon.tables.status import MANUAL, CaseStatus, excluded

log = logging.getLogger(__name__)

STAGE = "segment"
MaskMaker = Callable[[CaseStatus, Path, Path], CaseStatus | None]


@dataclass(frozen=True)
class CaseFiles:
    """Where one case's images come from and its mask goes to."""

    ingested: Path
    """Status file of the ingest stage."""
    source: Path
    """Folder with the images."""
    status: Path
    """Status file of this stage."""
    target: Path
    """Folder for the mask."""


def segment_batch(
    cases: Iterable[CaseFiles], settings: Segmentation, sequence: str, labels: dict[str, int], threads: int = 1
) -> None:
    """Write mask and status of every case; the model is loaded once.

    Args:
        cases: the batch.
        settings: method, model, device, step.
        sequence: the sequence that is segmented.
        labels: integer of each structure.
        threads: CPU threads for the network.
    """
    cases = list(cases)
    maker = _predictor(settings, sequence, threads) if settings.method == "nnunet" else _given
    for number, case in enumerate(cases, start=1):
        status = _segment(case, maker, sequence, labels)
        status.write(case.status)
        log.info("%d of %d: %s %s", number, len(cases), status.subject, status.reason or "ok")


def _segment(case: CaseFiles, maker: MaskMaker, sequence: str, labels: dict[str, int]) -> CaseStatus:
    case.target.mkdir(parents=True, exist_ok=True)
    ingested = CaseStatus.read(case.ingested)
    if not ingested.ok:
        return ingested.passed_on()
    output = case.target / f"sub-{ingested.subject}_dseg.nii.gz"
    failed = maker(ingested, case.source, output)
    if failed:
        return failed
    image = read_image(case.source / ingested.files[sequence]["path"])
    findings = mask_findings(read_image(output), image, labels)
    bad = [row for row in findings if row["severity"] == "exclude"]
    if bad:
        output.unlink()
        return excluded(ingested.center, ingested.subject, STAGE, Reason(bad[0]["code"]), bad[0]["message"], findings)
    files = {"mask": {"path": output.name, "sha256": file_sha256(output)}}
    return CaseStatus(ingested.center, ingested.subject, STAGE, findings=findings, files=files)


def _predictor(settings: Segmentation, sequence: str, threads: int) -> MaskMaker:
    model = load_model(settings.model, settings, threads)

    def maker(ingested: CaseStatus, source: Path, output: Path) -> None:
        predict(model, source / ingested.files[sequence]["path"], output)

    return maker


def _given(ingested: CaseStatus, source: Path, output: Path) -> CaseStatus | None:
    if MANUAL not in ingested.files:
        return excluded(ingested.center, ingested.subject, STAGE, Reason.MASK_MISSING)
    shutil.copyfile(source / ingested.files[MANUAL]["path"], output)
    return None
