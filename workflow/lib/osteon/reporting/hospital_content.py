"""What the page of a hospital is made of: the rows of its cases in the tables of all stages."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from osteon.config.cohort import Outcome
from osteon.config.study import Study
from osteon.config.validation_parts import EXTERNAL, INTERNAL
from osteon.tables.files import read_table

TEXT = ("subject", "center", "set", "model", "label", "code", "reason", "term", "sequence", "flags", "source", "found")
"""Columns that stay text."""
TABLES = (
    *("flow", "included", "excluded", "quality", "review", "mask_quality", "agreement", "agreement_summary"),
    *("acquisition", "missing", "predictions", "performance", "shap_values", "selected", "centers", "pooled"),
    "contours",
)
"""Tables of a hospital's page, by the names of the rule's inputs."""
OF_SUBJECTS = ("missing", "shap_values", "selected")
"""Those that name subjects and no center."""
PRIMARY = ("train", "test", "external")
"""Sets in which a patient is predicted once by each frozen model, training patients out of fold."""


@dataclass(frozen=True)
class HospitalContent:
    """The study, and the hospital's rows of each of TABLES; a table that the study does not have is empty.

    Attributes:
        study: the configuration.
        center: code of the hospital.
        tables: by name. flow, centers and pooled have the rows of the hospital, of the set and model, or of all.
        ranges: least and greatest value (columns low, high) of each feature in the training patients, by its name.
        sources: paths of each table's files, relative to the page.
    """

    study: Study
    center: str
    tables: Mapping[str, pd.DataFrame]
    ranges: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["low", "high"]))
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def table(self, name: str) -> pd.DataFrame:
        """One of its tables; empty if the study does not have it."""
        return self.tables.get(name, pd.DataFrame())

    @property
    def name(self) -> str:
        """The hospital's name."""
        return self.names[self.center]

    @property
    def names(self) -> dict[str, str]:
        """Name of each hospital."""
        return {code: center.name or code for code, center in self.study.centers.items()}

    @property
    def models(self) -> dict[str, str]:
        """Name of each model."""
        return {name: model.label or name for name, model in self.study.models.items()}

    @property
    def external(self) -> bool:
        """True for a hospital that the models never saw."""
        return self.study.centers[self.center].role == "external"

    @property
    def part(self) -> str:
        """The part of the validation that its patients are in."""
        return f"{EXTERNAL}center-{self.center}" if self.external else INTERNAL

    @property
    def imaging(self) -> bool:
        """True if it delivers images."""
        return self.study.centers[self.center].source != "features"

    @property
    def outcome(self) -> Outcome | None:
        """What the models predict; None for a study without models."""
        return self.study.outcome if self.study.models else None


def file_of_hospital(center: str) -> str:
    """Name of that file."""
    return f"center-{center}.html"


def read_hospital(
    study: Study, center: str, files: Mapping[str, str | Sequence[str]], folder: str | Path
) -> HospitalContent:
    """Read the hospital's rows.

    Args:
        study: the configuration.
        center: code of the hospital.
        files: paths by name, as far as the study has them: TABLES, and trained (the features of the internal part, for
            the ranges of the training patients).
        folder: where the page will lie.
    """
    paths = {name: [value] if isinstance(value, str) else list(value) for name, value in files.items()}
    tables = {name: read_table(paths[name][0], TEXT) for name in TABLES if paths.get(name)}
    for name, table in tables.items():
        if "center" in table.columns:
            tables[name] = table[table["center"] == center].reset_index(drop=True)
    subjects = {subject for name in ("included", "excluded") for subject in tables[name]["subject"]}
    for name in OF_SUBJECTS:
        if name in tables:
            tables[name] = tables[name][tables[name]["subject"].isin(subjects)].reset_index(drop=True)
    return HospitalContent(
        study,
        center,
        tables,
        training_ranges(read_table(paths["trained"][0], TEXT)) if paths.get("trained") else _no_ranges(),
        {name: [os.path.relpath(path, folder) for path in paths[name]] for name in tables},
    )


def training_ranges(selected: pd.DataFrame) -> pd.DataFrame:
    """Least and greatest value of each feature in the training patients; a row per feature, columns low and high.

    Args:
        selected: selected_features.tsv of the internal part: subject, set, and a column per feature.
    """
    values = selected[selected["set"] == "train"].drop(columns=["subject", "set"])
    return _no_ranges() if values.empty else pd.DataFrame({"low": values.min(), "high": values.max()})


def _no_ranges() -> pd.DataFrame:
    return pd.DataFrame(columns=["low", "high"])
