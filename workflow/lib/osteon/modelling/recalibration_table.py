"""Frozen models recalibrated in external centers: fitted to declared patients, judged on others. Binary outcomes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from osteon.config.modelling import Validation
from osteon.modelling.evaluation_tables import NO_PATIENTS, by_model, measure_cells, measure_columns
from osteon.statistics.auc import auc
from osteon.statistics.calibration import calibration
from osteon.statistics.recalibration import METHODS, recalibrate

MEASURES = ("auc", "slope", "in_the_large", "observed_expected", "ici", "brier", "scaled_brier")
ALONE = ("ici",)
RECALIBRATION_COLUMNS = [
    *("set", "model", "center", "method", "n_fitted", "events_fitted", "fitted_intercept", "fitted_slope"),
    *("n", "events", *measure_columns(MEASURES, alone=ALONE), "reason", "caution"),
]


def recalibration_table(
    predictions: pd.DataFrame,
    declared: Collection[str],
    prevalence: Mapping[str, float],
    settings: Validation,
    seed: int,
    set_name: str = "external",
) -> pd.DataFrame:
    """Measures of calibration before and after recalibration, always in the patients who were not declared.

    Args:
        predictions: model, set, subject, center, outcome (0 or 1), probability.
        declared: subjects for recalibration; centers without any are left out.
        prevalence: of each model the share with the outcome among its training patients; its keys are the models, in
            the order of the table.
        settings: bootstrap resamples of the intervals of the Brier score.
        seed: seed of the bootstrap.
        set_name: the set that is recalibrated: predictions of the frozen models in patients of external centers.

    Returns:
        `RECALIBRATION_COLUMNS`, one row per center, model and method ('none' shows the same patients with the frozen
        risks). fitted_intercept and fitted_slope are those of logit p' = intercept + slope * logit p. `reason` has
        'recalibration: code' where nothing could be fitted, and 'measure: code' as in `performance_row`; `caution`
        has 'recalibration: few_for_slope'.

    Raises:
        ValueError: as `by_model`.
    """
    own = predictions[predictions["set"] == set_name]
    chosen = own["subject"].astype(str).isin(set(declared))
    rows = []
    for center in sorted(set(own.loc[chosen, "center"].astype(str))):
        here = own["center"].astype(str) == center
        fitted = by_model(own[here & chosen], prevalence, set_name)
        judged = by_model(own[here & ~chosen], prevalence, set_name)
        rows += [
            {"set": set_name, "model": model, "center": center}
            | _row(fitted[model], judged[model], method, prevalence[model], settings, seed)
            for model in prevalence
            for method in METHODS
        ]
    return pd.DataFrame(rows, columns=RECALIBRATION_COLUMNS)


def _row(
    fitted: pd.DataFrame, judged: pd.DataFrame, method: str, prevalence: float, settings: Validation, seed: int
) -> dict[str, object]:
    found = recalibrate(fitted["outcome"], fitted["probability"], method, prevalence)
    row: dict[str, object] = {
        "method": method,
        "n_fitted": len(fitted),
        "events_fitted": int(fitted["outcome"].sum()),
        "fitted_intercept": found.intercept,
        "fitted_slope": found.slope,
        "n": len(judged),
        "events": int(judged["outcome"].sum()),
        "caution": f"recalibration: {found.caution}" if found.caution else "",
    }
    if found.reason or judged.empty:
        return row | {"reason": f"recalibration: {found.reason}" if found.reason else f"all: {NO_PATIENTS}"}
    outcome, risk = judged["outcome"], found.apply(judged["probability"])
    measures = calibration(outcome, risk, strata=outcome, resamples=settings.bootstrap, seed=seed)
    estimates = {"auc": auc(outcome, risk)} | dict(measures.items())
    return row | measure_cells({name: estimates[name] for name in MEASURES}, alone=ALONE)
