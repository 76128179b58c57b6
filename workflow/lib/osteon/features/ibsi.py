"""Feature values against the values of IBSI's teams, tag by tag."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd

from osteon.tables.files import read_table

MERGED, AVERAGED = "_3D_comb", "_3D_avg"
"""How IBSI's tags end: features of one matrix of all directions, or the mean over the directions."""
AGREE = 0.005
"""Relative difference from the teams' median up to which a value is met, and up to which a team agrees with it."""
TEAMS = 3
"""So many teams must agree on a median for it to be a reference."""

COLUMNS = ["id", "sequence", "roi", "tag", "ours", "median", "teams", "agreeing", "difference", "verdict", "reason"]
MEDIAN_COLUMNS = ["id", "tag", "median", "teams", "within_half_percent"]

Formula = Callable[[Mapping[str, float]], float]


def _area_of_ball(v: Mapping[str, float]) -> float:
    """Area of the ball that has the mesh's volume."""
    return (36 * math.pi * v["morph_volume"] ** 2) ** (1 / 3)


# IBSI's features that follow from PyRadiomics' by a formula of the reference manual.
DERIVED: dict[str, Formula] = {
    "stat_kurt": lambda v: v["stat_kurt"] - 3,  # PyRadiomics has no excess kurtosis
    "stat_cov": lambda v: math.sqrt(v["stat_var"]) / v["stat_mean"],
    "cm_dissimilarity" + MERGED: lambda v: v["cm_diff_avg" + MERGED],
    "cm_sum_var" + MERGED: lambda v: v["cm_clust_tend" + MERGED],
    "ngl_glnu_norm_3D": lambda v: v["ih_uniformity"],  # both are the sum of the squared shares of the grey levels
    "morph_comp_1": lambda v: v["morph_volume"] / (math.sqrt(math.pi) * v["morph_area_mesh"] ** 1.5),
    "morph_comp_2": lambda v: (_area_of_ball(v) / v["morph_area_mesh"]) ** 3,
    "morph_sph_dispr": lambda v: v["morph_area_mesh"] / _area_of_ball(v),
    "morph_asphericity": lambda v: v["morph_area_mesh"] / _area_of_ball(v) - 1,
    "morph_integ_int": lambda v: v["stat_mean"] * v["morph_volume"],
    "morph_vol_dens_aee": lambda v: (
        6 * v["morph_volume"] / math.pi / v["morph_pca_maj_axis"] / v["morph_pca_min_axis"] / v["morph_pca_least_axis"]
    ),
    "int_mask_vox_count_reseg_roi": lambda v: v["stat_energy"] / v["stat_rms"] ** 2,
    "int_mask_mean_int_reseg_roi": lambda v: v["stat_mean"],
    "int_mask_min_int_reseg_roi": lambda v: v["stat_min"],
    "int_mask_max_int_reseg_roi": lambda v: v["stat_max"],
}


class ComparisonError(ValueError):
    """A table that cannot be compared; the message says what is wrong and what to do."""


def absent() -> pd.DataFrame:
    """IBSI's tags that have no column, as patterns, each with the reason: tag, reason."""
    return pd.read_csv(Path(__file__).with_name("ibsi_absent.tsv"), sep="\t", dtype=str)


def compare(features: pd.DataFrame, dictionary: pd.DataFrame, medians: pd.DataFrame) -> pd.DataFrame:
    """Each tag of each patient who is in both tables.

    Args:
        features: wide table: subject, center, then features.
        dictionary: from `dictionary.feature_dictionary`, of the same settings.
        medians: id, tag, median, teams (how many gave a value), within_half_percent (how many of them agree).

    Returns:
        COLUMNS. verdict: met; missed; no agreement (fewer than three teams agree; not judged); absent (no column, for
        the reason given); not computed (a column without a value). difference is relative to the median (absolute
        where the median is 0).

    Raises:
        ComparisonError: a column is missing, or no patient is in both tables.
    """
    lacking = [name for name in MEDIAN_COLUMNS if name not in medians]
    if lacking:
        raise ComparisonError(f"the table of medians has no column {', '.join(lacking)}; it needs {MEDIAN_COLUMNS}")
    reasons = list(absent().itertuples(index=False))
    by_id = {_plain(name): group for name, group in medians.groupby("id", sort=False)}
    blocks = dictionary[dictionary["ibsi_tag"].astype(bool)].groupby(["sequence", "roi"], sort=False)
    rows: list[tuple] = []
    for _, patient in features.iterrows():
        group = by_id.get(_plain(patient["subject"]))
        if group is None:
            continue
        for (sequence, roi), columns in blocks:
            values = tagged(patient, columns)
            for row in group.itertuples():
                place = (row.id, sequence, roi, row.tag)
                rows.append((*place, *_judged(values.get(row.tag), row, reasons)))
    if not rows:
        raise ComparisonError(
            f"no patient is in both tables; features have {', '.join(map(str, features['subject'][:5]))}, "
            f"medians {', '.join(map(str, medians['id'].unique()[:5]))} (compared by letters and digits)"
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def tagged(patient: pd.Series, columns: pd.DataFrame) -> dict[str, float]:
    """Values of one region by IBSI's tag, those that follow from others included.

    Args:
        patient: values by column.
        columns: rows of the dictionary: column, ibsi_tag.
    """
    direct = {
        tag: float(patient[column])
        for column, tag in zip(columns["column"], columns["ibsi_tag"], strict=True)
        if column in patient
    }
    derived = {}
    for tag, formula in DERIVED.items():
        try:
            derived[tag] = formula(direct)
        except (KeyError, ZeroDivisionError, ValueError):  # a class that is not computed, an empty region
            continue
    return direct | derived


def read_medians(path: str | Path) -> pd.DataFrame:
    """A table of team medians: id, tag, median, teams, within_half_percent (CSV)."""
    return pd.read_csv(path, dtype={"id": str, "tag": str})


def compare_files(features: str | Path, medians: str | Path) -> pd.DataFrame:
    """`compare` for a center's features.tsv in a results folder; the dictionary is found one folder above it."""
    dictionary = Path(features).parent.parent / "dictionary.tsv"
    for path in (Path(features), Path(medians), dictionary):
        if not path.is_file():
            raise ComparisonError(
                f"{path}: there is no such file. Name <results>/04_features/center-<center>/features.tsv of a study "
                "and a table of medians"
            )
    explained = read_table(dictionary, text=("column", "sequence", "roi", "ibsi_tag")).fillna({"ibsi_tag": ""})
    return compare(read_table(features, text=("subject", "center")), explained, read_medians(medians))


def comparison_text(table: pd.DataFrame) -> str:
    """The comparison as lines for people: every tag, then the counts."""
    shown = table.assign(
        ours=[_number(value) for value in table["ours"]],
        median=[_number(value) for value in table["median"]],
        difference=[_number(value) for value in table["difference"]],
    )
    lines = [shown.drop(columns=["sequence", "roi"]).to_string(index=False)]
    for patient, group in table.groupby("id", sort=False):
        counts = group["verdict"].value_counts()
        lines.append(f"{patient}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return "\n".join(lines)


def _judged(value: float | None, row: object, reasons: list) -> tuple:
    median, teams, agreeing = float(row.median), int(row.teams), int(row.within_half_percent)
    numbers = (np.nan if value is None else value, median, teams, agreeing)
    difference = np.nan
    if value is not None and math.isfinite(median):
        difference = (value - median) / abs(median) if median else value
    if value is None:
        reason = next((entry.reason for entry in reasons if fnmatchcase(row.tag, entry.tag)), "")
        return *numbers, difference, "absent" if reason else "not computed", reason
    if agreeing < TEAMS or math.isnan(median):
        return *numbers, difference, "no agreement", f"{agreeing} of {teams} teams agree"
    if math.isnan(value):
        return *numbers, difference, "not computed", ""
    return *numbers, difference, "met" if abs(difference) <= AGREE else "missed", ""


def _plain(name: object) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", str(name))


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"
