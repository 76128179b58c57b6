"""What follows from a confusion matrix of several classes, for one matrix or for many at once.

Sources: Cohen, Psychol Bull 1968;70:213 (weighted kappa). Verified against scikit-learn.
"""

from __future__ import annotations

import numpy as np

from osteon.statistics.estimate import Estimate
from osteon.statistics.proportions import wilson

# Weight of a disagreement by how many places apart the two classes are: any, linear, squared.
KAPPAS = {"kappa": 0, "kappa_linear": 1, "kappa_quadratic": 2}


def confusion_matrices(codes: np.ndarray, called: np.ndarray, classes: int, rows: np.ndarray) -> np.ndarray:
    """Counts of patients by outcome and called class.

    Args:
        codes: (n,) outcomes, 0 to classes - 1.
        called: (n,) called classes.
        classes: number of classes.
        rows: (r, n) row numbers, one resample per row.

    Returns:
        (r, classes, classes): outcome, then called class.
    """
    cell = (codes * classes + called)[rows]
    counts = [(cell == number).sum(axis=1) for number in range(classes**2)]
    return np.stack(counts, axis=1).reshape(-1, classes, classes)


def matrix_measures(matrices: np.ndarray) -> dict[str, np.ndarray]:
    """Balanced accuracy, macro-F1 and three kappas of each matrix.

    Args:
        matrices: (r, k, k) counts: outcome, then called class.

    Returns:
        Arrays of shape (r,): balanced_accuracy (mean sensitivity of the classes), macro_f1 (mean F1), kappa,
        kappa_linear and kappa_quadratic (a disagreement weighs by how many places apart the classes are; they
        need classes in an order). NaN where a class has no patient, and for kappas where nothing can disagree.
    """
    outcome, called = matrices.sum(axis=2), matrices.sum(axis=1)
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    present = (outcome > 0).all(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        sensitivity = hits / outcome
        f1 = 2 * hits / (outcome + called)
        measures = {
            "balanced_accuracy": np.where(present, sensitivity.mean(axis=1), np.nan),
            "macro_f1": np.where(present, f1.mean(axis=1), np.nan),
        }
        expected = outcome[:, :, None] * called[:, None, :] / outcome.sum(axis=1)[:, None, None]
        for name, power in KAPPAS.items():
            weight = _weights(matrices.shape[1], power)
            measures[name] = 1 - (weight * matrices).sum(axis=(1, 2)) / (weight * expected).sum(axis=(1, 2))
    return measures


def class_proportions(matrix: np.ndarray, code: int, level: float = 0.95) -> dict[str, Estimate]:
    """One class against all others, with Wilson's intervals.

    Returns:
        sensitivity, specificity, ppv and npv; no value where no patient is counted in the denominator.
    """
    total, hits = int(matrix.sum()), int(matrix[code, code])
    own, called = int(matrix[code].sum()), int(matrix[:, code].sum())
    neither = total - own - called + hits
    return {
        "sensitivity": wilson(hits, own, level),
        "specificity": wilson(neither, total - own, level),
        "ppv": wilson(hits, called, level),
        "npv": wilson(neither, total - called, level),
    }


def _weights(classes: int, power: int) -> np.ndarray:
    place = np.arange(classes)
    apart = np.abs(place[:, None] - place[None])
    return (apart > 0).astype(float) if power == 0 else apart.astype(float) ** power
