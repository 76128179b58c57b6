"""What the ranking of the models allows: specificity at fixed sensitivities, sensitivity at fixed specificities."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from osteon.reporting.language import Say, english
from osteon.reporting.numbers import is_absent, number, percent
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.paper.words import reason_notes, split_codes
from osteon.reporting.result_tables import estimate_cell

PREDICTIVE, STATED = ("ppv", "npv"), ("stated_ppv", "stated_npv")


def operating_points_table(points: pd.DataFrame, models: Mapping[str, str], say: Say = english) -> PaperTable:
    """Each model at each fixed sensitivity and specificity; 07_validation/*/operating_points.tsv.

    Args:
        points: `modelling.operating_table.POINT_COLUMNS` and patients (name of the set), the sets under each other.
        models: name of each model.
        say: the reader's language.
    """
    names = {"sensitivity": say("Sensitivity"), "specificity": say("Specificity"), "all": say("All measures")}
    names |= {"ppv": say("PPV"), "npv": say("NPV")}
    names |= {"stated_ppv": say("PPV, stated share"), "stated_npv": say("NPV, stated share")}
    stated = points["stated_prevalence"].dropna()
    measures = (*PREDICTIVE, *(STATED if len(stated) else ()))
    rows, found = [], []
    for (patients, model), own in points.groupby(["patients", "model"], sort=False):
        known = own[own["target"].notna()]
        if len(known):
            share = percent(known["prevalence"].iloc[0])
            heading = say(
                "{patients}, {model}: {share} with the outcome", patients=patients, model=models[model], share=share
            )
            rows.append(Row((heading,), heading=True))
        rows += [Row(_cells(row, names, measures, say), level=1) for _, row in known.iterrows()]
        found += [(text, code) for _, row in own.iterrows() for text, code in _reasons(row, names, say)]
    columns = [
        Column(say("Patients, model and what is fixed"), words=True),
        Column(names["sensitivity"]),
        Column(names["specificity"]),
        *(Column(names[measure], say("At the share of the set")) for measure in PREDICTIVE),
        *(
            Column(names[measure.removeprefix("stated_")], say("At the stated share"))
            for measure in (STATED if len(stated) else ())
        ),
    ]
    notes = [
        say("95% confidence intervals in parentheses: bootstrap of patients."),
        say(
            "Read from the ROC curve of the very patients that are judged: what the ranking of the model allows, not "
            "what a threshold that was fixed beforehand reaches."
        ),
        say("PPV, NPV: positive and negative predictive value at the share of patients with the outcome in the set."),
    ]
    if len(stated):
        notes.append(
            say(
                "Stated share: predictive values where {share} of patients have the outcome.",
                share=percent(stated.iloc[0]),
            )
        )
    title = say("Operating points at fixed sensitivity and specificity")
    return PaperTable("operating_points", title, columns, rows, notes + reason_notes(found, say))


def _cells(row: pd.Series, names: Mapping[str, str], measures: tuple[str, ...], say: Say) -> tuple[str, ...]:
    """What is fixed stands without an interval; what is measured there has one."""
    target = number(row["target"], 2)
    pair = {row["fixed"]: target, row["other"]: estimate_cell(row, "value", 2)}
    name = say("{measure} fixed at {value}", measure=names[row["fixed"]], value=target)
    return (name, pair["sensitivity"], pair["specificity"], *(estimate_cell(row, measure, 2) for measure in measures))


def _reasons(row: pd.Series, names: Mapping[str, str], say: Say) -> list[tuple[str, str]]:
    """What lacks at a point, with its code; a point without any value is named once."""
    patients, codes = row["patients"], split_codes(row["reason"])
    if is_absent(row["target"]):
        return [(str(patients), code) for _, code in codes]
    target = number(row["target"], 2)
    point = say("{measure} fixed at {value}", measure=names[row["fixed"]], value=target)
    if is_absent(row["value"]):
        return [(say("{measure}, {patients}", measure=point, patients=patients), codes[0][1])] if codes else []
    lacking = {"value": names[row["other"]]} | names
    return [
        (say("{measure}, {point}, {patients}", measure=lacking[measure], point=point, patients=patients), code)
        for measure, code in codes
    ]
