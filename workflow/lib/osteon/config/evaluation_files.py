"""Which tables and figures a validation has, by the kind of the outcome."""

from __future__ import annotations

from collections.abc import Sequence

TABLES: dict[str, tuple[str, ...]] = {
    "binary": ("performance", "operating_points", "pairwise", "roc", "calibration_curve", "decision"),
    "classes": ("performance", "classes", "class_pairs", "confusion", "pairwise", "roc", "calibration_curve"),
    "continuous": ("performance", "pairwise", "agreement", "calibration_curve"),
}
"""Tables that are computed from predictions: <name>.tsv."""
FIGURES: dict[str, dict[str, str]] = {
    "binary": {"roc": "roc", "calibration": "calibration", "decision": "decision_curve"},
    "classes": {"roc": "roc", "confusion": "confusion", "calibration": "calibration"},
    "continuous": {"scatter": "agreement", "bland_altman": "bland_altman"},
}
"""Figures that are drawn from these, in the order of the report: key, and name of the file without its ending."""
REPORTED: dict[str, tuple[str, ...]] = {"binary": (), "classes": ("classes", "class_pairs"), "continuous": ()}
"""Tables that the report shows besides performance, pairwise and baseline."""
TEXT = ("subject", "center", "model", "model_1", "model_2", "class", "class_1", "class_2", "true_class", "called_class")
"""Columns of these tables that stay text, even if a class or a model is called by a number."""


def prediction_columns(kind: str, values: Sequence[str]) -> list[str]:
    """Columns of a table of predictions: one probability, one for each class, or the predicted number."""
    if kind == "classes":
        return [f"probability_{value}" for value in values]
    return ["probability" if kind == "binary" else "predicted"]
