"""The models center by center, and pooled over centers with the interval for a new one."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from osteon.reporting.language import Say, english
from osteon.reporting.numbers import ABSENT, integer, interval, is_absent, number, with_interval
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.paper.words import reason_notes, split_codes
from osteon.reporting.result_tables import estimate_cell


def centers_table(
    centers: pd.DataFrame,
    pooled: pd.DataFrame,
    names: Mapping[str, str],
    models: Mapping[str, str],
    sets: Mapping[str, str],
    say: Say = english,
) -> PaperTable:
    """Each model in each center, then the mean over centers and the prediction interval, for each set.

    Args:
        centers: `modelling.center_pooling.CENTER_COLUMNS`.
        pooled: `modelling.center_pooling.POOLED_COLUMNS`.
        names: name of each center.
        models: name of each model.
        sets: name of each set of the two tables.
        say: the reader's language.
    """
    measures = {
        "auc": (say("AUC"), 3),
        "observed_expected": (say("Observed / expected"), 2),
        "slope": (say("Calibration slope"), 2),
        "in_the_large": (say("Calibration in the large"), 2),
    }
    rows, found = [], []
    for (set_name, model), own in centers.groupby(["set", "model"], sort=False):
        rows.append(
            Row(
                (say("{patients}, {models}", patients=sets.get(set_name, set_name), models=models[model]),),
                heading=True,
            )
        )
        for _, row in own.iterrows():
            name = names.get(str(row["center"]), str(row["center"]))
            size = say("{n} ({events})", n=integer(row["n"]), events=integer(row["events"]))
            spread = number(row["sd_predictor"], 2)
            cells = (estimate_cell(row, measure, digits) for measure, (_, digits) in measures.items())
            rows.append(Row((name, size, spread, *cells), level=1))
            found += [
                (say("{measure}, {patients}", measure=measures[measure][0], patients=name), code)
                for measure, code in split_codes(row["reason"])
                if measure in measures
            ]
        together = pooled[(pooled["set"] == set_name) & (pooled["model"] == model)].set_index("measure")
        if together["value"].notna().any():
            rows += _together(together, measures, say)
        found += [
            (say("{measure}, mean over hospitals", measure=measures[measure][0]), code)
            for measure, row in together.iterrows()
            for code in (row["reason"], row["caution"])
        ]
    columns = [
        Column(say("Patients, model and hospital"), words=True),
        Column(say("n (events)")),
        Column(say("SD of logit(risk)")),
        *(Column(heading) for heading, _ in measures.values()),
    ]
    notes = [
        say("95% confidence intervals in parentheses. The SD of logit(risk) tells how much the patients differ."),
    ]
    if pooled["value"].notna().any():
        notes.append(
            say(
                "Mean over hospitals: random effects, REML, interval of Hartung and Knapp; AUC on the logit scale, "
                "observed / expected on the logarithmic one. The prediction interval is where a new hospital is "
                "expected. I²: share of the differences that is more than chance."
            )
        )
    return PaperTable("centers", say("Performance in each hospital"), columns, rows, notes + reason_notes(found, say))


def _together(together: pd.DataFrame, measures: Mapping[str, tuple[str, int]], say: Say) -> list[Row]:
    """Mean, prediction interval and I² of each measure."""
    mean, reach, shares = [], [], []
    for measure, (_, digits) in measures.items():
        row = together.loc[measure]
        mean.append(with_interval(row["value"], row["low"], row["high"], digits))
        reach.append(interval(row["prediction_low"], row["prediction_high"], digits) or ABSENT)
        shares.append(ABSENT if is_absent(row["i2"]) else number(100 * row["i2"], 0))
    counts = sorted(set(together.loc[together["value"].notna(), "centers"].astype(int)))
    pooled = say("{n} hospitals", n="–".join(map(integer, {counts[0]: 0, counts[-1]: 0})))
    return [
        Row((say("Mean over hospitals"), pooled, "", *mean), level=1),
        Row((say("Prediction interval"), "", "", *reach), level=1),
        Row((say("I² (%)"), "", "", *shares), level=1),
    ]
