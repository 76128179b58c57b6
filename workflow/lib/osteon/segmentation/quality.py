"""What a mask says about itself and about the study's other masks, without a manual one to compare it with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import SimpleITK as sitk

from osteon.config.segmentation import MaskQuality
from osteon.images.mask_checks import components_ml, slice_axis
from osteon.images.masks import to_grid
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus

# Where a label meets the end of the image: not at all, in the first or last slice, in the first or last row or column.
INSIDE, SLICE, EDGE = "inside", "slice", "edge"
# With fewer cases nobody can say what is usual.
LEAST_CASES = 10
# Of normal values, the MAD knows the spread as well as a standard deviation of this share of them does.
MAD_EFFICIENCY = 0.3675
COLUMNS = [
    "center",
    "subject",
    "label",
    "source",
    "volume_ml",
    "volume_z",
    "volume_ratio_z",
    "components",
    "largest_share",
    "border",
    "height_mm",
    "height_z",
    "neighbor",
    "spacing_mm",
    "spacing_z",
    "disagreement",
    "flags",
    "not_judged",
]
NUMBERS = ("volume_ml", "components", "largest_share", "height_mm", "spacing_mm", "disagreement")


def describe(mask: sitk.Image, image: sitk.Image, labels: Mapping[str, int]) -> dict[str, dict]:
    """Numbers of every label of one case, as they stand in its status file.

    Args:
        mask: label values; brought to the image's grid if it has another.
        image: the image that was segmented.
        labels: name and value of every structure.

    Returns:
        Per label: `volume_ml`; `components` (pieces; voxels that share a corner are one) and `largest_share` (of the
        volume, in the largest piece); `border` ('inside', 'slice': in the first or last slice, 'edge': in the first or
        last row or column); `center_mm` (centroid in LPS) and `height_mm` (its height above the image's center, along
        the patient). A label that the mask does not have has 0 mL, 0 components and null for the others.

    Verified against: boxes of known volume, number and place on anisotropic, flipped and oblique grids.
    """
    mask = to_grid(mask, image)
    return {name: _label(mask, value) for name, value in labels.items()}


def _label(mask: sitk.Image, value: int) -> dict:
    places = np.argwhere(sitk.GetArrayViewFromImage(mask) == value)[:, ::-1]  # axes as in the image
    if not len(places):
        absent = dict.fromkeys(("largest_share", "border", "center_mm", "height_mm"))
        return {"volume_ml": 0.0, "components": 0, **absent}
    low, high = places.min(axis=0), places.max(axis=0)
    # pieces are looked for in the label's own box: the whole image would take ten times as long
    pieces = components_ml(mask[tuple(slice(int(a), int(b) + 1) for a, b in zip(low, high, strict=True))], value)
    center = mask.TransformContinuousIndexToPhysicalPoint(places.mean(axis=0).tolist())
    middle = mask.TransformContinuousIndexToPhysicalPoint([(size - 1) / 2 for size in mask.GetSize()])
    ends = (low == 0) | (high == np.array(mask.GetSize()) - 1)
    through = slice_axis(mask)
    return {
        "volume_ml": round(sum(pieces), 6),
        "components": len(pieces),
        "largest_share": round(pieces[0] / sum(pieces), 6),
        "border": EDGE if np.delete(ends, through).any() else SLICE if ends[through] else INSIDE,
        "center_mm": [round(position, 4) for position in center],
        "height_mm": round(center[2] - middle[2], 4),
    }


def judge(
    statuses: Iterable[CaseStatus], labels: Sequence[str], head_to_foot: Sequence[str], limits: MaskQuality
) -> pd.DataFrame:
    """Numbers and flags of every case and label of a study.

    Args:
        statuses: of the segmentation stage; cases without a mask have no rows.
        labels: names of the structures.
        head_to_foot: those that have an order along the patient, the highest first; may be empty.
        limits: when a number is unusual.

    Returns:
        Per case and label the numbers of `describe`, and:

        - `volume_z`: robust z of the volume's logarithm among the study's cases (a vertebra of half the size is as
          unusual as one of twice the size)
        - `volume_ratio_z`: the same of the ratio to the case's other labels, in which the size of the patient cancels
        - `neighbor`, `spacing_mm`, `spacing_z`: the next higher label, the distance of the centroids, and its robust z
          among the study's cases
        - `height_z`: of labels with an order, robust z of the height in the image, from the median of the center, whose
          technicians plan alike
        - `disagreement`: least Dice among the network's own predictions, where they were compared
        - `flags`: codes for review; `not_judged`: numbers without z, because too few cases have them or these differ
          too little.

    Robust z: distance from the median / (1.4826 MAD) (Iglewicz, Hoaglin, How to Detect and Handle Outliers, 1993), less
    the fewer the cases are, so that a normal case is listed equally rarely in a small and in a large study.
    """
    rows = [row for status in statuses if status.ok for row in _rows(status, labels, head_to_foot)]
    table = pd.DataFrame(rows, columns=[*COLUMNS, "above"]).astype(dict.fromkeys(NUMBERS, float))
    label, present = table["label"], table["volume_ml"] > 0
    pair, ordered = label + " " + table["neighbor"], table["label"].isin(head_to_foot)
    size = np.log(table["volume_ml"].where(present))
    table["volume_z"] = _robust_z(size, label, label)
    table["volume_ratio_z"] = _robust_z(_against_others(size, table["subject"]), label, label)
    table["spacing_z"] = _robust_z(table["spacing_mm"], pair, pair)
    table["height_z"] = _robust_z(table["height_mm"].where(ordered), label + " " + table["center"], label)
    flags = {
        Reason.MASK_EMPTY: ~present,
        Reason.MASK_ORDER: table["above"],
        Reason.MASK_SPACING: table["spacing_z"].abs() > limits.spacing_z,
        Reason.MASK_HEIGHT: table["height_z"].abs() > limits.spacing_z,
        Reason.MASK_COMPONENTS: table["components"] > 1,
        Reason.MASK_VOLUME_ODD: (table["volume_z"].abs() > limits.volume_z) | _most_unlike(table, limits.volume_z),
        Reason.MASK_BORDER: table["border"] == EDGE,
        Reason.MASK_DISAGREEMENT: table["disagreement"] < limits.disagreement,
    }
    unknown = {
        "volume": present & table["volume_z"].isna(),
        "spacing": table["spacing_mm"].notna() & table["spacing_z"].isna(),
        "height": table["height_mm"].notna() & ordered & table["height_z"].isna(),
    }
    table["flags"] = _joined(flags, len(table))
    table["not_judged"] = _joined(unknown, len(table))
    return table[COLUMNS].astype({"components": int})


def _rows(status: CaseStatus, labels: Sequence[str], head_to_foot: Sequence[str]) -> Iterable[dict]:
    quality = status.extra["quality"]
    described, disagreement = quality["labels"], quality.get("disagreement") or {}
    present = [name for name in head_to_foot if described.get(name, {}).get("center_mm")]
    above = {lower: upper for upper, lower in pairwise(present)}
    for name in labels:
        row = {key: value for key, value in described[name].items() if key in COLUMNS}
        if name in above:
            ends = [np.array(described[label]["center_mm"]) for label in (above[name], name)]
            row |= {"neighbor": above[name], "spacing_mm": float(np.linalg.norm(ends[1] - ends[0]))}
            row["above"] = bool(ends[1][2] >= ends[0][2])
        case = {"center": status.center, "subject": status.subject, "source": status.extra["source"], "label": name}
        yield {"above": False, **case, **row, "disagreement": disagreement.get(name)}


def _against_others(size: pd.Series, subjects: pd.Series) -> pd.Series:
    """Each value less the mean of the other values of its case; NaN without others."""
    by_case = size.groupby(subjects)
    total, count = by_case.transform("sum"), by_case.transform("count")
    return size - (total - size) / (count - 1).where(count > 1)


def _most_unlike(table: pd.DataFrame, limit: float) -> pd.Series:
    """Of each case the label whose ratio to the others is beyond the limit most: one odd label shifts all ratios."""
    apart = table["volume_ratio_z"].abs()
    return (apart > limit) & (apart == apart.groupby(table["subject"]).transform("max"))


def _robust_z(values: pd.Series, cohorts: pd.Series, scales: pd.Series) -> pd.Series:
    """Distance from the median of the cohort, over the spread about these medians in all cohorts of one scale.

    A group per center has too few cases for a spread of its own; the spread is taken over all centers. The MAD of few
    cases is often far too small, so the quotient is read as Student's t and turned into the z of the same probability.
    NaN where the cohort has fewer than ten values, or where they do not differ.
    """
    by_cohort = values.groupby(cohorts)
    apart = (values - by_cohort.transform("median")).where(by_cohort.transform("count") >= LEAST_CASES)
    by_scale = apart.abs().groupby(scales)
    spread = 1.4826 * by_scale.transform("median")
    return _z_of_t(apart / spread.where(spread > 0), MAD_EFFICIENCY * (by_scale.transform("count") - 1))


def _z_of_t(t: pd.Series, freedom: pd.Series) -> pd.Series:
    """The normal quantile with the tail of Student's t (Wallace, Ann Math Stat 30, 1124, 1959, within 2 % here)."""
    return np.sign(t) * (8 * freedom + 1) / (8 * freedom + 3) * np.sqrt(freedom * np.log1p(t**2 / freedom))


def _joined(named: Mapping[str, pd.Series], rows: int) -> list[str]:
    """Per row the names of what is true in it."""
    columns = [(str(name), column.to_numpy()) for name, column in named.items()]
    return ["; ".join(name for name, column in columns if column[row]) for row in range(rows)]
