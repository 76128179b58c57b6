"""How well the models work: the frozen ones in their cohorts, and the procedure in resampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from osteon.config.validation_parts import RESAMPLING
from osteon.reporting import outcome_tables, result_tables
from osteon.reporting.blocks import Block, PageFigure, Section
from osteon.reporting.content import Part, ReportContent
from osteon.reporting.language import Say, joined
from osteon.reporting.search_tables import repeats_table
from osteon.reporting.tables import DisplayTable

Figures = dict[str, list[PageFigure]]


def figure_names(say: Say) -> dict[str, str]:
    """What the figures of `config.evaluation_files.FIGURES` show."""
    return {
        "roc": say("ROC curves"),
        "calibration": say("Calibration"),
        "decision": say("Decision curves"),
        "confusion": say("Confusion matrices, with shares of the true class"),
        "scatter": say("Measured against predicted numbers"),
        "bland_altman": say("Differences, with bias, limits of agreement and their 95% intervals (Bland and Altman)"),
    }


def performance(content: ReportContent) -> Section | None:
    """The frozen models in every set of patients."""
    if not content.parts:
        return None
    blocks, say = _blocks(content, content.cohorts), content.say
    if (policy := _new_center_note(content)) and isinstance(blocks[0], DisplayTable):
        blocks[0] = replace(blocks[0], notes=[*blocks[0].notes, *policy])
    text = say("How well the frozen models work in each set of patients.")
    return Section("performance", say("Performance"), text, blocks)


def resampling(content: ReportContent) -> Section | None:
    """Repeated cross-validation and left-out hospitals."""
    if not content.resampling:
        return None
    (part,), say = content.resampling, content.say
    headline = outcome_tables.headline_of(content.kind, say)
    blocks = [
        replace(block, key=f"resampling-{block.key}") if isinstance(block, DisplayTable) else block
        for block in _blocks(content, [part])
    ]
    repeats = part.table("repeats")
    if len(repeats):
        blocks.append(repeats_table(repeats, content.models, headline.title, content.sources.get("repeats", []), say))
    texts = [
        say(
            "How well the procedure does, not this one frozen model: everything was fitted again, from the missing "
            "values to the threshold, without the patients that it then predicted."
        )
    ]
    if content.study.validation.leave_one_center_out:
        texts.append(say("A left-out hospital is predicted by a model of the others, as a new hospital would be."))
    return Section("resampling", say("Resampling of the training patients"), joined(texts, say), blocks)


def _blocks(content: ReportContent, parts: Sequence[Part]) -> list[Block]:
    """Tables and figures of these parts, in the order of reading."""
    say = content.say
    figures = {
        kind: [
            PageFigure(f"{kind}-{part.key}", part.figures[kind], say("{what}: {whom}.", what=name, whom=part.name))
            for part in parts
        ]
        for kind, name in figure_names(say).items()
        if kind in parts[0].figures
    }
    return _KINDS[content.kind](content, parts, figures)


def _binary(content: ReportContent, parts: Sequence[Part], figures: Figures) -> list[Block]:
    shown, sources = content.stacked("performance", parts), content.sources_of("performance", parts)
    frozen, say = all(part.key != RESAMPLING for part in parts), content.say
    blocks: list[Block] = [
        result_tables.discrimination_table(shown, content.models_with_tried, sources, say),
        figures["roc"],
    ]
    pairwise = content.stacked("pairwise", parts)
    if not pairwise.empty:
        files = content.sources_of("pairwise", parts)
        blocks.append(result_tables.pairwise_table(pairwise, content.models, files, say))
    return [
        *blocks,
        result_tables.classification_table(shown, content.models, sources, say, frozen=frozen),
        result_tables.calibration_table(shown, content.models, sources, say),
        figures["calibration"],
        figures["decision"],
    ]


def _classes(content: ReportContent, parts: Sequence[Part], figures: Figures) -> list[Block]:
    names = ("performance", "classes", "class_pairs")
    overall, calls, by_class, by_pair = outcome_tables.class_tables(
        *(content.stacked(name, parts) for name in names),
        content.models_with_tried,
        {name: content.sources_of(name, parts) for name in names},
        content.say,
    )
    blocks = [overall, figures["roc"], *_differences(content, parts), calls, figures["confusion"]]
    return [*blocks, by_class, figures["calibration"], by_pair]


def _numbers(content: ReportContent, parts: Sequence[Part], figures: Figures) -> list[Block]:
    unit, sources = content.study.outcome.unit, content.sources_of("performance", parts)
    shown = content.stacked("performance", parts)
    error, agreement = outcome_tables.number_tables(shown, unit, content.models_with_tried, sources, content.say)
    return [error, figures["scatter"], *_differences(content, parts), agreement, figures["bland_altman"]]


def _differences(content: ReportContent, parts: Sequence[Part]) -> list[DisplayTable]:
    pairwise, say = content.stacked("pairwise", parts), content.say
    if pairwise.empty:
        return []
    headline, sources = outcome_tables.headline_of(content.kind, say), content.sources_of("pairwise", parts)
    return [outcome_tables.differences_table(pairwise, headline, content.models, sources, say)]


_KINDS = {"binary": _binary, "classes": _classes, "continuous": _numbers}


def _new_center_note(content: ReportContent) -> list[str]:
    """What the sets of an external hospital are, where some of its patients were declared for adaptation."""
    notes, say = [], content.say
    for part in content.parts:
        if not part.external or "external_adapted" not in set(part.performance["set"]):
            continue
        count = _adaptation_patients(content, part.key.removeprefix("center-"))
        notes.append(
            say(
                "{hospital}: the primary analysis is that of all its patients by the frozen models. A secondary one "
                "stands beside it: from {who} who were declared for adaptation, without their outcomes, ComBat learned "
                "the hospital's batch effect; '{frozen}' and '{adapted}' are the other patients, by the frozen and by "
                "the adapted models.",
                hospital=part.name,
                who=say("{n} patients", n=count) if count else say("the patients"),
                frozen=part.patients("external_rest"),
                adapted=part.patients("external_adapted"),
            )
        )
    return notes


def _adaptation_patients(content: ReportContent, center: str) -> int:
    """How many patients an adaptation saw, by the audit; 0 where no model has harmonised features."""
    if content.audit is None:
        return 0
    seen = content.audit.loc[content.audit["scope"] == f"adapt {center}", "rows"]
    return int(seen.max()) if len(seen) else 0
