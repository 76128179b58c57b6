"""What became of a feature."""

from __future__ import annotations

from enum import StrEnum


class Fate(StrEnum):
    """What became of a feature."""

    KEPT = "kept"
    LEAST_P = "least_p"
    ALL_MISSING = "all_missing"
    MISSING_IN_CENTER = "missing_in_center"
    NOT_ROBUST = "not_robust"
    NO_ICC = "no_icc"
    NEAR_CONSTANT = "near_constant"
    CONSTANT_IN_CENTER = "constant_in_center"
    VARIANCE = "variance"
    CORRELATED = "correlated"
    P_VALUE = "p_value"
    NOT_AMONG_BEST = "not_among_best"
    LASSO = "lasso"
    ELASTIC_NET = "elastic_net"
    MRMR = "mrmr"
    BORUTA = "boruta"
    FOREST = "forest"
    SVM_RFE = "svm_rfe"
    SEQUENTIAL = "sequential"
    RELIEFF = "relieff"
    STABILITY = "stability"


IN_USE = (Fate.KEPT, Fate.LEAST_P)
"""Fates of the features that are in the score, or among the inputs of the model."""
FATES: dict[Fate, str] = {
    Fate.KEPT: "In the score, or among the inputs of the model.",
    Fate.LEAST_P: "The only feature that is used, the one with the smallest p, because none survived the selection.",
    Fate.ALL_MISSING: "No training patient has a value.",
    Fate.MISSING_IN_CENTER: "No training patient of one center has a value.",
    Fate.NOT_ROBUST: "Its ICC over perturbations or readers is too low (robustness.tsv).",
    Fate.NO_ICC: "It has no ICC; robustness.tsv says why, or does not have it at all.",
    Fate.NEAR_CONSTANT: "At least 95 % of the training patients have the same value.",
    Fate.CONSTANT_IN_CENTER: "The training patients of one center have the same value; ComBat cannot adjust it.",
    Fate.VARIANCE: "It has too few different values, or half of the training patients share one.",
    Fate.CORRELATED: "It correlates with a feature that correlates less with all others, and that one stayed.",
    Fate.P_VALUE: "The test found no difference between the outcome groups, or no correlation with the outcome.",
    Fate.NOT_AMONG_BEST: "Others have a smaller p, and only so many were asked for.",
    Fate.LASSO: "The LASSO gave it no weight.",
    Fate.ELASTIC_NET: "The elastic net gave it no weight.",
    Fate.MRMR: "Others say more about the outcome, or repeat less of what the chosen ones say (mRMR).",
    Fate.BORUTA: "In random forests it was no more important than shuffled features (Boruta).",
    Fate.FOREST: "It was among the least important features of the random forests and removed.",
    Fate.SVM_RFE: "It had one of the smallest weights in the support vector machines and was removed.",
    Fate.SEQUENTIAL: "It was no candidate, or adding another feature made a better model.",
    Fate.RELIEFF: "Others differ more between near patients of different outcome (ReliefF).",
    Fate.STABILITY: "The LASSO took it in too few of the half-samples.",
}
