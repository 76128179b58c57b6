"""Tables of the made-up study on how its models came about; numbers are arbitrary but consistent."""

from __future__ import annotations

import numpy as np
import pandas as pd


def repeats() -> pd.DataFrame:
    """Scores of three repeats."""
    scores = {"clinical": (0.71, 0.68, 0.74), "combined": (0.8, 0.79, 0.83)}
    rows = [
        {"model": model, "repeat": repeat, "n": 40, "score": score}
        for model, own in scores.items()
        for repeat, score in enumerate(own, start=1)
    ]
    return pd.DataFrame(rows)


def search() -> pd.DataFrame:
    """Four candidates of one model, one of which could not be fitted; the other model had no choice."""
    columns = ["model", "scope", "selection", "classifier", "settings_tried", "parameters", "score", "sd", "chosen"]
    grid = [("short", "logistic_l2"), ("short", "knn"), ("wide", "logistic_l2"), ("wide", "knn")]
    rows = []
    for scope, scores in (
        ("fold 0", (0.7, 0.72, 0.81, 0.6)),
        ("fold 1", (0.83, 0.7, 0.8, 0.6)),
        ("final", (0.74, 0.71, 0.82, np.nan)),
    ):
        rows.append(("clinical", scope, "default", "logistic", 1, "{}", 0.7, 0.05, "yes"))
        for (selection, classifier), score in zip(grid, scores, strict=True):
            chosen = "yes" if score == np.nanmax(scores) else "no"
            rows.append(("combined", scope, selection, classifier, 12, "{}", score, 0.06, chosen))
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(reason=np.where(table["score"].isna(), "one_class", ""))


def null_scores() -> pd.DataFrame:
    """Twenty shuffles of one model."""
    scores = np.random.default_rng(3).normal(0.5, 0.06, size=20)
    return pd.DataFrame({"model": "combined", "repeat": range(1, 21), "score": scores})


def null_summary() -> pd.DataFrame:
    """Of the same."""
    row = ("combined", 20, 0.497, 0.371, 0.623, 0.5, 0.806, 1 / 21, "yes")
    columns = ["model", "repeats", "mean", "low", "high", "nothing", "score", "p", "covers"]
    return pd.DataFrame([row], columns=columns)


def confounding() -> pd.DataFrame:
    """Hospitals whose patients differ much in the outcome, and one small batch with one outcome."""
    rows = [
        ("center", "", 44, 20, 24, "cramers_v", 0.452, 0.003, "association", "", ""),
        ("center", "A", 25, 6, 19, "", np.nan, np.nan, "", "below_30", ""),
        ("center", "B", 19, 14, 5, "", np.nan, np.nan, "", "below_20", ""),
        ("field", "", 44, 20, 24, "cramers_v", 0.21, 0.2, "", "", ""),
        ("field", "1.5", 5, 5, 0, "", np.nan, np.nan, "one_class", "below_20", ""),
        ("field", "3", 39, 15, 24, "", np.nan, np.nan, "", "", ""),
    ]
    columns = ["batch", "level", "patients", "outcome_no", "outcome_yes", "measure", "association", "p", "flag", "size"]
    return pd.DataFrame(rows, columns=[*columns, "reason"])


def components() -> pd.DataFrame:
    """Two hospitals that ComBat brings together."""
    random, parts = np.random.default_rng(0), []
    for stage, apart in (("before", 6.0), ("after", 0.0)):
        for center, shift in (("A", 0.0), ("B", apart)):
            points = random.normal(size=(22, 2)) * (3, 1)
            own = pd.DataFrame({"pc1": points[:, 0] + shift, "pc2": points[:, 1]})
            parts.append(own.assign(stage=stage, center=center, share_1=0.61, share_2=0.12))
    return pd.concat(parts, ignore_index=True)


def harmonisation() -> pd.DataFrame:
    """Batch effects before and after ComBat."""
    return pd.DataFrame(
        {
            "stage": ["before", "after"],
            "batch": ["center", "center"],
            "batches": [2, 2],
            "patients": [42, 42],
            "features": [386, 386],
            "features_tested": [380, 380],
            "features_differing": [300, 0],
            "share_differing": [0.789, 0.0],
            "silhouette": [0.21, -0.01],
            "batch_auc": [0.98, 0.49],
            "reason": [None, None],
        }
    )


def signal() -> pd.DataFrame:
    """What the features tell about two variables."""
    return pd.DataFrame(
        {
            "stage": ["before", "before", "after", "after"],
            "variable": ["age", "sex", "age", "sex"],
            "measure": ["r2", "auc", "r2", "auc"],
            "value": [0.31, 0.81, 0.29, 0.79],
            "patients": 42,
            "reason": [None] * 4,
        }
    )


def missing_inputs() -> pd.DataFrame:
    """Twelve inputs with gaps."""
    return pd.DataFrame(
        {
            "column": ["age", *(f"T1_L1_original_glcm_{number}" for number in range(11))],
            "kind": ["clinical", *["feature"] * 11],
            "missing": range(12, 0, -1),
            "share": np.arange(12, 0, -1) / 44,
            "share_least": 0.0,
            "share_most": np.arange(12, 0, -1) / 25,
            "center_most": "A",
        }
    )


def coefficients() -> pd.DataFrame:
    """A logistic regression, and a model without coefficients."""
    return pd.DataFrame(
        {
            "model": ["clinical", "clinical", "combined", "combined", "combined"],
            "term": ["age", "intercept", "age", "T1", "intercept"],
            "kind": ["clinical", "intercept", "clinical", "score", "intercept"],
            "coefficient": [0.912, -0.101, np.nan, np.nan, np.nan],
            "p": [0.0004, 0.7, np.nan, np.nan, np.nan],
            "odds_ratio": [2.489, 0.904, np.nan, np.nan, np.nan],
            "low": [1.2, 0.5, np.nan, np.nan, np.nan],
            "high": [5.1, 1.6, np.nan, np.nan, np.nan],
            "coefficient_per_unit": [0.0975, -6.178, np.nan, np.nan, np.nan],
            "note": ["", "", *["no coefficients: knn"] * 3],
        }
    )


def selection() -> pd.DataFrame:
    """Two features of one score."""
    return pd.DataFrame(
        {
            "model": "combined",
            "signature": "T1",
            "feature": ["T1_L1_original_glcm_Contrast", "T1_L1_original_shape_Elongation"],
            "fate": ["kept", "lasso"],
            "p": [0.003, 0.02],
            "coefficient": [-0.1234, np.nan],
            "selected": [4, 1],
            "resamples": [5, 5],
        }
    )


def stability() -> pd.DataFrame:
    """Of the same score."""
    return pd.DataFrame(
        {
            "model": ["combined"],
            "signature": ["T1"],
            "features": [2],
            "resamples": [5],
            "selected_mean": [1.0],
            "stability": [0.62],
            "reason": [""],
        }
    )


def audit() -> pd.DataFrame:
    """Three clean fits."""
    return pd.DataFrame(
        {
            "model": ["clinical", "combined", "combined"],
            "object": ["clinical/imputer", "signature T1/lasso", "signature T1/lasso"],
            "scope": ["final", "fold 0", "fold 0 / fold 1"],
            "rows": [44, 35, 27],
            "times": [1, 1, 48],
            "verdict": ["clean", "clean", "clean"],
            "finding": ["", "", ""],
        }
    )
