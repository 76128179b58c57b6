"""Tables on models of several classes and of numbers, and the one measure that stands for each kind of outcome."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from osteon.reporting.numbers import ABSENT, MINUS, beside, integer, is_absent, p_value, significant, with_interval
from osteon.reporting.result_tables import REASONS, estimate_cell, footnotes
from osteon.reporting.tables import DisplayTable


@dataclass(frozen=True)
class Headline:
    """The measure of the first screen."""

    measure: str
    """Column of the table performance."""
    name: str
    """In tables, and in a sentence with 'the'."""
    axis: tuple[float, float]
    """Ends of the axis on which it is drawn."""
    useless: float
    """Its value where a model knows nothing."""
    meaning: str
    """What that value is."""
    within: str
    """Column of the same measure within hospitals, which stands beside it everywhere."""
    within_words: str = "within hospitals"
    """What that is called."""

    @property
    def title(self) -> str:
        """The name at the beginning of a sentence."""
        return self.name[:1].upper() + self.name[1:]

    def beside(self, row: Mapping) -> str:
        """The measure within hospitals, in words; '' where the set has one hospital."""
        return beside(row, self.measure, self.within, self.within_words)


HEADLINES = {
    "binary": Headline("auc", "AUC", (0.3, 1.0), 0.5, "chance", "auc_within_center"),
    "classes": Headline(
        "hand_till", "mean AUC of all pairs of classes", (0.3, 1.0), 0.5, "chance", "hand_till_within_center"
    ),
    "continuous": Headline(
        *("r2", "R²", (-0.5, 1.0), 0.0, "no better than predicting the mean of the set", "r2_within_center"),
        "against hospital means",
    ),
}
CLASS_MEASURES = {
    "hand_till": "Mean AUC of pairs",
    "hand_till_within_center": "The same within hospitals",
    "auc_macro": "Mean AUC against the rest",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Mean F1",
    "kappa": "Kappa",
    "kappa_linear": "Kappa, linear weights",
    "kappa_quadratic": "Kappa, quadratic weights",
    "brier": "Brier",
    "scaled_brier": "Scaled Brier",
    "all": "All measures",
}
ONE_CLASS_MEASURES = {
    "auc": "AUC",
    "auc_within_center": "AUC within hospitals",
    "sensitivity": "Sensitivity",
    "ppv": "Precision (PPV)",
    "slope": "Calibration slope",
    "in_the_large": "Calibration in the large",
    "ici": "ICI",
}
NUMBER_MEASURES = {
    "r2": "R²",
    "r2_within_center": "R² against hospital means",
    "mae": "Mean absolute error",
    "rmse": "Root mean squared error",
    "pearson": "Pearson's r",
    "spearman": "Spearman's rho",
    "slope": "Calibration slope",
    "intercept": "Intercept",
    "bias": "Bias",
    "lower_limit": "Lower limit of agreement",
    "upper_limit": "Upper limit of agreement",
    "all": "All measures",
}
INTERVALS = "95% confidence intervals in parentheses."


def class_tables(
    performance: pd.DataFrame,
    classes: pd.DataFrame,
    pairs: pd.DataFrame,
    models: Mapping[str, str],
    sources: Mapping[str, Sequence[str]],
) -> list[DisplayTable]:
    """Discrimination, calls, classes and pairs of classes; tables of `modelling.evaluate_classes` with `patients`."""
    files = sources.get("performance", [])
    return [
        _overall(
            "discrimination",
            "How well each model tells the classes apart.",
            {"hand_till": 3, "hand_till_within_center": 3, "auc_macro": 3, "brier": 3, "scaled_brier": 2},
            performance,
            models,
            [
                f"{INTERVALS} Mean AUC of pairs: Hand and Till's M, which does not depend on how common the classes "
                "are; 0.5 is chance. Beside it stands the one within hospitals, because telling hospitals apart "
                "raises the former. Brier: squared distance summed over the classes (0 to 2); scaled: 1 is perfect, 0 "
                "is no better than the shares of the classes."
            ],
            files,
        ),
        _overall(
            "classification",
            "The class with the highest probability against the true one.",
            dict.fromkeys(("accuracy", "balanced_accuracy", "macro_f1", "kappa", "kappa_linear", "kappa_quadratic"), 2),
            performance,
            models,
            [
                f"{INTERVALS} Balanced accuracy is the mean sensitivity of the classes. Weighted kappas count by how "
                "many places two classes are apart in the order of the configuration; for classes without an order "
                "only the first kappa means something."
            ],
            files,
        ),
        _one_by_one(classes, models, sources.get("classes", [])),
        _pairs(pairs, models, sources.get("class_pairs", [])),
    ]


def number_tables(
    performance: pd.DataFrame, unit: str, models: Mapping[str, str], sources: Sequence[str] = ()
) -> list[DisplayTable]:
    """Error and agreement of predicted numbers; table of `modelling.evaluate_continuous` with `patients`."""
    digits = decimals(performance)
    of_unit = f" Errors, bias and limits in {unit}." if unit else ""
    error = _numbers(
        "discrimination",
        "How near the predicted numbers are to the measured ones.",
        {"r2": 2, "r2_within_center": 2, "mae": digits, "rmse": digits, "pearson": 2, "spearman": 2},
        performance,
        models,
        [
            f"{INTERVALS} R²: 1 is perfect, 0 is no better than predicting the mean of the set, below 0 is worse. "
            "Against hospital means: what is left of it beyond telling hospitals apart. A high correlation does not "
            f"mean that the numbers agree.{of_unit}"
        ],
        sources,
    )
    agreement = _numbers(
        "calibration",
        "Whether predicted numbers are right.",
        {"slope": 2, "intercept": digits, "bias": digits, "lower_limit": digits, "upper_limit": digits},
        performance,
        models,
        [
            f"{INTERVALS} Ideal: slope 1 (below 1: predictions too extreme), intercept 0, bias (mean of predicted "
            "minus measured) 0. About 95% of the differences lie between the limits of agreement (Bland and Altman); "
            f"whether they are narrow enough is a clinical question.{of_unit}"
        ],
        sources,
    )
    return [error, agreement]


def differences_table(
    pairwise: pd.DataFrame, headline: Headline, models: Mapping[str, str], sources: Sequence[str] = ()
) -> DisplayTable:
    """Differences of the main measure on the same patients."""
    rows = [
        [
            str(row["patients"]),
            f"{models[row['model_1']]} {MINUS} {models[row['model_2']]}",
            with_interval(row["difference"], row["low"], row["high"], 3),
            p_value(row["p"]),
            p_value(row["p_holm"]),
        ]
        for _, row in pairwise.iterrows()
    ]
    columns = ["Patients", "Models", f"{headline.title}, difference (95% CI)", "P", "P (Holm)"]
    codes = dict.fromkeys(str(code) for code in pairwise["reason"] if not is_absent(code))
    notes = [
        "The smallest possible P is 2 divided by the number of resamples. Patients of all hospitals of a set are "
        f"compared with each other; read the difference beside the values {headline.within_words} above."
    ]
    notes += [f"{ABSENT}: {REASONS.get(code, code)}" for code in codes]
    caption = "Models compared on the same patients (paired bootstrap)."
    return DisplayTable("pairwise", caption, columns, rows, 2, notes, sources)


def _overall(
    key: str,
    caption: str,
    shown: Mapping[str, int],
    performance: pd.DataFrame,
    models: Mapping[str, str],
    notes: list[str],
    sources: Sequence[str],
) -> DisplayTable:
    sizes = [name for name in performance.columns if name.startswith("n_")]
    rows = [
        [
            str(row["patients"]),
            models[row["model"]],
            f"{integer(row['n'])} ({'/'.join(integer(row[name]) for name in sizes)})",
            *(estimate_cell(row, measure, digits) for measure, digits in shown.items()),
        ]
        for _, row in performance.iterrows()
    ]
    heading = f"n ({'/'.join(name.removeprefix('n_') for name in sizes)})"
    columns = ["Patients", "Model", heading, *(CLASS_MEASURES[measure] for measure in shown)]
    notes = notes + footnotes(performance, {*shown, "all"}, CLASS_MEASURES)
    return DisplayTable(key, caption, columns, rows, 2, notes, sources)


def _one_by_one(classes: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str]) -> DisplayTable:
    digits = {"auc": 3, "auc_within_center": 3, "sensitivity": 2, "ppv": 2, "slope": 2, "in_the_large": 2, "ici": 3}
    rows = [
        [
            str(row["patients"]),
            models[row["model"]],
            str(row["class"]),
            integer(row["n"]),
            *(estimate_cell(row, measure, digits[measure]) for measure in ONE_CLASS_MEASURES),
        ]
        for _, row in classes.iterrows()
    ]
    columns = ["Patients", "Model", "Class", "n", *ONE_CLASS_MEASURES.values()]
    notes = [f"{INTERVALS} Calibration is that of the probability of the class.", *_of_classes(classes)]
    return DisplayTable("by-class", "Each class against all others.", columns, rows, 3, notes, sources)


def _pairs(pairs: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str]) -> DisplayTable:
    rows = [
        [
            str(row["patients"]),
            models[row["model"]],
            f"{row['class_1']} and {row['class_2']}",
            f"{integer(row['n_1'])}/{integer(row['n_2'])}",
            *(estimate_cell(row, measure, 3) for measure in ("auc", "first", "second")),
        ]
        for _, row in pairs.iterrows()
    ]
    columns = ["Patients", "Model", "Classes", "n", "AUC", "By probability of the first", "Of the second"]
    names = {"auc": "AUC", "first": "By probability of the first", "second": "Of the second"}
    notes = [
        f"{INTERVALS} The AUC of two classes is the mean of two: by the probability of either class.",
        *footnotes(pairs, set(names), names),
    ]
    return DisplayTable("by-pair", "Every two classes against each other.", columns, rows, 3, notes, sources)


def _of_classes(classes: pd.DataFrame) -> list[str]:
    """Footnotes that name the class beside the set."""
    named = classes.assign(patients=[f"{row['patients']}: {row['class']}" for _, row in classes.iterrows()])
    return footnotes(named, set(ONE_CLASS_MEASURES), ONE_CLASS_MEASURES)


def _numbers(
    key: str,
    caption: str,
    shown: Mapping[str, int],
    performance: pd.DataFrame,
    models: Mapping[str, str],
    notes: list[str],
    sources: Sequence[str],
) -> DisplayTable:
    rows = [
        [
            str(row["patients"]),
            models[row["model"]],
            integer(row["n"]),
            f"{significant(row['outcome_mean'])} ± {significant(row['outcome_sd'])}",
            *(estimate_cell(row, measure, digits) for measure, digits in shown.items()),
        ]
        for _, row in performance.iterrows()
    ]
    columns = ["Patients", "Model", "n", "Measured, mean ± SD", *(NUMBER_MEASURES[measure] for measure in shown)]
    notes = notes + footnotes(performance, {*shown, "all"}, NUMBER_MEASURES)
    return DisplayTable(key, caption, columns, rows, 2, notes, sources)


def decimals(performance: pd.DataFrame) -> int:
    """Decimals with which the outcome's standard deviation has three digits; of a table performance of numbers."""
    deviation = performance["outcome_sd"].max()
    if is_absent(deviation) or deviation <= 0:
        return 2
    return max(0, 2 - math.floor(math.log10(deviation)))
