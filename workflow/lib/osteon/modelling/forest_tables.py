"""Subgroups and centers in the form of a forest plot: one line per group, center, mean and prediction interval."""

from __future__ import annotations

import pandas as pd

from osteon.statistics.estimate import Undefined
from osteon.statistics.names import LIKELIHOOD_RATIO, SCALES

ESTIMATE, POOLED, PREDICTION, HIDDEN = "estimate", "pooled", "prediction", "hidden"
FOREST_COLUMNS = [
    *("set", "model", "group", "level", "kind", "n", "events", "value", "low", "high", "p_interaction", "reason"),
]
WITHIN = ["set", "model"]


def subgroup_forest(subgroups: pd.DataFrame, interactions: pd.DataFrame) -> pd.DataFrame:
    """AUCs of subgroups with the p of the test whether the AUCs differ.

    Args:
        subgroups: of `subgroup_tables.subgroup_tables`.
        interactions: of the same.

    Returns:
        `FOREST_COLUMNS`: group is the variable; kind 'hidden' is a small group, which has its reason alone.
        p_interaction stands in the first row of a variable, as `interactions` has it (not adjusted).
    """
    table = subgroups.rename(columns={"variable": "group", "auc": "value", "auc_low": "low", "auc_high": "high"})
    tests = interactions[interactions["test"] != LIKELIHOOD_RATIO].rename(columns={"variable": "group"})
    keys = [*WITHIN, "group"]
    table = table.merge(tests[[*keys, "p"]].rename(columns={"p": "p_interaction"}), on=keys, how="left")
    table["p_interaction"] = table["p_interaction"].astype(float).where(~table.duplicated(keys))
    table["reason"] = table["reason"].map(lambda text: _reason_of(text, "auc"))
    hidden = table["reason"] == Undefined.SMALL_CELL
    return table.assign(kind=hidden.map({True: HIDDEN, False: ESTIMATE})).reindex(columns=FOREST_COLUMNS)


def center_forest(centers: pd.DataFrame, pooled: pd.DataFrame, measure: str = "auc") -> pd.DataFrame:
    """One measure of every center, then the mean over centers, then the prediction interval for a new center.

    Args:
        centers: of `center_pooling.center_tables`.
        pooled: of the same.
        measure: one of `center_pooling.SCALES`.

    Returns:
        `FOREST_COLUMNS`: group is '' and level the center; the lines of kind 'pooled' and 'prediction' have the level
        of the same name. Where nothing was pooled, 'pooled' has the reason and there is no 'prediction'.

    Raises:
        ValueError: another measure.
    """
    if measure not in SCALES:
        raise ValueError(f"measure {measure!r} is not pooled; allowed are {', '.join(SCALES)}")
    names = {measure: "value", f"{measure}_low": "low", f"{measure}_high": "high", "center": "level"}
    lines = centers.rename(columns=names).assign(kind=ESTIMATE, group="")
    lines["reason"] = lines["reason"].map(lambda text: _reason_of(text, measure))
    mean = pooled[pooled["measure"] == measure].assign(kind=POOLED, level=POOLED, group="")
    reach = mean[mean["value"].notna()].drop(columns=["value", "low", "high"])
    reach = reach.rename(columns={"prediction_low": "low", "prediction_high": "high"})
    reach = reach.assign(kind=PREDICTION, level=PREDICTION, reason="")
    parts = []
    for key in lines[WITHIN].drop_duplicates().itertuples(index=False):
        own = [table[(table["set"] == key[0]) & (table["model"] == key[1])] for table in (lines, mean, reach)]
        parts += [part.reindex(columns=FOREST_COLUMNS) for part in own if len(part)]
    if not parts:
        return pd.DataFrame(columns=FOREST_COLUMNS)
    table = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return table.astype(dict.fromkeys(("value", "low", "high", "p_interaction"), float))


def _reason_of(text: object, measure: str) -> str:
    """The code of one measure in 'measure: code; measure: code'."""
    codes = dict(part.split(": ", 1) for part in str(text).split("; ") if ": " in part)
    return codes.get(measure, "")
