"""A study of small images in which the outcome is known to sit in the texture, or in the volume, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import SimpleITK as sitk
import yaml
from scipy.ndimage import gaussian_filter

from osteon.images.io import write_image

SHAPE = (16, 24, 24)
COARSE, FINE = 1.1, 0.5  # voxels, width of the smoothing that makes the texture
WORDS = ("no", "yes")
STUDY = {
    "study": {"name": "planted", "seed": 5},
    "cases": "config/planted/cases.tsv",
    "participants": "config/planted/participants.tsv",
    "centers": {
        code: {"role": role, "source": "nifti", "images": {"T1": "*_T1.nii.gz"}, "masks": "*_mask.nii.gz"}
        for code, role in {"A": "development", "B": "development", "X": "external"}.items()
    },
    "sequences": {"T1": {}},
    "labels": {"L1": 1},
    "rois": {"L1": ["L1"]},
    "outcome": {"column": "coarse", "positive": "yes", "negative": "no"},
    "preprocess": {"bias_correction": {"enabled": False}},
    "features": {
        "spacing": None,
        "bin_count": 16,
        "image_types": ["original"],
        "classes": ["shape", "firstorder", "glcm"],
        "pad_distance": 2,
    },
    "controls": {"shuffled": True},
    "signatures": {"texture": ["T1_L1_original_glcm_*"], "volume": ["*_original_shape_MeshVolume"]},
    "models": {
        "texture": {"scores": ["texture"]},
        "shuffled": {"scores": ["texture"], "features": "shuffled"},
        "volume": {"scores": ["volume"]},
    },
    "validation": {"folds": 3, "bootstrap": 200},
}


def write_planted(folder: Path, patients: int) -> None:
    """Write data/, config/planted/ into a project's folder: `patients` in each of the centers A, B and X.

    Columns of the participants: `coarse` (the texture's grain) and `large` (the region's volume), independent of each
    other. Every region has the same grey values, in another order.
    """
    random = np.random.default_rng(11)
    rows = []
    for center in STUDY["centers"]:
        flags = random.permutation([(i % 2 == 0, i // 2 % 2 == 0) for i in range(patients)])
        for number, (coarse, large) in enumerate(flags.tolist(), start=1):
            subject = f"{center}{number:02d}"
            image, mask = picture(coarse, large, random)
            write_image(image, folder / "data" / subject / f"{subject}_T1.nii.gz")
            write_image(mask, folder / "data" / subject / f"{subject}_mask.nii.gz")
            rows.append((center, subject, f"data/{subject}", f"{center}01", WORDS[coarse], WORDS[large]))
    table = pd.DataFrame(rows, columns=["center", "subject", "source", "batch", "coarse", "large"])
    place = folder / "config" / "planted"
    place.mkdir(parents=True)
    table[["center", "subject", "source", "batch"]].to_csv(place / "cases.tsv", sep="\t", index=False)
    table[["center", "subject", "coarse", "large"]].to_csv(place / "participants.tsv", sep="\t", index=False)
    (place / "study.yaml").write_text(yaml.safe_dump(STUDY, sort_keys=False), encoding="utf-8")


def picture(coarse: bool, large: bool, random: np.random.Generator) -> tuple[sitk.Image, sitk.Image]:
    """Image and mask of one patient, spacing 1 mm."""
    axes = np.meshgrid(*(np.arange(size) - (size - 1) / 2 for size in SHAPE), indexing="ij")
    radius = random.uniform(5.6, 6.2) if large else random.uniform(4.8, 5.4)
    inside = sum((axis / (radius * stretch)) ** 2 for axis, stretch in zip(axes, (0.9, 1.2, 1.2), strict=True)) <= 1
    field = gaussian_filter(random.normal(size=SHAPE), COARSE if coarse else FINE)
    ranks = field[inside].argsort().argsort()
    values = 300 + 20 * random.normal(size=SHAPE)
    values[inside] = 900 + 300 * ranks / len(ranks)
    image, mask = (
        sitk.GetImageFromArray(np.round(values).astype(np.int16)),
        sitk.GetImageFromArray(inside.astype(np.uint8)),
    )
    return image, mask
