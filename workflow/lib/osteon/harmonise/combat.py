"""ComBat as an estimator: fitted on training rows, applied to any row of a known batch.

Model of feature f, batch b, row i: x = a_f + covariates * c_f + s_f * (g_bf + d_bf * e), where the
additive (g) and multiplicative (d) effects of a batch are shrunk by empirical Bayes towards what the
batch does to the other features.

Sources: Johnson, Li, Rabinovic, Biostatistics 2007;8:118; Fortin et al., NeuroImage 2017;161:149.
Verified against the R output of neuroCombat for every variant (parametric, non-parametric and no
empirical Bayes, mean only, reference batch, covariate, application to other rows), to 1e-12.
The estimator is equivariant to the unit of every feature.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike

from osteon.harmonise.effects import ROUNDING, Prior, batch_effects, effects_of, location_and_scale

# Rows that a batch needs: with one there is no spread.
SMALLEST = 2


class UnknownBatch(ValueError):
    """Rows of a batch that was not among the training rows."""


@dataclass(frozen=True)
class ComBatState:
    """What `fit` estimated, over p features, k batches and q covariates."""

    batches: list[str]
    covariate_names: list[str]
    center: np.ndarray
    """(p,) level to which all batches are brought."""
    scale: np.ndarray
    """(p,) pooled standard deviation."""
    covariate_effects: np.ndarray
    """(q, p) effect of each covariate, kept in the data."""
    additive: np.ndarray
    """(k, p) additive batch effects, in units of `scale`."""
    multiplicative: np.ndarray
    """(k, p) multiplicative batch effects, as variances."""
    adjusted: np.ndarray
    """(p,) False for features that are returned as they are, because they are constant within a batch."""


class ComBat:
    """Removal of additive and multiplicative batch effects.

    Args:
        prior: how the effects of a batch are shrunk: 'parametric' or 'non_parametric' empirical Bayes, or 'none',
            which estimates each feature on its own.
        mean_only: remove additive effects only.
        reference_batch: this batch stays as it is, and the others are brought to it. Default: all are
            brought to the weighted mean.
    """

    def __init__(self, *, prior: Prior = "parametric", mean_only: bool = False, reference_batch: str | None = None):
        if prior not in get_args(Prior):
            raise ValueError(f"ComBat: prior {prior!r} is unknown; allowed are {', '.join(get_args(Prior))}")
        self.prior = prior
        self.mean_only = mean_only
        self.reference_batch = reference_batch
        self._state: ComBatState | None = None

    @property
    def state(self) -> ComBatState:
        """What was estimated.

        Raises:
            RuntimeError: not fitted yet.
        """
        if self._state is None:
            raise RuntimeError("ComBat is not fitted; call fit first")
        return self._state

    def fit(
        self,
        values: ArrayLike,
        batch: ArrayLike,
        covariates: ArrayLike | None = None,
        covariate_names: list[str] | None = None,
    ) -> ComBat:
        """Estimate the batch effects.

        Args:
            values: (n, p) features, finite.
            batch: (n,) batch of each row, as text; at least two batches of at least two rows.
            covariates: (n, q) variables whose effect must be kept, as numbers. Never the outcome: it
                is not known when the model is used, and it would leak into the features.
            covariate_names: their names, for messages.

        Returns:
            Itself. Features that are constant within a batch are left as they are.

        Raises:
            ValueError: missing values, too few rows or batches, or covariates that cannot be told
                apart from the batches or from each other.
        """
        x, batches = _matrix(values, "values"), _labels(batch)
        levels = sorted(set(batches.tolist()))
        _check_batches(x, batches, levels, self.reference_batch)
        extra = np.empty((len(x), 0)) if covariates is None else _matrix(covariates, "covariates")
        names = covariate_names or [f"covariate {i + 1}" for i in range(extra.shape[1])]
        member = batches[:, None] == np.array(levels)[None, :]
        _check_rank(member, extra, names)

        # Working in units of each feature's own spread makes the result independent of its unit.
        adjusted = varies_in_every_batch(x, batches)
        offset, unit = x.mean(axis=0), np.where(adjusted, x.std(axis=0), 1.0)
        unit = np.where(unit > 0, unit, 1.0)
        z = (x - offset) / unit
        reference = levels.index(self.reference_batch) if self.reference_batch is not None else None
        center, scale, effects = location_and_scale(z, member, extra, reference)
        adjusted &= scale > ROUNDING
        residual = (z - center - extra @ effects) / np.where(adjusted, scale, 1.0)
        # A feature can vary within a batch by its covariates alone.
        adjusted &= np.all([residual[rows].std(axis=0) > ROUNDING for rows in member.T], axis=0)
        scale = np.where(adjusted, scale, 1.0)
        additive, multiplicative = batch_effects(
            residual[:, adjusted], member, reference, prior=self.prior, mean_only=self.mean_only
        )
        self._state = ComBatState(
            levels,
            list(names),
            np.where(adjusted, center * unit + offset, 0.0),
            scale * unit,
            np.where(adjusted, effects * unit, 0.0),
            _spread(additive, adjusted, 0.0),
            _spread(multiplicative, adjusted, 1.0),
            adjusted,
        )
        return self

    def transform(self, values: ArrayLike, batch: ArrayLike, covariates: ArrayLike | None = None) -> np.ndarray:
        """Remove the estimated effects from rows of known batches; one row alone is enough.

        Args:
            values: (n, p) features as in `fit`.
            batch: (n,) batches, each seen in `fit`.
            covariates: (n, q) as in `fit`.

        Returns:
            (n, p) harmonised features, in the units of the input.

        Raises:
            UnknownBatch: a batch was not among the training rows.
            ValueError: missing values or another number of columns.
        """
        state, batches = self.state, _labels(batch)
        if unknown := sorted(set(batches.tolist()) - set(state.batches)):
            raise UnknownBatch(f"ComBat was not fitted on batch {unknown[0]!r}; it knows {', '.join(state.batches)}")
        x, level = self._level(values, batches, covariates)
        place = np.array([state.batches.index(name) for name in batches], dtype=int)
        additive, multiplicative = state.additive[place], state.multiplicative[place]
        residual = (x - level) / state.scale - additive
        harmonised = residual / np.sqrt(multiplicative) * state.scale + level
        # Where there is no effect (reference batch, constant feature), rounding may not change a value either.
        return np.where((additive == 0) & (multiplicative == 1), x, harmonised)

    def adapt(self, values: ArrayLike, batch: ArrayLike, covariates: ArrayLike | None = None) -> ComBat:
        """A copy that also knows the new batches among the rows; all that was estimated before stays as it is.

        The effects of a new batch are estimated relative to the frozen level and scale, from its own rows alone,
        with the same form of prior, as ComBat with a reference batch does. After `restricted` the prior comes from
        the features that are left.

        Args:
            values: (n, p) features as in `fit`. Rows of known batches are not used.
            batch: (n,) batches; each new one needs at least two rows. The outcome is no argument.
            covariates: (n, q) as in `fit`.

        Returns:
            The copy. A feature that is constant within a new batch is returned as it is for this batch.

        Raises:
            ValueError: a new batch with fewer than two rows, missing values, or another number of columns.
        """
        state, batches = self.state, _labels(batch)
        x, level = self._level(values, batches, covariates)
        new = sorted(set(batches.tolist()) - set(state.batches))
        additive, multiplicative = [state.additive], [state.multiplicative]
        for name in new:
            own = batches == name
            if own.sum() < SMALLEST:
                raise ValueError(f"ComBat: new batch {name!r} has 1 row; adapting to a batch needs at least {SMALLEST}")
            usable = state.adjusted & _varies(x[own], np.abs(x[own]).max(axis=0))
            residual = ((x[own] - level[own]) / state.scale)[:, usable]
            moved, stretched = effects_of(residual, prior=self.prior, mean_only=self.mean_only)
            additive.append(_spread(moved[None], usable, 0.0))
            multiplicative.append(_spread(stretched[None], usable, 1.0))
        return self._with(
            replace(
                state,
                batches=[*state.batches, *new],
                additive=np.concatenate(additive),
                multiplicative=np.concatenate(multiplicative),
            )
        )

    def restricted(self, features: ArrayLike) -> ComBat:
        """The same fitted estimator for some of the features only, by position."""
        index, state = np.asarray(features, dtype=int), self.state
        return self._with(
            replace(
                state,
                center=state.center[index],
                scale=state.scale[index],
                covariate_effects=state.covariate_effects[:, index],
                adjusted=state.adjusted[index],
                additive=state.additive[:, index],
                multiplicative=state.multiplicative[:, index],
            )
        )

    def _with(self, state: ComBatState) -> ComBat:
        other = ComBat(prior=self.prior, mean_only=self.mean_only, reference_batch=self.reference_batch)
        other._state = state
        return other

    def _level(
        self, values: ArrayLike, batches: np.ndarray, covariates: ArrayLike | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The checked values, and what each would be without batch effect and without chance."""
        state, x = self.state, _matrix(values, "values")
        extra = np.empty((len(x), 0)) if covariates is None else _matrix(covariates, "covariates")
        expected = (len(state.center), len(state.covariate_effects), len(x))
        if (x.shape[1], extra.shape[1], len(batches)) != expected or len(extra) != len(x):
            raise ValueError(
                f"ComBat needs {expected[0]} features, {expected[1]} covariates and one batch per row; "
                f"given were {x.shape[1]}, {extra.shape[1]} and {len(batches)} batches for {len(x)} rows"
            )
        return x, state.center + extra @ state.covariate_effects

    def get_state(self) -> dict[str, object]:
        """Settings and estimates as plain JSON types; `from_state` gives an identical estimator."""
        estimates = {
            key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in asdict(self.state).items()
        }
        return {"prior": self.prior, "mean_only": self.mean_only, "reference_batch": self.reference_batch, **estimates}

    @classmethod
    def from_state(cls, state: dict) -> ComBat:
        """The estimator that `get_state` described."""
        estimator = cls(prior=state["prior"], mean_only=state["mean_only"], reference_batch=state["reference_batch"])
        features = len(state["center"])
        shapes = {
            "center": (features,),
            "scale": (features,),
            "covariate_effects": (-1, features),
            "additive": (-1, features),
            "multiplicative": (-1, features),
        }
        if not features:
            shapes |= {"covariate_effects": (len(state["covariate_names"]), 0)}
            shapes |= {key: (len(state["batches"]), 0) for key in ("additive", "multiplicative")}
        arrays = {key: np.array(state[key], dtype=float).reshape(shape) for key, shape in shapes.items()}
        estimator._state = ComBatState(
            list(state["batches"]),
            list(state["covariate_names"]),
            **arrays,
            adjusted=np.array(state["adjusted"], dtype=bool),
        )
        return estimator


def _spread(values: np.ndarray, adjusted: np.ndarray, neutral: float) -> np.ndarray:
    """Effects of the adjusted features among all; the others get the neutral effect."""
    full = np.full((len(values), len(adjusted)), neutral)
    full[:, adjusted] = values
    return full


def varies_in_every_batch(values: ArrayLike, batch: ArrayLike) -> np.ndarray:
    """(p,) False for features that are constant within a batch, but for rounding.

    Raises:
        ValueError: values that are no table of finite numbers.
    """
    x, batches = _matrix(values, "values"), _labels(batch)
    size = np.abs(x).max(axis=0, initial=0)
    return np.all([_varies(x[batches == name], size) for name in np.unique(batches)], axis=0)


def _varies(rows: np.ndarray, size: np.ndarray) -> np.ndarray:
    return np.ptp(rows, axis=0) > ROUNDING * size


def _matrix(values: ArrayLike, name: str) -> np.ndarray:
    matrix = np.asarray(values, dtype=float)
    if matrix.ndim != 2:
        raise ValueError(f"ComBat: {name} must be a table of rows and columns, not of shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        raise ValueError(
            f"ComBat: {name} has {matrix[row, column]} in row {row}, column {column}; impute missing values first"
        )
    return matrix


def _labels(batch: ArrayLike) -> np.ndarray:
    return np.asarray(batch).astype(str).ravel()


def _check_batches(x: np.ndarray, batches: np.ndarray, levels: list[str], reference: str | None) -> None:
    if len(batches) != len(x):
        raise ValueError(f"ComBat: {len(batches)} batches for {len(x)} rows; give one per row")
    if len(levels) < 2:
        raise ValueError(
            f"ComBat needs at least two batches; the rows have {levels}. Write harmonisation: {{method: none}}"
        )
    for level in levels:
        if (batches == level).sum() < SMALLEST:
            raise ValueError(f"ComBat: batch {level!r} has 1 row; a batch needs at least {SMALLEST}")
    if reference is not None and reference not in levels:
        raise ValueError(f"ComBat: reference batch {reference!r} is not among {', '.join(levels)}")


def _check_rank(member: np.ndarray, extra: np.ndarray, names: list[str]) -> None:
    """Refuse covariates that are a combination of the batches and of earlier covariates."""
    design = member.astype(float)
    for column, name in zip(extra.T, names, strict=True):
        spread = column.std()
        if spread > ROUNDING * max(1e-300, np.abs(column).max()):
            column = (column - column.mean()) / spread
        wider = np.column_stack([design, column])
        if np.linalg.matrix_rank(wider) < wider.shape[1]:
            raise ValueError(
                f"ComBat: covariate {name!r} follows from the batches and the other covariates; its "
                "effect cannot be told apart from theirs. Remove it from harmonisation.covariates"
            )
        design = wider
