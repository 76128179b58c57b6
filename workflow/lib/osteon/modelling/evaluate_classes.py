"""Every measure of frozen models that predict one of several classes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import roc_curve

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
from osteon.modelling.task import Task
from osteon.statistics.calibration import ENOUGH_EVENTS, calibration, calibration_curve
from osteon.statistics.estimate import Caution, Estimate
from osteon.statistics.multiclass import MAIN, ClassMeasures, class_measures, hand_till, one_against_rest

MEASURES = (
    *(MAIN, "hand_till_within_center", "auc_macro", "accuracy", "balanced_accuracy", "macro_f1"),
    *("kappa", "kappa_linear", "kappa_quadratic", "brier", "scaled_brier"),
)
# Of one class against the rest. The smoothed measures have no interval.
SMOOTHED = ("ici",)
CLASS_MEASURES = (
    *("auc", "auc_within_center", "sensitivity", "specificity", "ppv", "npv"),
    *("slope", "in_the_large", "observed_expected", *SMOOTHED, "brier"),
)
PAIR_MEASURES = ("first", "second", "auc")
CLASS_COLUMNS = ["set", "model", "class", "n", *measure_columns(CLASS_MEASURES, SMOOTHED), "reason", "caution"]
PAIR_COLUMNS = ["set", "model", "class_1", "class_2", "n_1", "n_2", *measure_columns(PAIR_MEASURES), "reason"]
CONFUSION_COLUMNS = ["set", "model", "true_class", "called_class", "n"]
ROC_COLUMNS = ["set", "model", "class", "threshold", "false_positive_rate", "true_positive_rate"]
CURVE_COLUMNS = ["set", "model", "class", "kind", "predicted", "observed", "low", "high", "n"]


def performance_columns(task: Task) -> list[str]:
    """Columns of the table performance; there is one with the number of patients of each class."""
    sizes = [f"n_{value}" for value in task.values]
    return ["set", "model", "n", *sizes, "imputed_patients", *measure_columns(MEASURES), "reason", "caution"]


def evaluate_classes(
    task: Task, predictions: pd.DataFrame, sets: Sequence[str], models: Iterable[str], settings: Validation, seed: int
) -> dict[str, pd.DataFrame]:
    """All tables of the validation of models of several classes.

    A set without a class, with very few patients or none gives rows with NaN and the reason, never an error. The
    class with the highest probability is the one that a model calls; no threshold is chosen.

    Args:
        task: names of the classes in the order of their codes.
        predictions: model, set, subject, center, outcome (code), probability_<class>..., imputed; each subject once per
            model and set, and the same subjects for every model of a set.
        sets: the sets to evaluate, in the order of the tables.
        models: the models, in the order of the tables.
        settings: bootstrap resamples.
        seed: seed of the bootstrap; the same patients are resampled for every model, within center and class.

    Returns:
        performance: one row per set and model, see `performance_columns` and `statistics.multiclass.ClassMeasures`.
        classes: one row per set, model and class, the class against all others.
        class_pairs: one row per set, model and two classes: first (AUC by the probability of class_1, Hand and Till's
            A(1|2)), second (by that of class_2) and auc, their mean.
        confusion: number of patients by outcome and called class.
        pairwise: differences of Hand and Till's M between models (bootstrap, paired; p_holm is adjusted for the number
            of pairs in the set). Not for sets whose predictions come from several fits.
        roc: points of the ROC curves, and calibration_curve: of each class against the rest.

    Raises:
        ValueError: a subject twice, models with different subjects, or a model that is not named.
    """
    columns = {
        "performance": performance_columns(task),
        "classes": CLASS_COLUMNS,
        "class_pairs": PAIR_COLUMNS,
        "confusion": CONFUSION_COLUMNS,
        "pairwise": DIFFERENCE_COLUMNS,
        "roc": ROC_COLUMNS,
        "calibration_curve": CURVE_COLUMNS,
    }
    tables: dict[str, list[pd.DataFrame]] = {key: [] for key in columns}
    names = list(models)
    for name in sets:
        members = by_model(predictions[predictions["set"] == name], names, name)
        for model, table in members.items():
            for key, rows in _tables(task, table, settings, seed).items():
                tables[key].append(pd.DataFrame(rows).assign(set=name, model=model))
        if name not in SEVERAL_FITS:
            tables["pairwise"].append(_pairwise(task, members, settings, seed).assign(set=name))
    return {key: joined(tables[key], columns[key]) for key in columns}


def _tables(task: Task, table: pd.DataFrame, settings: Validation, seed: int) -> dict[str, object]:
    """All tables of one model in one set, without the columns set and model."""
    if table.empty:
        missing = {"n": 0, **{f"n_{value}": 0 for value in task.values}, "imputed_patients": 0}
        return {"performance": [missing | {"reason": f"all: {NO_PATIENTS}", "caution": ""}]}
    codes, risks = table["outcome"].to_numpy().astype(int), table[task.columns].to_numpy(dtype=float)
    strata = _strata(table)
    found = class_measures(
        codes,
        risks,
        len(task.values),
        center=table["center"],
        strata=strata,
        resamples=settings.bootstrap,
        seed=seed,
    )
    sizes = {value: int(found.confusion[code].sum()) for code, value in enumerate(task.values)}
    overall = {name: found.overall[name] for name in MEASURES}
    row = {
        "n": len(table),
        **{f"n_{value}": size for value, size in sizes.items()},
        "imputed_patients": int((table["imputed"] > 0).sum()),
        **measure_cells(overall),
        "caution": "",
    }
    one_vs_rest = {value: ((codes == code).astype(int), risks[:, code]) for code, value in enumerate(task.values)}
    classes = []
    for code, (value, (own, risk)) in enumerate(one_vs_rest.items()):
        measured = dict(calibration(own, risk, strata=strata, resamples=settings.bootstrap, seed=seed).items())
        calibrated = {
            name: one_against_rest(codes, code, measured[name]) for name in CLASS_MEASURES if name in measured
        }
        estimates = found.classes[code] | calibrated
        classes.append(
            {
                "class": value,
                "n": sizes[value],
                **measure_cells(estimates, SMOOTHED),
                "caution": _caution(estimates, own),
            }
        )
    return {
        "performance": [row],
        "classes": classes,
        "class_pairs": _pairs(task, found, sizes),
        "confusion": [
            {"true_class": true, "called_class": called, "n": int(found.confusion[i, j])}
            for i, true in enumerate(task.values)
            for j, called in enumerate(task.values)
        ],
        "roc": joined([_roc(*given).assign(**{"class": value}) for value, given in one_vs_rest.items()], ROC_COLUMNS),
        "calibration_curve": joined(
            [
                calibration_curve(*given, strata=strata, resamples=settings.bootstrap, seed=seed).assign(
                    **{"class": value}
                )
                for value, given in one_vs_rest.items()
            ],
            CURVE_COLUMNS,
        ),
    }


def _pairs(task: Task, found: ClassMeasures, sizes: dict[str, int]) -> list[dict[str, object]]:
    rows = []
    for (first, second), estimates in found.pairs.items():
        names = task.values[first], task.values[second]
        about = {"class_1": names[0], "class_2": names[1], "n_1": sizes[names[0]], "n_2": sizes[names[1]]}
        rows.append(about | measure_cells(estimates))
    return rows


def _pairwise(task: Task, members: dict[str, pd.DataFrame], settings: Validation, seed: int) -> pd.DataFrame:
    first = next(iter(members.values()))
    if first.empty:
        return paired_differences(dict.fromkeys(members, (math.nan, np.empty(0))), MAIN, NO_PATIENTS)
    counts = first["outcome"].value_counts().reindex(range(len(task.values)), fill_value=0)
    if counts.min() < 2:
        reason = "absent_class" if counts.min() == 0 else "too_few"
        return paired_differences(dict.fromkeys(members, (math.nan, np.empty(0))), MAIN, reason)
    strata = _strata(first)
    values = {
        model: hand_till(
            table["outcome"],
            table[task.columns],
            len(task.values),
            strata=strata,
            resamples=settings.bootstrap,
            seed=seed,
        )
        for model, table in members.items()
    }
    return paired_differences(values, MAIN, None)


def _strata(table: pd.DataFrame) -> np.ndarray:
    return (table["center"].astype(str) + "/" + table["outcome"].astype(int).astype(str)).to_numpy()


def _caution(estimates: dict[str, Estimate], own: np.ndarray) -> str:
    few = min(own.sum(), len(own) - own.sum()) < ENOUGH_EVENTS
    return f"ici: {Caution.FEW_EVENTS}" if few and not math.isnan(estimates["ici"].value) else ""


def _roc(own: np.ndarray, risk: np.ndarray) -> pd.DataFrame:
    """Points of the curve; none where the class, or every other one, has no patient."""
    names = ("false_positive_rate", "true_positive_rate", "threshold")
    if own.all() or not own.any():
        return pd.DataFrame(columns=list(names))
    return pd.DataFrame(dict(zip(names, roc_curve(own, risk, drop_intermediate=False), strict=True)))
