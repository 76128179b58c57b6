"""What a batch of masks is asked for, and what is to be done for each of its cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from osteon.config.delivery import MaskChecks
from osteon.config.segmentation import Segmentation
from osteon.tables.files import file_sha256
from osteon.tables.kept import Kept
from osteon.tables.status import MANUAL, CaseStatus

PREDICTED, DRAWN, CORRECTED = "predicted", "manual", "corrected"
# What decides about a prediction besides the settings and Osteon's own code.
PACKAGES = ("nnunetv2", "scipy", "torch")


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
    corrections: tuple[Path, ...] = ()
    """Files of `segmentation.corrections` with the case's name."""


@dataclass(frozen=True)
class Order:
    """What is asked of a batch, the same for each of its cases."""

    settings: Segmentation
    """method, model, device, step, mirroring, quality.compare."""
    sequence: str
    """The sequence that is segmented."""
    labels: dict[str, int]
    """Integer of each structure."""
    checks: MaskChecks = field(default_factory=MaskChecks)
    """What a plausible corrected mask is."""
    annotated: frozenset[str] = frozenset()
    """Subjects that keep their manual masks although the others are predicted."""
    code: str = ""
    """Fingerprint of the code that makes the masks."""

    @cached_property
    def model_sha256(self) -> str | None:
        """Of the model's file; None if nothing is predicted."""
        return file_sha256(self.settings.model) if self.settings.method == "nnunet" else None

    @property
    def rest(self) -> dict:
        """What a mask depends on besides its case."""
        packages = ("numpy", "SimpleITK", *(PACKAGES if self.settings.method == "nnunet" else ()))
        return {
            "method": self.settings.method,
            "device": self.settings.device,
            "step": self.settings.step,
            "mirroring": self.settings.mirroring,
            "largest_piece": self.settings.largest_piece,
            "compare": self.settings.quality.compare,
            "model": self.model_sha256,
            "sequence": self.sequence,
            "labels": self.labels,
            "code": self.code,
            "packages": {name: version(name) for name in packages},
        }


@dataclass(frozen=True)
class Task:
    """A case that is to be done: none of its results is kept."""

    files: CaseFiles
    ingested: CaseStatus
    image: Path
    source: str
    """predicted, manual or corrected."""
    model_sha256: str | None
    """The model that predicts it, or None."""
    key: str
    """Fingerprint of all that the result depends on."""

    @property
    def name(self) -> str:
        """The case's place among the kept results."""
        return f"center-{self.ingested.center}/sub-{self.ingested.subject}"

    @property
    def mask(self) -> Path:
        """Where the mask goes."""
        return self.files.target / f"sub-{self.ingested.subject}_dseg.nii.gz"

    @property
    def outcomes(self) -> list[dict[str, Path]]:
        """The files of a finished case: with a mask, or refused."""
        return [{"status": self.files.status, "mask": self.mask}, {"status": self.files.status}]

    @property
    def origin(self) -> dict:
        """Where the mask comes from, for the status file."""
        origin = {"source": self.source, "model": self.model_sha256}
        if self.source == CORRECTED:
            origin["corrections"] = [path.name for path in self.files.corrections]
        return origin


def task_of(files: CaseFiles, ingested: CaseStatus, order: Order, kept: Kept) -> Task:
    """What is to be done for a case that has passed ingest: a correction counts most, then an annotation."""
    drawn = order.settings.method == "masks" or (ingested.subject in order.annotated and MANUAL in ingested.files)
    source = CORRECTED if files.corrections else DRAWN if drawn else PREDICTED
    image = ingested.files[order.sequence]
    inputs = {"source": source, "image": image["sha256"]}
    if source == DRAWN:
        inputs["manual"] = ingested.files.get(MANUAL, {}).get("sha256")
    if source == CORRECTED:
        inputs["corrections"] = {path.name: file_sha256(path) for path in files.corrections}
        inputs["checks"] = order.checks.model_dump(mode="json")
    model = order.model_sha256 if source == PREDICTED else None
    return Task(files, ingested, files.source / image["path"], source, model, kept.key(inputs))
