"""Feature selection: steps that are chained, each fitted inside the training fold."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from osteon.config.base import Section

Test = Literal["welch", "student", "mann_whitney"]


class Variance(Section):
    """Drops features that hardly vary; their unit does not matter."""

    step: Literal["variance"] = "variance"
    """Name of the step."""
    distinct: int = Field(10, ge=2)
    """Fewer different values among the training patients: dropped. So is a median absolute deviation of 0."""


class Correlation(Section):
    """Of two features that correlate, the one that correlates less with all others stays; ties by name."""

    step: Literal["correlation"] = "correlation"
    """Name of the step."""
    limit: float = Field(0.9, gt=0, lt=1)
    """Largest absolute Spearman correlation that is left."""


class Univariable(Section):
    """Features whose values differ between the outcome groups; correlation with a continuous outcome."""

    step: Literal["univariable"] = "univariable"
    """Name of the step."""
    test: Test = "welch"
    """t test with different (welch) or equal variances (student), or Mann-Whitney. For several classes analysis of
    variance (or Kruskal-Wallis), for a continuous outcome Pearson's (or Spearman's) correlation."""
    p: float = Field(0.05, gt=0, le=1)
    """Features with a p below this stay."""
    fdr: bool = False
    """Adjust p for the number of features (Benjamini-Hochberg)."""


class KBest(Section):
    """The features with the smallest p."""

    step: Literal["k_best"] = "k_best"
    """Name of the step."""
    k: int = Field(10, ge=1)
    """Number of features."""
    test: Test = "welch"
    """As in 'univariable'."""


class Lasso(Section):
    """LASSO with a cross-validated penalty; as the last step its linear predictor is the score."""

    step: Literal["lasso"] = "lasso"
    """Name of the step."""
    folds: int = Field(10, ge=2)
    """Folds of its own cross-validation."""
    rule: Literal["min", "1se"] = "min"
    """Penalty at the least error, or the largest one within one standard error of it."""
    loss: Literal["squared", "logistic"] = "squared"
    """squared: linear model of the 0/1 outcome, as in most papers; logistic: logistic regression."""


class ElasticNet(Section):
    """As lasso, with a mixture of both penalties chosen by cross-validation too."""

    step: Literal["elastic_net"] = "elastic_net"
    """Name of the step."""
    mixture: list[Annotated[float, Field(gt=0, le=1)]] = Field([0.1, 0.5, 0.9], min_length=1)
    """Shares of the L1 penalty that are tried."""
    folds: int = Field(10, ge=2)
    """Folds of its own cross-validation."""
    rule: Literal["min", "1se"] = "min"
    """As in 'lasso'."""


class Mrmr(Section):
    """Minimum redundancy, maximum relevance."""

    step: Literal["mrmr"] = "mrmr"
    """Name of the step."""
    k: int = Field(10, ge=1)
    """Number of features."""


class Boruta(Section):
    """Features that beat their own shuffled copies in random forests."""

    step: Literal["boruta"] = "boruta"
    """Name of the step."""
    iterations: int = Field(50, ge=5)
    """Forests at most."""
    trees: int = Field(100, ge=10)
    """Trees per forest."""
    tentative: bool = True
    """Features that are still undecided stay too, if they are mostly better than the best shuffled one."""


class Forest(Section):
    """Random-forest wrapper: the least important features are removed step by step."""

    step: Literal["forest"] = "forest"
    """Name of the step."""
    k: int = Field(10, ge=1)
    """Number of features that stay."""
    trees: int = Field(200, ge=10)
    """Trees per forest."""
    drop: float = Field(0.2, gt=0, lt=1)
    """Share that is removed in each step."""


class SvmRfe(Section):
    """Recursive feature elimination with a linear support vector machine."""

    step: Literal["svm_rfe"] = "svm_rfe"
    """Name of the step."""
    k: int = Field(10, ge=1)
    """Number of features that stay."""
    drop: float = Field(0.2, gt=0, lt=1)
    """Share that is removed in each step."""


class Sequential(Section):
    """Features are added one by one, each time the one with which a model is best in cross-validation."""

    step: Literal["sequential"] = "sequential"
    """Name of the step."""
    k: int = Field(5, ge=1)
    """Number of features."""
    classifier: str = "logistic_l2"
    """The model, by the name of a classifier."""
    folds: int = Field(5, ge=2)
    """Folds of its own cross-validation."""
    first: int = Field(50, ge=1)
    """Only this many features with the smallest p are candidates."""


class Relieff(Section):
    """ReliefF: features that differ between near patients of different outcome."""

    step: Literal["relieff"] = "relieff"
    """Name of the step."""
    k: int = Field(10, ge=1)
    """Number of features."""
    neighbours: int = Field(10, ge=1)
    """Nearest patients that are looked at."""


class Pca(Section):
    """Principal components take the place of the features; only as the last step of a chain."""

    step: Literal["pca"] = "pca"
    """Name of the step."""
    components: int = Field(10, ge=1)
    """Number of components, at most."""
    share: float = Field(0.95, gt=0, le=1)
    """Fewer, where they explain this share of the variance."""


class Stability(Section):
    """Stability selection: features that the LASSO takes in most half-samples of the patients."""

    step: Literal["stability"] = "stability"
    """Name of the step."""
    resamples: int = Field(100, ge=10)
    """Half-samples."""
    threshold: float = Field(0.6, gt=0.5, le=1)
    """Share of the half-samples in which a feature must be taken."""


def _named(value: Any) -> Any:
    """'mrmr' and {mrmr: {k: 5}} are short for {step: mrmr, k: 5}."""
    if isinstance(value, str):
        return {"step": value}
    if isinstance(value, dict) and len(value) == 1 and "step" not in value:
        ((name, settings),) = value.items()
        if settings is None or isinstance(settings, dict):
            return {"step": name, **(settings or {})}
    return value


Step = Annotated[
    Annotated[
        Variance
        | Correlation
        | Univariable
        | KBest
        | Lasso
        | ElasticNet
        | Mrmr
        | Boruta
        | Forest
        | SvmRfe
        | Sequential
        | Relieff
        | Pca
        | Stability,
        Field(discriminator="step"),
    ],
    BeforeValidator(_named),
]
Chain = list[Step]
PUBLISHED: Chain = [Univariable(), Lasso()]
