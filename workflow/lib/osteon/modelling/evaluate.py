"""Frozen models on patients that they have not seen: predictions, and every measure of how good they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.metrics import roc_curve

from osteon.config.modelling import YOUDEN, Validation
from osteon.modelling.bundle import Bundle
from osteon.modelling.evaluation_tables import (
    NO_PATIENTS,
    SEVERAL_FITS,
    by_model,
    joined,
    measure_cells,
    measure_columns,
    resampling_of,
    with_holm,
)
from osteon.modelling.models import predictions_of
from osteon.modelling.operating_table import POINT_COLUMNS, operating_table
from osteon.modelling.patients import Patients, with_features
from osteon.modelling.splits import TEST, TRAIN
from osteon.statistics.auc import auc, auc_within, compare_auc
from osteon.statistics.calibration import ENOUGH_EVENTS, calibration, calibration_curve
from osteon.statistics.decision import COLUMNS as DECISION_COLUMNS
from osteon.statistics.decision import decision_curve
from osteon.statistics.estimate import Caution, Estimate, Undefined, undefined
from osteon.statistics.proportions import classification

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
    *measure_columns(MEASURES, alone=SMOOTHED),
    "reason",
    "caution",
]


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
        model, set, subject, center, outcome, predictions with the columns of the task, imputed (missing inputs that
        were replaced).

    Raises:
        MissingColumn: a model needs a column that the tables lack.
        ValueError: a model learned from shuffled regions, and there are no controls.
    """
    parts = []
    for bundle in bundles:
        members = controls if bundle.shuffled else patients
        if members is None:
            raise ValueError(f"model {bundle.model.name!r} needs the features of shuffled regions (controls.tsv)")
        parts.append(predictions_of(bundle.model, members).assign(model=bundle.model.name, set=set_name))
    return pd.concat(parts, ignore_index=True)[_columns(parts)]


def internal_predictions(
    bundles: Sequence[Bundle],
    out_of_fold: Sequence[pd.DataFrame],
    tested: Patients,
    controls: Sequence[pd.DataFrame] = (),
) -> pd.DataFrame:
    """Predictions of the development patients: set 'train' out of fold, set 'test' by the frozen models.

    Args:
        bundles: the models.
        out_of_fold: their out-of-fold predictions, in the same order.
        tested: the test patients; there may be none.
        controls: tables with the features of shuffled regions, for models that learned from such.
    """
    names = [bundle.model.name for bundle in bundles]
    trained = training_predictions(dict(zip(names, out_of_fold, strict=True)))
    if not len(tested):
        return trained
    return pd.concat(
        [trained, predict(bundles, tested, TEST, with_features(tested, controls) if controls else None)],
        ignore_index=True,
    )


def external_predictions(
    bundles: Sequence[Bundle],
    patients: Patients,
    controls: pd.DataFrame | None = None,
    adapted: Sequence[Bundle] = (),
    adaptation: Sequence[str] = (),
) -> pd.DataFrame:
    """Predictions of frozen models in an external hospital: set 'external', always of all its patients.

    Args:
        bundles: the models.
        patients: patients of the hospital.
        controls: table with the features of shuffled regions, for models that learned from such.
        adapted: the same models adapted to the hospital. Then the patients to whom they were not adapted are two more
            sets, 'external_rest' of the frozen models and 'external_adapted' of these.
        adaptation: the patients to whom they were adapted.
    """
    rest = patients.take(patients.subjects.difference(list(adaptation)))
    parts = {"external": (patients, bundles)}
    if adapted:
        parts |= {"external_rest": (rest, bundles), "external_adapted": (rest, adapted)}
    tables = [
        predict(models, members, name, None if controls is None else with_features(members, [controls]))
        for name, (members, models) in parts.items()
    ]
    return pd.concat(tables, ignore_index=True)


def training_predictions(out_of_fold: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Out-of-fold predictions of the training patients in the form of `predict`, as set 'train'."""
    parts = [table.drop(columns="fold").assign(model=name, set=TRAIN) for name, table in out_of_fold.items()]
    return pd.concat(parts, ignore_index=True)[_columns(parts)]


def _columns(parts: list[pd.DataFrame]) -> list[str]:
    """The columns of predictions, those of the outcome's kind between what they are of and what was imputed."""
    about = ["model", "set", "subject", "center", "outcome"]
    return [*about, *(name for name in parts[0].columns if name not in (*about, "imputed")), "imputed"]


def evaluate_predictions(
    predictions: pd.DataFrame, sets: Sequence[str], thresholds: Mapping[str, float], settings: Validation, seed: int
) -> dict[str, pd.DataFrame]:
    """All tables of the validation.

    A set with one class, very few patients or none gives rows with NaN and the reason, never an error.

    Args:
        predictions: model, set, subject, center, outcome (0 or 1), probability, imputed; each subject once per
            model and set, and the same subjects for every model of a set. A column threshold, where it has values, has
            the one that was chosen without the patient.
        sets: the sets to evaluate, in the order of the tables.
        thresholds: frozen threshold of each model (None where the predictions have their own); its keys are the
            models, in the order of the tables.
        settings: bootstrap resamples, rule of the threshold, stated prevalence, range of the decision curve.
        seed: seed of the bootstrap; the same patients are resampled for every model.

    Returns:
        performance: one row per set and model, see `performance_row`.
        operating_points: one row per set, model and fixed sensitivity or specificity, see `operating_table`.
        pairwise: differences of AUC between models (DeLong, paired; p_holm is adjusted for the number
            of pairs in the set). Not for sets whose predictions come from several fits (`SEVERAL_FITS`).
        roc: points of the ROC curves.
        calibration_curve: smoothed curve and groups, see `calibration_curve`.
        decision: net benefit, see `decision_curve`; at a threshold that was stated as a risk too.

    Raises:
        ValueError: a subject twice, models with different subjects, or a model without threshold.
    """
    tables: dict[str, list[pd.DataFrame]] = {
        key: [] for key in ("performance", "operating_points", "pairwise", "roc", "calibration_curve", "decision")
    }
    for name in sets:
        members = by_model(predictions[predictions["set"] == name], thresholds, name)
        rows = [
            {"set": name, "model": model} | performance_row(table, thresholds[model], settings, seed, name)
            for model, table in members.items()
        ]
        tables["performance"].append(pd.DataFrame(rows))
        tables["operating_points"] += [
            operating_table(table, settings, seed).assign(set=name, model=model) for model, table in members.items()
        ]
        if name not in SEVERAL_FITS:
            tables["pairwise"].append(_pairwise(members).assign(set=name))
        tables["roc"] += [_roc(table).assign(set=name, model=model) for model, table in members.items()]
        tables["calibration_curve"] += [
            calibration_curve(table["outcome"], table["probability"], **resampling_of(table, settings, seed)).assign(
                set=name, model=model
            )
            for model, table in members.items()
        ]
        tables["decision"].append(_decision(members, settings, seed).assign(set=name))
    columns = {
        "performance": PERFORMANCE_COLUMNS,
        "operating_points": POINT_COLUMNS,
        "pairwise": PAIRWISE_COLUMNS,
        "roc": ROC_COLUMNS,
        "calibration_curve": CURVE_COLUMNS,
        "decision": ["set", *DECISION_COLUMNS],
    }
    return {key: joined(tables[key], columns[key]) for key in tables}


def performance_row(
    table: pd.DataFrame, threshold: float | None, settings: Validation, seed: int, set_name: str
) -> dict[str, object]:
    """All measures of one model in one set of patients.

    Args:
        table: center, outcome, probability, imputed, and threshold where each patient has one.
        threshold: frozen threshold of all others; None where each patient has one.
        settings: bootstrap resamples, and the rule of the threshold.
        seed: seed of the bootstrap.
        set_name: 'train' adds the caution that the threshold was chosen on these predictions, unless it was stated.

    Returns:
        n, events, prevalence, imputed_patients and threshold (the mean, where patients have their own); <name>,
        <name>_low and <name>_high of each of `MEASURES` (the smoothed ones have no interval); reason ('measure: code'
        for every missing value or interval) and caution (likewise).
    """
    if table.empty:
        return {
            "n": 0,
            "events": 0,
            "imputed_patients": 0,
            "threshold": math.nan if threshold is None else threshold,
            "reason": f"all: {NO_PATIENTS}",
            "caution": "",
        }
    outcome, probability = table["outcome"].to_numpy(), table["probability"].to_numpy(dtype=float)
    estimates: dict[str, Estimate] = {
        "auc": auc(outcome, probability),
        "auc_within_center": auc_within(outcome, probability, table["center"]),
    }
    resampling = resampling_of(table, settings, seed)
    cut = thresholds_of(table, threshold)
    classified = classification(outcome, probability, cut, **resampling)
    estimates |= dict.fromkeys(classified, undefined(Undefined.NO_THRESHOLD)) if np.isnan(cut).any() else classified
    estimates |= dict(calibration(outcome, probability, **resampling).items())
    events = int(outcome.sum())
    row: dict[str, object] = {
        "n": len(table),
        "events": events,
        "prevalence": events / len(table),
        "imputed_patients": int((table["imputed"] > 0).sum()),
        "threshold": float(cut.mean()),
    }
    row |= measure_cells(estimates, alone=SMOOTHED)
    return row | {"caution": "; ".join(_cautions(estimates, outcome, set_name, cut, settings))}


def _stated_risk(settings: Validation) -> float | None:
    return None if settings.threshold == YOUDEN else settings.threshold.risk


def thresholds_of(table: pd.DataFrame, threshold: float | None) -> np.ndarray:
    """The threshold of each patient: the own one (column threshold), or the model's; NaN where there is none."""
    own = table["threshold"] if "threshold" in table.columns else pd.Series(math.nan, index=table.index)
    if own.isna().all() and threshold is not None:
        return np.full(len(table), threshold, dtype=float)
    return own.to_numpy(dtype=float)


def _cautions(
    estimates: dict[str, Estimate], outcome: np.ndarray, set_name: str, cut: np.ndarray, settings: Validation
) -> list[str]:
    cautions = []
    if not math.isnan(estimates["ici"].value) and min(outcome.sum(), len(outcome) - outcome.sum()) < ENOUGH_EVENTS:
        cautions.append(f"{SMOOTHED[0]}: {Caution.FEW_EVENTS}")
    if set_name == TRAIN and _stated_risk(settings) is None:
        cautions.append(f"threshold: {Caution.THRESHOLD_CHOSEN_HERE}")
    if np.ptp(cut) > 0:
        cautions.append(f"threshold: {Caution.THRESHOLD_VARIES}")
    return cautions


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
    return with_holm(
        pd.DataFrame(rows, columns=[column for column in PAIRWISE_COLUMNS if column not in ("set", "p_holm")])
    )


def _roc(table: pd.DataFrame) -> pd.DataFrame:
    """Points of the curve; none if there is one class only, for which the performance table has the reason."""
    if table["outcome"].nunique() < 2:
        return pd.DataFrame(columns=["threshold", "false_positive_rate", "true_positive_rate"])
    points = roc_curve(table["outcome"], table["probability"], drop_intermediate=False)
    return pd.DataFrame(dict(zip(("false_positive_rate", "true_positive_rate", "threshold"), points, strict=True)))


def _decision(members: dict[str, pd.DataFrame], settings: Validation, seed: int) -> pd.DataFrame:
    """Net benefit; none if there is one class only, for which the performance table has the reason."""
    first_model = next(iter(members.values()))
    outcome = first_model["outcome"]
    if outcome.nunique() < 2:
        return pd.DataFrame(columns=DECISION_COLUMNS)
    first, last = settings.decision
    points = np.round(np.arange(first, last + 0.005, 0.01), 10)
    if (risk := _stated_risk(settings)) is not None:
        points = np.unique(np.append(points, risk))
    risks = {model: table["probability"] for model, table in members.items()}
    return decision_curve(outcome, risks, points, **resampling_of(first_model, settings, seed))
