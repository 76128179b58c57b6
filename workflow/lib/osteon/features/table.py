"""From the cases' long tables, or a center's own table, to one wide table per center and the list of its gaps."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from osteon.config.center_tables import read_center_table
from osteon.tables.files import read_table
from osteon.tables.reasons import Reason

logger = logging.getLogger(__name__)

MISSING_COLUMNS = ["subject", "column", "reason"]
SHOWN = 5
LARGEST = 1e100
"""What lies beyond has no square that a computer can hold; programs write such numbers for 'no value'."""


class FeatureTableError(ValueError):
    """A feature table that cannot be used; the message names the file, the place and the remedy."""


def read_case(path: str | Path) -> pd.DataFrame:
    """Read a case's long table (sequence, roi, feature, value, reason)."""
    return read_table(path, text=("sequence", "roi", "feature", "reason"))


def center_table(center: str, cases: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row per subject, one column per sequence, region and feature, in the first case's order.

    Values are placed by their names: the order of a table's rows does not matter.

    Args:
        center: code of the center.
        cases: long table of each subject (as `extract.extract_case` and `extract.empty_case` make them).

    Returns:
        The wide table (subject, center, then '{sequence}_{roi}_{feature}'), and the gaps (subject, column, reason).

    Raises:
        FeatureTableError: a case has a feature twice, or two cases do not have the same features, that is, they were
            extracted with different settings.
    """
    columns: list[str] = []
    first = next(iter(cases), "")
    rows, gaps = [], []
    for subject, case in cases.items():
        names = (case["sequence"] + "_" + case["roi"] + "_" + case["feature"]).tolist()
        columns = columns or names
        if names != columns:
            case = case.iloc[_places(names, columns, center, subject, first)]
        values = case["value"].to_numpy(dtype=float)
        rows.append(values)
        absent = np.isnan(values)
        gaps.append(
            pd.DataFrame(
                {
                    "subject": subject,
                    "column": np.array(columns, dtype=object)[absent],
                    "reason": case["reason"].to_numpy(dtype=object)[absent],
                },
                columns=MISSING_COLUMNS,
            )
        )
    wide = pd.DataFrame(np.array(rows).reshape(len(cases), len(columns)), columns=columns)
    return _with_ids(wide, list(cases), center), _joined(gaps)


def _places(names: list[str], columns: list[str], center: str, subject: str, first: str) -> list[int]:
    """Where each column is among the names."""
    place = {name: number for number, name in enumerate(names)}
    if len(place) != len(names) or place.keys() != set(columns):
        odd = sorted(place.keys() ^ set(columns))[:SHOWN]
        raise FeatureTableError(
            f"center {center}: the features of subject {subject} are not those of subject {first} ({len(names)} and "
            f"{len(columns)} values; {', '.join(odd) or 'one is there twice'}). "
            "Delete both tables under 04_features/cases and run again."
        )
    return [place[name] for name in columns]


def read_feature_table(
    path: str | Path, center: str, subjects: Sequence[str], not_features: Collection[str] = (), name: str = ""
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A center's own feature table, in the same form as `center_table`.

    Args:
        path: the table (see `config.center_tables.read_center_table`).
        center: code of the center.
        subjects: the study's cases of this center; other rows are left out.
        not_features: columns that are the outcome or clinical variables. They are never features.
        name: name of the center, which the table may hold instead of its code.

    Returns:
        One row per subject of `subjects`, in that order, and the gaps: features_missing for a subject without a row
        or an empty cell, value_undefined for an infinite value or one beyond 1e100.

    Raises:
        FeatureTableError: everything that is wrong with the table.
    """
    given = read_center_table(str(path), center, subjects, not_features, name)
    if given.problems:
        sentences = [f"{one.where}: {one.what} {one.write}".strip() for one in given.problems]
        raise FeatureTableError("\n".join(sentences))
    if given.text:
        logger.warning("%s: columns of text are no features: %s", path, ", ".join(given.text))
    values = pd.DataFrame(given.values, index=given.subjects, dtype=float).reindex(list(subjects)).to_numpy()
    values = np.where(np.abs(values) > LARGEST, np.inf, values)
    gaps = _gaps(values, subjects, list(given.values))
    wide = pd.DataFrame(np.where(np.isinf(values), np.nan, values), columns=list(given.values))
    return _with_ids(wide, subjects, center), gaps


def _gaps(values: np.ndarray, subjects: Sequence[str], features: list[str]) -> pd.DataFrame:
    row, column = np.nonzero(~np.isfinite(values))
    reasons = np.where(np.isinf(values[row, column]), str(Reason.VALUE_UNDEFINED), str(Reason.FEATURES_MISSING))
    return pd.DataFrame(
        {
            "subject": np.array(subjects, dtype=object)[row],
            "column": np.array(features, dtype=object)[column],
            "reason": reasons.astype(object),
        },
        columns=MISSING_COLUMNS,
    )


def _with_ids(wide: pd.DataFrame, subjects: Sequence[str], center: str) -> pd.DataFrame:
    ids = pd.DataFrame({"subject": list(subjects), "center": center}, columns=["subject", "center"], dtype=object)
    return pd.concat([ids, wide], axis=1)


def _joined(gaps: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(gaps, ignore_index=True) if gaps else pd.DataFrame(columns=MISSING_COLUMNS)
