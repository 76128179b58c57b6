"""Every measure of frozen models that predict a number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from osteon.config.modelling import Validation
from osteon.modelling.evaluation_tables import (
    DIFFERENCE_COLUMNS,
    NO_PATIENTS,
    SEVERAL_FITS,
    by_model,
    joined,
    measure_cells,
    measure_columns,
    paired_differences,
)
from osteon.statistics.estimate import Undefined
from osteon.statistics.regression import FEWEST, MAIN, agreement_points, number_curve, r2, regression_measures

MEASURES = (
    *(MAIN, "r2_within_center", "mae", "rmse", "pearson", "spearman"),
    *("slope", "intercept", "bias", "lower_limit", "upper_limit"),
)
PERFORMANCE_COLUMNS = [
    *("set", "model", "n", "outcome_mean", "outcome_sd", "imputed_patients"),
    *measure_columns(MEASURES),
    *("reason", "caution"),
]
AGREEMENT_COLUMNS = ["set", "model", "subject", "center", "outcome", "predicted", "mean", "difference"]
CURVE_COLUMNS = ["set", "model", "kind", "predicted", "observed", "low", "high", "n"]


def evaluate_continuous(
    predictions: pd.DataFrame, sets: Sequence[str], models: Iterable[str], settings: Validation, seed: int
) -> dict[str, pd.DataFrame]:
    """All tables of the validation of models of a number.

    A set with equal outcomes, very few patients or none gives rows with NaN and the reason, never an error.

    Args:
        predictions: model, set, subject, center, outcome, predicted (in the unit of the outcome), imputed; each subject
            once per model and set, and the same subjects for every model of a set.
        sets: the sets to evaluate, in the order of the tables.
        models: the models, in the order of the tables.
        settings: bootstrap resamples.
        seed: seed of the bootstrap; the same patients are resampled for every model, within center.

    Returns:
        performance: one row per set and model: n, mean and standard deviation of the outcome, imputed_patients, the
            measures of `statistics.regression.regression_measures`, reason, caution.
        pairwise: differences of R² between models (bootstrap, paired; p_holm is adjusted for the number of pairs in the
            set). Not for sets whose predictions come from several fits.
        agreement: one row per patient: outcome, predicted, their mean, and prediction minus outcome.
        calibration_curve: see `statistics.regression.number_curve`.

    Raises:
        ValueError: a subject twice, models with different subjects, or a model that is not named.
    """
    columns = {
        "performance": PERFORMANCE_COLUMNS,
        "pairwise": DIFFERENCE_COLUMNS,
        "agreement": AGREEMENT_COLUMNS,
        "calibration_curve": CURVE_COLUMNS,
    }
    tables: dict[str, list[pd.DataFrame]] = {key: [] for key in columns}
    names = list(models)
    for name in sets:
        members = by_model(predictions[predictions["set"] == name], names, name)
        for model, table in members.items():
            about = {"set": name, "model": model}
            outcome, predicted = table["outcome"].to_numpy(dtype=float), table["predicted"].to_numpy(dtype=float)
            tables["performance"].append(pd.DataFrame([about | _performance_row(table, settings, seed)]))
            tables["agreement"].append(table.join(agreement_points(outcome, predicted)).assign(**about))
            tables["calibration_curve"].append(number_curve(outcome, predicted).assign(**about))
        if name not in SEVERAL_FITS:
            tables["pairwise"].append(_pairwise(members, settings, seed).assign(set=name))
    return {key: joined(tables[key], columns[key]) for key in columns}


def _performance_row(table: pd.DataFrame, settings: Validation, seed: int) -> dict[str, object]:
    if table.empty:
        return {"n": 0, "imputed_patients": 0, "reason": f"all: {NO_PATIENTS}", "caution": ""}
    outcome = table["outcome"].to_numpy(dtype=float)
    estimates = regression_measures(
        outcome,
        table["predicted"],
        center=table["center"],
        strata=table["center"].astype(str),
        resamples=settings.bootstrap,
        seed=seed,
    )
    return {
        "n": len(table),
        "outcome_mean": float(outcome.mean()),
        "outcome_sd": float(outcome.std(ddof=1)) if len(outcome) > 1 else math.nan,
        "imputed_patients": int((table["imputed"] > 0).sum()),
        **measure_cells({name: estimates[name] for name in MEASURES}),
        "caution": "",
    }


def _pairwise(members: dict[str, pd.DataFrame], settings: Validation, seed: int) -> pd.DataFrame:
    first = next(iter(members.values()))
    outcome = first["outcome"].to_numpy(dtype=float)
    reason = None
    if first.empty:
        reason = NO_PATIENTS
    elif len(outcome) < FEWEST:
        reason = str(Undefined.FEW_PATIENTS)
    elif np.ptp(outcome) == 0:
        reason = str(Undefined.NO_VARIATION)
    if reason:
        return paired_differences(dict.fromkeys(members, (math.nan, np.empty(0))), MAIN, reason)
    values = {
        model: r2(
            table["outcome"],
            table["predicted"],
            strata=table["center"].astype(str),
            resamples=settings.bootstrap,
            seed=seed,
        )
        for model, table in members.items()
    }
    return paired_differences(values, MAIN, None)
