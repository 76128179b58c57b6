"""The table of operating points: what the models' ranking allows at fixed sensitivities and specificities."""

from __future__ import annotations

import pandas as pd

from osteon.config.modelling import Validation
from osteon.modelling.evaluation_tables import NO_PATIENTS, measure_cells, measure_columns, resampling_of
from osteon.statistics.operating_points import operating_points

POINT_MEASURES = ("value", "ppv", "npv", "stated_ppv", "stated_npv")
POINT_COLUMNS = [
    *("set", "model", "fixed", "target", "other", "prevalence", "stated_prevalence"),
    *measure_columns(POINT_MEASURES),
    "reason",
]


def operating_table(table: pd.DataFrame, settings: Validation, seed: int) -> pd.DataFrame:
    """Operating points of one model in one set of patients.

    Args:
        table: center, outcome (0 or 1), probability.
        settings: bootstrap resamples, and the stated prevalence.
        seed: seed of the bootstrap.

    Returns:
        fixed ('sensitivity' or 'specificity'), target (the value at which it is fixed), other (what is measured there,
        as value), prevalence (of the set) and stated_prevalence (of the configuration) with the predictive values at
        each; <name>, <name>_low and <name>_high of each of `POINT_MEASURES`; reason ('measure: code' for every missing
        value or interval). One row with a reason where there is no patient.
    """
    if table.empty:
        return pd.DataFrame([{"reason": f"all: {NO_PATIENTS}"}])
    stated, rows = settings.prevalence, []
    found = operating_points(
        table["outcome"], table["probability"], prevalence=stated, **resampling_of(table, settings, seed)
    )
    for point in found:
        estimates = {"value": point.other, "ppv": point.ppv, "npv": point.npv}
        if stated is not None:
            estimates |= {"stated_ppv": point.stated_ppv, "stated_npv": point.stated_npv}
        about = {"fixed": point.fixed, "target": point.target, "other": point.measured}
        about |= {"prevalence": float(table["outcome"].mean()), "stated_prevalence": stated}
        rows.append(about | measure_cells(estimates))
    return pd.DataFrame(rows)
