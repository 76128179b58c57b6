"""Batches and the removal of their effects."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from osteon.config.base import Plain, Section, Slug

CENTER = "center"


class BatchColumn(Section):
    """What else may divide the patients into batches: a value of the headers, or a column of cases.tsv."""

    header: Plain | None = None
    """Value of the image headers, called as in acquisition.tsv: for example model, field_t, kernel."""
    sequence: str | None = None
    """Sequence whose header is read. Default: the segmented one."""
    column: Plain | None = None
    """Column of cases.tsv, instead of a header."""
    merge: dict[Plain, list[Plain]] = {}
    """Values that are one batch: its name, and patterns of the values ('*' and '?'; upper and lower case are one). The
    first that fits counts; a value that fits none is a batch of its own, and no value is the batch 'unknown'."""
    cut: list[float] = []
    """For numbers: limits in rising order; the batches are the intervals between them, each with its lower limit."""
    smallest: int = Field(0, ge=0)
    """Batches with fewer training patients are merged into 'other'. A batch that no training patient has is new to the
    models and keeps its name."""

    @model_validator(mode="after")
    def _one_source(self):
        if (self.header is None) == (self.column is None):
            raise ValueError("a batch needs 'header: <name>' or 'column: <column of cases.tsv>', one of them")
        if self.merge and self.cut:
            raise ValueError("'merge' is for names and 'cut' for numbers; write one of them")
        if sorted(set(self.cut)) != self.cut:
            raise ValueError("'cut' needs numbers in rising order, each once")
        return self


class Harmonisation(Section):
    """Removal of batch effects, fitted inside the training fold only."""

    method: Literal["combat", "none"] = "combat"
    """combat or none."""
    batch: list[str] = [CENTER]
    """What the batches are: center, or names under 'batches'; a+b is every combination of two. Several: their effects
    are removed one after the other in this order (nested ComBat)."""
    batches: dict[Slug, BatchColumn] = {}
    """Batches besides the center, by name."""
    prior: Literal["parametric", "non_parametric", "none"] = "parametric"
    """Empirical Bayes with a parametric prior, with the non-parametric one (a check; slow), or none: each feature by
    itself."""
    mean_only: bool = False
    """Remove additive effects only."""
    reference: Plain | None = None
    """Batch that stays as it is (of the first 'batch'). Default: all are brought to the weighted mean."""
    covariates: list[Plain] = []
    """Clinical variables whose effect ComBat must keep. Never the outcome."""
    minimum: int = Field(10, ge=2)
    """Fewer patients of a batch in the training rows: refused. Below 20 and 30 the log and the report warn."""
    new_center: Literal["none", "reference"] = "none"
    """A center not seen in training: 'none' applies the frozen model as it is, and this is always reported.
    'reference' adds, beside it, a second analysis: the center's effects are estimated from patients named in
    'adaptation', without their outcomes, and judged on its other patients."""
    adaptation: Plain | None = None
    """For 'reference': column of cases.tsv; patients with 'yes' there are for adaptation and are not evaluated."""

    @field_validator("batch", mode="before")
    @classmethod
    def _one(cls, value):
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _known(self):
        if not self.batch:
            raise ValueError("'batch' is empty; write: batch: center")
        for name in self.batch_columns:
            if name != CENTER and name not in self.batches:
                raise ValueError(
                    f"'batch' names '{name}', which is not under 'batches'; write its header or column there"
                )
        if (self.new_center == "reference") != (self.adaptation is not None):
            raise ValueError("'new_center: reference' and 'adaptation: <column of cases.tsv>' belong together")
        return self

    @property
    def batch_columns(self) -> list[str]:
        """The single columns that 'batch' names."""
        return list(dict.fromkeys(part for name in self.batch for part in name.split("+")))
