"""Which masks of a study are compared with each other, from the cases' status files."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd

from osteon.segmentation.cases import people
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
            listed and not evaluated, by the image itself and not by its name, and so are other examinations of their
            patients (`cases.people`).

    Returns:
        Also listed and not evaluated are cases whose mask is not a prediction. A case whose prediction failed counts
        as one without any label.
    """
    how = UNSEEN if trained_on else UNKNOWN
    pairs: list[MaskPair | Unevaluated] = []
    delivered = [(CaseStatus.read(path), native) for path, native in ingested]
    who = people([ingest for ingest, _ in delivered])
    seen = {
        who.get((ingest.center, ingest.subject))
        for ingest, _ in delivered
        if ingest.ok and ingest.files[sequence]["sha256"] in trained_on
    } - {None}
    for (status_path, folder), (ingest, native) in zip(segmented, delivered, strict=True):
        status = CaseStatus.read(status_path)
        if not ingest.ok or MANUAL not in ingest.files:
            continue
        case = (status.center, status.subject)
        source = status.extra.get("source", PREDICTED)
        truth = Path(native, ingest.files[MANUAL]["path"])
        if ingest.files[sequence]["sha256"] in trained_on or who.get((ingest.center, ingest.subject)) in seen:
            pairs.append(Unevaluated(*case, "trained_on", Reason.TRAINED_ON))
        elif source != PREDICTED:
            pairs.append(Unevaluated(*case, source, Reason.MASK_BY_HAND))
        elif status.ok:
            pairs.append(MaskPair(*case, truth, Path(folder, status.files["mask"]["path"]), how))
        elif status.stage == SEGMENT:
            pairs.append(MaskPair(*case, truth, None, how, status.reason or ""))
    return pairs


def with_cross_validation(table: pd.DataFrame, cross_validation: pd.DataFrame) -> pd.DataFrame:
    """The table of agreement with the values from cross-validation for cases that are not compared in it.

    These are the cases that the model was trained on, and those of the training whose mask is not a prediction.

    Args:
        table: from `evaluate.agreement`.
        cross_validation: the same columns, for cases predicted by a network that had not seen them.
    """
    listed = set(table.loc[table["how"].isin(["trained_on", "manual", "corrected"]), "subject"])
    taken = cross_validation.loc[cross_validation["subject"].isin(listed), COLUMNS]
    if taken.empty:
        return table
    kept = table[~table["subject"].isin(set(taken["subject"]))]
    merged = pd.concat([part for part in (kept, taken) if len(part)])
    return merged.sort_values(["center", "subject"], kind="stable", ignore_index=True)
