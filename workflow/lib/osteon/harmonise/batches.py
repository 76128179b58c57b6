"""Which batch each patient belongs to: from values of headers or of cases.tsv to labels, before any outcome is seen.

A label depends on the patient's own value and on the rules of the study alone; only `smallest` counts patients, those
in training. Clusters of protocols are crossed intervals. With

    harmonisation:
      batch: field+te
      batches:
        field: {header: field_t, cut: [2]}
        te: {header: echo_time_ms, cut: [15, 60]}

the batches are 'below 2 + below 15', 'below 2 + 15 to below 60', ..., '2 or more + 60 or more'.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.config.batch_labels import CROSS, OTHER, UNKNOWN, label_of
from osteon.config.explain import did_you_mean
from osteon.config.harmonisation import CENTER, BatchColumn, Harmonisation
from osteon.config.headers import Facts, header_value
from osteon.config.sheets import is_missing

logger = logging.getLogger(__name__)


def raw_values(
    cases: pd.DataFrame, batches: Mapping[str, BatchColumn], facts: Mapping[str, Mapping[str, Facts]]
) -> pd.DataFrame:
    """The values that patients are divided by, as they are written.

    Args:
        cases: subject, and the columns of cases.tsv that `batches` name.
        batches: where each value is; with a header its sequence is named.
        facts: what the headers say, by subject and sequence; a subject without images is not among them.

    Returns:
        One text column per entry of `batches`, '' where nothing is known; rows as in `cases`.
    """
    columns = {
        name: list(cases[batch.column])
        if batch.column
        else [
            header_value(facts.get(subject, {}).get(batch.sequence, {}), batch.header) for subject in cases["subject"]
        ]
        for name, batch in batches.items()
    }
    return pd.DataFrame(columns, index=cases.index, dtype=object)


def batch_table(
    cases: pd.DataFrame, values: pd.DataFrame, development: pd.Series, settings: Harmonisation
) -> pd.DataFrame:
    """The batch of every patient in every division that the study names.

    Args:
        cases: subject and center.
        values: from `raw_values`, rows as in `cases`.
        development: whether models may learn from the patient, rows as in `cases`.
        settings: `batch`, `batches` and `reference` are used.

    Returns:
        subject, center, and one text column for each entry of `settings.batch`, named like it; sorted by subject.

    Raises:
        ValueError: no development patient is of the reference batch.
    """
    single = {
        name: cases[CENTER].astype(str)
        if name == CENTER
        else batch_labels(values[name], settings.batches[name], development)
        for name in settings.batch_columns
    }
    table = cases[["subject", CENTER]].copy()
    for name in settings.batch:
        table[name] = crossed([single[part] for part in name.split("+")])
        sizes = table.loc[development, name].value_counts().sort_index()
        new = sorted(set(table[name]) - set(sizes.index))
        listed = ", ".join(f"{label} ({size})" for label, size in sizes.items())
        logger.info("batches of %s, with development patients: %s", name, listed or "none")
        if new:
            logger.info("batches of %s without development patients: %s", name, ", ".join(new))
    own = sorted(set(table.loc[development, settings.batch[0]]))
    if settings.reference is not None and settings.reference not in own:
        hint = did_you_mean(settings.reference, own)
        raise ValueError(
            f"harmonisation.reference: no development patient is of the batch '{settings.reference}' "
            f"(of '{settings.batch[0]}'). {hint}"
        )
    return table.sort_values("subject", ignore_index=True)


def batch_labels(values: pd.Series, settings: BatchColumn, development: pd.Series) -> pd.Series:
    """Values as labels of batches.

    Numbers that are equal are one batch however they are written (1.5, 1.50, 1.5 T). With `cut`, what is no number is
    not known.

    Args:
        values: text, '' or a sign of absence where there is no value.
        settings: `merge`, `cut` and `smallest` are used.
        development: whether models learn from the patient; these are counted for `smallest`.

    Returns:
        Text, never empty, with the index of `values`.
    """
    of_value = {value: label_of(value, settings) for value in values.unique()}
    labels = values.map(of_value).astype(object)
    if lost := sorted(value for value, label in of_value.items() if label == UNKNOWN and not is_missing(value)):
        logger.warning("%s: these values are taken as %s: %s", values.name, UNKNOWN, ", ".join(lost))
    if unknown := int((labels == UNKNOWN).sum()):
        logger.warning(
            "%s: %d of %d patients have no value; they are the batch '%s'", values.name, unknown, len(values), UNKNOWN
        )
    if absent := [name for name in settings.merge if name not in set(labels)]:
        logger.warning("%s: no patient has a value of %s", values.name, ", ".join(absent))
    sizes = labels[development].value_counts()
    few = sorted(sizes.index[sizes < settings.smallest])
    if few:
        listed, most = ", ".join(few), settings.smallest
        logger.info("%s: merged into '%s', having fewer than %d patients: %s", values.name, OTHER, most, listed)
    return labels.where(~labels.isin(few), OTHER)


def crossed(labels: Sequence[pd.Series]) -> pd.Series:
    """Every combination of several divisions as one: 'NCC' and '3' become 'NCC + 3'."""
    first, *others = labels
    for other in others:
        first = first + CROSS + other
    return first
