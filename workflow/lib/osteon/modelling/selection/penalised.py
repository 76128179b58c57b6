"""LASSO and elastic net as steps: features without a weight are dropped, the linear predictor is kept."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
from sklearn import config_context
from sklearn.linear_model import ElasticNet as ElasticNetModel
from sklearn.linear_model import ElasticNetCV, LassoCV, enet_path, lasso_path
from sklearn.linear_model import Lasso as LassoModel

from osteon.config.selection import ElasticNet, Lasso
from osteon.modelling.selection.linear import (
    MAX_ITERATIONS,
    PATH_ITERATIONS,
    Folds,
    Linear,
    Rule,
    chosen,
    remarks,
    without_rounding,
)
from osteon.modelling.selection.logistic_lasso import fit_logistic_lasso
from osteon.modelling.selection.step import Choice, Training

# The penalty path ends at this share of the penalty that removes all features.
PATH_END = 0.01
# In tables with more cells the path is quicker with the products of all features computed once.
GRAM = 10_000


class QuickLassoCV(LassoCV):
    """LassoCV that does not check the same table again at every penalty, which takes a quarter of the time."""

    path = staticmethod(partial(lasso_path, check_input=False))


class QuickElasticNetCV(ElasticNetCV):
    """ElasticNetCV that does not check the same table again at every penalty."""

    path = staticmethod(partial(enet_path, check_input=False))


def lasso(step: Lasso, training: Training) -> Choice:
    """Keep the features with a weight in the LASSO; for several classes one LASSO each, against all others.

    With loss 'squared' this is a linear model of the 0/1 outcome, as in most published protocols, not a logistic one;
    either way its linear predictor is a score, not a probability.

    Source: Tibshirani, J R Stat Soc B 1996;58:267; rule 1se: Hastie et al., The Elements of Statistical Learning,
    section 7.10.

    Raises:
        ValueError: logistic loss for an outcome that is a number.
    """
    if step.loss == "logistic" and training.regression:
        raise ValueError("lasso: 'loss: logistic' is for classes; for a number write 'loss: squared'")
    fit = fit_logistic_lasso if step.loss == "logistic" else fit_lasso
    folds, notes = training.folds(step.folds)
    keep = training.keep_paths
    fits = [fit(training.values, target, folds, step.rule, keep_path=keep) for target in training.targets]
    return _weighted(training, fits, notes)


def elastic_net(step: ElasticNet, training: Training) -> Choice:
    """Keep the features with a weight in the elastic net (squared error); several classes as in `lasso`.

    The mixture is the one with the least error; rule 1se then takes the largest penalty for this mixture.

    Source: Zou and Hastie, J R Stat Soc B 2005;67:301.
    """
    folds, notes = training.folds(step.folds)
    keep = training.keep_paths
    fits = [fit_elastic_net(training.values, target, folds, step, keep_path=keep) for target in training.targets]
    return _weighted(training, fits, notes)


def fit_lasso(values: np.ndarray, target: np.ndarray, folds: Folds, rule: Rule, *, keep_path: bool = False) -> Linear:
    """LASSO of one target with the penalty by cross-validation."""
    gram = values.size > GRAM
    path = QuickLassoCV(cv=folds, eps=PATH_END, precompute=gram, max_iter=PATH_ITERATIONS, n_jobs=1)
    _quick_fit(path, values, target)
    penalty = chosen(path.alphas_, path.mse_path_, rule)
    model = LassoModel(alpha=penalty, max_iter=MAX_ITERATIONS, precompute=True)
    fit = _fitted(model, values, target, 1.0, path.alphas_[-1])
    return _with_path(fit, values, target, path.alphas_, path.mse_path_, gram) if keep_path else fit


def fit_elastic_net(
    values: np.ndarray, target: np.ndarray, folds: Folds, step: ElasticNet, *, keep_path: bool = False
) -> Linear:
    """Elastic net of one target with penalty and mixture by cross-validation."""
    mixtures = sorted(set(step.mixture))
    gram = values.size > GRAM
    path = QuickElasticNetCV(
        l1_ratio=mixtures, cv=folds, eps=PATH_END, precompute=gram, max_iter=PATH_ITERATIONS, n_jobs=1
    )
    _quick_fit(path, values, target)
    penalties = path.alphas_.reshape(len(mixtures), -1)
    errors = path.mse_path_.reshape(*penalties.shape, len(folds))
    best = int(np.argmin(errors.mean(axis=2).min(axis=1)))
    penalty, mixture = chosen(penalties[best], errors[best], step.rule), mixtures[best]
    model = ElasticNetModel(alpha=penalty, l1_ratio=mixture, max_iter=MAX_ITERATIONS, precompute=True)
    fit = _fitted(model, values, target, mixture, penalties[best, -1])
    return _with_path(fit, values, target, penalties[best], errors[best], gram) if keep_path else fit


def _with_path(
    fit: Linear, values: np.ndarray, target: np.ndarray, penalties: np.ndarray, errors: np.ndarray, gram: bool
) -> Linear:
    """The fit with its path over all rows, computed as that of each fold was."""
    centered = np.asfortranarray(values - values.mean(axis=0))
    options = {"alphas": penalties, "l1_ratio": fit.mixture, "precompute": gram, "max_iter": PATH_ITERATIONS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, coefficients, _ = enet_path(centered, target - target.mean(), **options)
    return fit.with_path(penalties, errors, "squared", coefficients.T)


def _quick_fit(path: QuickLassoCV | QuickElasticNetCV, values: np.ndarray, target: np.ndarray) -> None:
    """Fit without checking for finite numbers, which the table is known to have."""
    with warnings.catch_warnings(), config_context(assume_finite=True, skip_parameter_validation=True):
        # The steep end of the path may not converge; what matters is the chosen penalty, checked afterwards.
        warnings.simplefilter("ignore")
        path.fit(values, target)


def _fitted(
    model: LassoModel | ElasticNetModel, values: np.ndarray, target: np.ndarray, mixture: float, last: float
) -> Linear:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(values, target)
    notes = remarks(model.alpha, last, caught)
    coefficients = without_rounding(model.coef_, values, target)
    return Linear(coefficients, float(model.intercept_), model.alpha, mixture, notes)


def _weighted(training: Training, fits: list[Linear], notes: list[str]) -> Choice:
    weights = np.column_stack([fit.coefficients for fit in fits])
    stays = (weights != 0).any(axis=1)
    for place, fit in enumerate(fits):
        part = f" for {training.task.values[place]}" if len(fits) > 1 else ""
        notes = [*notes, *(note + part for note in fit.notes)]
    return Choice(
        list(training.table.columns[stays]),
        notes,
        weights=weights[stays],
        intercepts=np.array([fit.intercept for fit in fits]),
        paths=[fit.path for fit in fits if fit.path],
    )
