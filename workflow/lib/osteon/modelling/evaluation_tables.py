"""What the tables of the validation have in common, whatever the kind of the outcome."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from osteon.config.modelling import Validation
from osteon.modelling.resampled import REPEATED
from osteon.modelling.splits import TRAIN
from osteon.statistics.bootstrap import paired_difference
from osteon.statistics.estimate import Estimate

NO_PATIENTS = "no_patients"
# Predictions of several fits together are no sample of one model's: models are not compared on them.
SEVERAL_FITS = (TRAIN, REPEATED)
DIFFERENCE_COLUMNS = [*("set", "model_1", "model_2", "measure", "difference", "low", "high", "p", "p_holm", "reason")]


def by_model(table: pd.DataFrame, models: Iterable[str], set_name: str) -> dict[str, pd.DataFrame]:
    """The predictions of one set: one table per model, rows in the same order of subjects.

    Args:
        table: model, subject and predictions of one set.
        models: names of all models, in the order of the result.
        set_name: for messages.

    Raises:
        ValueError: a subject twice, models with different subjects, or a model that is not named.
    """
    names = list(models)
    if unknown := sorted(set(table["model"]) - set(names)):
        raise ValueError(f"set {set_name!r}: model {unknown[0]!r} has predictions but no threshold")
    members = {model: table[table["model"] == model].sort_values("subject", ignore_index=True) for model in names}
    first = next(iter(members.values()))["subject"]
    if first.duplicated().any():
        raise ValueError(
            f"set {set_name!r}: subject {first[first.duplicated()].iloc[0]!r} is there twice; measures "
            "count patients, so each may have one row per model"
        )
    for model, member in members.items():
        if not member["subject"].equals(first):
            raise ValueError(
                f"set {set_name!r}: the predictions of model {model!r} are of other patients than those "
                "of the first model"
            )
    return members


def resampling_of(table: pd.DataFrame, settings: Validation, seed: int) -> dict[str, object]:
    """How patients are resampled: within center and outcome, as often as the settings say."""
    strata = (table["center"].astype(str) + "/" + table["outcome"].astype(str)).to_numpy()
    return {"strata": strata, "resamples": settings.bootstrap, "seed": seed}


def joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """All parts below each other; the columns stay where there is no part."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True).reindex(columns=columns) if filled else pd.DataFrame(columns=columns)


def with_holm(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with p_holm: p adjusted for the number of comparisons that have one."""
    adjusted = pd.Series(math.nan, index=table.index)
    tested = table["p"].notna()
    if tested.any():
        adjusted[tested] = multipletests(table.loc[tested, "p"].to_numpy(dtype=float), method="holm")[1]
    return table.assign(p_holm=adjusted)


def measure_columns(measures: Iterable[str], alone: Sequence[str] = ()) -> list[str]:
    """Columns of measures: <name>, <name>_low, <name>_high; those that stand `alone` have no interval."""
    return [f"{name}{suffix}" for name in measures for suffix in (("",) if name in alone else ("", "_low", "_high"))]


def measure_cells(estimates: Mapping[str, Estimate], alone: Sequence[str] = ()) -> dict[str, object]:
    """The cells of `measure_columns`, and reason: 'measure: code' for every missing value or interval."""
    cells: dict[str, object] = {}
    for name, estimate in estimates.items():
        cells[name] = estimate.value
        if name not in alone:
            cells |= {f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    reasons = [f"{name}: {estimate.reason}" for name, estimate in estimates.items() if estimate.reason]
    return cells | {"reason": "; ".join(reasons)}


def paired_differences(
    values: Mapping[str, tuple[float, np.ndarray]], measure: str, without: str | None
) -> pd.DataFrame:
    """Differences of a measure between models, from resamples of the same patients.

    Args:
        values: of each model the measure and its (resamples,) values, paired between models.
        measure: name of the measure.
        without: why there is no value; None where there is one.

    Returns:
        `DIFFERENCE_COLUMNS` without set: first minus second model with percentile interval and p
        (`statistics.bootstrap.difference_p`); p_holm is adjusted for the number of pairs.
    """
    rows = []
    for (name_1, (value_1, values_1)), (name_2, (value_2, values_2)) in combinations(values.items(), 2):
        row: dict[str, object] = {"model_1": name_1, "model_2": name_2, "measure": measure, "reason": without}
        if without is None:
            estimate, p = paired_difference(value_1 - value_2, values_1 - values_2)
            row |= {"difference": estimate.value, "low": estimate.low, "high": estimate.high, "p": p}
            row["reason"] = estimate.reason
        rows.append(row)
    return with_holm(pd.DataFrame(rows, columns=[name for name in DIFFERENCE_COLUMNS if name not in ("set", "p_holm")]))
