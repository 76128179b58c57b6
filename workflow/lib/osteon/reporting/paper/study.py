"""The tables of a study's paper, each built from its own result files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from osteon.config.harmonisation import CENTER
from osteon.reporting.content import ReportContent
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import interval_in_words
from osteon.reporting.paper import masks, patients, performance, scores
from osteon.reporting.paper.association import logistic_table
from osteon.reporting.paper.baseline import baseline_table
from osteon.reporting.paper.centers import centers_table
from osteon.reporting.paper.operating_points import operating_points_table
from osteon.reporting.paper.recalibration import recalibration_table
from osteon.reporting.paper.sample_size import sample_size_table
from osteon.reporting.paper.subgroups import subgroups_table
from osteon.reporting.paper.table import PaperTable
from osteon.reporting.set_names import banner_of


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
        operating_points: from `modelling.operating_table`, of all parts under each other, with patients.
        recalibration: from `modelling.recalibration_table`.
        sample_size: from `modelling.sample_size_table`.
        resampled: performance in resampling, with patients.
        sources: paths of the files of each table, by the names above.
    """

    bundles: Mapping[str, Mapping] = field(default_factory=dict)
    logistic: pd.DataFrame | None = None
    subgroups: pd.DataFrame | None = None
    interactions: pd.DataFrame | None = None
    centers: pd.DataFrame | None = None
    pooled: pd.DataFrame | None = None
    pooled_sets: Mapping[str, str] = field(default_factory=dict)
    operating_points: pd.DataFrame | None = None
    recalibration: pd.DataFrame | None = None
    sample_size: pd.DataFrame | None = None
    resampled: pd.DataFrame | None = None
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
    banner = banner_of(content.study, say)
    rows = [replace(row, cells=tuple(interval_in_words(cell, say) for cell in row.cells)) for row in made.rows]
    return replace(made, rows=rows, sources=sources, banner=banner)


def _exclusions(content: ReportContent, _: Further, say: Say) -> PaperTable | None:
    if _lacks(content.flow):
        return None
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
    made = scores.features_table(content.selection, further.bundles, content.models, say)
    return made if made.rows else None


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


def _operating_points(content: ReportContent, further: Further, say: Say) -> PaperTable | None:
    if _lacks(further.operating_points):
        return None
    return operating_points_table(further.operating_points, content.models, say)


def _recalibration(content: ReportContent, further: Further, say: Say) -> PaperTable | None:
    if _lacks(further.recalibration):
        return None
    return recalibration_table(further.recalibration, content.centers, content.models, say)


def _sample_size(content: ReportContent, further: Further, say: Say) -> PaperTable | None:
    if _lacks(further.sample_size):
        return None
    sets = content.centers | {"test": say("Internal test")}
    return sample_size_table(further.sample_size, content.models, sets, content.study.analysis.sample_size, say)


def _resampling(content: ReportContent, further: Further, say: Say) -> PaperTable | None:
    if _lacks(further.resampled):
        return None
    return performance.performance_table(further.resampled, content.models, content.kind, say, resampled=True)


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
    "operating_points": (_operating_points, ("operating_points",)),
    "comparisons": (_comparisons, ("pairwise",)),
    "calibration": (_calibration, ("performance", "classes")),
    "recalibration": (_recalibration, ("recalibration",)),
    "subgroups": (_subgroups, ("subgroups", "interactions")),
    "centers": (_centers, ("centers", "pooled")),
    "sample_size": (_sample_size, ("sample_size",)),
    "resampling": (_resampling, ("resampled",)),
}
"""Tables by key, in their order: what builds each, and the names of the files whose numbers it shows."""


def variable_names(content: ReportContent) -> dict[str, str]:
    """Name of each clinical variable, with its unit."""
    return {
        name: f"{variable.label or name} ({variable.unit})" if variable.unit else variable.label or name
        for name, variable in content.study.variables.items()
    }


def _lacks(table: pd.DataFrame | None) -> bool:
    return table is None or table.empty
