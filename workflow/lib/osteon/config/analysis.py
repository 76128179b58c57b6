"""What is asked of the validated models beyond performance: subgroups, recalibration, sample size, associations."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from osteon.config.base import Plain, Section


class Recalibration(Section):
    """Recalibration of the frozen models in external centers."""

    column: Plain | None = None
    """Column of cases.tsv; patients of external centers with 'yes' there are for recalibration, with their outcomes,
    and are not evaluated in the table of recalibration. Default: none is recalibrated."""


class SampleSize(Section):
    """What the sample sizes for development and validation assume."""

    c_statistic: float | None = Field(None, gt=0.5, lt=1)
    """Expected AUC. R2 follows from it."""
    r2: float | None = Field(None, gt=0, lt=1)
    """Expected R2 of Cox and Snell, for the development alone. Default, without c_statistic: 15 % of the largest R2
    that the prevalence allows."""
    prevalence: float | None = Field(None, gt=0, lt=1)
    """Expected share of patients with the outcome. Default: that of the training patients."""

    @model_validator(mode="after")
    def _one(self):
        if self.c_statistic is not None and self.r2 is not None:
            raise ValueError("'r2' follows from 'c_statistic'; write one of them")
        return self


class Baseline(Section):
    """The table of the patients by set and outcome."""

    counts: Literal["auto", "chi_square", "chi_square_yates", "fisher_exact"] = "auto"
    """Test of a binary variable in two groups. auto: chi-square with Yates' correction, Fisher's exact where a count is
    expected below 5."""
    continuous: Literal["median_iqr", "mean_sd"] = "median_iqr"
    """Summary and test of a continuous variable: median (quartiles) and ranks, or mean (SD) and Welch's t."""


class Analysis(Section):
    """Further tables about the models and the patients."""

    subgroups: dict[Plain, list[float] | None] = {}
    """Groups of patients in which the models are measured, and between which they are compared: clinical variables,
    batches, or center. A continuous variable needs limits (age: [70]), all others none (sex: null). Name few, and name
    them before looking. For a binary outcome."""
    recalibration: Recalibration = Recalibration()
    """Recalibration in external centers. For a binary outcome."""
    sample_size: SampleSize = SampleSize()
    """Assumptions of the sample sizes. For a binary outcome."""
    baseline: Baseline = Baseline()
    """Tests and summaries of the baseline table."""
    enter: Literal["all"] | float = 0.05
    """Which clinical variables enter the multivariable logistic regression: all, or those with a univariable p below
    this. For a binary outcome."""

    @field_validator("subgroups", mode="before")
    @classmethod
    def _one_limit(cls, value):
        if not isinstance(value, dict):
            return value
        number = (int, float)
        return {
            name: [limit] if isinstance(limit, number) and limit is not True else limit for name, limit in value.items()
        }

    @field_validator("subgroups")
    @classmethod
    def _rising(cls, value):
        for name, limits in value.items():
            if limits is not None and (not limits or sorted(set(limits)) != limits):
                raise ValueError(f"'{name}' needs limits in rising order, each once, for example [60, 70]; or null")
        return value

    @field_validator("enter")
    @classmethod
    def _share(cls, value):
        if value != "all" and not 0 < value <= 1:
            raise ValueError("'enter' is 'all', or a p above 0 and up to 1, for example 0.05")
        return value
