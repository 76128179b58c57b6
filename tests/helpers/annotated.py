"""Small images with manual masks of two bright blocks, for trainings that take seconds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from osteon.images.io import write_image

LABELS = {"L1": 20, "L2": 22}


def write_annotated(folder: Path, cases: Iterable[str], each: bool = False, seed: int = 8) -> None:
    """Write <case>_T1.nii.gz and <case>_mask.nii.gz of every case; with `each`, into a folder of its own."""
    generator = np.random.default_rng(seed)
    for case in cases:
        mask = np.zeros((6, 32, 32), np.uint8)
        mask[1:5, 6:12, 10:22], mask[1:5, 18:24, 10:22] = LABELS["L1"], LABELS["L2"]
        values = mask * 10 + generator.normal(50, 5, mask.shape)
        target = folder / case if each else folder
        target.mkdir(parents=True, exist_ok=True)
        for name, content in (("mask", mask), ("T1", values.astype(np.float32))):
            image = sitk.GetImageFromArray(content)
            image.SetSpacing((2.0, 2.0, 5.0))
            write_image(image, target / f"{case}_{name}.nii.gz")
