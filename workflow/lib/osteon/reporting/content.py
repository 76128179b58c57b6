"""What the report is made of: the study and the tables and figures of its stages, read from their files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from osteon.config.plan import INTERNAL_SETS
from osteon.config.study import Study
from osteon.tables.files import read_table

FIGURES = ("roc", "calibration", "decision")
# Tables that the report shows if the study has them: name of the rule's input.
OPTIONAL = (
    *("linkage", "acquisition", "agreement", "agreement_cases", "readers", "review"),
    *("levels", "robustness", "robustness_selected", "harmonisation", "audit"),
)


@dataclass(frozen=True)
class Part:
    """The validation in one place: the development hospitals, or one external hospital."""

    key: str
    """'internal' or the code of the external center."""
    name: str
    """Name on the page."""
    performance: pd.DataFrame
    pairwise: pd.DataFrame
    baseline: pd.DataFrame
    figures: Mapping[str, str]
    """SVG text by kind: 'roc', 'calibration', 'decision'."""

    @property
    def external(self) -> bool:
        """True for an external hospital."""
        return self.key != "internal"

    def patients(self, set_name: str) -> str:
        """Name of a set of patients of this part."""
        return self.name if self.external else INTERNAL_SETS.get(set_name, set_name)


@dataclass(frozen=True)
class ReportContent:
    """Everything that the page shows. A table that the study does not have is None."""

    study: Study
    flow: pd.DataFrame
    """From `flow.flow_counts`."""
    flow_figure: str
    """SVG text."""
    excluded: pd.DataFrame
    """From `flow.excluded_cases`."""
    software: pd.DataFrame
    parts: Sequence[Part] = ()
    linkage: pd.DataFrame | None = None
    """From `ingest.conflicts.linkage_problems`."""
    acquisition: pd.DataFrame | None = None
    """From `acquisition.acquisition_table`."""
    agreement: pd.DataFrame | None = None
    """Summary of mask agreement by center and label."""
    agreement_cases: pd.DataFrame | None = None
    """Mask agreement by case and label."""
    readers: pd.DataFrame | None = None
    """Summary of the agreement of readers by center and label."""
    review: pd.DataFrame | None = None
    """Masks that a person should look at."""
    levels: pd.DataFrame | None = None
    """From `features.levels.compare_centers`."""
    robustness: pd.DataFrame | None = None
    """From `modelling.robustness.measure`."""
    robustness_selected: pd.DataFrame | None = None
    """From `modelling.robustness.selected_agreement`."""
    harmonisation: pd.DataFrame | None = None
    coefficients: pd.DataFrame | None = None
    """With a column 'model'."""
    selection: pd.DataFrame | None = None
    """With a column 'model'."""
    audit: pd.DataFrame | None = None
    """With a column 'model'."""
    sources: Mapping[str, list[str]] = field(default_factory=dict)
    """Paths of each table's files, relative to the report."""

    @property
    def centers(self) -> dict[str, str]:
        """Name of each center."""
        return {code: center.name or code for code, center in self.study.centers.items()}

    @property
    def models(self) -> dict[str, str]:
        """Name of each model."""
        return {name: model.label or name for name, model in self.study.models.items()}

    @property
    def outcome(self) -> str:
        """What is predicted, for the middle of a sentence."""
        if self.study.outcome is None:
            return "outcome"
        label = self.study.outcome.label or self.study.outcome.column
        return label if label[:2].isupper() else label[:1].lower() + label[1:]

    def stacked(self, table: str) -> pd.DataFrame:
        """A table of all parts under each other, with the name of the set of patients in a column 'patients'."""
        frames = [
            getattr(part, table).assign(patients=[part.patients(name) for name in getattr(part, table)["set"]])
            for part in self.parts
            if len(getattr(part, table))
        ]
        return _stack(frames)


def read_content(study: Study, files: Mapping[str, str | Sequence[str]], folder: str | Path) -> ReportContent:
    """Read the files of a study.

    Args:
        study: the configuration.
        files: paths by name. Always: flow, flow_figure (SVG), excluded, software. If there are models, lists in the
            order of the study: coefficients and selection (one per model); performance, pairwise, baseline, roc,
            calibration and decision (one per part: internal, then each external center; the last three are SVG).
            If the study has them: those of `OPTIONAL`.
        folder: where the report will lie.
    """
    parts = ["internal", *study.external] if study.models else []
    by_model = {name: _by_model(files.get(name, []), list(study.models)) for name in ("coefficients", "selection")}
    optional = {name: read_table(_paths(files.get(name, []))[0]) for name in OPTIONAL if _paths(files.get(name, []))}
    return ReportContent(
        study,
        read_table(files["flow"]).fillna({"reason": ""}),
        _read_text(files["flow_figure"]),
        read_table(files["excluded"]).fillna(""),
        read_table(files["software"]),
        [_part(study, key, position, files) for position, key in enumerate(parts)],
        sources={
            name: [os.path.relpath(path, folder) for path in _paths(value) if path.endswith(".tsv")]
            for name, value in files.items()
        },
        **by_model,
        **optional,
    )


def _part(study: Study, key: str, position: int, files: Mapping[str, str | Sequence[str]]) -> Part:
    name = "Development hospitals" if key == "internal" else study.centers[key].name or key
    tables = [read_table(_paths(files[table])[position]) for table in ("performance", "pairwise", "baseline")]
    return Part(key, name, *tables, {kind: _read_text(_paths(files[kind])[position]) for kind in FIGURES})


def _by_model(value: str | Sequence[str], models: list[str]) -> pd.DataFrame | None:
    frames = [read_table(path).assign(model=model) for model, path in zip(models, _paths(value), strict=False)]
    return _stack(frames) if frames else None


def _stack(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Rows of all tables; types are taken from all rows, because a column may be empty in one table only."""
    return pd.DataFrame([row for frame in frames for row in frame.to_dict("records")])


def _paths(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _read_text(path: str | Sequence[str]) -> str:
    return Path(_paths(path)[0]).read_text(encoding="utf-8")
