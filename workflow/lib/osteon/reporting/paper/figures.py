"""All figures of a study's paper besides those of the validation, each with the data that it is drawn from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from osteon.config.harmonisation import CENTER
from osteon.modelling.forest_tables import center_forest, subgroup_forest
from osteon.reporting.beeswarm_figure import beeswarm_figure
from osteon.reporting.content import ReportContent
from osteon.reporting.correlation_figure import cluster_figure
from osteon.reporting.feature_clusters import feature_clusters
from osteon.reporting.figures import save_figure
from osteon.reporting.forest_figure import forest_figure
from osteon.reporting.interaction_figure import interaction_figure
from osteon.reporting.language import Say, english
from osteon.reporting.lasso_figure import penalty_figure
from osteon.reporting.lettering import blank_figure
from osteon.reporting.nomogram import NoNomogram, nomogram, nomogram_table, refusal_text
from osteon.reporting.nomogram_figure import nomogram_figure
from osteon.reporting.paper.study import Further, variable_names
from osteon.reporting.paper.subgroups import level_name
from osteon.reporting.paper.words import sentence
from osteon.reporting.radar_figure import radar_data, radar_figure
from osteon.reporting.selection_figure import selection_figure, selection_frequencies
from osteon.reporting.shap_figure import importance_figure, joint_figure
from osteon.reporting.subgroup_roc_figure import subgroup_roc_figure
from osteon.statistics.estimate import SENTENCES
from osteon.tables.files import write_table

MOST_CLUSTERED = 40
"""Features in the figure of clusters."""


@dataclass(frozen=True)
class Explained:
    """What figures need besides the content of the report and what the tables need; empty where the study has nothing.

    Attributes:
        base, values, importance, interactions, correlations: of `modelling.explain.explain_part`, of all parts under
            each other, with patients (name of the set).
        selected: of the same, of the internal part.
        subgroup_roc: of `modelling.subgroup_tables`, likewise.
        lasso_path, lasso_cv: by model.
        calibrated: models whose probabilities were calibrated after the regression.
    """

    base: pd.DataFrame = field(default_factory=pd.DataFrame)
    values: pd.DataFrame = field(default_factory=pd.DataFrame)
    importance: pd.DataFrame = field(default_factory=pd.DataFrame)
    interactions: pd.DataFrame = field(default_factory=pd.DataFrame)
    correlations: pd.DataFrame = field(default_factory=pd.DataFrame)
    selected: pd.DataFrame = field(default_factory=pd.DataFrame)
    subgroup_roc: pd.DataFrame = field(default_factory=pd.DataFrame)
    lasso_path: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    lasso_cv: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    calibrated: Sequence[str] = ()


@dataclass(frozen=True)
class Drawn:
    """A figure, the name of its files, and its data by the end of their name ('' for the only one)."""

    name: str
    figure: Figure
    data: Mapping[str, pd.DataFrame]


Draw = Callable[[ReportContent, Further, Explained, Say], Iterable[Drawn]]


def paper_figures(
    content: ReportContent, further: Further, explained: Explained, say: Say = english
) -> Iterator[Drawn]:
    """All figures that the study has something for, one after the other."""
    for draw in FIGURES:
        yield from draw(content, further, explained, say)


def write_figures(figures: Iterable[Drawn], folder: str | Path) -> None:
    """Write <name>.svg, <name>.png and <name>.tsv of each figure; the folder is replaced as a whole."""
    folder = Path(folder)
    fresh = folder.with_name(f".{os.getpid()}.new.{folder.name}")
    try:
        fresh.mkdir(parents=True)
        for drawn in figures:
            save_figure(drawn.figure, fresh / drawn.name)
            for end, table in drawn.data.items():
                write_table(table, fresh / f"{drawn.name}{end and '_'}{end}.tsv")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _terms(content: ReportContent, say: Say) -> dict[str, str]:
    scores = {name: say("Radiomics score {name}", name=name) for name in content.study.signatures}
    return variable_names(content) | scores


def _importance(content: ReportContent, _: Further, explained: Explained, say: Say) -> Iterator[Drawn]:
    for model, own in _by_model(explained.importance):
        titles = dict(zip(own["patients_set"], own["patients_set"], strict=True))
        data = own.assign(set=own["patients_set"])
        yield Drawn(f"shap_importance_{model}", importance_figure(data, titles, _terms(content, say), say), {"": own})


def _swarms(content: ReportContent, _: Further, explained: Explained, say: Say) -> Iterator[Drawn]:
    scales = dict(zip(explained.base.get("model", []), explained.base.get("scale", []), strict=True))
    for model, own in _by_model(explained.values):
        for place, (title, values) in enumerate(own.groupby("patients_set", sort=False), start=1):
            figure = beeswarm_figure(values, scales[model], _terms(content, say), str(title), say)
            yield Drawn(f"shap_beeswarm_{model}_{place}", figure, {"": values})


def _joint(content: ReportContent, _: Further, explained: Explained, say: Say) -> Iterator[Drawn]:
    for model, own in _by_model(explained.importance):
        for place, (title, importance) in enumerate(own.groupby("patients_set", sort=False), start=1):
            table = explained.correlations
            found = table[(table["model"] == model) & (table["patients_set"] == title)]
            figure = joint_figure(importance, found, _terms(content, say), say=say)
            yield Drawn(f"shap_correlation_{model}_{place}", figure, {"shap": importance, "correlation": found})


def _interactions(content: ReportContent, _: Further, explained: Explained, say: Say) -> Iterator[Drawn]:
    scales = dict(zip(explained.base.get("model", []), explained.base.get("scale", []), strict=True))
    for model, own in _by_model(explained.interactions):
        title, first = next(iter(own.groupby("patients_set", sort=False)))
        if first["term"].notna().any():
            figure = interaction_figure(first, scales[model], _terms(content, say), str(title), say)
            yield Drawn(f"shap_interactions_{model}", figure, {"": first})


def _nomograms(content: ReportContent, _: Further, explained: Explained, say: Say) -> Iterator[Drawn]:
    words = {0.0: say("no"), 1.0: say("yes")}
    levels = {name: words for name, variable in content.study.variables.items() if variable.type == "binary"}
    for model, own in _by_model(explained.values):
        train = own[own["set"] == "train"].pivot(index="subject", columns="term", values="value")
        coefficients = content.coefficients[content.coefficients["model"] == model]
        try:
            table = nomogram_table(nomogram(coefficients, train, calibrated=model in explained.calibrated))
        except NoNomogram as refused:
            figure = blank_figure(refusal_text(refused.reason, say))
            yield Drawn(f"nomogram_{model}", figure, {"": pd.DataFrame({"reason": [str(refused.reason)]})})
            continue
        yield Drawn(f"nomogram_{model}", nomogram_figure(table, _terms(content, say), levels, say), {"": table})


def _penalties(_: ReportContent, __: Further, explained: Explained, say: Say) -> Iterator[Drawn]:
    for model, errors in explained.lasso_cv.items():
        if len(errors):
            path = explained.lasso_path[model]
            yield Drawn(f"lasso_{model}", penalty_figure(path, errors, say=say), {"path": path, "cv": errors})


def _selection(content: ReportContent, _: Further, __: Explained, say: Say) -> Iterator[Drawn]:
    if content.selection is not None and len(content.selection):
        table = selection_frequencies(content.selection, content.models)
        yield Drawn("selection_frequency", selection_figure(table, say=say), {"": table})


def _clusters(_: ReportContent, __: Further, explained: Explained, say: Say) -> Iterator[Drawn]:
    if explained.selected.shape[1] > 3:
        train = explained.selected[explained.selected["set"] == "train"].drop(columns=["subject", "set"])
        members, merges = feature_clusters(train, MOST_CLUSTERED)
        yield Drawn("feature_clusters", cluster_figure(members, merges, say=say), {"": members, "merges": merges})


def _subgroups(content: ReportContent, further: Further, explained: Explained, say: Say) -> Iterator[Drawn]:
    if further.subgroups is None or further.subgroups.empty:
        return
    names = variable_names(content) | {CENTER: say("Hospital")}
    reasons = {str(code): sentence(text, say) for code, text in SENTENCES.items()}
    keys = ["patients", "model"]
    for (patients, model), own in further.subgroups.groupby(keys, sort=False):
        tests = further.interactions
        table = subgroup_forest(own, tests[(tests["patients"] == patients) & (tests["model"] == model)])
        levels = {(row.group, row.level): level_name(row.level, say) for row in table.itertuples()}
        shown = {"groups": names, "levels": levels, "reasons": reasons, "say": say}
        name = f"{model}_{list(dict.fromkeys(further.subgroups['patients'])).index(patients) + 1}"
        yield Drawn(f"subgroups_{name}", forest_figure(table, say("AUC"), reference=0.5, **shown), {"": table})
        curves = explained.subgroup_roc
        roc = curves[(curves["patients_set"] == patients) & (curves["model"] == model)]
        roc = roc.rename(columns={"variable": "group"})
        yield Drawn(f"subgroup_roc_{name}", subgroup_roc_figure(roc, table, **shown), {"": roc})


def _centers(content: ReportContent, further: Further, _: Explained, say: Say) -> Iterator[Drawn]:
    if further.centers is None or further.centers.empty:
        return
    reasons = {str(code): sentence(text, say) for code, text in SENTENCES.items()}
    fixed = {"pooled": say("Mean over hospitals"), "prediction": say("Interval for a new hospital")}
    levels = {("", code): name for code, name in (content.centers | fixed).items()}
    for (set_name, model), own in further.centers.groupby(["set", "model"], sort=False):
        pooled = further.pooled[(further.pooled["set"] == set_name) & (further.pooled["model"] == model)]
        table = center_forest(own, pooled)
        figure = forest_figure(table, say("AUC"), reference=0.5, levels=levels, reasons=reasons, say=say)
        yield Drawn(f"centers_{set_name}_{model}", figure, {"": table})


def _radars(content: ReportContent, _: Further, __: Explained, say: Say) -> Iterator[Drawn]:
    table = content.stacked("performance")
    if table.empty or content.kind != "binary":
        return
    measures = {
        "auc": say("AUC"),
        "sensitivity": say("Sensitivity"),
        "specificity": say("Specificity"),
        "accuracy": say("Accuracy"),
        "ppv": say("PPV"),
        "f1": say("F1"),
    }
    titles = {name: name for name in dict.fromkeys(table["patients"])}
    for model in content.models:
        data = radar_data(table.assign(set=table["patients"]), model, measures)
        yield Drawn(f"metrics_{model}", radar_figure(data, measures, titles, say), {"": data})


def _by_model(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for model, own in table.groupby("model", sort=False) if len(table) else ():
        yield str(model), own


FIGURES: tuple[Draw, ...] = (
    *(_radars, _centers, _subgroups),
    *(_selection, _penalties, _clusters, _nomograms),
    *(_importance, _swarms, _joint, _interactions),
)
