"""What outcomes, scores and probabilities must look like before anything is computed from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

# Rounding of printed probabilities; more is an error of whoever made them.
SUM_TOLERANCE = 1e-6


def as_outcome(outcome: ArrayLike) -> np.ndarray:
    """A binary outcome as an array of booleans.

    Raises:
        ValueError: a value is missing or neither 0 nor 1.
    """
    values = np.asarray(outcome, dtype=float).ravel()
    wrong = ~np.isin(values, (0.0, 1.0))
    if wrong.any():
        raise ValueError(f"outcome: value {values[wrong][0]} in row {int(np.argmax(wrong))}; allowed are 0 and 1")
    return values.astype(bool)


def as_scores(scores: ArrayLike, rows: int, name: str = "score") -> np.ndarray:
    """One score per patient as an array of floats.

    Raises:
        ValueError: another number of rows than the outcome, or a value that is not finite.
    """
    values = np.asarray(scores, dtype=float).ravel()
    if len(values) != rows:
        raise ValueError(f"{name}: {len(values)} values for {rows} outcomes; give one per patient")
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise ValueError(f"{name}: value {values[wrong][0]} in row {int(np.argmax(wrong))}; it must be a finite number")
    return values


def as_probabilities(probabilities: ArrayLike, rows: int) -> np.ndarray:
    """One predicted probability per patient as an array of floats.

    Raises:
        ValueError: as in `as_scores`, or a value outside 0 to 1.
    """
    values = as_scores(probabilities, rows, "probability")
    wrong = (values < 0) | (values > 1)
    if wrong.any():
        raise ValueError(
            f"probability: value {values[wrong][0]} in row {int(np.argmax(wrong))}; allowed is 0 to 1 "
            "(scores must be turned into probabilities first)"
        )
    return values


def as_codes(outcome: ArrayLike, classes: int) -> np.ndarray:
    """An outcome of several classes as an array of codes 0 to classes - 1.

    Raises:
        ValueError: a value is missing or no such code.
    """
    values = np.asarray(outcome, dtype=float).ravel()
    wrong = ~np.isin(values, np.arange(classes))
    if wrong.any():
        raise ValueError(
            f"outcome: value {values[wrong][0]} in row {int(np.argmax(wrong))}; allowed are 0 to {classes - 1}"
        )
    return values.astype(np.intp)


def as_class_probabilities(probabilities: ArrayLike, rows: int, classes: int) -> np.ndarray:
    """Predicted probabilities of shape (rows, classes).

    Raises:
        ValueError: another shape, a value that is no probability, or a row whose sum is not 1.
    """
    values = np.asarray(probabilities, dtype=float)
    if values.shape != (rows, classes):
        raise ValueError(f"probabilities: shape {values.shape}; give one row per patient and {classes} columns")
    columns = [as_probabilities(values[:, code], rows) for code in range(classes)]
    table = np.column_stack(columns)
    wrong = np.abs(table.sum(axis=1) - 1) > SUM_TOLERANCE
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"probabilities: the sum of row {row} is {table[row].sum():g}; it must be 1")
    return table
