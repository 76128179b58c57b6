"""Words in the tables of the statistics, for those who read the tables and compute nothing."""

from __future__ import annotations

UNIVARIABLE, MULTIVARIABLE = "univariable", "multivariable"
"""Column 'analysis' of `association.association_table`."""
LIKELIHOOD_RATIO = "likelihood_ratio"
"""Column 'test' of the interactions of `subgroups`, where it is not a comparison of AUCs."""
