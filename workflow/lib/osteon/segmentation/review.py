"""Which masks a person should look at, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import SimpleITK as sitk

from osteon.images.io import ImageUnreadable, read_image
from osteon.images.outline import outlined_slices
from osteon.images.preview import write_picture
from osteon.segmentation.pairs import SEGMENT
from osteon.tables.explanations import explained
from osteon.tables.mask_findings import CORRECTION, CORRECTION_OF_MANUAL, FOUND, UNNAMED_FOLDER
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, Located

COLUMNS = ["center", "subject", "source", "labels", "codes", "found", "what", "action", "picture"]


def review_list(
    quality: pd.DataFrame, statuses: Sequence[CaseStatus], labels: Mapping[str, int], corrections: str | None
) -> pd.DataFrame:
    """One row per case whose mask a person should look at, in the order of the study.

    Args:
        quality: from `quality.judge`.
        statuses: of the segmentation stage. Listed are cases with a flag or a finding for review, and those that this
            stage excluded: a corrected mask brings them back.
        labels: name and value of every structure.
        corrections: folder in which corrected masks are looked for; None if the study names none.

    Returns:
        Columns: source of the mask; flagged labels; codes; what was found, with numbers; what the codes mean; what to
        do; name of the picture.
    """
    flagged = dict(iter(quality[quality["flags"] != ""].groupby(["center", "subject"])))
    listed = []
    for status in statuses:
        rows = flagged.get((status.center, status.subject), quality[:0])
        codes, found = _found(status, rows)
        if codes:
            explanations = [explained(code) for code in codes]
            actions = [action for _, action in explanations] + [_correction(status, labels, corrections)]
            listed.append(
                {
                    "center": status.center,
                    "subject": status.subject,
                    "source": status.extra.get("source", ""),
                    "labels": "; ".join(rows["label"]),
                    "codes": "; ".join(codes),
                    "found": "; ".join(found),
                    "what": " ".join(sentence for sentence, _ in explanations),
                    "action": " ".join(dict.fromkeys(actions)),
                    "picture": picture_name(status),
                }
            )
    return pd.DataFrame(listed, columns=COLUMNS)


def draw_pictures(
    review: pd.DataFrame,
    segmented: Iterable[Located],
    ingested: Iterable[Located],
    sequence: str,
    labels: Mapping[str, int],
    colors: Mapping[str, str],
    target: Path,
) -> None:
    """One picture per case of the review list: three slices of the segmented image with the outline of the mask.

    Args:
        review: from `review_list`.
        segmented: status files and folders of the masks.
        ingested: status files and folders of the images, in the same order.
        sequence: the segmented one.
        labels: name and value of every structure.
        colors: '#rrggbb' by name.
        target: folder of the pictures.
    """
    target.mkdir(parents=True, exist_ok=True)
    listed = {(row["center"], row["subject"]): row for row in review.to_dict("records")}
    by_value = {labels[name]: color for name, color in colors.items()}
    for (status_path, folder), (ingest_path, native) in zip(segmented, ingested, strict=True):
        status = CaseStatus.read(status_path)
        row = listed.get((status.center, status.subject))
        if row:
            image = _image(Path(native, CaseStatus.read(ingest_path).files[sequence]["path"]))
            mask = read_image(Path(folder, status.files["mask"]["path"])) if status.ok else None
            flagged = [labels[name] for name in row["labels"].split("; ") if name]
            write_picture(outlined_slices(image, mask, by_value, flagged), target / row["picture"])


def _image(path: Path) -> sitk.Image:
    """The image, or a black one in place of a file that cannot be read: its case is listed for that."""
    try:
        return read_image(path)
    except ImageUnreadable:
        return sitk.Image(16, 16, 16, sitk.sitkUInt8)


def picture_name(status: CaseStatus) -> str:
    """File of a case's picture in the folder of the review list."""
    return f"sub-{status.subject}.jpg"


def _found(status: CaseStatus, rows: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Codes without repetition, and what was found."""
    entries = [
        (code, FOUND[Reason(code)].format(**row, largest_percent=100 * row["largest_share"]))
        for row in rows.to_dict("records")
        for code in row["flags"].split("; ")
    ]
    own = {code for code, _ in entries}
    entries += [
        (entry["code"], entry["message"])
        for entry in status.findings
        if status.ok and entry["severity"] == "review" and entry["code"] not in own
    ]
    if not status.ok and status.stage == SEGMENT:
        entries.append((str(status.reason), str(status.detail)))
    return list(dict.fromkeys(code for code, _ in entries)), [said for _, said in entries]


def _correction(status: CaseStatus, labels: Mapping[str, int], corrections: str | None) -> str:
    text = CORRECTION_OF_MANUAL if status.extra.get("source") == "manual" else CORRECTION
    values = ", ".join(f"{name} = {value}" for name, value in labels.items())
    folder = f"'{corrections}'" if corrections else UNNAMED_FOLDER
    return text.format(values=values, file=f"sub-{status.subject}.nii.gz", folder=folder)
