"""A picture of every sequence of every case with the contours of its mask: where the features were measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from osteon.images.io import ImageUnreadable, read_image
from osteon.images.masks import to_grid
from osteon.images.outline import outlined_slices
from osteon.images.preview import write_picture
from osteon.images.registration import rigid_transform
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, Located

COLUMNS = ["subject", "center", "sequence", "picture", "reason"]
"""Of the list of pictures."""


def draw_contours(
    preprocessed: Iterable[Located],
    segmented: Iterable[Located],
    sequences: Sequence[str],
    labels: Mapping[str, int],
    colors: Mapping[str, str],
    target: Path,
) -> pd.DataFrame:
    """Three slices of each sequence with the outline of every label, in the images from which features are taken.

    The mask lies as `features.extract` lays it on each sequence: moved with the patient where the sequence was
    registered.

    Args:
        preprocessed: status files and folders of the preprocessed images.
        segmented: those of the masks, in the same order.
        sequences: the study's.
        labels: name and value of every structure.
        colors: '#rrggbb' by name.
        target: folder of the pictures.

    Returns:
        COLUMNS, a row per case and sequence: the picture's file, or why there is none.
    """
    target.mkdir(parents=True, exist_ok=True)
    by_value = {labels[name]: color for name, color in colors.items()}
    rows = []
    for (images_path, images), (mask_path, masks) in zip(preprocessed, segmented, strict=True):
        status, segmentation = CaseStatus.read(images_path), CaseStatus.read(mask_path)
        for name in sequences:
            picture, reason = (
                f"sub-{status.subject}_{name}.jpg",
                next((one.reason for one in (status, segmentation) if not one.ok), ""),
            )
            if not reason:
                try:
                    write_picture(
                        _outlined(status, segmentation, name, by_value, Path(images), Path(masks)), target / picture
                    )
                except ImageUnreadable:
                    reason = str(Reason.IMAGE_UNREADABLE)
            rows.append((status.subject, status.center, name, "" if reason else picture, reason))
    return pd.DataFrame(rows, columns=COLUMNS)


def _outlined(
    status: CaseStatus,
    segmentation: CaseStatus,
    sequence: str,
    colors: Mapping[int, str],
    images: Path,
    masks: Path,
) -> np.ndarray:
    image = read_image(images / status.files[sequence]["path"])
    mask = read_image(masks / segmentation.files["mask"]["path"])
    moved = (status.extra.get("registration") or {}).get(sequence)
    return outlined_slices(image, to_grid(mask, image, rigid_transform(moved)), colors)
