"""A small study of NIfTI images with two readers' masks, in which the texture tells the outcome."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk
import yaml
from scipy import ndimage

CASES = 16
EXTERNAL = 2
SHAPE = (10, 26, 28)
STUDY = {
    "study": {"name": "readers"},
    "cases": "cases.tsv",
    "participants": "participants.tsv",
    "centers": {
        "A": {
            "role": "development",
            "source": "nifti",
            "images": {"T1": "*_T1.nii.gz"},
            "masks": [{"reader": "R1", "pattern": "*_R1.nii.gz"}, {"reader": "R2", "pattern": "*_R2.nii.gz"}],
        },
        "X": {"role": "external", "source": "nifti", "images": {"T1": "*_T1.nii.gz"}, "masks": "*_R1.nii.gz"},
    },
    "sequences": {"T1": {}},
    "labels": {"tumor": 1},
    "rois": {"tumor": ["tumor"]},
    "mask_checks": {"inside": False},
    "outcome": {"column": "grade", "positive": "high", "negative": "low"},
    "preprocess": {"bias_correction": {"enabled": False}, "intensity": {"method": "none"}},
    "segmentation": {"method": "masks"},
    "features": {"bin_count": 16, "image_types": ["original"], "classes": ["shape", "firstorder"]},
    "robustness": {"cases": 12, "perturbations": ["translate", "randomise"], "readers": True, "bound": "value"},
    "harmonisation": {"method": "none"},
    "models": {"radiomics": {"scores": ["T1"]}},
    "validation": {"hold_out": 0.25, "folds": 2},
}


def write_study(folder: Path) -> Path:
    """Write study.yaml, both tables and the images; returns the study file."""
    cases, people = ["center\tsubject\tsource\tbatch"], ["subject\tgrade"]
    for center, count in (("A", CASES), ("X", EXTERNAL)):
        for number in range(count):
            subject, high = f"{center}{number:02d}", number % 2 == 1
            write_case(folder / "images" / subject, subject, number + 100 * (center == "X"), high)
            cases.append(f"{center}\t{subject}\timages/{subject}\t{center}{number % 2}")
            people.append(f"{subject}\t{'high' if high else 'low'}")
    for name, rows in (("cases.tsv", cases), ("participants.tsv", people)):
        (folder / name).write_text("\n".join(rows) + "\n")
    (folder / "study.yaml").write_text(yaml.safe_dump(STUDY, sort_keys=False))
    return folder / "study.yaml"


def write_case(folder: Path, subject: str, seed: int, high: bool) -> None:
    """A smooth image with an ellipsoid that is brighter where the grade is high, and two readers' masks of it."""
    random = np.random.default_rng([5, seed])
    folder.mkdir(parents=True, exist_ok=True)
    z, y, x = np.indices(SHAPE)
    center, radius = (4.5, 12.5, 13.5), (3.2, *random.uniform(5, 9.5, 2))
    distance = sum(((axis - at) / r) ** 2 for axis, at, r in zip((z, y, x), center, radius, strict=True))
    noise = ndimage.gaussian_filter(random.normal(0, 1, SHAPE), (0.7, 1.5, 1.5))
    inside = 300 + random.normal(0, 15) + 25 * high
    picture = np.where(distance < 1, inside, 200) + 60 * noise / noise.std()
    jagged = ndimage.gaussian_filter(random.normal(0, 1, SHAPE), 1.5)
    other = distance + 0.15 * jagged / jagged.std()
    _write(picture.astype(np.float32), folder / f"{subject}_T1.nii.gz")
    _write((distance < 1).astype(np.uint8), folder / f"{subject}_R1.nii.gz")
    _write((other < 1.05).astype(np.uint8), folder / f"{subject}_R2.nii.gz")


def _write(array: np.ndarray, path: Path) -> None:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((1.0, 1.0, 2.0))
    image.SetOrigin((-12.0, 30.0, 5.0))
    sitk.WriteImage(image, str(path))
