"""Small cases for the stage of features: images, masks and the status files before it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from osteon.config.features import Features, Roi
from osteon.features.batch import CaseFiles, Settings
from osteon.features.settings import pyradiomics_parameters
from osteon.images.io import write_image
from osteon.tables.files import file_sha256
from osteon.tables.status import CaseStatus


def feature_settings(**changes) -> Settings:
    """Settings of a small study: one sequence, one region, shape and first order."""
    given = {"bin_count": 16, "image_types": ["original"], "classes": ["shape", "firstorder"], **changes}
    parameters = pyradiomics_parameters(Features(**given))
    return Settings(["T1"], {"L1": 1}, {"body": Roi(labels=["L1"])}, parameters, "code1")


def feature_cases(folder: Path, subjects: list[str], size: int = 16) -> list[CaseFiles]:
    """One case per subject of center A: noise with a box in the middle, written under `folder`."""
    return [_case(folder / subject, subject, number, size) for number, subject in enumerate(subjects)]


def _case(folder: Path, subject: str, number: int, size: int) -> CaseFiles:
    folder.mkdir(parents=True)
    image = np.random.default_rng(number).normal(100, 20, (size, size, size)).astype(np.float32)
    mask = np.zeros(image.shape, np.uint8)
    quarter = size // 4
    mask[quarter:-quarter, quarter:-quarter, quarter:-quarter] = 1
    write_image(sitk.GetImageFromArray(image), folder / "T1.nii.gz")
    write_image(sitk.GetImageFromArray(mask), folder / "mask.nii.gz")
    CaseStatus("A", subject, "preprocess", files={"T1": _file(folder / "T1.nii.gz")}).write(folder / "p.json")
    source = {"source": "predicted"}
    CaseStatus("A", subject, "segment", files={"mask": _file(folder / "mask.nii.gz")}, extra=source).write(
        folder / "s.json"
    )
    return case_files(folder, subject)


def case_files(folder: Path, subject: str, **more) -> CaseFiles:
    """Where the case in a folder of its own has its files."""
    names = ("p.json", ".", "s.json", ".", f"sub-{subject}_features.tsv", f"sub-{subject}_features.json")
    return CaseFiles(*(folder / name for name in names), **more)


def _file(path: Path) -> dict:
    return {"path": path.name, "sha256": file_sha256(path)}
