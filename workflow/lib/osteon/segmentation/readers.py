"""Agreement between readers, and of a reader with himself, where cases have several manual masks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from pathlib import Path

import pandas as pd

from osteon.images.io import read_image
from osteon.images.masks import to_grid, volume_ml
from osteon.segmentation.evaluate import overlap
from osteon.segmentation.summary import described, groups
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, Located

INTER, INTRA = "inter", "intra"
MEASURES = ("dice", "hd95_mm", "asd_mm", "volume_difference_percent", "volume_difference_abs_percent")
COLUMNS = [
    "subject",
    "center",
    "label",
    "kind",
    "first",
    "second",
    "dice",
    "hd95_mm",
    "asd_mm",
    "volume_first_ml",
    "volume_second_ml",
    "volume_difference_percent",
    "voxel_edge_mm",
    "reason",
]


def reader_agreement(ingested: Iterable[Located], labels: Mapping[str, int]) -> pd.DataFrame:
    """One row per case, pair of its readings, and label.

    `kind` is 'intra' for two readings of one reader and 'inter' for two readers. `first` and `second` name reader and
    reading ('ML-1'), in the order of the study. Dice; distances of the surfaces, mm; volumes, mL; the volume's
    difference second - first, per cent of their mean.

    A label that neither reading has is not judged; one that only one of them has has Dice 0, a difference of 200 % or
    -200 % and no distances. Both have a `reason`.
    """
    rows = [row for status, folder in ingested for row in _case(CaseStatus.read(status), Path(folder), labels)]
    return pd.DataFrame(rows, columns=COLUMNS)


def readers_summary(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Means per kind, center and label, with 95 % intervals by bootstrap of patients: see `summary.described`.

    `worst` is the least Dice, and the largest of the other measures.
    """
    table = table.assign(volume_difference_abs_percent=table["volume_difference_percent"].abs())
    rows = [
        {"kind": kind, "center": center, "label": label, "measure": measure, **described(group, measure, seed)}
        for kind, own in table.groupby("kind", sort=False)
        for center, label, group in groups(own)
        for measure in MEASURES
    ]
    columns = ["kind", "center", "label", "measure", "n", "patients", "mean", "low", "high", "median", "worst"]
    return pd.DataFrame(rows, columns=[*columns, "reason"])


def _case(status: CaseStatus, folder: Path, labels: Mapping[str, int]) -> Iterator[dict]:
    readings = [row for row in status.extra.get("readings", []) if row["key"] in status.files]
    masks = {row["key"]: read_image(folder / status.files[row["key"]]["path"]) for row in readings}
    for one, other in combinations(readings, 2):
        first = masks[one["key"]]
        second = to_grid(masks[other["key"]], first)
        case = {
            "subject": status.subject,
            "center": status.center,
            "kind": INTRA if one["reader"] == other["reader"] else INTER,
            "first": f"{one['reader']}-{one['reading']}",
            "second": f"{other['reader']}-{other['reading']}",
            "voxel_edge_mm": max(first.GetSpacing()),
        }
        for name, value in labels.items():
            volumes = [volume_ml(mask, value) for mask in (first, second)]
            row = {**case, "label": name, "volume_first_ml": volumes[0], "volume_second_ml": volumes[1]}
            if not any(volumes):
                yield {**row, "reason": str(Reason.LABEL_NOT_DRAWN)}
                continue
            yield {
                **row,
                **overlap(first, second, value),
                "volume_difference_percent": 200 * (volumes[1] - volumes[0]) / sum(volumes),
                "reason": "" if all(volumes) else str(Reason.LABEL_ONE_READER),
            }
