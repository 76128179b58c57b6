"""How each estimator is built: what is fixed about it, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import ensemble, linear_model, naive_bayes, neighbors, neural_network, svm, tree

FOREST_TREES = 300
ITERATIONS = 10_000

Estimator = Any
Build = Callable[[str, dict, int], Estimator]


def _logistic(kind: str, parameters: dict, seed: int) -> Estimator:
    if kind == "continuous":
        return linear_model.LinearRegression()
    return linear_model.LogisticRegression(C=np.inf, solver="lbfgs", tol=1e-8, max_iter=ITERATIONS)


def _logistic_l1(kind: str, parameters: dict, seed: int) -> Estimator:
    if kind == "continuous":
        return linear_model.Lasso(**parameters, tol=1e-6, max_iter=ITERATIONS)
    if kind == "classes":
        return _saga({**parameters, "l1_ratio": 1.0}, seed)
    # a hundred times as fast as saga in wide tables, but for two classes only; the intercept is penalised a 10 000th
    options = {"solver": "liblinear", "intercept_scaling": 1e4, "tol": 1e-6, "max_iter": ITERATIONS}
    return linear_model.LogisticRegression(**parameters, **options, l1_ratio=1.0, random_state=seed)


def _logistic_l2(kind: str, parameters: dict, seed: int) -> Estimator:
    if kind == "continuous":
        return linear_model.Ridge(**parameters, solver="cholesky")
    return linear_model.LogisticRegression(**parameters, solver="lbfgs", tol=1e-8, max_iter=ITERATIONS)


def _logistic_elastic_net(kind: str, parameters: dict, seed: int) -> Estimator:
    if kind == "continuous":
        return linear_model.ElasticNet(**parameters, tol=1e-6, max_iter=ITERATIONS)
    return _saga(parameters, seed)


def _saga(parameters: dict, seed: int) -> Estimator:
    # the only solver of scikit-learn with an L1 part for several classes, or with an L2 part beside it
    return linear_model.LogisticRegression(**parameters, solver="saga", tol=1e-5, max_iter=1000, random_state=seed)


def _svm_linear(kind: str, parameters: dict, seed: int) -> Estimator:
    # the primal problem: no random order. The intercept is penalised in liblinear, at this scaling a hundredth as much.
    if kind == "continuous":
        options = {**parameters, "loss": "squared_epsilon_insensitive"}
        return svm.LinearSVR(**options, dual=False, intercept_scaling=10, tol=1e-6, max_iter=ITERATIONS)
    return svm.LinearSVC(**parameters, dual=False, intercept_scaling=10, tol=1e-6, max_iter=ITERATIONS)


def _svm_rbf(kind: str, parameters: dict, seed: int) -> Estimator:
    return svm.SVR(**parameters) if kind == "continuous" else svm.SVC(**parameters)


def _knn(kind: str, parameters: dict, seed: int) -> Estimator:
    # exact distances; those of the brute search are rounded, and ties then depend on the number of threads
    family = neighbors.KNeighborsRegressor if kind == "continuous" else neighbors.KNeighborsClassifier
    return family(**parameters, algorithm="kd_tree")


def _naive_bayes(kind: str, parameters: dict, seed: int) -> Estimator:
    return naive_bayes.GaussianNB(**parameters)


def _tree(kind: str, parameters: dict, seed: int) -> Estimator:
    family = tree.DecisionTreeRegressor if kind == "continuous" else tree.DecisionTreeClassifier
    return family(**parameters, random_state=seed)


def _random_forest(kind: str, parameters: dict, seed: int) -> Estimator:
    family = ensemble.RandomForestRegressor if kind == "continuous" else ensemble.RandomForestClassifier
    return family(**parameters, n_estimators=FOREST_TREES, n_jobs=1, random_state=seed)


def _extra_trees(kind: str, parameters: dict, seed: int) -> Estimator:
    family = ensemble.ExtraTreesRegressor if kind == "continuous" else ensemble.ExtraTreesClassifier
    return family(**parameters, n_estimators=FOREST_TREES, n_jobs=1, random_state=seed)


def _adaboost(kind: str, parameters: dict, seed: int) -> Estimator:
    options = {key: value for key, value in parameters.items() if key != "max_depth"}
    if kind == "continuous":
        weak = tree.DecisionTreeRegressor(max_depth=parameters["max_depth"])
        return ensemble.AdaBoostRegressor(weak, **options, random_state=seed)
    weak = tree.DecisionTreeClassifier(max_depth=parameters["max_depth"])
    return ensemble.AdaBoostClassifier(weak, **options, random_state=seed)


def _gradient_boosting(kind: str, parameters: dict, seed: int) -> Estimator:
    family = ensemble.GradientBoostingRegressor if kind == "continuous" else ensemble.GradientBoostingClassifier
    # a root of the columns for each split: a hundred times as fast where no selection came before
    return family(**parameters, max_features="sqrt", random_state=seed)


def _xgboost(kind: str, parameters: dict, seed: int) -> Estimator:
    import xgboost  # here, as below: its import costs every job that does not use it

    family = xgboost.XGBRegressor if kind == "continuous" else xgboost.XGBClassifier
    return family(**parameters, tree_method="hist", n_jobs=1, random_state=seed, verbosity=0)


def _lightgbm(kind: str, parameters: dict, seed: int) -> Estimator:
    import lightgbm

    family = lightgbm.LGBMRegressor if kind == "continuous" else lightgbm.LGBMClassifier
    options = {"deterministic": True, "force_row_wise": True, "n_jobs": 1, "random_state": seed, "verbosity": -1}
    return family(**parameters, **options, num_leaves=31, subsample_freq=1)


def _mlp(kind: str, parameters: dict, seed: int) -> Estimator:
    # lbfgs: scikit-learn's advice for small tables; it has no learning rate and no order of the patients
    family = neural_network.MLPRegressor if kind == "continuous" else neural_network.MLPClassifier
    hidden = (int(parameters["hidden"]),)
    options = {"solver": "lbfgs", "max_iter": 1000, "random_state": seed}
    return family(hidden_layer_sizes=hidden, alpha=parameters["alpha"], **options)


def _sgd(kind: str, parameters: dict, seed: int) -> Estimator:
    # no average of the steps: together with an L1 part scikit-learn's has coefficients of the wrong sign
    steps = {"learning_rate": "adaptive", "eta0": 0.01, "max_iter": 2000, "tol": 1e-4}
    options = {**parameters, **steps, "penalty": "elasticnet"}
    if kind == "continuous":
        # the gradient of Huber's loss is bounded: with many columns the steps of the squared loss diverge
        return linear_model.SGDRegressor(**options, loss="huber", epsilon=1.35, random_state=seed)
    return linear_model.SGDClassifier(**options, loss="log_loss", random_state=seed)


BUILD: dict[str, Build] = {
    "logistic": _logistic,
    "logistic_l1": _logistic_l1,
    "logistic_l2": _logistic_l2,
    "logistic_elastic_net": _logistic_elastic_net,
    "svm_linear": _svm_linear,
    "svm_rbf": _svm_rbf,
    "knn": _knn,
    "naive_bayes": _naive_bayes,
    "tree": _tree,
    "random_forest": _random_forest,
    "extra_trees": _extra_trees,
    "adaboost": _adaboost,
    "gradient_boosting": _gradient_boosting,
    "xgboost": _xgboost,
    "lightgbm": _lightgbm,
    "mlp": _mlp,
    "sgd": _sgd,
}
"""By classifier: from kind of outcome, all hyper-parameters and seed to an unfitted estimator."""
