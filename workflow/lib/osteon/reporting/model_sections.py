"""Sections on how the models came about: harmonisation, what was fitted, what was tried, null run, leakage audit."""

from __future__ import annotations

from dataclasses import replace

from osteon.modelling.selection.fates import IN_USE
from osteon.reporting.audit_tables import audit_counts, audit_table
from osteon.reporting.blocks import Block, PageFigure, Section
from osteon.reporting.content import ReportContent
from osteon.reporting.harmonisation_tables import (
    MEAN_ONLY,
    batch_name,
    confounding_table,
    harmonisation_table,
    signal_table,
)
from osteon.reporting.numbers import number
from osteon.reporting.outcome_tables import HEADLINES
from osteon.reporting.search_tables import null_table, search_table
from osteon.reporting.selection_tables import (
    coefficients_table,
    fates_table,
    feature_flow_table,
    missing_table,
    selection_table,
    stability_table,
)


def harmonisation(content: ReportContent) -> Section | None:
    """What the features tell about the hospital, before and after ComBat, and whether the outcome follows it."""
    if content.harmonisation is None:
        return None
    settings, sources = content.study.harmonisation, content.sources
    text = "The features were not harmonised between batches."
    if settings.method == "combat":
        order = ", then ".join(batch_name(batch) for batch in settings.batch)
        prior = {"parametric": "parametric", "non_parametric": "non-parametric"}.get(settings.prior)
        text = (
            f"ComBat removes batch effects ({order})"
            f"{', means only' if settings.mean_only else ''}"
            f"{f', with a {prior} prior' if prior else ', without a prior'}"
            f"{', keeping ' + ', '.join(settings.covariates) if settings.covariates else ''}. It is fitted in the "
            "training patients of each fold."
        )
        if settings.mean_only and settings.prior == "parametric":
            text += f" {MEAN_ONLY}"
    blocks: list[Block] = [harmonisation_table(content.harmonisation, sources.get("harmonisation", []))]
    if content.components_figure:
        caption = "The training patients by the first two principal components of their features."
        blocks.append([PageFigure("components-figure", content.components_figure, caption)])
    if content.signal is not None and len(content.signal):
        labels = {name: variable.label or name for name, variable in content.study.variables.items()}
        blocks.append(signal_table(content.signal, labels, sources.get("signal", [])))
    if content.confounding is not None and len(content.confounding):
        outcome, files = content.study.outcome, sources.get("confounding", [])
        groups = dict(zip(outcome.values, content.outcome_groups, strict=True))
        blocks.append(confounding_table(content.confounding, content.centers, groups, outcome.unit, files))
    return Section("harmonisation", "Harmonisation", text, blocks)


def models(content: ReportContent) -> Section | None:
    """Coefficients, features and what became of the others."""
    if content.coefficients is None:
        return None
    terms = {name: variable.label or name for name, variable in content.study.variables.items()}
    scores = {name: f"Radiomics score {name}" for name in content.study.signatures}
    sources = content.sources
    coefficients = coefficients_table(
        content.coefficients,
        content.models,
        terms | scores | {"intercept": "Intercept"},
        content.kind,
        sources.get("coefficients", []),
    )
    calibrated = [
        f"{content.models[name]}: its probabilities are calibrated afterwards (sigmoid)."
        for name, model in content.study.models.items()
        if model.calibration == "sigmoid" and content.kind != "continuous"
    ]
    blocks: list[Block] = [replace(coefficients, notes=[*coefficients.notes, *calibrated])]
    selection = content.selection
    if selection is not None and selection["fate"].isin(IN_USE).any():
        files = sources.get("selection", [])
        blocks.append(selection_table(selection, content.models, files))
        if content.stability is not None and len(content.stability):
            blocks.append(stability_table(content.stability, content.models, sources.get("stability", [])))
    if content.feature_flow is not None and len(content.feature_flow):
        flow_files = sources.get("feature_flow", [])
        blocks.append(feature_flow_table(content.feature_flow, content.models, flow_files))
        blocks.append(fates_table(selection, content.models, sources.get("selection", [])))
    if content.missing_inputs is not None and len(content.missing_inputs):
        files, treatment = sources.get("missing_inputs", []), content.study.missing_values
        blocks.append(missing_table(content.missing_inputs, content.centers, terms, treatment, files))
    return Section("models", "Models", "What was fitted on the training patients, and on nobody else.", blocks)


def search(content: ReportContent) -> Section | None:
    """What the models were chosen among."""
    if content.search is None or not any(count > 1 for count in content.tried.values()):
        return None
    measure = HEADLINES[content.kind].title
    blocks: list[Block] = [search_table(content.search, content.models, measure, content.sources.get("search", []))]
    for model, svg in content.search_figures.items():
        caption = (
            f"{content.models[model]}: {measure} of each selection and classifier, mean of the inner folds. "
            f"{content.tried[model]} settings were tried; the choice (framed) was made on inner folds of the training "
            "patients. Hatched: could not be fitted."
        )
        blocks.append([PageFigure(f"search-{model}", svg, caption)])
    text = "How many settings were tried before the ones that were taken; test patients and other hospitals had no say."
    return Section("search", "Choice of settings", text, blocks)


def null_run(content: ReportContent) -> Section | None:
    """What the whole road finds in shuffled outcomes."""
    if content.null_run is None:
        return None
    headline = HEADLINES[content.kind]
    text = (
        "The outcomes of the training patients were shuffled, and everything from selection on was done again. There "
        f"is nothing to be found there: the interval must include {number(headline.useless, 1)}"
        f"{' or lie below it' if content.kind == 'continuous' else ''}, or the study stops. This shows that the road "
        "from features to score invents nothing; it does not show that what it found in the real outcomes is true in "
        "other hospitals."
    )
    table = null_table(content.null_run, content.models, headline.title, content.sources.get("null_run", []))
    caption = "Scores with shuffled outcomes, and with the real ones."
    return Section("null-run", "Null run", text, [table, [PageFigure("null-figure", content.null_figure, caption)]])


def audit(content: ReportContent) -> Section | None:
    """Whether the models can have known the answers."""
    if content.audit is None:
        return None
    sources = content.sources.get("audit", [])
    blocks: list[Block] = [audit_table(content.audit, content.models, sources), audit_counts(content.audit, sources)]
    return Section("audit", "Leakage audit", "Whether the models can have known the answers.", blocks)
