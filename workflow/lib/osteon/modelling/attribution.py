"""How much each term adds to the output of a fitted predictor, for single patients: SHAP values, by family of model."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import SGDClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from osteon.modelling.explanation_codes import INTERACTING_TERMS, Method, NoInteractions, Scale
from osteon.modelling.predictors import Estimator, Linear, Predictor
from osteon.modelling.task import Task

BACKGROUND = 100
"""Training patients whose terms stand for an unknown one, for models that are neither linear nor trees."""
EXACT_TERMS = 6
"""Of models that are neither linear nor trees, all subsets are evaluated up to this number of terms."""
PERMUTATIONS = 4
"""Orders of the terms, each forwards and backwards, where there are more."""
TOLERANCE = 1e-5
"""Of the largest output (at least 1): XGBoost computes with 24 bits, which differs by up to 1.3e-6."""

VOTING = (
    *(DecisionTreeClassifier, RandomForestClassifier, ExtraTreesClassifier),
    *(DecisionTreeRegressor, RandomForestRegressor, ExtraTreesRegressor),
)


class NotAdditive(ValueError):
    """SHAP values and base do not add to the output of the model."""


@dataclass(frozen=True)
class Attribution:
    """Contributions of the terms to the output of one predictor.

    Attributes:
        method: how they are computed.
        scale: what they are parts of.
        base: (K,) mean output over the background; K outputs, one unless there are several classes.
        background: number of training patients in the background: those that stand for unknown terms.
        parts: from (n, p) scaled terms to (n, p, K) contributions.
        output: from (n, p) scaled terms to the output (n, K) of the model on this scale.
        pairs: from (n, p) to (n, p, p, K) interaction values, whose rows add to the contributions; the main effects
            are on the diagonal, and each of the two cells of a pair has half of its interaction. None where there are
            none.
        no_pairs: why there are none.
    """

    method: Method
    scale: Scale
    base: np.ndarray
    background: int
    parts: Callable[[np.ndarray], np.ndarray]
    output: Callable[[np.ndarray], np.ndarray]
    pairs: Callable[[np.ndarray], np.ndarray] | None = None
    no_pairs: NoInteractions | None = None

    def contributions(self, values: np.ndarray) -> np.ndarray:
        """(n, p, K) contributions of (n, p) scaled terms.

        Raises:
            NotAdditive: with the base they do not add to the output of the model.
        """
        found = self.parts(values)
        self._must_add(found.sum(axis=1) + self.base, values)
        return found

    def interactions(self, values: np.ndarray) -> np.ndarray:
        """(n, p, p, K) interaction values; only where there is `pairs`.

        Raises:
            NotAdditive: as `contributions`.
        """
        found = self.pairs(values)
        self._must_add(found.sum(axis=(1, 2)) + self.base, values)
        return found

    def _must_add(self, total: np.ndarray, values: np.ndarray) -> None:
        output = self.output(values)
        apart = float(np.abs(total - output).max(initial=0))
        if not apart <= TOLERANCE * max(1.0, float(np.abs(output).max(initial=0))):
            raise NotAdditive(
                f"SHAP values ({self.method}) and base differ from the output of the model by up to {apart:.2g}; "
                "they explain another model than the one that predicts"
            )


def attribution(predictor: Predictor, task: Task, training: np.ndarray, seed: int) -> Attribution:
    """How the output of a predictor is divided among its terms.

    Linear models: coefficient x (value - mean of the training patients). Trees: a patient of whom a term is not known
    goes both ways, in the shares of the training patients (path dependent; Lundberg et al., Nat Mach Intell
    2020;2:56). Others: an unknown term has the values of `BACKGROUND` training patients; all subsets of up to
    `EXACT_TERMS` terms, or `PERMUTATIONS` random orders. All but linear models by shap, whose `LinearExplainer` gives
    the same values for these. Its other method for trees, with a background, keeps thresholds with 24 bits and takes
    the wrong way where a patient lies on one, as with ages in whole years.

    Scale: log-odds of linear and boosted models (scores of each class where there are several), probability of single
    trees, forests and others, decision values of support vector machines, the number itself for a number; always
    before calibration, which keeps the order of the patients.

    Args:
        predictor: fitted.
        task: kind of outcome.
        training: (n, p) scaled terms of the training patients.
        seed: decides who is in the background, and the random orders.
    """
    if isinstance(predictor, Linear):
        scale = {"binary": Scale.LOG_ODDS, "classes": Scale.CLASS_SCORE, "continuous": Scale.OUTCOME}[task.kind]
        return _linear(predictor.coefficients, predictor.intercepts, scale, training)
    inner = getattr(predictor.fitted, "regressor_", predictor.fitted)
    if hasattr(inner, "coef_"):
        scale = Scale.LOG_ODDS if isinstance(inner, SGDClassifier) else Scale.DECISION_VALUE
        found = _linear(np.atleast_2d(inner.coef_).T, np.atleast_1d(inner.intercept_), scale, training)
    elif isinstance(inner, VOTING) or _boosted(inner):
        found = _trees(inner, task, training)
    else:
        rows = np.random.default_rng(seed).permutation(len(training))[:BACKGROUND]
        return _other(predictor, task, training[np.sort(rows)], seed)
    return found if inner is predictor.fitted else _in_units(found, predictor.fitted.transformer_)


def _linear(coefficients: np.ndarray, intercepts: np.ndarray, scale: Scale, training: np.ndarray) -> Attribution:
    """Of coefficients (p, K) and intercepts (K,)."""
    mean = training.mean(axis=0)
    return Attribution(
        Method.LINEAR,
        scale,
        mean @ coefficients + intercepts,
        len(training),
        lambda values: (values - mean)[:, :, None] * coefficients,
        lambda values: values @ coefficients + intercepts,
        no_pairs=NoInteractions.ADDITIVE,
    )


def _boosted(inner: Any) -> bool:
    """Boosted trees that TreeExplainer knows; of scikit-learn's classifiers those of two classes."""
    if isinstance(inner, GradientBoostingClassifier):
        return inner.n_classes_ == 2
    return isinstance(inner, GradientBoostingRegressor) or _family(inner) in ("xgboost", "lightgbm")


def _family(inner: Any) -> str:
    return type(inner).__module__.split(".")[0]


def _trees(inner: Any, task: Task, training: np.ndarray) -> Attribution:
    import shap  # here, as below: it compiles for seconds, and linear models need none of it

    family, terms = _family(inner), training.shape[1]
    explainer = shap.TreeExplainer(inner, feature_perturbation="tree_path_dependent")
    reason = NoInteractions.ONE_TERM if terms == 1 else None
    reason = NoInteractions.TOO_MANY_TERMS if terms > INTERACTING_TERMS else reason

    def parts(values: np.ndarray) -> np.ndarray:
        with warnings.catch_warnings():
            # of an older form of its answer for LightGBM
            warnings.simplefilter("ignore", UserWarning)
            return _of_task(explainer.shap_values(values, check_additivity=False), 2, task)

    def pairs(values: np.ndarray) -> np.ndarray:
        return _of_task(explainer.shap_interaction_values(values), 3, task)

    def output(values: np.ndarray) -> np.ndarray:
        if task.kind == "continuous":
            raw = inner.predict(values)
        elif family == "xgboost":
            raw = inner.predict(values, output_margin=True)
        elif family == "lightgbm":
            raw = inner.predict(values, raw_score=True)
        else:
            voting = isinstance(inner, VOTING)
            raw = inner.predict_proba(values) if voting else inner.decision_function(values)
        return _of_task(raw, 1, task)

    scale = Scale.OUTCOME
    if task.kind != "continuous":
        boosted = Scale.LOG_ODDS if task.kind == "binary" else Scale.CLASS_SCORE
        scale = Scale.PROBABILITY if isinstance(inner, VOTING) else boosted
    parts(training[:1])  # of some families it knows its base only afterwards
    base = _of_task(explainer.expected_value, 0, task)
    return Attribution(Method.TREE, scale, base, len(training), parts, output, None if reason else pairs, reason)


def _other(predictor: Estimator, task: Task, background: np.ndarray, seed: int) -> Attribution:
    import shap

    def output(values: np.ndarray) -> np.ndarray:
        return predictor.raw(values, task)

    terms = background.shape[1]
    masker = shap.maskers.Independent(background, max_samples=len(background))

    def parts(values: np.ndarray) -> np.ndarray:
        # a new explainer each time: it draws from the global generator, which its seed sets
        before = np.random.get_state()
        try:
            if terms <= EXACT_TERMS:
                explain, options = shap.ExactExplainer(output, masker), {}
            else:
                explain = shap.PermutationExplainer(output, masker, seed=seed)
                options = {"max_evals": PERMUTATIONS * (2 * terms + 1)}
            return explain(values, silent=True, **options).values.reshape(len(values), terms, len(task.columns))
        finally:
            np.random.set_state(before)

    method = Method.EXACT if terms <= EXACT_TERMS else Method.PERMUTATION
    probability = hasattr(predictor.fitted, "predict_proba")
    scale = Scale.PROBABILITY if probability else Scale.DECISION_VALUE
    scale = Scale.OUTCOME if task.kind == "continuous" else scale
    base = output(background).mean(axis=0)
    return Attribution(method, scale, base, len(background), parts, output, no_pairs=NoInteractions.NO_TREES)


def _in_units(found: Attribution, scaler: Any) -> Attribution:
    """Contributions to the outcome that the regressor saw scaled, in its units."""
    sd, mean = float(scaler.scale_[0]), float(scaler.mean_[0])

    return replace(
        found,
        scale=Scale.OUTCOME,
        base=found.base * sd + mean,
        parts=lambda values: found.parts(values) * sd,
        output=lambda values: found.output(values) * sd + mean,
        pairs=(lambda values: found.pairs(values) * sd) if found.pairs else None,
    )


def _of_task(found: Any, axes: int, task: Task) -> np.ndarray:
    """An array of `axes` axes and then K outputs; of both classes that some give for two, that of the second."""
    array = np.asarray(found, dtype=float)
    outputs = len(task.columns)
    if array.ndim == axes:
        array = array[..., None]
    return array[..., -1:] if outputs == 1 else array
