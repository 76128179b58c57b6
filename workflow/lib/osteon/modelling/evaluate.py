"""Frozen models on patients that they have not seen: predictions, and every measure of how good they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.metrics import roc_curve
from statsmodels.stats.multitest import multipletests

from osteon.config.modelling import Validation
from osteon.modelling.bundle import Bundle
from osteon.modelling.patients import Patients
from osteon.modelling.splits import TRAIN
from osteon.statistics.auc import auc, auc_within, compare_auc
from osteon.statistics.calibration import ENOUGH_EVENTS, calibration, calibration_curve
from osteon.statistics.decision import COLUMNS as DECISION_COLUMNS
from osteon.statistics.decision import decision_curve
from osteon.statistics.estimate import Caution, Estimate
from osteon.statistics.proportions import classification

PREDICTION_COLUMNS = ["model", "set", "subject", "center", "outcome", "probability", "imputed"]
PAIRWISE_COLUMNS = ["set", "model_1", "model_2", "difference", "low", "high", "z", "p", "p_holm", "reason"]
ROC_COLUMNS = ["set", "model", "threshold", "false_positive_rate", "true_positive_rate"]
CURVE_COLUMNS = ["set", "model", "kind", "predicted", "observed", "low", "high", "n"]
# Measures of the smoothed calibration curve: without interval, unreliable with few events.
SMOOTHED = ("ici", "e50", "e90", "emax")
MEASURES = (
    "auc",
    "auc_within_center",
    "sensitivity",
    "specificity",
    "accuracy",
    "ppv",
    "npv",
    "f1",
    "balanced_accuracy",
    "slope",
    "joint_intercept",
    "in_the_large",
    "observed_expected",
    *SMOOTHED,
    "brier",
    "scaled_brier",
)
PERFORMANCE_COLUMNS = [
    "set",
    "model",
    "n",
    "events",
    "prevalence",
    "imputed_patients",
    "threshold",
    *(
        f"{measure}{suffix}"
        for measure in MEASURES
        for suffix in (("",) if measure in SMOOTHED else ("", "_low", "_high"))
    ),
    "reason",
    "caution",
]
NO_PATIENTS = "no_patients"


def predict(
    bundles: Sequence[Bundle], patients: Patients, set_name: str, controls: Patients | None = None
) -> pd.DataFrame:
    """Predictions of frozen models, one row per model and patient.

    Args:
        bundles: the models.
        patients: patients of any center.
        set_name: what this set is called, for example 'test' or 'external'.
        controls: the same patients with the features of shuffled regions, for models that learned from such.

    Returns:
        model, set, subject, center, outcome, probability, imputed (missing inputs that were replaced).

    Raises:
        MissingColumn: a model needs a column that the tables lack.
        ValueError: a model learned from shuffled regions, and there are no controls.
    """
    parts = []
    for bundle in bundles:
        members = controls if bundle.shuffled else patients
        if members is None:
            raise ValueError(f"model {bundle.model.name!r} needs the features of shuffled regions (controls.tsv)")
        part = pd.DataFrame(
            {
                "center": members.center,
                "outcome": members.outcome,
                "probability": bundle.model.predict(members),
                "imputed": bundle.model.imputed(members),
            }
        )
        parts.append(part.rename_axis("subject").reset_index().assign(model=bundle.model.name, set=set_name))
    return pd.concat(parts, ignore_index=True)[PREDICTION_COLUMNS]


def training_predictions(out_of_fold: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Out-of-fold predictions of the training patients in the form of `predict`, as set 'train'."""
    parts = [table.assign(model=name, set=TRAIN)[PREDICTION_COLUMNS] for name, table in out_of_fold.items()]
    return pd.concat(parts, ignore_index=True)


def evaluate_predictions(
    predictions: pd.DataFrame, sets: Sequence[str], thresholds: Mapping[str, float], settings: Validation, seed: int
) -> dict[str, pd.DataFrame]:
    """All tables of the validation.

    A set with one class, very few patients or none gives rows with NaN and the reason, never an error.

    Args:
        predictions: model, set, subject, center, outcome (0 or 1), probability; each subject once per
            model and set, and the same subjects for every model of a set.
        sets: the sets to evaluate, in the order of the tables.
        thresholds: frozen threshold of each model; its keys are the models, in the order of the tables.
        settings: bootstrap resamples and range of the decision curve.
        seed: seed of the bootstrap; the same patients are resampled for every model.

    Returns:
        performance: one row per set and model, see `performance_row`.
        pairwise: differences of AUC between models (DeLong, paired; p_holm is adjusted for the number
            of pairs in the set). Not for set 'train', whose predictions come from several fits.
        roc: points of the ROC curves.
        calibration_curve: smoothed curve and groups, see `calibration_curve`.
        decision: net benefit, see `decision_curve`.

    Raises:
        ValueError: a subject twice, models with different subjects, or a model without threshold.
    """
    tables: dict[str, list[pd.DataFrame]] = {
        key: [] for key in ("performance", "pairwise", "roc", "calibration_curve", "decision")
    }
    for name in sets:
        members = _by_model(predictions[predictions["set"] == name], thresholds, name)
        rows = [
            {"set": name, "model": model} | performance_row(table, thresholds[model], settings, seed, name)
            for model, table in members.items()
        ]
        tables["performance"].append(pd.DataFrame(rows))
        if name != TRAIN:
            tables["pairwise"].append(_pairwise(members).assign(set=name))
        tables["roc"] += [_roc(table).assign(set=name, model=model) for model, table in members.items()]
        tables["calibration_curve"] += [
            calibration_curve(table["outcome"], table["probability"]).assign(set=name, model=model)
            for model, table in members.items()
        ]
        tables["decision"].append(_decision(members, settings).assign(set=name))
    columns = {
        "performance": PERFORMANCE_COLUMNS,
        "pairwise": PAIRWISE_COLUMNS,
        "roc": ROC_COLUMNS,
        "calibration_curve": CURVE_COLUMNS,
        "decision": ["set", *DECISION_COLUMNS],
    }
    return {key: _joined(tables[key], columns[key]) for key in tables}


def performance_row(
    table: pd.DataFrame, threshold: float, settings: Validation, seed: int, set_name: str
) -> dict[str, object]:
    """All measures of one model in one set of patients.

    Args:
        table: center, outcome, probability.
        threshold: frozen threshold.
        settings: bootstrap resamples.
        seed: seed of the bootstrap.
        set_name: 'train' adds the caution that the threshold was chosen on these predictions.

    Returns:
        n, events, prevalence, imputed_patients and threshold; <name>, <name>_low and <name>_high of each of
        `MEASURES` (the smoothed ones have no interval); reason ('measure: code' for every missing
        value or interval) and caution (likewise).
    """
    if table.empty:
        return {
            "n": 0,
            "events": 0,
            "imputed_patients": 0,
            "threshold": threshold,
            "reason": f"all: {NO_PATIENTS}",
            "caution": "",
        }
    outcome, probability = table["outcome"].to_numpy(), table["probability"].to_numpy(dtype=float)
    strata = (table["center"].astype(str) + "/" + table["outcome"].astype(str)).to_numpy()
    estimates: dict[str, Estimate] = {
        "auc": auc(outcome, probability),
        "auc_within_center": auc_within(outcome, probability, table["center"]),
    }
    resampling = {"strata": strata, "resamples": settings.bootstrap, "seed": seed}
    estimates |= classification(outcome, probability, threshold, **resampling)
    estimates |= dict(calibration(outcome, probability, **resampling).items())
    events = int(outcome.sum())
    row: dict[str, object] = {
        "n": len(table),
        "events": events,
        "prevalence": events / len(table),
        "imputed_patients": int((table["imputed"] > 0).sum()),
        "threshold": threshold,
    }
    for name, estimate in estimates.items():
        row[name] = estimate.value
        if name not in SMOOTHED:
            row |= {f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    reasons = [f"{name}: {estimate.reason}" for name, estimate in estimates.items() if estimate.reason]
    return row | {"reason": "; ".join(reasons), "caution": "; ".join(_cautions(estimates, outcome, set_name))}


def _cautions(estimates: dict[str, Estimate], outcome: np.ndarray, set_name: str) -> list[str]:
    cautions = []
    if not math.isnan(estimates["ici"].value) and min(outcome.sum(), len(outcome) - outcome.sum()) < ENOUGH_EVENTS:
        cautions.append(f"{SMOOTHED[0]}: {Caution.FEW_EVENTS}")
    if set_name == TRAIN:
        cautions.append(f"threshold: {Caution.THRESHOLD_CHOSEN_HERE}")
    return cautions


def _by_model(table: pd.DataFrame, thresholds: Mapping[str, float], set_name: str) -> dict[str, pd.DataFrame]:
    """One table per model, rows in the same order of subjects."""
    if unknown := sorted(set(table["model"]) - set(thresholds)):
        raise ValueError(f"set {set_name!r}: model {unknown[0]!r} has predictions but no threshold")
    members = {model: table[table["model"] == model].sort_values("subject", ignore_index=True) for model in thresholds}
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


def _pairwise(members: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = []
    for (name_1, table_1), (name_2, table_2) in combinations(members.items(), 2):
        result = compare_auc(table_1["outcome"], table_1["probability"], table_2["probability"])
        rows.append(
            {
                "model_1": name_1,
                "model_2": name_2,
                "difference": result.difference,
                "low": result.low,
                "high": result.high,
                "z": result.z,
                "p": result.p,
                "reason": NO_PATIENTS if table_1.empty else result.reason,
            }
        )
    table = pd.DataFrame(rows, columns=[column for column in PAIRWISE_COLUMNS if column not in ("set", "p_holm")])
    adjusted = pd.Series(math.nan, index=table.index)
    tested = table["p"].notna()
    if tested.any():
        adjusted[tested] = multipletests(table.loc[tested, "p"].to_numpy(dtype=float), method="holm")[1]
    return table.assign(p_holm=adjusted)


def _roc(table: pd.DataFrame) -> pd.DataFrame:
    """Points of the curve; none if there is one class only, for which the performance table has the reason."""
    if table["outcome"].nunique() < 2:
        return pd.DataFrame(columns=["threshold", "false_positive_rate", "true_positive_rate"])
    points = roc_curve(table["outcome"], table["probability"], drop_intermediate=False)
    return pd.DataFrame(dict(zip(("false_positive_rate", "true_positive_rate", "threshold"), points, strict=True)))


def _decision(members: dict[str, pd.DataFrame], settings: Validation) -> pd.DataFrame:
    """Net benefit; none if there is one class only, for which the performance table has the reason."""
    outcome = next(iter(members.values()))["outcome"]
    if outcome.nunique() < 2:
        return pd.DataFrame(columns=DECISION_COLUMNS)
    first, last = settings.decision
    points = np.round(np.arange(first, last + 0.005, 0.01), 10)
    return decision_curve(outcome, {model: table["probability"] for model, table in members.items()}, points)


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True).reindex(columns=columns) if filled else pd.DataFrame(columns=columns)
