"""The models in groups of patients: measures of each group, and tests of whether groups differ. Binary outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import roc_curve

from osteon.config.batch_labels import UNKNOWN, label_of
from osteon.config.harmonisation import BatchColumn
from osteon.modelling.evaluate import thresholds_of
from osteon.modelling.evaluation_tables import by_model, joined, measure_cells, measure_columns, with_holm
from osteon.statistics.names import LIKELIHOOD_RATIO
from osteon.statistics.subgroups import (
    MEASURES,
    auc_by_group,
    group_measures,
    interaction,
    large_enough,
)

SUBGROUP_COLUMNS = [
    *("set", "model", "variable", "level", "n", "events", "threshold"),
    *measure_columns(MEASURES),
    "reason",
]
SUBGROUP_ROC_COLUMNS = ["set", "model", "variable", "level", "false_positive_rate", "true_positive_rate"]
INTERACTION_COLUMNS = [
    *("set", "model", "variable", "test", "groups", "difference", "low", "high"),
    *("statistic", "df", "p", "p_holm", "reason"),
]


def subgroup_levels(patients: pd.DataFrame, definitions: Mapping[str, Sequence[float] | None]) -> pd.DataFrame:
    """The group of each patient by each variable.

    Args:
        patients: one row per patient: subject, and a column for each variable: numbers, or text for batches, centers.
        definitions: variables, with limits for those that are cut (a group has its lower limit), else None.

    Returns:
        Index subject, one categorical column for each variable, groups in order: 'below 70', '70 or more'; 'no' and
        'yes' for a variable of 0 and 1; the labels of batches or centers; last 'unknown' where there is no value.

    Raises:
        ValueError: a variable is no column of the table, a subject is there twice, or a variable without limits has
            numbers other than 0 and 1.
    """
    table = patients.astype({"subject": str}).set_index("subject")
    if table.index.has_duplicates:
        raise ValueError(f"subgroups: subject {table.index[table.index.duplicated()][0]!r} is there twice")
    if absent := [name for name in definitions if name not in table.columns]:
        raise ValueError(f"subgroups: column {absent[0]!r} is missing; the table has {', '.join(table.columns)}")
    groups = {name: _groups(name, table[name], limits) for name, limits in definitions.items()}
    return pd.DataFrame(groups, index=table.index)


def _groups(name: str, column: pd.Series, limits: Sequence[float] | None) -> pd.Categorical:
    if limits:
        # the labels of batches that are cut by the same rule
        rule = BatchColumn(column=name, cut=list(limits))
        labels = column.map(lambda value: UNKNOWN if pd.isna(value) else label_of(repr(float(value)), rule))
        order = [label_of(repr(float(place)), rule) for place in (limits[0] - 1, *limits)]
    elif pd.api.types.is_numeric_dtype(column):
        if not column.dropna().isin((0, 1)).all():
            raise ValueError(f"subgroups: {name!r} has numbers other than 0 and 1; give limits: {name}: [<number>]")
        labels, order = column.map({0: "no", 1: "yes"}).fillna(UNKNOWN), ["no", "yes"]
    else:
        labels = column.fillna(UNKNOWN).astype(str)
        order = sorted(set(labels) - {UNKNOWN})
    return pd.Categorical(labels, categories=[*order, UNKNOWN])


def subgroup_tables(
    predictions: pd.DataFrame, groups: pd.DataFrame, sets: Sequence[str], thresholds: Mapping[str, float | None]
) -> dict[str, pd.DataFrame]:
    """Measures of the models in groups of patients, and tests of interaction.

    Args:
        predictions: model, set, subject, outcome (0 or 1), probability, as in `evaluate_predictions`.
        groups: from `subgroup_levels`, with every subject of the predictions.
        sets: the sets to measure, in the order of the tables.
        thresholds: frozen threshold of each model (None where the predictions have their own); its keys are the models,
            in the order of the tables.

    Returns:
        subgroup_roc: `SUBGROUP_ROC_COLUMNS`, points of the ROC curve of each group that has an AUC.
        subgroups: `SUBGROUP_COLUMNS`, one row per set, model, variable and group that has patients. A small group has
        n, events and the reason 'small_cell' alone; patients without a value are the group 'unknown'.
        interactions: `INTERACTION_COLUMNS`, two rows per set, model and variable: the AUCs of the groups ('z' for two
        groups, with their difference, first minus second of `groups`; 'chi_square' for more), and predictor x group in
        a logistic regression ('likelihood_ratio'). p_holm is adjusted for the number of variables, in one set, of one
        model, for each of these two. Patients without a value, and small groups, take no part.

    Raises:
        ValueError: a subject without a row in `groups`, or as `by_model`.
    """
    if absent := sorted(set(predictions["subject"].astype(str)) - set(groups.index)):
        raise ValueError(f"subgroups: subject {absent[0]!r} has predictions but no row in the table of patients")
    measured, tested, curves = [], [], []
    for name in sets:
        for model, table in by_model(predictions[predictions["set"] == name], thresholds, name).items():
            own, cut = groups.loc[table["subject"].astype(str)], thresholds_of(table, thresholds[model])
            about = {"set": name, "model": model}
            for variable in groups.columns if len(table) else ():
                labels = own[variable].astype(str).to_numpy()
                names = [label for label in groups[variable].cat.categories if label in set(labels)]
                for label in names:
                    rows, which = labels == label, about | {"variable": variable, "level": label}
                    measured.append(which | _row(table[rows], cut[rows]))
                    if large_enough(table.loc[rows, "outcome"]):
                        curves.append(_roc(table[rows]).assign(**which))
                known = [label for label in names if label != UNKNOWN]
                outcome, risk = table["outcome"], table["probability"]
                for test in (auc_by_group(outcome, risk, labels, known), interaction(outcome, risk, labels, known)):
                    tested.append(about | {"variable": variable} | vars(test) | {"groups": ", ".join(test.groups)})
    return {
        "subgroups": pd.DataFrame(measured, columns=SUBGROUP_COLUMNS),
        "subgroup_roc": joined(curves, SUBGROUP_ROC_COLUMNS),
        "interactions": _adjusted(pd.DataFrame(tested, columns=INTERACTION_COLUMNS)),
    }


def _row(table: pd.DataFrame, cut: np.ndarray) -> dict[str, object]:
    about = {"n": len(table), "events": int(table["outcome"].sum()), "threshold": float(cut.mean())}
    return about | measure_cells(group_measures(table["outcome"], table["probability"], cut))


def _roc(table: pd.DataFrame) -> pd.DataFrame:
    points = roc_curve(table["outcome"], table["probability"], drop_intermediate=False)
    return pd.DataFrame(dict(zip(("false_positive_rate", "true_positive_rate"), points[:2], strict=True)))


def _adjusted(tests: pd.DataFrame) -> pd.DataFrame:
    """The same tests with p_holm."""
    if tests.empty:
        return tests
    kind = tests["test"] == LIKELIHOOD_RATIO
    parts = [with_holm(part) for _, part in tests.groupby(["set", "model", kind], sort=False)]
    return pd.concat(parts).sort_index()[INTERACTION_COLUMNS].astype({"df": "Int64"})
