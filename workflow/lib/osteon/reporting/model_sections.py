"""Sections on how the models came about: harmonisation, what was fitted, what was tried, null run, leakage audit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from osteon.config.harmonisation import Harmonisation
from osteon.modelling.selection.fates import IN_USE
from osteon.reporting.audit_tables import audit_counts, audit_table
from osteon.reporting.blocks import Block, PageFigure, Section
from osteon.reporting.content import ReportContent
from osteon.reporting.harmonisation_tables import (
    batch_name,
    confounding_table,
    harmonisation_table,
    signal_table,
)
from osteon.reporting.language import Say, joined
from osteon.reporting.numbers import number
from osteon.reporting.outcome_tables import headline_of
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
    settings, sources, say = content.study.harmonisation, content.sources, content.say
    text = say("The features were not harmonised between batches.")
    if settings.method == "combat":
        text = _combat(settings, say)
    blocks: list[Block] = [harmonisation_table(content.harmonisation, sources.get("harmonisation", []), say)]
    if content.components_figure:
        caption = say("The training patients by the first two principal components of their features.")
        blocks.append([PageFigure("components-figure", content.components_figure, caption)])
    if content.signal is not None and len(content.signal):
        labels = {name: variable.label or name for name, variable in content.study.variables.items()}
        blocks.append(signal_table(content.signal, labels, sources.get("signal", []), say))
    if content.confounding is not None and len(content.confounding):
        outcome, files = content.study.outcome, sources.get("confounding", [])
        groups = dict(zip(outcome.values, content.outcome_groups, strict=True))
        blocks.append(confounding_table(content.confounding, content.centers, groups, outcome.unit, files, say))
    return Section("harmonisation", say("Harmonisation"), text, blocks)


def _combat(settings: Harmonisation, say: Say) -> str:
    """What ComBat was asked to do."""
    parts = [
        say("ComBat removes batch effects ({order})", order=say(", then ").join(_batches(settings.batch, say))),
        say("means only") if settings.mean_only else "",
        {
            "parametric": say("with a parametric prior"),
            "non_parametric": say("with a non-parametric prior"),
        }.get(settings.prior, say("without a prior")),
        say("keeping {names}", names=say(", ").join(settings.covariates)) if settings.covariates else "",
    ]
    what = reduce(lambda one, other: say("{one}, {other}", one=one, other=other), filter(None, parts))
    texts = [say("{what}. It is fitted in the training patients of each fold.", what=what)]
    if settings.mean_only and settings.prior == "parametric":
        texts.append(
            say(
                "With mean_only and the parametric prior, ComBat corrects too little: as in the original in R, a batch "
                "is then weighed like a single patient, whatever its size. prior: none or non_parametric does not have "
                "this."
            )
        )
    return joined(texts, say)


def _batches(names: Iterable[str], say: Say) -> list[str]:
    return [batch_name(name, say) for name in names]


def models(content: ReportContent) -> Section | None:
    """Coefficients, features and what became of the others."""
    if content.coefficients is None:
        return None
    terms = {name: variable.label or name for name, variable in content.study.variables.items()}
    say, sources = content.say, content.sources
    scores = {name: say("Radiomics score {name}", name=name) for name in content.study.signatures}
    coefficients = coefficients_table(
        content.coefficients,
        content.models,
        terms | scores | {"intercept": say("Intercept")},
        content.kind,
        sources.get("coefficients", []),
        say,
    )
    calibrated = [
        say("{model}: its probabilities are calibrated afterwards (sigmoid).", model=content.models[name])
        for name, model in content.study.models.items()
        if model.calibration == "sigmoid" and content.kind != "continuous"
    ]
    blocks: list[Block] = [replace(coefficients, notes=[*coefficients.notes, *calibrated])]
    selection = content.selection
    if selection is not None and selection["fate"].isin(IN_USE).any():
        files = sources.get("selection", [])
        blocks.append(selection_table(selection, content.models, files, say))
        if content.stability is not None and len(content.stability):
            blocks.append(stability_table(content.stability, content.models, sources.get("stability", []), say))
    if content.feature_flow is not None and len(content.feature_flow):
        flow_files = sources.get("feature_flow", [])
        blocks.append(feature_flow_table(content.feature_flow, content.models, flow_files, say))
        blocks.append(fates_table(selection, content.models, sources.get("selection", []), say))
    if content.missing_inputs is not None and len(content.missing_inputs):
        files, treatment = sources.get("missing_inputs", []), content.study.missing_values
        blocks.append(missing_table(content.missing_inputs, content.centers, terms, treatment, files, say))
    return Section(
        "models", say("Models"), say("What was fitted on the training patients, and on nobody else."), blocks
    )


def search(content: ReportContent) -> Section | None:
    """What the models were chosen among."""
    if content.search is None or not any(count > 1 for count in content.tried.values()):
        return None
    say = content.say
    measure, sources = headline_of(content.kind, say).title, content.sources.get("search", [])
    blocks: list[Block] = [search_table(content.search, content.models, measure, sources, say)]
    for model, svg in content.search_figures.items():
        caption = say(
            "{model}: {measure} of each selection and classifier, mean of the inner folds. {n} settings were tried; "
            "the choice (framed) was made on inner folds of the training patients. Hatched: could not be fitted.",
            model=content.models[model],
            measure=measure,
            n=content.tried[model],
        )
        blocks.append([PageFigure(f"search-{model}", svg, caption)])
    text = say(
        "How many settings were tried before the ones that were taken; test patients and other hospitals had no say."
    )
    return Section("search", say("Choice of settings"), text, blocks)


def null_run(content: ReportContent) -> Section | None:
    """What the whole road finds in shuffled outcomes."""
    if content.null_run is None:
        return None
    say = content.say
    headline, value = headline_of(content.kind, say), number(headline_of(content.kind).useless, 1)
    text = say(
        "The outcomes of the training patients were shuffled, and everything from selection on was done again. There "
        "is nothing to be found there: the interval must include {value}, or the study stops. This shows that the road "
        "from features to score invents nothing; it does not show that what it found in the real outcomes is true in "
        "other hospitals.",
        value=say("{value} or lie below it", value=value) if content.kind == "continuous" else value,
    )
    table = null_table(content.null_run, content.models, headline.title, content.sources.get("null_run", []), say)
    caption = say("Scores with shuffled outcomes, and with the real ones.")
    figure = PageFigure("null-figure", content.null_figure, caption)
    return Section("null-run", say("Null run"), text, [table, [figure]])


def audit(content: ReportContent) -> Section | None:
    """Whether the models can have known the answers."""
    if content.audit is None:
        return None
    sources, say = content.sources.get("audit", []), content.say
    blocks: list[Block] = [
        audit_table(content.audit, content.models, sources, say),
        audit_counts(content.audit, sources, say),
    ]
    return Section("audit", say("Leakage audit"), say("Whether the models can have known the answers."), blocks)
