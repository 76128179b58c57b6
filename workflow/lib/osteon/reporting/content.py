"""What the report is made of: the study and the tables and figures of its stages, read from their files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from osteon.config.evaluation_files import FIGURES, REPORTED, TEXT
from osteon.config.model_plan import ModelPlan
from osteon.config.study import Study
from osteon.config.validation_parts import EXTERNAL, INTERNAL, RESAMPLING, parts
from osteon.reporting.language import Say, english
from osteon.reporting.set_names import banner_of, set_names
from osteon.tables.files import read_table

KEYS = ("subject", "center", "person")
# Tables that the report shows if the study has them: name of the rule's input, and further columns that stay text.
OPTIONAL: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("linkage", "acquisition", "agreement", "agreement_cases", "readers", "review"), ()),
    **dict.fromkeys(("levels", "robustness", "robustness_selected"), ()),
    "harmonisation": ("batch",),
    "confounding": ("batch", "level"),
    "signal": ("variable",),
    "missing_inputs": ("column", "center_most"),
    "feature_flow": ("model", "signature", "step"),
    "null_run": ("model",),
    "audit": ("model",),
}
# Tables of each model, and figures of the study as a whole.
BY_MODEL = ("coefficients", "selection", "stability", "search")
BY_MODEL_TEXT = ("signature", "feature", "term", "class", "scope", "selection", "classifier", "parameters", "reason")
OPTIONAL_FIGURES = ("components_figure", "null_figure")
PART_TABLES = ("performance", "pairwise", "baseline")
# The scope of the fit that is frozen.
FINAL = "final"


@dataclass(frozen=True)
class Part:
    """The validation in one place: the development hospitals, one external hospital, or resampling."""

    key: str
    """'internal', 'center-<code of the external center>' or 'resampling'."""
    name: str
    """Name on the page."""
    titles: Mapping[str, str]
    """Names of its sets of patients."""
    performance: pd.DataFrame
    pairwise: pd.DataFrame
    baseline: pd.DataFrame
    """Empty in resampling, whose patients are the training patients."""
    figures: Mapping[str, str]
    """SVG text by name, see `config.evaluation_files.FIGURES`."""
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Further tables by name, see `config.evaluation_files.REPORTED`; in resampling 'repeats'."""

    @property
    def external(self) -> bool:
        """True for an external hospital."""
        return self.key.startswith("center-")

    def patients(self, set_name: str) -> str:
        """Name of a set of patients of this part."""
        return self.titles.get(set_name, set_name)

    def table(self, name: str) -> pd.DataFrame:
        """One of its tables; empty if it has none of that name."""
        return self.more.get(name, pd.DataFrame()) if name not in PART_TABLES else getattr(self, name)

    def in_order(self, name: str) -> pd.DataFrame:
        """One of its tables with the sets in the order of the figures."""
        order = {title: place for place, title in enumerate(self.titles)}
        return self.table(name).sort_values("set", key=lambda sets: sets.map(order), kind="stable")


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
    """Batch effects, from `modelling.center_effect`; so are the next three."""
    signal: pd.DataFrame | None = None
    confounding: pd.DataFrame | None = None
    components_figure: str = ""
    """SVG text."""
    missing_inputs: pd.DataFrame | None = None
    """From `modelling.missing`."""
    feature_flow: pd.DataFrame | None = None
    """From `modelling.selection.feature_flow`."""
    coefficients: pd.DataFrame | None = None
    """With a column 'model'."""
    selection: pd.DataFrame | None = None
    """With a column 'model'."""
    stability: pd.DataFrame | None = None
    """With a column 'model'."""
    search: pd.DataFrame | None = None
    """With a column 'model'."""
    search_figures: Mapping[str, str] = field(default_factory=dict)
    """SVG text, of each model that was chosen among several candidates."""
    null_run: pd.DataFrame | None = None
    """Summary, from `modelling.null_run`."""
    null_figure: str = ""
    """SVG text."""
    audit: pd.DataFrame | None = None
    """With a column 'model'."""
    sources: Mapping[str, list[str]] = field(default_factory=dict)
    """Paths of each table's files, relative to the report."""
    say: Say = english
    """The reader's language."""

    @property
    def centers(self) -> dict[str, str]:
        """Name of each center."""
        return {code: center.name or code for code, center in self.study.centers.items()}

    @property
    def banner(self) -> str:
        """What nobody must overlook in any table; '' where there is nothing."""
        return banner_of(self.study, self.say)

    @property
    def models(self) -> dict[str, str]:
        """Name of each model."""
        return {name: model.label or name for name, model in self.study.models.items()}

    @property
    def kind(self) -> str:
        """Kind of the outcome; a study without one has no models."""
        return self.study.outcome.type if self.study.outcome else "binary"

    @property
    def outcome(self) -> str:
        """What is predicted, for the middle of a sentence."""
        if self.study.outcome is None:
            return self.say("outcome")
        label = self.study.outcome.label or self.study.outcome.column
        return label if label[:2].isupper() else label[:1].lower() + label[1:]

    @property
    def outcome_groups(self) -> list[str]:
        """Headings of the groups that the outcome makes; none for a number."""
        if self.kind == "binary":
            return [self.say("No {outcome}", outcome=self.outcome), self.outcome[:1].upper() + self.outcome[1:]]
        return self.study.outcome.values

    @property
    def tried(self) -> dict[str, int]:
        """How many settings each model was chosen among, on inner folds of all training patients."""
        if self.search is None:
            return {}
        final = self.search[self.search["scope"] == FINAL]
        return final.groupby("model", sort=False)["settings_tried"].sum().astype(int).to_dict()

    @property
    def models_with_tried(self) -> dict[str, str]:
        """Names of the models with that number, which belongs beside every result that is read first."""
        tried, say = self.tried, self.say
        return {
            name: say("{model}, best of {n} settings", model=label, n=tried[name]) if tried.get(name, 1) > 1 else label
            for name, label in self.models.items()
        }

    @property
    def cohorts(self) -> list[Part]:
        """The parts with patients of their own: all but resampling."""
        return [part for part in self.parts if part.key != RESAMPLING]

    @property
    def resampling(self) -> list[Part]:
        """The part on resampling, if the study has one."""
        return [part for part in self.parts if part.key == RESAMPLING]

    def stacked(self, table: str, parts: Sequence[Part] | None = None) -> pd.DataFrame:
        """A table of several parts (those with cohorts) under each other; the column 'patients' names the set."""
        frames = [
            part.in_order(table).assign(patients=[part.patients(name) for name in part.in_order(table)["set"]])
            for part in (self.cohorts if parts is None else parts)
            if len(part.table(table))
        ]
        return _stack(frames)

    def sources_of(self, table: str, parts: Sequence[Part]) -> list[str]:
        """Paths of the files of a table in some of the parts."""
        keys = {part.key for part in parts}
        files = self.sources.get(table, [])
        return [path for part, path in zip(self.parts, files, strict=False) if part.key in keys]


def read_content(
    study: Study, files: Mapping[str, str | Sequence[str]], folder: str | Path, say: Say = english
) -> ReportContent:
    """Read the files of a study.

    Args:
        study: the configuration.
        files: paths by name; what is not given is not there (a table of the manuscript needs one or two). For the
            report always: flow, flow_figure (SVG), excluded, software. If there are models, lists in the
            order of the study: `BY_MODEL` (one per model); search_figure (one per model with several candidates);
            performance, pairwise, baseline and the tables `REPORTED` and figures `FIGURES` (SVG) of
            `config.evaluation_files` for the kind of the outcome (one per part: internal, then each external center,
            then resampling, which has no baseline).
            If the study has them: `OPTIONAL`, `OPTIONAL_FIGURES` (SVG) and repeats.
        folder: where the report will lie.
        say: the reader's language.
    """
    by_model = {name: _by_model(files.get(name, []), list(study.models)) for name in BY_MODEL}
    optional = {
        name: read_table(paths[0], text=(*KEYS, *text))
        for name, text in OPTIONAL.items()
        if (paths := _paths(files.get(name, [])))
    }
    drawn = zip(ModelPlan(study, {}).searched, _paths(files.get("search_figure", [])), strict=False)
    return ReportContent(
        study,
        _only(files, "flow").fillna({"reason": ""}),
        _read_text(files["flow_figure"]) if "flow_figure" in files else "",
        _only(files, "excluded").fillna(""),
        _only(files, "software"),
        [_part(study, part, position, files, say) for position, part in enumerate(parts(study))],
        search_figures={model: _read_text(path) for model, path in drawn},
        sources={
            name: [os.path.relpath(path, folder) for path in _paths(value) if path.endswith(".tsv")]
            for name, value in files.items()
        },
        say=say,
        **by_model,
        **optional,
        **{name: _read_text(files[name]) for name in OPTIONAL_FIGURES if _paths(files.get(name, []))},
    )


def _part(study: Study, part: str, position: int, files: Mapping[str, str | Sequence[str]], say: Say) -> Part:
    kind = study.outcome.type
    tables = {
        table: read_table(_paths(files[table])[position], text=TEXT)
        for table in (*PART_TABLES, *REPORTED[kind])
        if position < len(_paths(files.get(table, [])))
    }
    if part == RESAMPLING and "repeats" in files:
        tables["repeats"] = read_table(_paths(files["repeats"])[0], text=TEXT)
    figures = {figure: _read_text(_paths(files[figure])[position]) for figure in FIGURES[kind] if figure in files}
    titles = set_names(study, part, say)
    names = {INTERNAL: say("Development hospitals"), RESAMPLING: say("Training patients")}
    return Part(
        part.removeprefix(EXTERNAL),
        names.get(part) or titles["external"],
        titles,
        *(tables.pop(table, pd.DataFrame()) for table in PART_TABLES),
        figures,
        tables,
    )


def _only(files: Mapping[str, str | Sequence[str]], name: str) -> pd.DataFrame:
    """The one table of that name; an empty one where it was not asked for."""
    paths = _paths(files.get(name, []))
    return read_table(paths[0]) if paths else pd.DataFrame()


def _by_model(value: str | Sequence[str], models: list[str]) -> pd.DataFrame | None:
    frames = [
        read_table(path, text=(*KEYS, *BY_MODEL_TEXT)).assign(model=model)
        for model, path in zip(models, _paths(value), strict=False)
    ]
    return _stack(frames) if frames else None


def _stack(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Rows of all tables; types are taken from all rows, because a column may be empty in one table only."""
    columns = list(dict.fromkeys(column for frame in frames for column in frame.columns))
    return pd.DataFrame([row for frame in frames for row in frame.to_dict("records")], columns=columns)


def _paths(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _read_text(path: str | Sequence[str]) -> str:
    return Path(_paths(path)[0]).read_text(encoding="utf-8")
