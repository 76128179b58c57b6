"""All tables of a study's paper, in the order of reading, each from its result files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from osteon.config.harmonisation import CENTER
from osteon.reporting.content import Part, ReportContent
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import MINUS
from osteon.reporting.paper import masks, patients, performance, scores
from osteon.reporting.paper.association import logistic_table
from osteon.reporting.paper.baseline import baseline_table
from osteon.reporting.paper.centers import centers_table
from osteon.reporting.paper.subgroups import subgroups_table
from osteon.reporting.paper.table import PaperTable, numbered

_INTERVAL = re.compile(rf"({MINUS}?\d[\d.]*) to ({MINUS}?\d[\d.]*)")


@dataclass(frozen=True)
class Further:
    """What the paper needs besides the content of the report; a table that the study does not have is None.

    Attributes:
        bundles: model.json of each model, from `config.frozen.read_content`.
        logistic: from `statistics.association.association_table`.
        subgroups: from `modelling.subgroup_tables`, of all parts under each other, with patients (name of the set).
        interactions: of the same.
        centers: from `modelling.center_pooling`.
        pooled: of the same.
        pooled_sets: name of each set of these two.
        sources: paths of the files of each table, by the names above.
    """

    bundles: Mapping[str, Mapping] = field(default_factory=dict)
    logistic: pd.DataFrame | None = None
    subgroups: pd.DataFrame | None = None
    interactions: pd.DataFrame | None = None
    centers: pd.DataFrame | None = None
    pooled: pd.DataFrame | None = None
    pooled_sets: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)


Builder = Callable[[ReportContent, Further, Say], PaperTable | None]


def paper_table(key: str, content: ReportContent, further: Further, say: Say = english) -> PaperTable | None:
    """One table by its key (of `TABLES`), with sources and banner; None where the study has nothing for it.

    Raises:
        KeyError: no table has that key.
    """
    build, names = TABLES[key]
    made = build(content, further, say)
    if made is None:
        return None
    sources = [path for name in names for path in (content.sources.get(name) or further.sources.get(name) or ())]
    banner = say("Simulated patients: these numbers say nothing about MRI.") if content.study.study.simulated else ""
    rows = [replace(row, cells=tuple(_said(cell, say) for cell in row.cells)) for row in made.rows]
    return replace(made, rows=rows, sources=sources, banner=banner)


def paper_tables(content: ReportContent, further: Further, say: Say = english) -> list[PaperTable]:
    """All tables that the study has something for, numbered: those of the paper, then the supplement (S1, ...)."""
    made = {key: table for key in TABLES if (table := paper_table(key, content, further, say)) is not None}
    main = numbered([table for key, table in made.items() if key not in SUPPLEMENT], say)
    return main + numbered([table for key, table in made.items() if key in SUPPLEMENT], say, "S")


def _exclusions(content: ReportContent, _: Further, say: Say) -> PaperTable:
    return patients.exclusions_table(content.flow, content.centers, say)


def _acquisition(content: ReportContent, _: Further, say: Say) -> PaperTable | None:
    if _lacks(content.acquisition):
        return None
    sequences = {code: sequence.description for code, sequence in content.study.sequences.items()}
    return patients.acquisition_table(content.acquisition, content.centers, sequences, say)


def _baseline(content: ReportContent, _: Further, say: Say) -> PaperTable | None:
    table = content.stacked("baseline")
    return None if _lacks(table) else baseline_table(table, content.outcome_groups, content.outcome, say)


def _logistic(content: ReportContent, further: Further, say: Say) -> PaperTable | None:
    if _lacks(further.logistic):
        return None
    return logistic_table(further.logistic, variable_names(content), content.outcome, say)


def _segmentation(content: ReportContent, _: Further, say: Say) -> PaperTable | None:
    return None if _lacks(content.agreement) else masks.segmentation_table(content.agreement, content.centers, say)


def _mask_readers(content: ReportContent, _: Further, say: Say) -> PaperTable | None:
    return None if _lacks(content.readers) else masks.readers_table(content.readers, content.centers, say)


def _reliability(content: ReportContent, _: Further, say: Say) -> PaperTable | None:
    if _lacks(content.robustness):
        return None
    settings = content.study.robustness
    return masks.reliability_table(content.robustness, settings.threshold, settings.bound, say)


def _features(content: ReportContent, further: Further, say: Say) -> PaperTable | None:
    if _lacks(content.selection) or not further.bundles:
        return None
    return scores.features_table(content.selection, further.bundles, content.models, say)


def _coefficients(content: ReportContent, _: Further, say: Say) -> PaperTable | None:
    if _lacks(content.coefficients):
        return None
    terms = variable_names(content) | {
        name: say("Radiomics score {name}", name=name) for name in content.study.signatures
    }
    return scores.coefficients_table(content.coefficients, content.models, terms, content.kind, say)


def _performance(content: ReportContent, _: Further, say: Say) -> PaperTable | None:
    table = content.stacked("performance")
    return None if _lacks(table) else performance.performance_table(table, content.models_with_tried, content.kind, say)


def _comparisons(content: ReportContent, _: Further, say: Say) -> PaperTable | None:
    table = content.stacked("pairwise")
    return None if _lacks(table) else performance.pairwise_table(table, content.models, content.kind, say)


def _calibration(content: ReportContent, _: Further, say: Say) -> PaperTable | None:
    table = content.stacked("classes" if content.kind == "classes" else "performance")
    if _lacks(table):
        return None
    if content.kind == "classes":
        return performance.class_calibration_table(table, content.models, say)
    return performance.calibration_table(table, content.models, content.kind, say)


def _subgroups(content: ReportContent, further: Further, say: Say) -> PaperTable | None:
    if _lacks(further.subgroups):
        return None
    names = variable_names(content) | {CENTER: say("Hospital")}
    return subgroups_table(further.subgroups, further.interactions, content.models, names, say)


def _centers(content: ReportContent, further: Further, say: Say) -> PaperTable | None:
    if _lacks(further.centers):
        return None
    names = (content.centers, content.models, further.pooled_sets)
    return centers_table(further.centers, further.pooled, *names, say)


def _resampling(content: ReportContent, _: Further, say: Say) -> PaperTable | None:
    parts: list[Part] = content.resampling
    table = content.stacked("performance", parts)
    if _lacks(table):
        return None
    return performance.performance_table(table, content.models, content.kind, say, resampled=True)


TABLES: dict[str, tuple[Builder, tuple[str, ...]]] = {
    "exclusions": (_exclusions, ("flow",)),
    "acquisition": (_acquisition, ("acquisition",)),
    "baseline": (_baseline, ("baseline",)),
    "logistic": (_logistic, ("logistic",)),
    "segmentation": (_segmentation, ("agreement",)),
    "mask_readers": (_mask_readers, ("readers",)),
    "reliability": (_reliability, ("robustness",)),
    "features": (_features, ("selection", "bundles")),
    "coefficients": (_coefficients, ("coefficients",)),
    "performance": (_performance, ("performance",)),
    "comparisons": (_comparisons, ("pairwise",)),
    "calibration": (_calibration, ("performance",)),
    "subgroups": (_subgroups, ("subgroups", "interactions")),
    "centers": (_centers, ("centers", "pooled")),
    "resampling": (_resampling, ("performance",)),
}
"""Tables by key, in their order: what builds each, and the names of its files."""
SUPPLEMENT = ("mask_readers", "reliability", "features", "centers", "resampling")
"""Tables of the supplement."""


def _said(cell: str, say: Say) -> str:
    """A cell with its intervals in the reader's language: '−0.30 to 0.05' has a word."""
    return _INTERVAL.sub(lambda found: say("{low} to {high}", low=found[1], high=found[2]), cell)


def variable_names(content: ReportContent) -> dict[str, str]:
    """Name of each clinical variable, with its unit."""
    return {
        name: f"{variable.label or name} ({variable.unit})" if variable.unit else variable.label or name
        for name, variable in content.study.variables.items()
    }


def _lacks(table: pd.DataFrame | None) -> bool:
    return table is None or table.empty
