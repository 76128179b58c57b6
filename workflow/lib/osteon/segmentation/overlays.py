"""Which cases show how good the masks are, and pictures of their masks on every sequence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from osteon.images.io import ImageUnreadable, read_image
from osteon.images.masks import to_grid
from osteon.images.outline import outlined_close
from osteon.images.preview import write_picture
from osteon.images.registration import rigid_transform
from osteon.segmentation.evaluate import UNKNOWN, UNSEEN
from osteon.tables.reasons import Reason
from osteon.tables.status import MANUAL, CaseStatus, Located

CHOICE_COLUMNS = ["center", "subject", "choice", "dice"]
COLUMNS = [*CHOICE_COLUMNS, "sequence", "manual", "picture", "reason"]
BEST, MEDIAN, WORST, FIRST = "best", "median", "worst", "first"
WITHOUT_TRUTH = 3
"""Cases of a hospital whose masks cannot be compared with any."""
TRUTH = "#ffffff"
"""Color of the outlines of manual masks."""


def shown_cases(statuses: Sequence[CaseStatus], agreement: pd.DataFrame | None) -> pd.DataFrame:
    """The cases with the best, the median and the worst agreement of each hospital.

    Args:
        statuses: of the segmentation stage, in the order of the study.
        agreement: from `evaluate.agreement`; None if there are no manual masks. Only cases that the network predicts
            without having learned from them count; a hospital without any shows its first cases.

    Returns:
        center, subject, choice ('best', 'median', 'worst'; 'first' without comparison), dice (mean of the labels). Of
        equal cases the one that comes first by name is taken; a hospital with two compared cases has no median.
    """
    dice = _dice(agreement)
    rows = []
    for center in dict.fromkeys(status.center for status in statuses):
        own = [status.subject for status in statuses if status.center == center and status.ok]
        known = sorted((subject for subject in own if subject in dice), key=lambda subject: (-dice[subject], subject))
        if known:
            places = {BEST: 0, WORST: len(known) - 1} if len(known) > 1 else {BEST: 0}
            places = {BEST: 0, MEDIAN: (len(known) - 1) // 2, WORST: len(known) - 1} if len(known) > 2 else places
            rows += [(center, known[place], choice, dice[known[place]]) for choice, place in places.items()]
        else:
            rows += [(center, subject, FIRST, float("nan")) for subject in own[:WITHOUT_TRUTH]]
    return pd.DataFrame(rows, columns=CHOICE_COLUMNS)


def _dice(agreement: pd.DataFrame | None) -> dict[str, float]:
    if agreement is None:
        return {}
    predicted = agreement[agreement["how"].isin([UNSEEN, UNKNOWN]) & agreement["dice"].notna()]
    return predicted.groupby("subject")["dice"].mean().to_dict()


def draw_overlays(
    shown: pd.DataFrame,
    segmented: Iterable[Located],
    ingested: Iterable[Located],
    prepared: Iterable[Located],
    sequences: Sequence[str],
    labels: Mapping[str, int],
    colors: Mapping[str, str],
    target: Path,
) -> pd.DataFrame:
    """One picture of each case and sequence: the mask in the colors of its labels, over the manual one in white.

    Args:
        shown: from `shown_cases`.
        segmented: status files and folders of the masks.
        ingested: likewise of the images as acquired, which hold the manual masks; in the same order.
        prepared: likewise of the preprocessed images.
        sequences: in the order of the study.
        labels: name and value of every structure.
        colors: '#rrggbb' by name.
        target: folder of the pictures.

    Returns:
        The rows of `shown`, one for each sequence: with manual ('yes' where a manual mask is drawn, too) and picture
        (file in the folder), or the reason why there is none: that of the case, 'sequence_missing',
        'image_unreadable', or 'mask_empty' where no label lies in this image.
    """
    target.mkdir(parents=True, exist_ok=True)
    by_value = {labels[name]: color for name, color in colors.items()}
    places = {
        (status.center, status.subject): (status, folders)
        for (path, folder), (ingest, native), (done, images) in zip(segmented, ingested, prepared, strict=True)
        for status, folders in [(CaseStatus.read(path), (folder, ingest, native, done, images))]
    }
    rows = []
    for row in shown.to_dict("records"):
        status, (folder, ingest, native, done, images) = places[row["center"], row["subject"]]
        manual, ready = CaseStatus.read(ingest).files.get(MANUAL), CaseStatus.read(done)
        masks = [(Path(folder, status.files["mask"]["path"]), by_value)]
        compared = manual is not None and row["choice"] != FIRST
        if compared:
            masks.insert(0, (Path(native, manual["path"]), dict.fromkeys(by_value, TRUTH)))
        for sequence in sequences:
            picture, reason = _picture(ready, Path(images), sequence, masks)
            name = "" if picture is None else f"sub-{row['subject']}_{sequence}.png"
            if picture is not None:
                write_picture(picture, target / name)
            found = {"sequence": sequence, "manual": "yes" if compared else "no", "picture": name, "reason": reason}
            rows.append(row | found)
    return pd.DataFrame(rows, columns=COLUMNS)


def _picture(
    ready: CaseStatus, images: Path, sequence: str, masks: Sequence[tuple[Path, Mapping[int, str]]]
) -> tuple[np.ndarray | None, str]:
    """One picture, or why there is none."""
    if sequence not in ready.files:
        return None, str(ready.reason or Reason.SEQUENCE_MISSING)
    moved = rigid_transform((ready.extra.get("registration") or {}).get(sequence))
    try:
        image = read_image(images / ready.files[sequence]["path"])
        drawn = [(to_grid(read_image(path), image, moved), colors) for path, colors in masks]
    except ImageUnreadable:
        return None, str(Reason.IMAGE_UNREADABLE)
    picture = outlined_close(image, drawn)
    return picture, "" if picture is not None else str(Reason.MASK_EMPTY)
