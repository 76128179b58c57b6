"""What a stored classifier may hold: the types, and indices that stay within their arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.svm import SVC, SVR
from sklearn.tree._tree import Tree

# The estimators that `classifiers.make` gives.
ROOTS = frozenset(
    {
        "lightgbm.sklearn.LGBMClassifier",
        "lightgbm.sklearn.LGBMRegressor",
        "sklearn.compose._target.TransformedTargetRegressor",
        "sklearn.ensemble._forest.ExtraTreesClassifier",
        "sklearn.ensemble._forest.ExtraTreesRegressor",
        "sklearn.ensemble._forest.RandomForestClassifier",
        "sklearn.ensemble._forest.RandomForestRegressor",
        "sklearn.ensemble._gb.GradientBoostingClassifier",
        "sklearn.ensemble._gb.GradientBoostingRegressor",
        "sklearn.ensemble._weight_boosting.AdaBoostClassifier",
        "sklearn.ensemble._weight_boosting.AdaBoostRegressor",
        "sklearn.linear_model._base.LinearRegression",
        "sklearn.linear_model._coordinate_descent.ElasticNet",
        "sklearn.linear_model._coordinate_descent.Lasso",
        "sklearn.linear_model._logistic.LogisticRegression",
        "sklearn.linear_model._ridge.Ridge",
        "sklearn.linear_model._stochastic_gradient.SGDClassifier",
        "sklearn.linear_model._stochastic_gradient.SGDRegressor",
        "sklearn.naive_bayes.GaussianNB",
        "sklearn.neighbors._classification.KNeighborsClassifier",
        "sklearn.neighbors._regression.KNeighborsRegressor",
        "sklearn.neural_network._multilayer_perceptron.MLPClassifier",
        "sklearn.neural_network._multilayer_perceptron.MLPRegressor",
        "sklearn.svm._classes.LinearSVC",
        "sklearn.svm._classes.LinearSVR",
        "sklearn.svm._classes.SVC",
        "sklearn.svm._classes.SVR",
        "sklearn.tree._classes.DecisionTreeClassifier",
        "sklearn.tree._classes.DecisionTreeRegressor",
        "xgboost.sklearn.XGBClassifier",
        "xgboost.sklearn.XGBRegressor",
    }
)
# What they consist of.
_PARTS = frozenset(
    {
        "lightgbm.basic.Booster",
        "sklearn._loss.link.IdentityLink",
        "sklearn._loss.link.Interval",
        "sklearn._loss.link.LogitLink",
        "sklearn._loss.link.MultinomialLogit",
        "sklearn._loss.loss.HalfBinomialLoss",
        "sklearn._loss.loss.HalfMultinomialLoss",
        "sklearn._loss.loss.HalfSquaredError",
        "sklearn.dummy.DummyClassifier",
        "sklearn.dummy.DummyRegressor",
        "sklearn.preprocessing._data.StandardScaler",
        "sklearn.preprocessing._label.LabelBinarizer",
        "sklearn.preprocessing._label.LabelEncoder",
        "sklearn.tree._classes.ExtraTreeClassifier",
        "sklearn.tree._classes.ExtraTreeRegressor",
        "xgboost.core.Booster",
    }
)
# By the part of skops that loads them.
ALLOWED: dict[str, frozenset[str]] = {
    "BytearrayNode": frozenset({"builtins.bytearray"}),
    "DefaultDictNode": frozenset({"collections.defaultdict"}),
    "DictNode": frozenset({"builtins.dict"}),
    "JsonNode": frozenset({"builtins.str"}),
    "ListNode": frozenset({"builtins.list"}),
    "LossNode": frozenset(
        {
            "sklearn._loss._loss.CyHalfBinomialLoss",
            "sklearn._loss._loss.CyHalfMultinomialLoss",
            "sklearn._loss._loss.CyHalfSquaredError",
        }
    ),
    "NdArrayNode": frozenset({"numpy.float64", "numpy.int64", "numpy.ndarray"}),
    "ObjectNode": ROOTS | _PARTS,
    "RandomStateNode": frozenset({"numpy.random.mtrand.RandomState"}),
    "TreeNode": frozenset({"sklearn.tree._tree.Tree"}),
    "TupleNode": frozenset({"builtins.tuple"}),
    "TypeNode": frozenset({"builtins.str", "collections.OrderedDict", "numpy.int64"}),
}
TRUSTED = frozenset().union(*ALLOWED.values())


def check_indices(estimator: Any) -> None:
    """Refuse a forged estimator whose predictions would read outside of its arrays: scikit-learn does not look.

    Raises:
        ValueError: naming what is wrong.
    """
    parts = _parts(estimator)
    widths = {vars(part)["n_features_in_"] for part in parts if _fitted(part) and hasattr(part, "predict")}
    for part in parts:
        if isinstance(part, Tree):
            _check_tree(part, widths)
        elif isinstance(part, SVC | SVR) and _fitted(part):
            _check_svm(part)
        elif isinstance(part, GradientBoostingClassifier | GradientBoostingRegressor) and _fitted(part):
            _check_boosting(part)


def _parts(estimator: Any) -> list[Any]:
    """The estimator and everything of scikit-learn that it consists of."""
    waiting, found = [estimator], {}
    while waiting:
        part = waiting.pop()
        if isinstance(part, list | tuple):
            waiting += part
        elif isinstance(part, np.ndarray) and part.dtype == object:
            waiting += part.ravel().tolist()
        elif type(part).__module__.startswith("sklearn.") and id(part) not in found:
            found[id(part)] = part
            waiting += getattr(part, "__dict__", {}).values()
    return list(found.values())


def _fitted(part: Any) -> bool:
    return isinstance(part, BaseEstimator) and "n_features_in_" in vars(part)


def _check_tree(tree: Tree, widths: set[int]) -> None:
    """Children come after their parent, and features are columns of the table."""
    left, right, feature = tree.children_left, tree.children_right, tree.feature
    own = np.arange(tree.node_count)
    below = [(child > own) & (child < tree.node_count) for child in (left, right)]
    within = (feature >= 0) & (feature < tree.n_features)
    # scikit-learn takes for a leaf what has no left child
    if widths != {tree.n_features} or not ((left == -1) | (below[0] & below[1] & within)).all():
        raise ValueError("one of its trees has a branch that leads nowhere")


def _check_svm(model: SVC | SVR) -> None:
    """Support vectors, coefficients and intercepts belong to one another."""
    vectors, coefficients = np.shape(model.support_vectors_), np.shape(model._dual_coef_)
    classes = len(model.classes_) if isinstance(model, SVC) else 2
    right = (
        len(vectors) == 2
        and vectors[1] == model.n_features_in_
        and coefficients == (classes - 1, vectors[0])
        and np.shape(model._intercept_) == (classes * (classes - 1) // 2,)
        and len(model.n_support_) == (classes if isinstance(model, SVC) else 1)
        and np.sum(model.n_support_) == vectors[0]
        and np.min(model.n_support_) >= 0
    )
    if not right:
        raise ValueError("its support vectors and their coefficients do not belong together")


def _check_boosting(model: GradientBoostingClassifier | GradientBoostingRegressor) -> None:
    """Every step has as many trees as there are predictions."""
    classes = len(model.classes_) if isinstance(model, GradientBoostingClassifier) else 2
    trees = 1 if classes == 2 else classes
    known = len(model.init_.classes_) if isinstance(model, GradientBoostingClassifier) else 2
    if np.shape(model.estimators_)[1:] != (trees,) or known != classes or model._loss.is_multiclass != (trees > 1):
        raise ValueError("its trees and its classes do not belong together")
