"""Figures on the models: metrics, hospitals, subgroups, what was selected, and the nomogram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from osteon.config.harmonisation import CENTER
from osteon.modelling.forest_tables import center_forest, subgroup_forest
from osteon.reporting.correlation_figure import cluster_figure
from osteon.reporting.feature_clusters import TOGETHER, feature_clusters
from osteon.reporting.forest_figure import forest_figure
from osteon.reporting.language import Say, sentence
from osteon.reporting.lasso_figure import penalty_figure
from osteon.reporting.lettering import blank_figure
from osteon.reporting.nomogram import NoNomogram, nomogram, nomogram_table, refusal_text
from osteon.reporting.nomogram_figure import nomogram_figure
from osteon.reporting.numbers import integer, number
from osteon.reporting.paper.drawn import Drawn, Material, abbreviations, of_features, patients_of, thresholds_of
from osteon.reporting.paper.study import variable_names
from osteon.reporting.paper.subgroups import level_name
from osteon.reporting.radar_figure import radar_data, radar_figure
from osteon.reporting.selection_figure import selection_figure, selection_frequencies
from osteon.reporting.subgroup_roc_figure import subgroup_roc_figure
from osteon.statistics.estimate import SENTENCES

MOST_CLUSTERED = 40
"""Features in the figure of clusters."""


def metrics(material: Material, say: Say) -> Iterator[Drawn]:
    """Radar and dots of each model."""
    content = material.content
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
    table = table.assign(set=table["patients"])
    titles = {name: name for name in dict.fromkeys(table["set"])}
    for model, label in content.models.items():
        data = radar_data(table, model, measures)
        caption = [
            say(
                "95% confidence intervals: DeLong for the AUC, Wilson for shares, bootstrap for F1; all but the AUC at "
                "the frozen threshold."
            ),
            thresholds_of(table, {model: label}, say),
            patients_of(table, titles, say),
            abbreviations(say, "AUC", "CI", "F1", "PPV"),
        ]
        figure, title = radar_figure(data, measures, titles, say), say("Metrics of the model {model}", model=label)
        yield Drawn(f"metrics_{model}", figure, {"": data}, title, caption, model != material.main_model)


def centers(material: Material, say: Say) -> Iterator[Drawn]:
    """Forest of the hospitals."""
    content, further = material.content, material.further
    if further.centers is None or further.centers.empty:
        return
    fixed = {"pooled": say("Mean over hospitals"), "prediction": say("Interval for a new hospital")}
    levels = {("", code): name for code, name in (content.centers | fixed).items()}
    for (name, model), own in further.centers.groupby(["set", "model"], sort=False):
        pooled = further.pooled[(further.pooled["set"] == name) & (further.pooled["model"] == model)]
        table = center_forest(own, pooled)
        figure = forest_figure(table, say("AUC"), reference=0.5, levels=levels, reasons=_reasons(say), say=say)
        title = say(
            "AUC of the model {model} in each hospital: {patients}",
            model=content.models[model],
            patients=further.pooled_sets.get(name, name),
        )
        caption = [say("Marks and lines: AUC with its 95% confidence interval; line at 0.5: no knowledge.")]
        if pooled["value"].notna().any():
            caption.append(
                say(
                    "Mean of a random-effects meta-analysis (REML, Hartung and Knapp); the interval for a new hospital "
                    "is a 95% prediction interval."
                )
            )
        caption.append(abbreviations(say, "AUC", "CI"))
        extra = model != material.main_model
        yield Drawn(f"centers_{name}_{model}", figure, {"": table}, title, caption, extra)


def subgroups(material: Material, say: Say) -> Iterator[Drawn]:
    """Forest and ROC curves of the subgroups of each set, for each model."""
    content, further = material.content, material.further
    if further.subgroups is None or further.subgroups.empty:
        return
    names = variable_names(content) | {CENTER: say("Hospital")}
    sets = list(dict.fromkeys(further.subgroups["patients"]))
    for (patients, model), own in further.subgroups.groupby(["patients", "model"], sort=False):
        tests = further.interactions
        table = subgroup_forest(own, tests[(tests["patients"] == patients) & (tests["model"] == model)])
        levels = {(row.group, row.level): level_name(row.level, say) for row in table.itertuples()}
        shown = {"groups": names, "levels": levels, "reasons": _reasons(say), "say": say}
        end, label = f"{model}_{sets.index(patients) + 1}", content.models[model]
        extra = model != material.main_model
        caption = [
            say("AUC with its 95% confidence interval; groups of few patients or events are hidden."),
            say("P of the interaction: whether the AUCs of the groups differ, not adjusted for the number of tests."),
            abbreviations(say, "AUC", "CI"),
        ]
        title = say("Subgroups of {patients}, model {model}", patients=patients, model=label)
        figure = forest_figure(table, say("AUC"), reference=0.5, **shown)
        yield Drawn(f"subgroups_{end}", figure, {"": table}, title, caption, extra)
        curves = material.explained.subgroup_roc
        roc = curves[(curves["patients_set"] == patients) & (curves["model"] == model)]
        roc = roc.rename(columns={"variable": "group"})
        title = say("ROC curves of subgroups of {patients}, model {model}", patients=patients, model=label)
        caption = [
            say("Under each panel: AUC with its 95% confidence interval, patients with the outcome of all."),
            abbreviations(say, "AUC", "CI", "ROC"),
        ]
        yield Drawn(f"subgroup_roc_{end}", subgroup_roc_figure(roc, table, **shown), {"": roc}, title, caption, extra)


def selection(material: Material, say: Say) -> Iterator[Drawn]:
    """How often each feature was selected."""
    content = material.content
    if content.selection is None or content.selection.empty:
        return
    table = selection_frequencies(content.selection, content.models, say=say)
    names = material.features(table["feature"], say)
    shown = names | variable_names(content)
    caption = [
        say(
            "How often the other fits (folds, repeats, left-out hospitals) selected each feature; dark: features of "
            "the frozen score."
        ),
        *_spelled(names, say),
    ]
    title = say("Features by how often they were selected")
    yield Drawn("selection_frequency", selection_figure(table, shown, say), {"": table}, title, caption, True)


def penalties(material: Material, say: Say) -> Iterator[Drawn]:
    """LASSO: cross-validation and paths."""
    for model, errors in material.explained.lasso_cv.items():
        if errors.empty:
            continue
        path = material.explained.lasso_path[model]
        caption = [
            say(
                "Left: error of the cross-validation (mean and standard error) by the penalty λ; right: coefficients; "
                "above: number of features with a coefficient."
            ),
            say("Colored paths: features with a coefficient at the λ that was taken, whose line is drawn through."),
            abbreviations(say, "LASSO"),
        ]
        title = say("LASSO of the model {model}", model=material.content.models[model])
        figure = penalty_figure(path, errors, say=say)
        extra = model != material.main_model
        yield Drawn(f"lasso_{model}", figure, {"path": path, "cv": errors}, title, caption, extra)


def clusters(material: Material, say: Say) -> Iterator[Drawn]:
    """Features that hang together."""
    table = material.explained.selected
    if table.shape[1] <= 3:
        return
    train = table[table["set"] == "train"].drop(columns=["subject", "set"])
    members, merges = feature_clusters(train, MOST_CLUSTERED)
    names = material.features(members["feature"], say)
    caption = [
        say(
            "Spearman's rank correlation of the features of the frozen models in the {n} training patients, with the "
            "tree of average linkage; frames: clusters with a mean |rho| of {together} or more.",
            n=integer(len(train)),
            together=number(TOGETHER, 1),
        ),
        *_spelled(names, say),
    ]
    figure = cluster_figure(members, merges, names, say=say)
    data = {"": members, "merges": merges}
    yield Drawn("feature_clusters", figure, data, say("Clusters of features"), caption, True)


def nomograms(material: Material, say: Say) -> Iterator[Drawn]:
    """Nomogram of each frozen logistic model, or why there is none."""
    content, values = material.content, material.explained.values
    words = {0.0: say("no"), 1.0: say("yes")}
    levels = {name: words for name, variable in content.study.variables.items() if variable.type == "binary"}
    for model, own in values.groupby("model", sort=False) if len(values) else ():
        train = own[own["set"] == "train"].pivot(index="subject", columns="term", values="value")
        coefficients = content.coefficients[content.coefficients["model"] == model]
        title, extra = say("Nomogram of the model {model}", model=content.models[model]), model != material.main_model
        try:
            found = nomogram(coefficients, train, calibrated=model in material.explained.calibrated)
        except NoNomogram as refused:
            words_of, data = refusal_text(refused.reason, say), pd.DataFrame({"reason": [str(refused.reason)]})
            yield Drawn(f"nomogram_{model}", blank_figure(words_of), {"": data}, title, [words_of], extra)
            continue
        table = nomogram_table(found)
        caption = [
            say("The frozen logistic regression, fitted in {n} training patients.", n=integer(len(train))),
            say("The points of all terms add up to the total, and the risk of that total lies straight below it."),
            say("For reading the model, not for decisions on patients."),
        ]
        figure = nomogram_figure(table, material.terms(say), levels, say)
        yield Drawn(f"nomogram_{model}", figure, {"": table}, title, caption, extra)


def _reasons(say: Say) -> dict[str, str]:
    return {str(code): sentence(text, say) for code, text in SENTENCES.items()}


def _spelled(names: Mapping[str, str], say: Say) -> list[str]:
    found = of_features(names.values())
    return [abbreviations(say, *found)] if found else []
