"""The hyper-parameters of each classifier: their defaults, and the ranges in which Optuna looks for better ones.

The ranges are for 50 to 1000 patients and up to some thousand columns that are scaled to standard deviation 1. They are
bounded on purpose: a search over few patients finds by chance what it is given room to find. Everything that is not
listed here is fixed in `estimators`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from osteon.modelling.task import Task

if TYPE_CHECKING:
    import optuna

Parameters = dict[str, float | int | str]


@dataclass(frozen=True)
class Range:
    """One hyper-parameter. A default that is a whole number makes whole numbers of the range as well."""

    default: float | int | str
    low: float
    high: float
    log: bool = True
    rows: float = 0
    """If above 0: `high` is at most this share of the patients."""
    by_columns: bool = False
    """`low` and `high` are divided by the number of columns."""

    def suggest(self, trial: optuna.Trial, name: str, rows: int, columns: int) -> float | int:
        """A value that the trial chooses within the range."""
        if isinstance(self.default, int):
            low = int(self.low)
            high = int(min(self.high, rows * self.rows)) if self.rows else int(self.high)
            return trial.suggest_int(name, low, max(low, high), log=self.log)
        divisor = columns if self.by_columns else 1
        return trial.suggest_float(name, self.low / divisor, self.high / divisor, log=self.log)


# C is the inverse of the penalty on a sum over the patients, alpha a penalty on a mean.
_PENALTY = Range(0.1, 1e-3, 1e1)
_MIX = Range(0.5, 0.05, 0.95, log=False)
_RATE = Range(0.05, 0.01, 0.3)
_DEPTH = Range(3, 1, 6, log=False)
_SHARE = Range(0.8, 0.5, 1.0, log=False)
_FOREST = {
    "max_features": Range("sqrt", 0.02, 1.0),
    "min_samples_leaf": Range(3, 1, 30, rows=0.1),
    "max_depth": Range(12, 2, 12, log=False),
}

_SPACES: dict[str, dict[str, Range]] = {
    "logistic": {},
    "logistic_l1": {"C": _PENALTY},
    "logistic_l2": {"C": Range(1.0, 1e-4, 1e2)},
    "logistic_elastic_net": {"C": _PENALTY, "l1_ratio": _MIX},
    "svm_linear": {"C": Range(0.1, 1e-5, 1e1)},
    "svm_rbf": {"C": Range(1.0, 1e-2, 1e3), "gamma": Range("scale", 0.01, 10.0, by_columns=True)},
    "knn": {"n_neighbors": Range(15, 3, 75, rows=0.25), "p": Range(2, 1, 2, log=False)},
    "naive_bayes": {"var_smoothing": Range(1e-9, 1e-9, 1.0)},
    "tree": {
        "max_depth": Range(4, 1, 8, log=False),
        "min_samples_leaf": Range(10, 2, 60, rows=0.15),
        "ccp_alpha": Range(0.0, 0.0, 0.03, log=False),
    },
    "random_forest": _FOREST,
    "extra_trees": _FOREST,
    "adaboost": {
        "n_estimators": Range(100, 25, 300),
        "learning_rate": Range(0.3, 0.01, 1.0),
        "max_depth": Range(1, 1, 3, log=False),
    },
    "gradient_boosting": {
        "n_estimators": Range(150, 25, 400),
        "learning_rate": _RATE,
        "max_depth": _DEPTH,
        "min_samples_leaf": Range(5, 1, 30, rows=0.1),
        "subsample": _SHARE,
    },
    "xgboost": {
        "n_estimators": Range(150, 25, 400),
        "learning_rate": _RATE,
        "max_depth": _DEPTH,
        "min_child_weight": Range(2.0, 0.5, 20.0),
        "subsample": _SHARE,
        "colsample_bytree": Range(0.8, 0.3, 1.0, log=False),
        "reg_lambda": Range(1.0, 1e-2, 1e2),
    },
    "lightgbm": {
        "n_estimators": Range(150, 25, 400),
        "learning_rate": _RATE,
        "max_depth": _DEPTH,
        "min_child_samples": Range(10, 2, 50, rows=0.1),
        "subsample": _SHARE,
        "colsample_bytree": Range(0.8, 0.3, 1.0, log=False),
        "reg_lambda": Range(1.0, 1e-2, 1e2),
    },
    "mlp": {"hidden": Range(8, 2, 32), "alpha": Range(10.0, 0.1, 30.0)},
    "sgd": {"alpha": Range(0.05, 1e-4, 1.0), "l1_ratio": _MIX},
}
# Where the regressor of the family has other hyper-parameters. The outcome is scaled to standard deviation 1.
_ALPHA = Range(0.05, 1e-3, 1.0)
_EPSILON = Range(0.1, 0.01, 0.5)
_CONTINUOUS: dict[str, dict[str, Range]] = {
    "logistic_l1": {"alpha": _ALPHA},
    "logistic_l2": {"alpha": Range(10.0, 1e-1, 1e4)},
    "logistic_elastic_net": {"alpha": _ALPHA, "l1_ratio": _MIX},
    "svm_linear": {"C": Range(0.1, 1e-5, 1e1), "epsilon": _EPSILON},
    "svm_rbf": {**_SPACES["svm_rbf"], "epsilon": _EPSILON},
    "adaboost": {**_SPACES["adaboost"], "max_depth": Range(3, 1, 5, log=False)},
}


def space(name: str, task: Task) -> dict[str, Range]:
    """The hyper-parameters of a classifier; none for the plain logistic regression."""
    return _CONTINUOUS.get(name, _SPACES[name]) if task.kind == "continuous" else _SPACES[name]


def defaults(name: str, task: Task) -> Parameters:
    """The hyper-parameters without tuning."""
    return {parameter: found.default for parameter, found in space(name, task).items()}


def suggest(name: str, task: Task, trial: optuna.Trial, rows: int, columns: int) -> Parameters:
    """Hyper-parameters that an Optuna trial chooses.

    Args:
        name: classifier.
        task: kind of outcome.
        trial: asked once for each hyper-parameter; its answers alone decide.
        rows: patients of the smallest table that will be fitted.
        columns: columns of the classifier's table.
    """
    return {parameter: found.suggest(trial, parameter, rows, columns) for parameter, found in space(name, task).items()}
