"""The models center by center, and pooled over centers as a random-effects meta-analysis. Binary outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd
from scipy.stats import norm

from osteon.modelling.evaluation_tables import by_model, measure_cells, measure_columns
from osteon.statistics.auc import auc, delong
from osteon.statistics.calibration import calibration_in_the_large, cox, linear_predictor, observed_expected
from osteon.statistics.estimate import Estimate, Undefined
from osteon.statistics.meta_analysis import Scale, logit_error, pool
from osteon.statistics.names import SCALES

CENTER_COLUMNS = [
    *("set", "model", "center", "n", "events", "prevalence", "mean_predictor", "sd_predictor"),
    *measure_columns(SCALES),
    "reason",
]
POOLED_COLUMNS = [
    *("set", "model", "measure", "scale", "centers", "value", "low", "high", "prediction_low", "prediction_high"),
    *("tau2", "i2", "q", "q_p", "excluded", "reason", "caution"),
]
LEVEL = 0.95


def center_tables(predictions: pd.DataFrame, sets: Mapping[str, str], models: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Measures of each center, and their meta-analysis.

    Args:
        predictions: model, set, subject, center, outcome (0 or 1), probability; one or several parts of the validation.
        sets: the sets whose centers are measured, and the name under which they are pooled together: several sets of
            different patients ('without A', 'without B') may share one. The keys give the order of the tables.
        models: the models, in the order of the tables.

    Returns:
        centers: `CENTER_COLUMNS`, one row per pooled set, model and center; mean and SD of logit p tell how different
        the patients are. A center with one class has the reason 'one_class'.
        pooled: `POOLED_COLUMNS`, one row per pooled set, model and measure. `excluded` lists the centers without value
        or interval with their reasons ('B: one_class'); `reason` says why nothing was pooled ('few_centers').

    Raises:
        ValueError: as `by_model`.
    """
    rows, pooled = [], []
    for name in dict.fromkeys(sets.values()):
        members = predictions[predictions["set"].isin([own for own, target in sets.items() if target == name])]
        for model, table in by_model(members, models, name).items():
            about = {"set": name, "model": model}
            measured = {center: _measures(part) for center, part in table.groupby(table["center"].astype(str))}
            for center, (row, estimates, _) in measured.items():
                rows.append(about | {"center": center} | row | measure_cells(estimates))
            pooled += [about | _pooled(measure, measured) for measure in SCALES] if measured else []
    return {
        "centers": pd.DataFrame(rows, columns=CENTER_COLUMNS),
        "pooled": pd.DataFrame(pooled, columns=POOLED_COLUMNS).astype({"centers": "Int64"}),
    }


_Measured = tuple[dict[str, object], dict[str, Estimate], dict[str, float]]


def _measures(table: pd.DataFrame) -> _Measured:
    """What one center is, its measures, and their standard errors on the scale on which they are pooled."""
    outcome, risk = table["outcome"], table["probability"]
    predictor = linear_predictor(risk)
    row = {
        "n": len(table),
        "events": int(outcome.sum()),
        "prevalence": float(outcome.mean()),
        "mean_predictor": float(predictor.mean()),
        "sd_predictor": float(predictor.std(ddof=1)) if len(table) > 1 else math.nan,
    }
    estimates = {
        "auc": auc(outcome, risk, LEVEL),
        "observed_expected": observed_expected(outcome, risk, LEVEL),
        "slope": cox(outcome, risk, LEVEL)[1],
        "in_the_large": calibration_in_the_large(outcome, risk, LEVEL),
    }
    errors = {name: _error(one, SCALES[name]) for name, one in estimates.items() if one.reason is None}
    if "auc" in errors:  # its interval may have been made on another scale
        variance = float(delong(outcome, risk)[1][0, 0])
        errors["auc"] = logit_error(estimates["auc"].value, math.sqrt(variance))
    return row, estimates, errors


def _error(estimate: Estimate, scale: Scale) -> float:
    """Standard error from an interval that is symmetric on the scale."""
    low, high = (math.log(limit) if scale == "log" else limit for limit in (estimate.low, estimate.high))
    return (high - low) / (2 * float(norm.ppf(0.5 + LEVEL / 2)))


def _pooled(measure: str, measured: Mapping[str, _Measured]) -> dict[str, object]:
    used = [center for center, (_, _, errors) in measured.items() if measure in errors]
    values = [measured[center][1][measure].value for center in used]
    result = pool(values, [measured[center][2][measure] for center in used], SCALES[measure], LEVEL)
    without: dict[str, Undefined | None] = {
        center: estimates[measure].reason for center, (_, estimates, _) in measured.items() if center not in used
    }
    return {
        "measure": measure,
        "scale": SCALES[measure],
        "centers": result.centers,
        "value": result.estimate.value,
        "low": result.estimate.low,
        "high": result.estimate.high,
        "prediction_low": result.prediction_low,
        "prediction_high": result.prediction_high,
        "tau2": result.tau2,
        "i2": result.i2,
        "q": result.q,
        "q_p": result.q_p,
        "excluded": "; ".join(f"{center}: {reason}" for center, reason in without.items()),
        "reason": result.estimate.reason,
        "caution": result.caution,
    }
