"""Figures of the validation in the width of a page: the same functions as those beside the tables of each part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from osteon.config.evaluation_files import FIGURES, TABLES
from osteon.reporting.content import Part
from osteon.reporting.language import Say
from osteon.reporting.lettering import PAGE
from osteon.reporting.null_figure import null_figure
from osteon.reporting.numbers import is_absent
from osteon.reporting.outcome_figures import confusion_figure, validation_figures
from osteon.reporting.paper.drawn import Drawn, Material, abbreviations, patients_of, thresholds_of

ACROSS = 2
"""Panels side by side on a page."""
MATRICES = 3
"""Confusion matrices side by side."""
SOURCES = {
    "roc": ("roc", "performance"),
    "calibration": ("calibration_curve",),
    "decision": ("decision",),
    "confusion": ("confusion",),
    "scatter": ("agreement", "calibration_curve"),
    "bland_altman": ("agreement",),
}
"""Tables that lie beside each figure."""
RESAMPLED = "resampling"


def curves(material: Material, say: Say) -> Iterator[Drawn]:
    """What the tables of the validation show, of all patients that the models did not learn from and of training."""
    yield from _of_parts(material, material.content.cohorts, "", say)


def resampled(material: Material, say: Say) -> Iterator[Drawn]:
    """The same in resampling of the training patients."""
    yield from _of_parts(material, material.content.resampling, f"_{RESAMPLED}", say)


def _of_parts(material: Material, parts: Sequence[Part], end: str, say: Say) -> Iterator[Drawn]:
    content = material.content
    tables, titles = merged(material.curves, parts, TABLES[content.kind])
    if not titles:
        return
    patients = patients_of(tables["performance"], titles, say)
    binary = content.kind == "binary"
    # where each model has panels of its own, it has a figure of its own
    groups = [content.models] if binary else [{model: label} for model, label in content.models.items()]
    made = [(one, validation_figures(tables, content.study.outcome, one, titles, say, ACROSS)) for one in groups]
    for key, stem in FIGURES[content.kind].items():
        for labels, figures in made:
            name = stem if binary else f"{stem}_{next(iter(labels))}"
            data = {(source if len(SOURCES[key]) > 1 else ""): _of(tables[source], labels) for source in SOURCES[key]}
            title, caption = _words(key, content.kind, tables, labels, say)
            if not binary:
                title = say("{title}, {model}", title=title, model=next(iter(labels.values())))
            yield Drawn(f"{name}{end}", figures[key], data, title, [*caption, patients], supplement=bool(end))


def merged(
    curves: Mapping[str, Mapping[str, pd.DataFrame]], parts: Sequence[Part], names: Sequence[str]
) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Tables of several parts under each other, and the names of their sets, which are called '<part> <set>'."""
    known = [part for part in parts if part.key in curves]
    titles = {
        f"{part.key} {name}": title
        for part in known
        for name, title in part.titles.items()
        if name in set(part.performance["set"])
    }
    tables = {
        name: pd.concat(
            [curves[part.key][name].assign(set=part.key + " " + curves[part.key][name]["set"]) for part in known],
            ignore_index=True,
        )
        for name in (names if known else ())
    }
    return tables, titles


def _of(table: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Rows of some models, and of what is no model."""
    return table[table["model"].isin([*labels, "all", "none"])]


def _words(
    key: str, kind: str, tables: Mapping[str, pd.DataFrame], labels: Mapping[str, str], say: Say
) -> tuple[str, list[str]]:
    """Title and first sentences of the caption."""
    if key == "roc" and kind == "binary":
        return say("ROC curves of all models"), [
            say("Marks: sensitivity and specificity at the threshold that was frozen in training."),
            thresholds_of(tables["performance"], labels, say),
            say("Areas with 95% confidence intervals (DeLong), of all patients and within hospitals."),
            abbreviations(say, "AUC", "CI", "ROC"),
        ]
    if key == "roc":
        return say("ROC curves of each class against all others"), [
            say("Areas with 95% confidence intervals, of all patients and within hospitals."),
            abbreviations(say, "AUC", "CI", "ROC"),
        ]
    words = {
        "calibration": (
            say("Calibration"),
            [
                say("Observed against predicted probability: smoothed curves and groups of patients."),
                say("Bands and bars: 95% confidence intervals."),
            ],
        ),
        "decision": (
            say("Decision curves"),
            [
                say(
                    "Net benefit of treating the patients whose predicted risk exceeds the threshold probability, "
                    "beside treating all and treating none."
                )
            ],
        ),
        "confusion": (
            say("Confusion matrices"),
            [say("Patients by true and called class, with the share of the true class.")],
        ),
        "scatter": (
            say("Measured and predicted values"),
            [
                say("Each mark is a patient; R² and mean absolute error with 95% confidence intervals."),
                abbreviations(say, "MAE"),
            ],
        ),
        "bland_altman": (
            say("Differences of prediction and measurement (Bland and Altman)"),
            [say("Lines: mean difference and 95% limits of agreement; bands: their 95% confidence intervals.")],
        ),
    }
    return words[key]


def confusion(material: Material, say: Say) -> Iterator[Drawn]:
    """Confusion matrices of an outcome of two classes at the frozen threshold, from the performance."""
    content = material.content
    if content.kind != "binary" or not content.cohorts:
        return
    table, titles = merged(material.curves, content.cohorts, ("performance",))
    if not titles:
        return
    values = content.outcome_groups
    counts = confusion_counts(table["performance"], values)
    shown = (values, content.models, titles, say, MATRICES, PAGE / MATRICES)
    caption = [
        say("Patients by true and called class, with the share of the true class."),
        thresholds_of(table["performance"], content.models, say),
        patients_of(table["performance"], titles, say),
    ]
    figure = confusion_figure(counts, *shown)
    title = say("Confusion matrices at the frozen thresholds")
    yield Drawn("confusion", figure, {"": counts}, title, caption, supplement=True)


def confusion_counts(performance: pd.DataFrame, values: Sequence[str]) -> pd.DataFrame:
    """Counts behind sensitivity and specificity: set, model, true_class, called_class, n.

    Args:
        performance: set, model, n, events, sensitivity, specificity; rows without one of these are left out.
        values: names of the class without and of that with the outcome.
    """
    no, yes = values
    rows = []
    for row in performance.to_dict("records"):
        if is_absent(row["sensitivity"]) or is_absent(row["specificity"]):
            continue
        events, others = int(row["events"]), int(row["n"]) - int(row["events"])
        hits, right = round(row["sensitivity"] * events), round(row["specificity"] * others)
        cells = ((yes, yes, hits), (yes, no, events - hits), (no, yes, others - right), (no, no, right))
        rows += [(row["set"], row["model"], *cell) for cell in cells]
    return pd.DataFrame(rows, columns=["set", "model", "true_class", "called_class", "n"])


def null_run(material: Material, say: Say) -> Iterator[Drawn]:
    """Scores in shuffled outcomes."""
    content, scores = material.content, material.null_scores
    if scores is None or content.null_run is None or content.null_run.empty:
        return
    measures = {"binary": say("AUC"), "classes": say("Mean AUC of all pairs of classes"), "continuous": "R²"}
    figure = null_figure(scores, content.null_run, content.models, measures[content.kind], say)
    caption = [
        say(
            "The whole way from the features to the out-of-fold predictions, run {n} times with shuffled outcomes, in "
            "which there is nothing to find, and with the real ones.",
            n=int(content.null_run["repeats"].max()),
        ),
        say("Where the 99.9% interval of their mean does not hold the value of no knowledge, something leaks."),
    ]
    title = say("Shuffled outcomes")
    yield Drawn("null_run", figure, {"": scores, "summary": content.null_run}, title, caption, supplement=True)
