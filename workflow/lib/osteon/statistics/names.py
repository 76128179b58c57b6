"""Words in the tables of the statistics, for those who read the tables and compute nothing."""

from __future__ import annotations

from typing import Literal

UNIVARIABLE, MULTIVARIABLE = "univariable", "multivariable"
"""Column 'analysis' of `association.association_table`."""
LIKELIHOOD_RATIO = "likelihood_ratio"
"""Column 'test' of the interactions of `subgroups`, where it is not a comparison of AUCs."""
SCALES: dict[str, Literal["identity", "log", "logit"]] = {
    "auc": "logit",
    "observed_expected": "log",
    "slope": "identity",
    "in_the_large": "identity",
}
"""Measures of centers that are pooled, and the scale on which."""
