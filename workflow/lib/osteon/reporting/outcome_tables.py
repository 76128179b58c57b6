"""Tables on models of several classes and of numbers, and the one measure that stands for each kind of outcome."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from osteon.reporting.language import Say, english
from osteon.reporting.numbers import MINUS, beside, estimated, integer, is_absent, p_value, with_interval
from osteon.reporting.result_tables import REASONS, absent_notes, estimate_cell, footnotes
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
    within_words: str
    """What that is called."""
    title: str
    """The name at the beginning of a sentence."""

    def beside(self, row: Mapping) -> str:
        """The measure within hospitals, in words; '' where the set has one hospital."""
        return beside(row, self.measure, self.within, self.within_words)


def headline_of(kind: str, say: Say = english) -> Headline:
    """The measure that stands for a kind of outcome: binary, classes or continuous."""
    if kind == "continuous":
        return Headline(
            *("r2", say("R²"), (-0.5, 1.0), 0.0, say("no better than predicting the mean of the set")),
            *("r2_within_center", say("against hospital means"), say("R²")),
        )
    place, chance, within = (0.3, 1.0), say("chance"), say("within hospitals")
    if kind == "classes":
        names = say("mean AUC of all pairs of classes"), say("Mean AUC of all pairs of classes")
        return Headline("hand_till", names[0], place, 0.5, chance, "hand_till_within_center", within, names[1])
    return Headline("auc", say("AUC"), place, 0.5, chance, "auc_within_center", within, say("AUC"))


def class_measure_names(say: Say) -> dict[str, str]:
    """Headings of the measures of all classes together."""
    return {
        "hand_till": say("Mean AUC of pairs"),
        "hand_till_within_center": say("The same within hospitals"),
        "auc_macro": say("Mean AUC against the rest"),
        "accuracy": say("Accuracy"),
        "balanced_accuracy": say("Balanced accuracy"),
        "macro_f1": say("Mean F1"),
        "kappa": say("Kappa"),
        "kappa_linear": say("Kappa, linear weights"),
        "kappa_quadratic": say("Kappa, quadratic weights"),
        "brier": say("Brier"),
        "scaled_brier": say("Scaled Brier"),
        "all": say("All measures"),
    }


def one_class_measure_names(say: Say) -> dict[str, str]:
    """Headings of the measures of one class against the others."""
    return {
        "auc": say("AUC"),
        "auc_within_center": say("AUC within hospitals"),
        "sensitivity": say("Sensitivity"),
        "ppv": say("Precision (PPV)"),
        "slope": say("Calibration slope"),
        "in_the_large": say("Calibration in the large"),
        "ici": say("ICI"),
    }


def number_measure_names(say: Say) -> dict[str, str]:
    """Headings of the measures of predicted numbers."""
    return {
        "r2": say("R²"),
        "r2_within_center": say("R² against hospital means"),
        "mae": say("Mean absolute error"),
        "rmse": say("Root mean squared error"),
        "pearson": say("Pearson's r"),
        "spearman": say("Spearman's rho"),
        "slope": say("Calibration slope"),
        "intercept": say("Intercept"),
        "bias": say("Bias"),
        "lower_limit": say("Lower limit of agreement"),
        "upper_limit": say("Upper limit of agreement"),
        "all": say("All measures"),
    }


def class_tables(
    performance: pd.DataFrame,
    classes: pd.DataFrame,
    pairs: pd.DataFrame,
    models: Mapping[str, str],
    sources: Mapping[str, Sequence[str]],
    say: Say = english,
) -> list[DisplayTable]:
    """Discrimination, calls, classes and pairs of classes; tables of `modelling.evaluate_classes` with `patients`."""
    files = sources.get("performance", [])
    return [
        _overall(
            "discrimination",
            say("How well each model tells the classes apart."),
            {"hand_till": 3, "hand_till_within_center": 3, "auc_macro": 3, "brier": 3, "scaled_brier": 2},
            performance,
            models,
            say(
                "95% confidence intervals in parentheses. Mean AUC of pairs: Hand and Till's M, which does not depend "
                "on how common the classes are; 0.5 is chance. Beside it stands the one within hospitals, because "
                "telling hospitals apart raises the former. Brier: squared distance summed over the classes (0 to 2); "
                "scaled: 1 is perfect, 0 is no better than the shares of the classes."
            ),
            files,
            say,
        ),
        _overall(
            "classification",
            say("The class with the highest probability against the true one."),
            dict.fromkeys(("accuracy", "balanced_accuracy", "macro_f1", "kappa", "kappa_linear", "kappa_quadratic"), 2),
            performance,
            models,
            say(
                "95% confidence intervals in parentheses. Balanced accuracy is the mean sensitivity of the classes. "
                "Weighted kappas count by how many places two classes are apart in the order of the configuration; "
                "for classes without an order only the first kappa means something."
            ),
            files,
            say,
        ),
        _one_by_one(classes, models, sources.get("classes", []), say),
        _pairs(pairs, models, sources.get("class_pairs", []), say),
    ]


def number_tables(
    performance: pd.DataFrame, unit: str, models: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> list[DisplayTable]:
    """Error and agreement of predicted numbers; table of `modelling.evaluate_continuous` with `patients`."""
    digits = decimals(performance)
    of_unit = [say("Errors, bias and limits in {unit}.", unit=unit)] if unit else []
    error = _numbers(
        "discrimination",
        say("How near the predicted numbers are to the measured ones."),
        {"r2": 2, "r2_within_center": 2, "mae": digits, "rmse": digits, "pearson": 2, "spearman": 2},
        performance,
        models,
        [
            say(
                "95% confidence intervals in parentheses. R²: 1 is perfect, 0 is no better than predicting the mean of "
                "the set, below 0 is worse. Against hospital means: what is left of it beyond telling hospitals apart. "
                "A high correlation does not mean that the numbers agree."
            ),
            *of_unit,
        ],
        sources,
        say,
    )
    agreement = _numbers(
        "calibration",
        say("Whether predicted numbers are right."),
        {"slope": 2, "intercept": digits, "bias": digits, "lower_limit": digits, "upper_limit": digits},
        performance,
        models,
        [
            say(
                "95% confidence intervals in parentheses. Ideal: slope 1 (below 1: predictions too extreme), "
                "intercept 0, bias (mean of predicted minus measured) 0. About 95% of the differences lie between the "
                "limits of agreement (Bland and Altman); whether they are narrow enough is a clinical question."
            ),
            *of_unit,
        ],
        sources,
        say,
    )
    return [error, agreement]


def differences_table(
    pairwise: pd.DataFrame,
    headline: Headline,
    models: Mapping[str, str],
    sources: Sequence[str] = (),
    say: Say = english,
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
    difference = say("{measure}, difference (95% CI)", measure=headline.title)
    columns = [say("Patients"), say("Models"), difference, say("P"), say("P (Holm)")]
    notes = [
        say(
            "The smallest possible P is 2 divided by the number of resamples. Patients of all hospitals of a set are "
            "compared with each other; read the difference beside the values {within} above.",
            within=headline.within_words,
        ),
        *absent_notes(pairwise["reason"], REASONS, say),
    ]
    caption = say("Models compared on the same patients (paired bootstrap).")
    return DisplayTable("pairwise", caption, columns, rows, 2, notes, sources)


def _overall(
    key: str,
    caption: str,
    shown: Mapping[str, int],
    performance: pd.DataFrame,
    models: Mapping[str, str],
    note: str,
    sources: Sequence[str],
    say: Say,
) -> DisplayTable:
    names = class_measure_names(say)
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
    columns = [say("Patients"), say("Model"), heading, *(names[measure] for measure in shown)]
    notes = [note, *footnotes(performance, {*shown, "all"}, names, say)]
    return DisplayTable(key, caption, columns, rows, 2, notes, sources)


def _one_by_one(classes: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str], say: Say) -> DisplayTable:
    names = one_class_measure_names(say)
    digits = {"auc": 3, "auc_within_center": 3, "sensitivity": 2, "ppv": 2, "slope": 2, "in_the_large": 2, "ici": 3}
    rows = [
        [
            str(row["patients"]),
            models[row["model"]],
            str(row["class"]),
            integer(row["n"]),
            *(estimate_cell(row, measure, digits[measure]) for measure in names),
        ]
        for _, row in classes.iterrows()
    ]
    columns = [say("Patients"), say("Model"), say("Class"), say("n"), *names.values()]
    notes = [
        say(
            "95% confidence intervals in parentheses. Calibration is that of the probability of the class.",
        ),
        *_of_classes(classes, names, say),
    ]
    return DisplayTable("by-class", say("Each class against all others."), columns, rows, 3, notes, sources)


def _pairs(pairs: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str], say: Say) -> DisplayTable:
    rows = [
        [
            str(row["patients"]),
            models[row["model"]],
            say("{first} and {last}", first=row["class_1"], last=row["class_2"]),
            f"{integer(row['n_1'])}/{integer(row['n_2'])}",
            *(estimate_cell(row, measure, 3) for measure in ("auc", "first", "second")),
        ]
        for _, row in pairs.iterrows()
    ]
    names = {"auc": say("AUC"), "first": say("By probability of the first"), "second": say("Of the second")}
    columns = [say("Patients"), say("Model"), say("Classes"), say("n"), *names.values()]
    notes = [
        say(
            "95% confidence intervals in parentheses. The AUC of two classes is the mean of two: by the probability "
            "of either class."
        ),
        *footnotes(pairs, set(names), names, say),
    ]
    return DisplayTable("by-pair", say("Every two classes against each other."), columns, rows, 3, notes, sources)


def _of_classes(classes: pd.DataFrame, names: Mapping[str, str], say: Say) -> list[str]:
    """Footnotes that name the class beside the set."""
    named = classes.assign(
        patients=[say("{what}: {why}", what=row["patients"], why=row["class"]) for _, row in classes.iterrows()]
    )
    return footnotes(named, set(names), names, say)


def _numbers(
    key: str,
    caption: str,
    shown: Mapping[str, int],
    performance: pd.DataFrame,
    models: Mapping[str, str],
    notes: list[str],
    sources: Sequence[str],
    say: Say,
) -> DisplayTable:
    names = number_measure_names(say)
    rows = [
        [
            str(row["patients"]),
            models[row["model"]],
            integer(row["n"]),
            f"{estimated(row['outcome_mean'])} ± {estimated(row['outcome_sd'])}",
            *(estimate_cell(row, measure, digits) for measure, digits in shown.items()),
        ]
        for _, row in performance.iterrows()
    ]
    measured = say("Measured, mean ± SD")
    columns = [say("Patients"), say("Model"), say("n"), measured, *(names[measure] for measure in shown)]
    notes = notes + footnotes(performance, {*shown, "all"}, names, say)
    return DisplayTable(key, caption, columns, rows, 2, notes, sources)


def decimals(performance: pd.DataFrame) -> int:
    """Decimals with which the outcome's standard deviation has three digits; of a table performance of numbers."""
    deviation = performance["outcome_sd"].max()
    if is_absent(deviation) or deviation <= 0:
        return 2
    return max(0, 2 - math.floor(math.log10(deviation)))
