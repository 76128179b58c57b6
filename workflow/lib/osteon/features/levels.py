"""Grey levels of a whole study: what was obtained, whether it is enough, and what to write where it is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from osteon.tables.status import CaseStatus

KEYS = ["sequence", "region", "image_type"]
ROW_COLUMNS = ["subject", "center", *KEYS, "levels", "range", "bin_width", "bin_count"]
JUDGED_COLUMNS = [
    *["center", *KEYS, "source", "cases", "minimum", "median", "maximum", "one_level_share", "median_range"],
    *["setting", "verdict", "message"],
]
TEXT = ("center", *KEYS, "source", "setting", "verdict", "message")
"""Of these, the columns of text: where all are empty they must not be read as numbers."""
AIM = 32
"""Grey levels that a remedy aims at: the middle of 16 to 128, on a logarithmic scale nearest to a round number."""
APART = 4.0
"""Medians of two centers that differ by this factor are warned of."""
DELIVERED_SHARE = 0.05
"""Of the rows of a delivered table, the share with constant textures from which on it is an error."""
STOPPING_SHARE = 0.5
"""Of the cases of a center, the share with one level from which on it is no exception but the rule."""
# What PyRadiomics writes for a region of one grey level, whatever its size and shape (a test extracts one).
CONSTANTS = {
    ("glcm", "JointEntropy"): 0.0,
    ("glcm", "JointEnergy"): 1.0,
    ("glcm", "MaximumProbability"): 1.0,
    ("glcm", "Contrast"): 0.0,
    ("glcm", "DifferenceEntropy"): 0.0,
    ("glrlm", "GrayLevelNonUniformityNormalized"): 1.0,
    ("glrlm", "GrayLevelVariance"): 0.0,
    ("glszm", "GrayLevelNonUniformityNormalized"): 1.0,
    ("glszm", "GrayLevelVariance"): 0.0,
    ("gldm", "GrayLevelVariance"): 0.0,
    ("ngtdm", "Coarseness"): 1e6,
    ("firstorder", "Entropy"): 0.0,
    ("firstorder", "Uniformity"): 1.0,
}
_COLUMN = re.compile(
    r"(?:(?P<place>.+)_)?(?P<image>original|log-sigma-[\d-]+-mm(?:-[23]D)?|wavelet\d*-[A-Za-z]+|square|squareroot"
    r"|logarithm|exponential|gradient|lbp-[23]D(?:-\w+)?|mean-\d+-[23]D)_(?P<family>[a-z]+)_(?P<name>[A-Za-z0-9]+)",
)


class LevelsRefused(ValueError):
    """Most regions of a center have a single grey level; the message says where, why and what to write."""


def extracted_levels(statuses: Sequence[str | Path]) -> pd.DataFrame:
    """One row per case, sequence, region and image type (ROW_COLUMNS), from the cases' feature statuses.

    A case that was excluded before and a region that was not discretised have no row; their reasons are in cases.tsv
    and missing.tsv. A case that the single level itself excluded has its rows.
    """
    rows = []
    for case in map(CaseStatus.read, statuses):
        for entry in case.extra.get("grey_levels", []):
            rows.append({"subject": case.subject, "center": case.center, "region": entry["roi"], **entry})
    return pd.DataFrame(rows, columns=ROW_COLUMNS)


def wide_levels(rows: pd.DataFrame) -> pd.DataFrame:
    """subject, center, then a column '<sequence>_<region>_<image type>' with the number of levels; empty if none."""
    if rows.empty:
        return rows[["subject", "center"]]
    names = rows["sequence"] + "_" + rows["region"] + "_" + rows["image_type"]
    subjects = rows[["subject", "center"]].drop_duplicates()
    wide = rows.assign(name=names).pivot(index="subject", columns="name", values="levels")
    wide = wide[list(dict.fromkeys(names))].astype("Int64").reset_index()
    return subjects.merge(wide, on="subject", validate="one_to_one")


def judge_extracted(rows: pd.DataFrame, limits: tuple[int, int]) -> pd.DataFrame:
    """One row per center, sequence, region and image type (JUDGED_COLUMNS), with verdict and remedy.

    Args:
        rows: from `extracted_levels`.
        limits: `features.levels`; a median outside is warned of.
    """
    judged = []
    for key, group in rows.groupby(["center", *KEYS], sort=False):
        levels, setting = group["levels"], _setting(group)
        median, median_range = float(levels.median()), float(group["range"].median())
        share = float((levels == 1).mean())
        remedy = _remedy(setting, median_range)
        verdict, message = "ok", ""
        if share > 0:
            verdict = "error"
            message = (
                f"{(levels == 1).sum()} of {len(levels)} cases have a single grey level with '{setting}' on "
                f"intensities that span {median_range:.3g}, so textures are constants. {remedy}"
            )
        elif not limits[0] <= median <= limits[1]:
            verdict = "warning"
            message = (
                f"{median:g} grey levels with '{setting}' on intensities that span {median_range:.3g}; "
                f"'features.levels' asks for {limits[0]} to {limits[1]}. {remedy}"
            )
        numbers = (len(levels), levels.min(), median, levels.max(), share, median_range)
        judged.append((*key, "extracted", *numbers, setting, verdict, message))
    return pd.DataFrame(judged, columns=JUDGED_COLUMNS)


def judge_delivered(features: pd.DataFrame) -> pd.DataFrame:
    """The same for a table of features without images, by the values that textures of one grey level have.

    Only the share of rows with constant textures is known; where a table has none of the columns that tell, there is
    no row. Columns are told by '<image type>_<family>_<name>' at their end, as PyRadiomics names them.

    Args:
        features: subject, center, then features.
    """
    telling: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for column in features.columns:
        match = _COLUMN.fullmatch(column)
        value = CONSTANTS.get((match["family"], match["name"])) if match else None
        if value is not None:
            telling.setdefault((match["place"] or "", match["image"]), []).append((column, value))
    judged = []
    for (place, image_type), columns in telling.items():
        sequence, _, region = place.partition("_")
        values = features[[name for name, _ in columns]].astype(float)
        known = values.notna().any(axis=1)
        equal = np.isclose(values, [value for _, value in columns], rtol=1e-6, atol=1e-6) | values.isna()
        constant = equal.all(axis=1) & known
        share = float(constant[known].mean()) if known.any() else 0.0
        verdict, message = "ok", ""
        if share > DELIVERED_SHARE:
            verdict = "error"
            message = (
                f"{constant.sum()} of {known.sum()} rows have the textures of a single grey level "
                f"({columns[0][0]} = {columns[0][1]:g}). The bin width was too large for these intensities; ask the "
                f"center to extract again with 'bin_count: {AIM}'."
            )
        numbers = (int(known.sum()), np.nan, np.nan, np.nan, share, np.nan)
        center = features["center"].iloc[0]
        judged.append((center, sequence, region, image_type, "delivered", *numbers, "", verdict, message))
    return pd.DataFrame(judged, columns=JUDGED_COLUMNS)


def compare_centers(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All centers' judgements in one table, with a warning where their medians are APART."""
    result = pd.concat([table for table in tables if not table.empty] or list(tables)[:1], ignore_index=True)
    for _, group in result.dropna(subset=["median"]).groupby(KEYS, sort=False):
        low, high = group["median"].idxmin(), group["median"].idxmax()
        if group.loc[high, "median"] < APART * group.loc[low, "median"]:
            continue
        text = (
            f"Center {group.loc[high, 'center']} has {group.loc[high, 'median']:g} grey levels and center "
            f"{group.loc[low, 'center']} {group.loc[low, 'median']:g}: textures are not comparable. "
            f"Write 'bin_count: {AIM}', or normalise the intensities ('preprocess.intensity.method: robust')."
        )
        for row in group.index:
            result.loc[row, "message"] = f"{result.loc[row, 'message']} {text}".strip()
            if result.loc[row, "verdict"] == "ok":
                result.loc[row, "verdict"] = "warning"
    return result


def refuse(judged: pd.DataFrame) -> None:
    """Raise LevelsRefused if more than half of the cases of a center have one level on any image."""
    stopping = judged[judged["one_level_share"] > STOPPING_SHARE]
    if stopping.empty:
        return
    lines = [
        f"  {' '.join(filter(None, [row.sequence, row.region, row.image_type]))}: {row.message}"
        for row in stopping.itertuples()
    ]
    raise LevelsRefused(
        f"Center {stopping['center'].iloc[0]}: textures would be constants in most cases, so no model is fitted on "
        "them.\n" + "\n".join(lines) + "\nTo keep and report them instead: 'features: {one_level: report}'."
    )


def _setting(group: pd.DataFrame) -> str:
    """The discretisation of a group of rows, as it is written in the study file."""
    if group["bin_count"].notna().any():
        return f"bin_count: {int(group['bin_count'].dropna().iloc[0])}"
    return f"bin_width: {group['bin_width'].dropna().iloc[0]:g}"


def _remedy(setting: str, span: float) -> str:
    """What to write to obtain AIM levels from intensities that span this much."""
    if not span > 0:
        return "The region has the same intensity everywhere: look at the image and the mask."
    if setting.startswith("bin_count"):
        return f"Write 'bin_count: {AIM}'."
    return f"Write 'bin_width: {span / AIM:.2g}', which gives about {AIM} levels here, or 'bin_count: {AIM}'."
