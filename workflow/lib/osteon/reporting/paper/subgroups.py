"""The models in subgroups of patients, with tests of interaction."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from osteon.reporting.language import Say, english
from osteon.reporting.numbers import ABSENT, integer, p_value
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.paper.words import reason_notes, split_codes
from osteon.reporting.result_tables import estimate_cell
from osteon.statistics.names import LIKELIHOOD_RATIO

_BETWEEN, _BELOW, _ABOVE = (re.compile(text) for text in (r"(\S+) to below (\S+)", r"below (\S+)", r"(\S+) or more"))


def subgroups_table(
    subgroups: pd.DataFrame,
    interactions: pd.DataFrame,
    models: Mapping[str, str],
    variables: Mapping[str, str],
    say: Say = english,
) -> PaperTable:
    """Each model in each group of each set, and whether the groups differ by more than chance.

    Args:
        subgroups: `modelling.subgroup_tables.SUBGROUP_COLUMNS` and patients (name of the set).
        interactions: `modelling.subgroup_tables.INTERACTION_COLUMNS` and patients.
        models: name of each model.
        variables: name of each variable that divides the patients, with its unit.
        say: the reader's language.
    """
    measures = {
        "auc": (say("AUC"), 3),
        "in_the_large": (say("Calibration in the large"), 2),
        "sensitivity": (say("Sensitivity"), 2),
        "specificity": (say("Specificity"), 2),
    }
    tests = _tests(interactions)
    rows, found = [], []
    for (patients, model), own in subgroups.groupby(["patients", "model"], sort=False):
        name = say("{patients}, {models}", patients=patients, models=models[model])
        rows.append(Row((name,), heading=True))
        for variable, of_variable in own.groupby("variable", sort=False):
            label = variables.get(str(variable), str(variable))
            p = (tests.get((patients, model, variable, kind)) for kind in ("auc", "logistic"))
            rows.append(
                Row(
                    (
                        label,
                        *[""] * (1 + len(measures)),
                        *(p_value(row["p"]) if row is not None else ABSENT for row in p),
                    ),
                    level=1,
                )
            )
            for _, row in of_variable.iterrows():
                level = level_name(str(row["level"]), say)
                cells = [estimate_cell(row, measure, digits) for measure, (_, digits) in measures.items()]
                size = say("{n} ({events})", n=integer(row["n"]), events=integer(row["events"]))
                rows.append(Row((level, size, *cells, "", ""), level=2))
                found += [(_called(measures, measure, label, level, say), code) for measure, code in _codes(row)]
    found += [
        (
            say("{variable}, test of interaction", variable=variables.get(str(row["variable"]), str(row["variable"]))),
            row["reason"],
        )
        for _, row in interactions.iterrows()
    ]
    columns = [
        Column(say("Patients, model and subgroup"), words=True),
        Column(say("n (events)")),
        *(Column(heading) for heading, _ in measures.values()),
        Column(say("AUC"), say("P for interaction")),
        Column(say("Logistic"), say("P for interaction")),
    ]
    notes = [
        say(
            "95% confidence intervals in parentheses. A subgroup with fewer than 10 patients of one outcome is hidden."
        ),
        say(
            "P for interaction, AUC: whether the AUCs of the subgroups differ. Logistic: likelihood-ratio test of "
            "prediction and subgroup. Not adjusted for the number of variables; subgroups are not tested one by one."
        ),
    ]
    return PaperTable("subgroups", say("Performance in subgroups"), columns, rows, notes + reason_notes(found, say))


def level_name(level: str, say: Say) -> str:
    """A group of `modelling.subgroup_tables.subgroup_levels` in words of the reader; the label of a batch as it is."""
    plain = {"yes": say("yes"), "no": say("no"), "unknown": say("unknown")}
    if level in plain:
        return plain[level]
    if between := _BETWEEN.fullmatch(level):
        return say("{low} to below {high}", low=between[1], high=between[2])
    if below := _BELOW.fullmatch(level):
        return say("below {limit}", limit=below[1])
    if above := _ABOVE.fullmatch(level):
        return say("{limit} or more", limit=above[1])
    return level


def _tests(interactions: pd.DataFrame) -> dict[tuple, pd.Series]:
    return {
        (row["patients"], row["model"], row["variable"], "logistic" if row["test"] == LIKELIHOOD_RATIO else "auc"): row
        for _, row in interactions.iterrows()
    }


def _codes(row: pd.Series) -> list[tuple[str, str]]:
    """Reasons of a group; where several measures lack for the same one, it is named once."""
    codes = split_codes(row["reason"])
    return [("all", codes[0][1])] if len({code for _, code in codes}) == 1 and len(codes) > 1 else codes


def _called(measures: Mapping[str, tuple[str, int]], measure: str, variable: str, level: str, say: Say) -> str:
    if measure in measures:
        return say("{measure}, {variable}: {level}", measure=measures[measure][0], variable=variable, level=level)
    return say("{variable}: {level}", variable=variable, level=level)
