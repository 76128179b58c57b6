"""From features to validation: harmonisation, selection, models, validation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from osteon.config.base import Plain, Section, Slug


class Harmonisation(Section):
    """Removal of center effects, fitted inside the training fold only."""

    method: Literal["combat", "none"] = "combat"
    """combat (parametric empirical Bayes) or none."""
    batch: Literal["center"] = "center"
    """Column that names the batch."""
    covariates: list[Plain] = []
    """Clinical variables whose effect ComBat must keep. Never the outcome."""
    minimum: int = Field(10, ge=2)
    """Fewer patients of a batch in the training rows: refused."""
    new_center: Literal["none"] = "none"
    """A center not seen in training gets no adaptation: the frozen model is applied as it is."""


class Selection(Section):
    """Feature selection inside the training fold: univariable test, then LASSO."""

    test: Literal["welch", "student"] = "welch"
    """t test between the outcome groups: welch allows different variances, student assumes equal ones."""
    p_value: float = Field(0.05, gt=0, le=1)
    """Features with a t-test p below this enter the LASSO."""
    folds: int = Field(10, ge=2)
    """Folds of the LASSO's own cross-validation."""
    rule: Literal["min", "1se"] = "min"
    """Penalty at the least error, or the largest one within one standard error of it."""


class Model(Section):
    """One prediction model: logistic regression on clinical variables and radiomics scores."""

    clinical: list[Plain] = []
    """Clinical variables."""
    scores: list[str] = []
    """Radiomics scores, by signature name."""
    features: Literal["real", "shuffled"] = "real"
    """shuffled: a negative control that learns from regions with shuffled voxels (see `controls`)."""
    label: str = ""
    """Name in tables and figures."""

    @model_validator(mode="after")
    def _something(self):
        if not self.clinical and not self.scores:
            raise ValueError("a model needs 'clinical: [...]' or 'scores: [...]'")
        return self


class Validation(Section):
    """How the models are split, tuned and judged."""

    hold_out: float = Field(0.2, gt=0, lt=0.9)
    """Share of development patients kept for the internal test, by center and outcome."""
    folds: int = Field(5, ge=2)
    """Folds for out-of-fold predictions on the training patients."""
    threshold: Literal["youden"] = "youden"
    """Rule for the threshold, applied to out-of-fold training predictions and then frozen."""
    bootstrap: int = Field(2000, ge=100)
    """Resamples for intervals that have no formula."""
    decision: tuple[float, float] = (0.01, 0.99)
    """First and last threshold probability of the decision curves, chosen before looking; steps of 0.01."""

    @model_validator(mode="after")
    def _decision_range(self):
        if not 0 < self.decision[0] < self.decision[1] < 1:
            raise ValueError(
                "'decision' needs two threshold probabilities in rising order between 0 and 1, for example [0.05, 0.60]"
            )
        return self


Signatures = dict[Slug, list[str]]
Models = dict[Slug, Model]
__all__ = ["Harmonisation", "Model", "Models", "Selection", "Signatures", "Validation"]
