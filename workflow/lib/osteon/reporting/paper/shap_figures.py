"""Figures on what the predictions of the frozen models rest on."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from osteon.reporting.beeswarm_figure import beeswarm_figure
from osteon.reporting.interaction_figure import interaction_figure, no_interactions
from osteon.reporting.language import Say
from osteon.reporting.numbers import integer, is_absent
from osteon.reporting.paper.drawn import Drawn, Material, abbreviations
from osteon.reporting.shap_figure import importance_figure, joint_figure


def importance(material: Material, say: Say) -> Iterator[Drawn]:
    """Shares of mean |SHAP| in all sets."""
    for model, own in _by_model(material.explained.importance):
        label = material.content.models[model]
        titles = dict(zip(own["patients_set"], own["patients_set"], strict=True))
        figure = importance_figure(own.assign(set=own["patients_set"]), titles, material.terms(say), say)
        caption = [
            say(
                "Share of each term in the sum of mean |SHAP|, in the order of the first set; SHAP describes the "
                "model, not causes."
            ),
            _patients(own, say),
            *_without(model, material, say),
            abbreviations(say, "SHAP"),
        ]
        title = say("Importance of the terms of the model {model}", model=label)
        yield Drawn(f"shap_importance_{model}", figure, {"": own}, title, caption, _extra(model, material))


def swarms(material: Material, say: Say) -> Iterator[Drawn]:
    """SHAP values of single patients."""
    scales = _scales(material)
    for model, own in _by_model(material.explained.values):
        label = material.content.models[model]
        for place, (title, values) in enumerate(own.groupby("patients_set", sort=False), start=1):
            figure = beeswarm_figure(values, scales[model], material.terms(say), str(title), say)
            caption = [
                say(
                    "One dot for each of {n} patients and each term: how far the value of the term moves the output of "
                    "the model, shaded by that value.",
                    n=integer(values["subject"].nunique()),
                ),
                abbreviations(say, "SHAP"),
            ]
            name = say("SHAP values of the model {model}, {patients}", model=label, patients=title)
            yield Drawn(f"shap_beeswarm_{model}_{place}", figure, {"": values}, name, caption, True)


def joint(material: Material, say: Say) -> Iterator[Drawn]:
    """Importance beside the correlation with the outcome; the main one is of the first patients that are not those of
    the training."""
    for model, own in _by_model(material.explained.importance):
        label = material.content.models[model]
        sets = list(own.groupby(["set", "patients_set"], sort=False))
        shown = next((place for place, ((name, _), _) in enumerate(sets) if name != "train"), 0)
        for place, ((_, title), table) in enumerate(sets):
            correlations = material.explained.correlations
            found = correlations[(correlations["model"] == model) & (correlations["patients_set"] == title)]
            figure = joint_figure(table, found, material.terms(say), say=say)
            caption = [
                say(
                    "Left: share of each term in the sum of mean |SHAP|. Right: its point-biserial correlation r with "
                    "the outcome in the same patients, with its 95% confidence interval; open diamonds: negative."
                ),
                _patients(table, say),
                abbreviations(say, "CI", "SHAP"),
            ]
            name = say("Importance and correlation, model {model}, {patients}", model=label, patients=title)
            data = {"shap": table, "correlation": found}
            extra = _extra(model, material) or place != shown
            yield Drawn(f"shap_correlation_{model}_{place + 1}", figure, data, name, caption, extra)


def interactions(material: Material, say: Say) -> Iterator[Drawn]:
    """Terms that change each other's effect; nothing for models without."""
    scales = _scales(material)
    for model, own in _by_model(material.explained.interactions):
        title, first = next(iter(own.groupby("patients_set", sort=False)))
        if _without(model, material, say):  # the caption of the importance says why
            continue
        figure = interaction_figure(first, scales[model], material.terms(say), str(title), say)
        caption = [
            say("Mean |SHAP interaction| of each pair of terms; on the diagonal their main effects."),
            abbreviations(say, "SHAP"),
        ]
        name = say(
            "Interactions in the model {model}, {patients}", model=material.content.models[model], patients=title
        )
        yield Drawn(f"shap_interactions_{model}", figure, {"": first}, name, caption, True)


def _without(model: str, material: Material, say: Say) -> list[str]:
    """Why a model has no interactions, as a sentence; [] if it has."""
    table = material.explained.interactions
    own = table[table["model"] == model] if len(table) else table
    reasons = [reason for reason in own.get("reason", ()) if not is_absent(reason)]
    return [say("{why}.", why=no_interactions(reasons[0], say))] if reasons else []


def _scales(material: Material) -> dict[str, str]:
    base = material.explained.base
    return dict(zip(base.get("model", []), base.get("scale", []), strict=True))


def _by_model(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for model, own in table.groupby("model", sort=False) if len(table) else ():
        yield str(model), own


def _extra(model: str, material: Material) -> bool:
    return model != material.main_model


def _patients(table: pd.DataFrame, say: Say) -> str:
    sets = table.drop_duplicates("patients_set")
    return say(
        "Patients: {sets}.",
        sets="; ".join(f"{row.patients_set} {integer(row.patients)}" for row in sets.itertuples()),
    )
