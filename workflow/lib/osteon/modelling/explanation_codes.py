"""Words in the tables that explain a model; they load no library, so that figures can read them."""

from __future__ import annotations

from enum import StrEnum

CLINICAL = "clinical"
"""Kind of a term, and group; scores and features of images are the other group."""
RADIOMICS = "radiomics"
INTERACTING_TERMS = 30
"""Largest number of terms whose interactions are computed; the time grows with its square."""


class Scale(StrEnum):
    """Of what output the contributions are parts."""

    LOG_ODDS = "log_odds"
    CLASS_SCORE = "class_score"
    """Of each class; their softmax gives the probabilities."""
    PROBABILITY = "probability"
    DECISION_VALUE = "decision_value"
    OUTCOME = "outcome"
    """A number in units of the outcome."""


class Method(StrEnum):
    """How the contributions are computed."""

    LINEAR = "linear"
    TREE = "tree"
    EXACT = "exact"
    PERMUTATION = "permutation"


class NoInteractions(StrEnum):
    """Why there are no interaction values."""

    ADDITIVE = "additive"
    """The model adds its terms, so that none changes the effect of another on this scale."""
    NO_TREES = "no_trees"
    """They are computed for models of decision trees alone."""
    TOO_MANY_TERMS = "too_many_terms"
    """There are more terms than `INTERACTING_TERMS`."""
    ONE_TERM = "one_term"
    NO_PATIENTS = "no_patients"
