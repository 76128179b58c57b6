"""Which masks of a study are compared with each other, from the cases' status files."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd

from osteon.segmentation.evaluate import COLUMNS, UNKNOWN, UNSEEN, MaskPair, Unevaluated
from osteon.tables.reasons import Reason
from osteon.tables.status import MANUAL, CaseStatus, Located

PREDICTED = "predicted"
SEGMENT = "segment"


def mask_pairs(
    segmented: Iterable[Located], ingested: Iterable[Located], sequence: str, trained_on: Collection[str]
) -> list[MaskPair | Unevaluated]:
    """Manual and predicted mask of every case that has a manual one.

    Args:
        segmented: status files and folders of the masks.
        ingested: status files and folders of the images, in the same order.
        sequence: the segmented one.
        trained_on: SHA-256 of the images that the model learned from; empty if the model does not say. Such cases are
            listed and not evaluated, by the image itself and not by its name.

    Returns:
        Also listed and not evaluated are cases whose mask is not a prediction. A case whose prediction failed counts
        as one without any label.
    """
    how = UNSEEN if trained_on else UNKNOWN
    pairs: list[MaskPair | Unevaluated] = []
    for (status_path, folder), (ingest_path, native) in zip(segmented, ingested, strict=True):
        status, ingest = CaseStatus.read(status_path), CaseStatus.read(ingest_path)
        if not ingest.ok or MANUAL not in ingest.files:
            continue
        case = (status.center, status.subject)
        source = status.extra.get("source", PREDICTED)
        truth = Path(native, ingest.files[MANUAL]["path"])
        if ingest.files[sequence]["sha256"] in trained_on:
            pairs.append(Unevaluated(*case, "trained_on", Reason.TRAINED_ON))
        elif source != PREDICTED:
            pairs.append(Unevaluated(*case, source, Reason.MASK_BY_HAND))
        elif status.ok:
            pairs.append(MaskPair(*case, truth, Path(folder, status.files["mask"]["path"]), how))
        elif status.stage == SEGMENT:
            pairs.append(MaskPair(*case, truth, None, how, status.reason or ""))
    return pairs


def with_cross_validation(table: pd.DataFrame, cross_validation: pd.DataFrame) -> pd.DataFrame:
    """The table of agreement with the values from cross-validation for cases that the model was trained on.

    Args:
        table: from `evaluate.agreement`.
        cross_validation: the same columns, for cases predicted by a network that had not seen them.
    """
    trained = set(table.loc[table["how"] == "trained_on", "subject"])
    taken = cross_validation.loc[cross_validation["subject"].isin(trained), COLUMNS]
    if taken.empty:
        return table
    kept = table[~table["subject"].isin(set(taken["subject"]))]
    merged = pd.concat([part for part in (kept, taken) if len(part)])
    return merged.sort_values(["center", "subject"], kind="stable", ignore_index=True)
