"""Who is studied: the study itself, its centers, the outcome and the clinical variables."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from osteon.config.base import Label, Plain, Section, Slug
from osteon.config.delivery import MaskReading, Protocol


class StudyInfo(Section):
    """What the study is called and asks."""

    name: Slug
    """Short name; results go to results/<name>/."""
    title: str = ""
    """Title on the report."""
    question: str = ""
    """The clinical question in one sentence."""
    seed: int = Field(2026, ge=0)
    """Seed of every random step."""
    language: Literal["en", "zh"] = "en"
    """Language of the manuscript's tables, figures and texts: en (English) or zh (Chinese)."""
    simulated: bool = False
    """True if the patients are simulated; every table and the report then say so."""


class Center(Section):
    """One hospital and how its data come in."""

    name: str = ""
    """Name in tables and figures."""
    role: Literal["development", "external"]
    """Development centers are split into training and test; external ones are locked away until validation."""
    source: Literal["dicom", "nifti", "features"]
    """What the center delivers: raw DICOM, NIfTI images, or a finished feature table."""
    raw: str | None = None
    """Folder of the raw export, in whatever shape; `snakemake scan` proposes the center's rows of cases.tsv from it."""
    masks: list[MaskReading] = []
    """Manual masks (NIfTI, NRRD, .seg.nrrd, DICOM SEG or RTSTRUCT): a pattern inside the case's folder, for example
    truth/*_dseg.nii.gz, or a list of readings. The first reading is the one that the study uses."""
    images: dict[Label, str] = {}
    """For source nifti: pattern of each sequence's image inside a case's folder."""
    table: str | None = None
    """For source features: path of the feature table, one row per subject."""
    protocol: dict[Label, Protocol] = {}
    """What the center declared, by sequence; deviations are noted, never silent."""

    @field_validator("masks", mode="before")
    @classmethod
    def _one_reader(cls, value):
        return [{"pattern": value}] if isinstance(value, str) else value

    @field_validator("masks")
    @classmethod
    def _each_reading_once(cls, readings):
        names = [(reading.reader, reading.reading) for reading in readings]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"reader {twice[0][0]!r}, reading {twice[0][1]} is there twice; number the repeats")
        return readings

    @model_validator(mode="after")
    def _complete(self):
        if self.source == "features" and not self.table:
            raise ValueError("source 'features' needs 'table: path/to/features.csv'")
        if self.source == "nifti" and not self.images:
            raise ValueError("source 'nifti' needs 'images:' with one pattern per sequence")
        return self


class Outcome(Section):
    """What is predicted."""

    column: Plain
    """Column of the participants table."""
    type: Literal["binary", "classes", "continuous"] = "binary"
    """binary; classes: three or more, such as normal, osteopenia, osteoporosis; continuous: a number, such as bone
    density."""
    positive: Plain | None = None
    """binary: value that means the patient has the condition, as written in the table."""
    negative: Plain | None = None
    """binary: value that means the patient has not."""
    classes: list[Plain] = []
    """classes: the values, as written in the table, in the order of tables and figures."""
    unit: str = ""
    """continuous: unit in tables and figures."""
    missing: Literal["refuse", "exclude"] = "refuse"
    """What happens to a subject without outcome: the study is refused, or the case is excluded with a reason."""
    label: str = ""
    """Name in tables and figures."""

    @model_validator(mode="after")
    def _complete(self):
        if self.type == "binary" and (self.positive is None or self.negative is None):
            raise ValueError("a binary outcome needs 'positive: ...' and 'negative: ...'")
        if self.type == "binary" and self.positive == self.negative:
            raise ValueError("'positive' and 'negative' are the same value")
        if self.type == "classes" and (len(self.classes) < 3 or len(set(self.classes)) < len(self.classes)):
            raise ValueError("outcome type 'classes' needs 'classes: [...]' with three or more different values")
        if self.type != "binary" and (self.positive is not None or self.negative is not None):
            raise ValueError(f"'positive' and 'negative' belong to a binary outcome, not to '{self.type}'")
        if self.type != "classes" and self.classes:
            raise ValueError("'classes' belongs to outcome type 'classes'")
        return self

    @property
    def values(self) -> list[str]:
        """Values of the table in the order of their codes 0, 1, ...; none for a continuous outcome."""
        return [self.negative, self.positive] if self.type == "binary" else list(self.classes)


class Variable(Section):
    """One clinical variable of the participants table."""

    type: Literal["continuous", "binary"]
    """continuous, or binary with the value named in 'positive'."""
    positive: Plain | None = None
    """For binary variables: the value that is coded 1."""
    label: str = ""
    """Name in tables and figures."""
    unit: str = ""
    """Unit in tables and figures."""

    @model_validator(mode="after")
    def _coded(self):
        if self.type == "binary" and self.positive is None:
            raise ValueError("a binary variable needs 'positive: <the value coded 1>'")
        return self
