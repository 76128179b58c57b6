"""Probabilities from the output of a classifier, learned on predictions of patients that it had not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, log_expit, logit, softmax
from sklearn.linear_model import LogisticRegression

from osteon.modelling.leakage import Recorder
from osteon.modelling.task import Task

# The least slope, in log-odds per standard deviation of the output. It keeps the order of the patients where the inner
# predictions are no better than chance: a slope of 0 would lose it, and one below 0 turn the model round.
LEAST_SLOPE = 0.01
NO_BETTER = "inner predictions no better than chance: calibrated to nearly the prevalence"


@dataclass(frozen=True)
class Calibrator:
    """Platt's sigmoid for each column of output, or the output as it is.

    Attributes:
        slopes: (S,) above 0; None leaves the output as it is.
        intercepts: (S,); None likewise.
        note: what is to be noted about the fit.
    """

    slopes: np.ndarray | None = None
    intercepts: np.ndarray | None = None
    note: str = ""

    def transform(self, raw: np.ndarray) -> np.ndarray:
        """Probabilities (n, S) from `classifiers.raw_output` (n, S); those of several classes add up to 1.

        Within a column of one probability the order of the patients stays.
        """
        raw = np.asarray(raw, dtype=float)
        if self.slopes is None:
            return raw
        log_odds = raw * self.slopes + self.intercepts
        if len(self.slopes) == 1:
            return expit(log_odds)
        # each probability divided by their sum, without underflow
        return softmax(log_expit(log_odds), axis=1)

    def get_state(self) -> dict:
        """Everything as JSON values."""
        if self.slopes is None:
            return {"method": "none"}
        numbers = {"slopes": self.slopes.tolist(), "intercepts": self.intercepts.tolist()}
        return {"method": "sigmoid", **numbers, "note": self.note}

    @classmethod
    def from_state(cls, state: dict) -> Calibrator:
        """The calibrator with that state.

        Raises:
            ValueError: it is no state of a calibrator.
        """
        if state.get("method") == "none":
            return cls()
        slopes, intercepts = (np.asarray(state.get(key, []), dtype=float) for key in ("slopes", "intercepts"))
        usable = slopes.ndim == 1 and slopes.shape == intercepts.shape and np.isfinite([slopes, intercepts]).all()
        if state.get("method") != "sigmoid" or not usable or not len(slopes) or slopes.min() <= 0:
            raise ValueError("calibration: needs method 'none', or 'sigmoid' with as many intercepts as slopes above 0")
        return cls(slopes, intercepts, str(state.get("note", "")))


def fit_calibrator(raw: pd.DataFrame, outcome: pd.Series, task: Task, record: Recorder) -> Calibrator:
    """Fit Platt's sigmoid to out-of-fold output.

    p = 1 / (1 + exp(-(slope x + intercept))) by maximum likelihood, with Platt's targets (n1 + 1) / (n1 + 2) and
    1 / (n0 + 2) in place of 1 and 0 (Platt, in Advances in Large Margin Classifiers, 1999). x is the output as it is,
    decision value or share, after Niculescu-Mizil and Caruana (ICML 2005): the log-odds of a share would be infinite
    for k-NN and trees, and gave worse probabilities for them in simulations at any bound. Several classes: each against
    the rest, then divided by their sum (Zadrozny and Elkan, KDD 2002). A continuous outcome is left as it is.

    Args:
        raw: (n, S) output of `classifiers.raw_output` for patients that the estimator had not seen, index subject.
        outcome: (n,) codes 0..K-1, or numbers.
        task: kind of outcome.
        record: ledger.

    Raises:
        ValueError: a class has no patient, or the output is not finite.

    Verified against the sigmoid of scikit-learn's CalibratedClassifierCV.
    """
    if task.kind == "continuous":
        return Calibrator()
    values, codes = raw.to_numpy(dtype=float), outcome.to_numpy(dtype=int)
    if not np.isfinite(values).all():
        raise ValueError("calibration: the classifier's inner predictions are not finite")
    if absent := [value for code, value in enumerate(task.values) if code not in codes]:
        raise ValueError(f"calibration: none of the {len(codes)} patients has the outcome {absent[0]!r}")
    positives = [1] if task.kind == "binary" else range(len(task.values))
    fitted = [_sigmoid(column, codes == code) for column, code in zip(values.T, positives, strict=True)]
    slopes, intercepts, chance = (np.array(numbers) for numbers in zip(*fitted, strict=True))
    note = NO_BETTER if chance.any() else ""
    record.saw("calibrator", raw, outcome, note=note)
    return Calibrator(slopes, intercepts, note)


def _sigmoid(values: np.ndarray, positive: np.ndarray) -> tuple[float, float, bool]:
    """Slope, intercept, and whether the slope had to be set to the least one."""
    with_outcome, without = int(positive.sum()), int((~positive).sum())
    target = np.where(positive, (with_outcome + 1) / (with_outcome + 2), 1 / (without + 2))
    prevalence = float(logit(target.mean()))
    if np.ptp(values) == 0:
        return LEAST_SLOPE, prevalence - LEAST_SLOPE * float(values[0]), True
    mean, sd = values.mean(), values.std()
    scaled = (values - mean) / sd
    # a target between 0 and 1 is a patient with the outcome and one without, with weights that add up to 1
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=1000).fit(
        np.concatenate([scaled, scaled])[:, None],
        np.repeat([1, 0], len(scaled)),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    chance = slope < LEAST_SLOPE
    if chance:
        slope, intercept = LEAST_SLOPE, prevalence
    return slope / sd, intercept - slope * mean / sd, chance
