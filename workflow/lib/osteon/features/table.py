"""From the cases' long tables, or a center's own table, to one wide table per center and the list of its gaps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from osteon.config.sheets import is_missing, read_sheet
from osteon.config.workbooks import SheetError
from osteon.tables.files import read_table
from osteon.tables.reasons import Reason

MISSING_COLUMNS = ["subject", "column", "reason"]
SHOWN = 5


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
    path: str | Path, center: str, subjects: Sequence[str], not_features: Collection[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A center's own feature table, in the same form as `center_table`.

    Args:
        path: a table as `read_sheet` reads it, with a column 'subject' (ids become labels: letters and digits only),
            and optionally 'center', by which the rows of this center are taken.
        center: code of the center.
        subjects: the study's cases of this center; other rows are left out.
        not_features: columns that are the outcome or clinical variables. They are never features.

    Returns:
        One row per subject of `subjects`, in that order, and the gaps: features_missing for a subject without a row
        or an empty cell, value_undefined for an infinite value.

    Raises:
        FeatureTableError: the file is no table, no column 'subject', no feature column, a subject twice, or cells that
            are no numbers.
    """
    try:
        columns, rows = read_sheet(path)
    except SheetError as error:
        raise FeatureTableError(f"{path}: {error}") from None
    if "subject" not in columns:
        raise FeatureTableError(
            f"{path}: has no column 'subject'; it has {', '.join(columns[:SHOWN])}, ... "
            "Name the column with the patients' ids 'subject'."
        )
    features = [name for name in columns if name not in {"subject", "center", *not_features}]
    if not features:
        raise FeatureTableError(f"{path}: has no feature column beside {', '.join(columns[:SHOWN])}.")
    wanted = set(subjects)
    by_subject: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["subject"] not in wanted or row.get("center", center) != center:
            continue
        if row["subject"] in by_subject:
            raise FeatureTableError(
                f"{path}, row {row['#']}: subject '{row['subject']}' is there twice. "
                "Keep one row per subject; ids are compared by letters and digits only."
            )
        by_subject[row["subject"]] = row
    values = np.array([_numbers(by_subject.get(subject), features, path) for subject in subjects], dtype=float)
    values = values.reshape(len(subjects), len(features))
    gaps = _gaps(values, subjects, features)
    wide = pd.DataFrame(np.where(np.isinf(values), np.nan, values), columns=features)
    return _with_ids(wide, subjects, center), gaps


def _numbers(row: dict[str, str] | None, features: list[str], path: str | Path) -> list[float]:
    if row is None:
        return [np.nan] * len(features)
    numbers, wrong = [], []
    for name in features:
        try:
            numbers.append(np.nan if is_missing(row[name]) else float(row[name]))
        except ValueError:
            wrong.append(f"{name} = '{row[name]}'")
    if wrong:
        raise FeatureTableError(
            f"{path}, row {row['#']}: not numbers: {', '.join(wrong[:SHOWN])}"
            f"{' and more' if len(wrong) > SHOWN else ''}. Write numbers, leave cells empty, or "
            "name the column under 'variables' if it is clinical."
        )
    return numbers


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
