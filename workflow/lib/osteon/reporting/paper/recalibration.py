"""The frozen models before and after recalibration in new hospitals."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from osteon.reporting.language import Say, english
from osteon.reporting.numbers import integer, is_absent, number
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.paper.words import reason_notes, split_codes
from osteon.reporting.result_tables import estimate_cell


def recalibration_table(
    recalibration: pd.DataFrame, centers: Mapping[str, str], models: Mapping[str, str], say: Say = english
) -> PaperTable:
    """Each model in each hospital with declared patients, as it is and after each way; 07_validation/recalibration.tsv.

    Args:
        recalibration: `modelling.recalibration_table.RECALIBRATION_COLUMNS`.
        centers: name of each center.
        models: name of each model.
        say: the reader's language.
    """
    methods = {
        "none": say("Frozen, as it is"),
        "prior_shift": say("Moved by the share with the outcome"),
        "intercept": say("Intercept fitted"),
        "intercept_slope": say("Intercept and slope fitted"),
    }
    measures = {
        "auc": (say("AUC"), 3),
        "slope": (say("Calibration slope"), 2),
        "in_the_large": (say("Calibration in the large"), 2),
        "observed_expected": (say("Observed / expected"), 2),
        "ici": (say("ICI"), 3),
        "brier": (say("Brier"), 3),
        "scaled_brier": (say("Scaled Brier"), 2),
    }
    rows, found = [], []
    for (center, model), own in recalibration.groupby(["center", "model"], sort=False):
        name, first = centers.get(str(center), str(center)), own.iloc[0]
        rows.append(Row((_heading(name, models[model], first, say),), heading=True))
        for _, row in own.iterrows():
            cells = (estimate_cell(row, measure, digits) for measure, (_, digits) in measures.items())
            fitted = (number(row["fitted_intercept"], 2), number(row["fitted_slope"], 2))
            rows.append(Row((methods[row["method"]], *fitted, *cells), level=1))
            found += _reasons(row, name, methods[row["method"]], measures, say)
    columns = [
        Column(say("Hospital, model and method"), words=True),
        Column(say("Intercept"), say("Recalibration")),
        Column(say("Slope"), say("Recalibration")),
        *(Column(heading, say("In the other patients")) for heading, _ in measures.values()),
    ]
    notes = [
        say("95% confidence intervals in parentheses."),
        say(
            "Recalibration was fitted to patients who had been declared for it in the table of cases, with their "
            "outcomes; all measures are those of the other patients of the hospital, who had no part in it. The rows "
            "of a model show the same patients."
        ),
        say(
            "logit(new risk) = intercept + slope × logit(frozen risk). Moved by the share with the outcome: only how "
            "many of the declared patients have it was used. The ranking of the patients, and so the AUC, stays where "
            "the slope is above 0."
        ),
        say(
            "Ideal: slope 1 (below 1: predictions too extreme), calibration in the large 0 (above 0: risks too low), "
            "observed / expected 1. ICI: mean distance of the smoothed calibration curve from the diagonal. Scaled "
            "Brier: 1 is perfect, 0 is no better than the share of events."
        ),
    ]
    title = say("Recalibration of the frozen models in new hospitals")
    return PaperTable("recalibration", title, columns, rows, notes + reason_notes(found, say))


def _heading(center: str, model: str, row: pd.Series, say: Say) -> str:
    """How many patients it was fitted to, and in how many it is judged."""
    counts = ("n_fitted", "events_fitted", "n", "events")
    return say(
        "{patients}, {model}: fitted to {n_fitted} ({events_fitted} with the outcome), judged in {n} ({events})",
        patients=center,
        model=model,
        **{name: integer(row[name]) for name in counts},
    )


def _reasons(
    row: pd.Series, center: str, method: str, measures: Mapping[str, tuple[str, int]], say: Say
) -> list[tuple[str, str]]:
    """What lacks, or must be read with care, with its code."""
    codes = [found for cell in (row["reason"], row["caution"]) if not is_absent(cell) for found in split_codes(cell)]
    where = say("{measure}, {patients}", measure=method, patients=center)
    return [
        (
            say("{measure}, {patients}", measure=measures[measure][0], patients=where)
            if measure in measures
            else where,
            code,
        )
        for measure, code in codes
    ]
