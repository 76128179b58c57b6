"""Which features stay the same under perturbations and other readers: measured on training patients, before any model.

The ICC looks at no outcome. It is a fitted object all the same: what it was measured on is written down and audited.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from osteon.config.features import Robustness
from osteon.modelling.leakage import COLUMNS as FIT_COLUMNS
from osteon.modelling.leakage import Ledger
from osteon.modelling.selection import Fate
from osteon.modelling.splits import FINAL
from osteon.statistics.icc import absolute_agreement, printed_agreement
from osteon.tables.files import read_table

logger = logging.getLogger(__name__)

ORIGINAL = "original"
PERTURBATION, INTER, INTRA = "perturbation", "inter", "intra"
COLUMNS = ["column", "kind", "subjects", "variants", "icc", "low", "high", "keep", "reason"]
SELECTED_COLUMNS = ["model", "signature", "column", "kind", "subjects", "variants", "icc", "low", "high", "reason"]
BELOW = "below_threshold"
KEEP, DROP = "yes", "no"
# Features of the segmentation network, which are not computed for variants: no ICC is asked of them.
NOT_MEASURED = "deep_"
# pingouin and the vectorised form are the same formula in another order of sums.
TOLERANCE = 1e-8

Values = dict[str, pd.DataFrame]
"""By subject: one row per variant, one column per feature."""


class NothingToCompare(ValueError):
    """Robustness was asked for, and no two variants of enough patients are there; the message says what to change."""


@dataclass(frozen=True)
class Layout:
    """One kind of agreement, and the variants that are compared."""

    kind: str
    variants: list[str]


@dataclass(frozen=True)
class RobustFeatures:
    """Which features may enter a signature."""

    keep: frozenset[str]
    """Robust in every kind."""
    judged: frozenset[str]
    """With an ICC in every kind, whether high enough or not."""
    threshold: float
    bound: str

    def fates(self, columns: Iterable[str]) -> dict[str, Fate]:
        """Columns that must not enter a signature. Those that were never measured have no ICC; deep ones are let in."""
        return {
            column: Fate.NOT_ROBUST if column in self.judged else Fate.NO_ICC
            for column in columns
            if column not in self.keep and not column.startswith(NOT_MEASURED)
        }

    def describe(self) -> str:
        """The rule in words, for messages."""
        what = "ICC" if self.bound == "value" else "lower 95 % limit of the ICC"
        return f"{what} >= {self.threshold:g}"


def robust_features(table: pd.DataFrame, threshold: float, bound: str) -> RobustFeatures:
    """The filter, from the table of `measure` and the rule that it was made by: a feature must pass every kind."""
    passes = table["keep"].eq(KEEP).groupby(table["column"]).all()
    judged = table["icc"].notna().groupby(table["column"]).all()
    return RobustFeatures(frozenset(passes.index[passes]), frozenset(judged.index[judged]), threshold, bound)


def read_values(
    features: Iterable[str | Path],
    variants: Iterable[str | Path],
    subjects: Iterable[str],
    columns: Collection[str] = (),
) -> Values:
    """The variants of every case, with the unchanged features as one of them.

    Args:
        features: the cases' own tables (sequence, roi, feature, value).
        variants: tables of their variants, in the same order: variant, and the same.
        subjects: the cases, in the same order.
        columns: the only features that are wanted; empty for all.
    """
    values = {}
    for subject, own, changed in zip(subjects, features, variants, strict=True):
        rows = _read(changed)
        if rows.empty:
            logger.info("%s has no variants: it was excluded before", subject)
            continue
        rows = pd.concat([_read(own).assign(variant=ORIGINAL), rows], ignore_index=True)
        rows["column"] = rows["sequence"] + "_" + rows["roi"] + "_" + rows["feature"]
        if columns:
            rows = rows[rows["column"].isin(columns)]
        order = rows["column"].drop_duplicates()
        values[subject] = rows.pivot(index="variant", columns="column", values="value").astype(float)[order]
    return values


def _read(path: str | Path) -> pd.DataFrame:
    return read_table(path, text=("variant", "sequence", "roi", "feature", "reason"))


def layouts(values: Values, settings: Robustness) -> list[Layout]:
    """The kinds of agreement that there are: perturbations, readers, and each reader's own readings.

    Of readers (and of one reader's readings) the set that most patients share is compared; patients without one of
    them are left out.

    Raises:
        NothingToCompare: something was asked for that no patient has.
    """
    found = [set(table.index) for table in values.values()]
    result = []
    if settings.cases:
        if not any(set(settings.perturbations) <= names for names in found):
            raise NothingToCompare(
                "robustness.cases: none of the perturbed patients is a training patient with features; raise "
                "robustness.cases, or write 0"
            )
        result.append(Layout(PERTURBATION, [ORIGINAL, *settings.perturbations]))
    if settings.readers:
        result += _of_readers([[_reading(name) for name in sorted(names) if _reading(name)] for names in found])
        if not any(layout.kind != PERTURBATION for layout in result):
            raise NothingToCompare(
                "robustness.readers: no training patient has masks of two readings; give centers several readings "
                "under 'masks', or write readers: false"
            )
    return result


def _reading(variant: str) -> tuple[str, str] | None:
    """Reader and reading of 'reader-<reader>-<reading>'."""
    parts = variant.split("-")
    return (parts[1], parts[2]) if parts[0] == "reader" and len(parts) == 3 else None


def _of_readers(found: list[list[tuple[str, str]]]) -> list[Layout]:
    result = []
    first = _shared([frozenset(reading for reading in own if reading[1] == "1") for own in found])
    if first:
        result.append(Layout(INTER, first))
    for reader in sorted({reader for own in found for reader, _ in own}):
        repeats = _shared([frozenset(reading for reading in own if reading[0] == reader) for own in found])
        if repeats:
            result.append(Layout(f"{INTRA} {reader}", repeats))
    return result


def _shared(sets: list[frozenset]) -> list[str]:
    """The variants of the set of two or more that most patients have; of equally common ones the larger."""
    candidates = Counter(found for found in sets if len(found) > 1)
    if not candidates:
        return []
    best = max(candidates, key=lambda one: (sum(one <= other for other in sets), len(one), sorted(one)))
    return [f"reader-{reader}-{reading}" for reader, reading in sorted(best)]


def measure(values: Values, settings: Robustness, splits: pd.DataFrame | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """ICC of every feature in every kind.

    Args:
        values: from `read_values`.
        settings: threshold, bound, and what was asked for.
        splits: table of the splits; only its training patients count. None for a study without models.

    Returns:
        column, kind, subjects, variants (their number), icc, low, high (95 %), keep ('yes' or 'no') and the reason why
        not ('below_threshold', or why there is no ICC: `statistics.no_agreement`); and the ledger of what was seen.

    Raises:
        NothingToCompare: something was asked for that no training patient has.
    """
    values = training_values(values, splits)
    tables, ledger = [], Ledger(splits) if splits is not None else None
    for layout in layouts(values, settings):
        subjects, columns, array = stacked(values, layout)
        if ledger:
            ledger.recorder(FINAL).saw(f"robustness: {layout.kind}", pd.DataFrame(index=subjects))
        found = absolute_agreement(array)
        judged = found.icc if settings.bound == "value" else found.low
        keep = judged >= settings.threshold
        reason = [
            None if good else str(why) if why and np.isnan(limit) else BELOW
            for good, why, limit in zip(keep, found.reason, judged, strict=True)
        ]
        tables.append(
            pd.DataFrame(
                {
                    "column": columns,
                    "kind": layout.kind,
                    "subjects": found.subjects,
                    "variants": len(layout.variants),
                    "icc": found.icc,
                    "low": found.low,
                    "high": found.high,
                    "keep": np.where(keep, KEEP, DROP),
                    "reason": reason,
                },
                columns=COLUMNS,
            )
        )
    fits = ledger.table() if ledger else pd.DataFrame(columns=FIT_COLUMNS)
    return pd.concat(tables, ignore_index=True), fits


def training_values(values: Values, splits: pd.DataFrame | None) -> Values:
    """Those of training patients; all where there are no splits."""
    if splits is None:
        return values
    training = set(splits.loc[splits["set"] == "train", "subject"])
    left_out = sorted(set(values) - training)
    logger.info("%d patients are not in the training set and do not count", len(left_out))
    return {subject: table for subject, table in values.items() if subject in training}


def stacked(values: Values, layout: Layout) -> tuple[list[str], list[str], np.ndarray]:
    """Subjects that have all variants, the features, and their values (subjects, variants, features)."""
    wanted = set(layout.variants)
    subjects = sorted(subject for subject, table in values.items() if wanted <= set(table.index))
    columns = list(dict.fromkeys(column for subject in subjects for column in values[subject].columns))
    arrays = [values[subject].reindex(index=layout.variants, columns=columns).to_numpy(float) for subject in subjects]
    return subjects, columns, np.array(arrays).reshape(len(subjects), len(layout.variants), len(columns))


def selected_agreement(
    table: pd.DataFrame, values: Values, settings: Robustness, selections: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """The ICCs of the features that the models' scores use, computed once more by pingouin: these are printed.

    Args:
        table: from `measure`.
        values: variants of the training patients, of these features at least.
        settings: as for `measure`.
        selections: each model's table of fates.

    Returns:
        model, signature, column, kind, subjects, variants, icc, low, high, reason. pingouin rounds the limits to two
        decimals.

    Raises:
        ArithmeticError: pingouin gives another ICC than the table has.
    """
    of_column = table.groupby("column").indices
    arrays = {layout.kind: stacked(values, layout) for layout in layouts(values, settings)}
    rows = []
    for model, signature, column in selected_features(selections):
        for place in of_column.get(column, []):
            row = table.iloc[place]
            numbers = {name: row[name] for name in ("icc", "low", "high")}
            if pd.notna(row["icc"]):
                numbers = dict(zip(numbers, _by_pingouin(row, *arrays[row["kind"]]), strict=True))
            shared = {name: row[name] for name in ("column", "kind", "subjects", "variants", "reason")}
            rows.append({"model": model, "signature": signature, **shared, **numbers})
    return pd.DataFrame(rows, columns=SELECTED_COLUMNS)


def selected_features(selections: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, str]]:
    """Model, signature and feature of everything in a score."""
    in_score = [str(Fate.KEPT), str(Fate.LEAST_P)]
    return [
        (model, row.signature, row.feature)
        for model, table in selections.items()
        for row in table[table["fate"].isin(in_score)].itertuples()
    ]


def _by_pingouin(
    row: pd.Series, subjects: list[str], columns: list[str], array: np.ndarray
) -> tuple[float, float, float]:
    values = array[:, :, columns.index(row["column"])]
    icc, low, high = printed_agreement(values[np.isfinite(values).all(axis=1)])
    if not abs(icc - row["icc"]) <= TOLERANCE:
        raise ArithmeticError(f"{row['column']}, {row['kind']}: ICC {row['icc']!r} here, {icc!r} by pingouin")
    return icc, low, high
