"""Nested ComBat: several kinds of batches, whose effects are removed one after the other in a frozen order.

Source: Horng et al., Scientific Reports 2022;12:4493 (sequential ComBat over batch variables; the order is given
here and not searched for). With one kind of batch it is ComBat, to the bit.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from osteon.harmonise.combat import ComBat, varies_in_every_batch
from osteon.harmonise.effects import Prior


class NestedComBat:
    """ComBat for each column of a table of batches, each on what the one before left.

    A row of a batch that was not among the training rows keeps the value that it has at that step: the frozen
    estimator has nothing to say about it.

    Args:
        prior: see `ComBat`.
        mean_only: remove additive effects only.
        reference: batch of the first column that stays as it is in the first step. Default: all are brought to the
            weighted mean, as in the further steps.
    """

    def __init__(self, *, prior: Prior = "parametric", mean_only: bool = False, reference: str | None = None):
        self.prior = prior
        self.mean_only = mean_only
        self.reference = reference
        self._steps: dict[str, ComBat] | None = None

    @property
    def steps(self) -> dict[str, ComBat]:
        """The fitted ComBat of each batch column, in order.

        Raises:
            RuntimeError: not fitted yet.
        """
        if self._steps is None:
            raise RuntimeError("ComBat is not fitted; call fit first")
        return self._steps

    @property
    def adjusted(self) -> np.ndarray:
        """(p,) False for features that stay as they are, because they are constant within a batch of some column."""
        return np.all([step.state.adjusted for step in self.steps.values()], axis=0)

    def fit(
        self,
        values: ArrayLike,
        batches: pd.DataFrame,
        covariates: ArrayLike | None = None,
        covariate_names: list[str] | None = None,
    ) -> NestedComBat:
        """Estimate the effects of each batch column, in the order of the columns.

        Args:
            values: (n, p) features, finite.
            batches: (n, columns) batch of each row, as text; at least two batches of at least two rows per column.
            covariates: (n, q) variables whose effect must be kept. Never the outcome.
            covariate_names: their names, for messages.

        Returns:
            Itself.

        Raises:
            ValueError: no column, or as `ComBat.fit`; with several columns the message names the one.
        """
        if not len(batches.columns):
            raise ValueError("ComBat: the table of batches has no column; name one in harmonisation.batch")
        steps: dict[str, ComBat] = {}
        usable = np.all([varies_in_every_batch(values, batches[column]) for column in batches.columns], axis=0)
        # A feature that is constant in a batch of one column is no longer so after the step of another column, but
        # no step can adjust it either.
        current = np.where(usable, np.asarray(values, dtype=float), 0.0)
        for position, column in enumerate(batches.columns):
            step = ComBat(
                prior=self.prior, mean_only=self.mean_only, reference_batch=None if position else self.reference
            )
            labels = batches[column].to_numpy()
            try:
                steps[column] = step.fit(current, labels, covariates, covariate_names)
            except ValueError as error:
                raise ValueError(f"batch column {column!r}: {error}" if len(batches.columns) > 1 else error) from error
            if position < len(batches.columns) - 1:
                current = step.transform(current, labels, covariates)
        self._steps = steps
        return self

    def transform(self, values: ArrayLike, batches: pd.DataFrame, covariates: ArrayLike | None = None) -> np.ndarray:
        """Remove the estimated effects; one row alone is enough.

        Args:
            values: (n, p) features as in `fit`.
            batches: (n, ...) batch of each row, with the columns of `fit`.
            covariates: (n, q) as in `fit`.

        Returns:
            (n, p) harmonised features, in the units of the input.

        Raises:
            ValueError: a missing batch column, missing values, or another number of columns.
        """
        current = np.array(values, dtype=float)
        for column, step in self.steps.items():
            current = _apply(step, current, _labels(batches, column), covariates)
        return current

    def adapt(self, values: ArrayLike, batches: pd.DataFrame, covariates: ArrayLike | None = None) -> NestedComBat:
        """A copy that also knows the new batches of every column; all that was estimated before stays as it is.

        Args:
            values: (n, p) features of the rows to adapt to, without their outcomes; see `ComBat.adapt`.
            batches: (n, ...) their batches.
            covariates: (n, q) as in `fit`.

        Raises:
            ValueError: as `transform`, or a new batch with fewer than two rows.
        """
        current, steps = np.array(values, dtype=float), {}
        for column, step in self.steps.items():
            labels = _labels(batches, column)
            steps[column] = step.adapt(current, labels, covariates)
            current = _apply(steps[column], current, labels, covariates)
        return self._with(steps)

    def known(self, batches: pd.DataFrame) -> np.ndarray:
        """(n,) True for rows whose batch is known in every column."""
        return np.all(
            [np.isin(_labels(batches, column), step.state.batches) for column, step in self.steps.items()], axis=0
        )

    def restricted(self, features: ArrayLike) -> NestedComBat:
        """The same fitted estimator for some of the features only, by position."""
        return self._with({column: step.restricted(features) for column, step in self.steps.items()})

    def get_state(self) -> dict[str, object]:
        """Settings and estimates as plain JSON types; `from_state` gives an identical estimator."""
        return {
            "prior": self.prior,
            "mean_only": self.mean_only,
            "reference": self.reference,
            "steps": [{"column": column, **step.get_state()} for column, step in self.steps.items()],
        }

    @classmethod
    def from_state(cls, state: dict) -> NestedComBat:
        """The estimator that `get_state` described."""
        estimator = cls(prior=state["prior"], mean_only=state["mean_only"], reference=state["reference"])
        estimator._steps = {step["column"]: ComBat.from_state(step) for step in state["steps"]}
        return estimator

    def _with(self, steps: dict[str, ComBat]) -> NestedComBat:
        other = NestedComBat(prior=self.prior, mean_only=self.mean_only, reference=self.reference)
        other._steps = steps
        return other


def _labels(batches: pd.DataFrame, column: str) -> np.ndarray:
    if column not in batches.columns:
        raise ValueError(f"ComBat needs batch column {column!r}; the table has {', '.join(map(str, batches.columns))}")
    return batches[column].to_numpy().astype(str)


def _apply(step: ComBat, values: np.ndarray, labels: np.ndarray, covariates: ArrayLike | None) -> np.ndarray:
    """Transform the rows of known batches and leave the others as they are."""
    known = np.isin(labels, step.state.batches)
    extra = None if covariates is None else np.asarray(covariates)[known]
    result = values.copy()
    result[known] = step.transform(values[known], labels[known], extra)
    return result
