"""Which features stay the same under perturbations and other readers: measured on training patients, before any model.

The ICC looks at no outcome. It is a fitted object all the same: every scope measures it on its own training patients,
and what it was measured on is written down and audited.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from osteon.config.features import Robustness
from osteon.modelling.leakage import COLUMNS as FIT_COLUMNS
from osteon.modelling.leakage import Ledger, Recorder
from osteon.modelling.robustness_values import ORIGINAL, Values
from osteon.modelling.selection.fates import Fate
from osteon.modelling.splits import FINAL, TRAIN, subjects_of
from osteon.statistics.icc import LEAST_SUBJECTS, absolute_agreement, printed_agreement

logger = logging.getLogger(__name__)

PERTURBATION, INTER, INTRA = "perturbation", "inter", "intra"
COLUMNS = ["column", "kind", "subjects", "variants", "icc", "low", "high", "keep", "reason"]
SELECTED_COLUMNS = ["model", "signature", "column", "kind", "subjects", "variants", "icc", "low", "high", "reason"]
BELOW = "below_threshold"
KEEP, DROP = "yes", "no"
# Features of the segmentation network, which are not computed for variants: no ICC is asked of them.
NOT_MEASURED = "deep_"
# pingouin and the vectorised form are the same formula in another order of sums.
TOLERANCE = 1e-8
REMEDY = {
    PERTURBATION: "raise robustness.cases, or write 0",
    "readers": "give more patients of development centers several readings under 'masks', or write readers: false",
}


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


def fit_robust(values: Values, settings: Robustness, subjects: Iterable[str], record: Recorder) -> RobustFeatures:
    """The robust features of one scope: the ICC of its training patients alone.

    Args:
        values: variants of all cases, from `robustness_values`; other patients are not looked at.
        settings: threshold, bound, and what was asked for.
        subjects: training patients of the scope; those without variants do not count.
        record: ledger; it is told which patients counted.

    Raises:
        NothingToCompare: something was asked for that fewer than three patients of the scope have.
    """
    own = values_of(values, subjects)
    try:
        for layout in layouts(own, settings):
            if len(found := _complete(own, layout)) < LEAST_SUBJECTS:
                what = "perturbed" if layout.kind == PERTURBATION else f"read for '{layout.kind}'"
                remedy = REMEDY[PERTURBATION if layout.kind == PERTURBATION else "readers"]
                raise NothingToCompare(
                    f"{len(found)} of the training patients were {what}, and an ICC needs {LEAST_SUBJECTS}; {remedy}"
                )
        return robust_features(measure(own, settings, record), settings)
    except NothingToCompare as error:
        raise NothingToCompare(f"robustness of {record.scope}: {error}") from None


def robust_features(table: pd.DataFrame, settings: Robustness) -> RobustFeatures:
    """The filter, from the table of `measure` and the settings that it was made by: a feature must pass every kind."""
    passes = table["keep"].eq(KEEP).groupby(table["column"]).all()
    judged = table["icc"].notna().groupby(table["column"]).all()
    keep, with_icc = (frozenset(found.index[found]) for found in (passes, judged))
    return RobustFeatures(keep, with_icc, settings.threshold, settings.bound)


def layouts(values: Values, settings: Robustness) -> list[Layout]:
    """The kinds of agreement that there are: perturbations, readers, and each reader's own readings.

    Of readers (and of one reader's readings) the set that most patients share is compared; patients without one of
    them are left out.

    Raises:
        NothingToCompare: something was asked for that no patient has.
    """
    found = list(_variants(values).values())
    result = []
    if settings.cases:
        if not any(set(settings.perturbations) <= names for names in found):
            raise NothingToCompare(
                "robustness.cases: none of the perturbed patients is a training patient with features; "
                + REMEDY[PERTURBATION]
            )
        result.append(Layout(PERTURBATION, [ORIGINAL, *settings.perturbations]))
    if settings.readers:
        result += _of_readers([[_reading(name) for name in sorted(names) if _reading(name)] for names in found])
        if not any(layout.kind != PERTURBATION for layout in result):
            raise NothingToCompare(
                f"robustness.readers: no training patient has masks of two readings; {REMEDY['readers']}"
            )
    return result


def _variants(values: Values) -> dict[str, set[str]]:
    return values.index.to_frame(index=False).groupby("subject")["variant"].agg(set).to_dict()


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


def measure(values: Values, settings: Robustness, record: Recorder | None = None) -> pd.DataFrame:
    """ICC of every feature in every kind.

    Args:
        values: variants of the patients that count.
        settings: threshold, bound, and what was asked for.
        record: ledger; None where there are no models.

    Returns:
        column, kind, subjects, variants (their number), icc, low, high (95 %), keep ('yes' or 'no') and the reason why
        not ('below_threshold', or why there is no ICC: `statistics.no_agreement`).

    Raises:
        NothingToCompare: something was asked for that no patient has.
    """
    tables = []
    for layout in layouts(values, settings):
        subjects, array = stacked(values, layout)
        if record:
            record.saw(f"robustness: {layout.kind}", pd.DataFrame(index=subjects))
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
                    "column": values.columns,
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
    return pd.concat(tables, ignore_index=True)


def measure_training(
    values: Values, settings: Robustness, splits: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of `measure` for all training patients, and the ledger of what was seen.

    Args:
        values: variants of all cases.
        settings: as for `measure`.
        splits: table of the splits; only its training patients count. None for a study without models: all count.

    Raises:
        NothingToCompare: something was asked for that no training patient has.
    """
    if splits is None:
        return measure(values, settings), pd.DataFrame(columns=FIT_COLUMNS)
    ledger = Ledger(splits)
    return measure(training_values(values, splits), settings, ledger.recorder(FINAL)), ledger.table()


def training_values(values: Values, splits: pd.DataFrame) -> Values:
    """Those of training patients."""
    training = values_of(values, subjects_of(splits, TRAIN))
    left_out = len(_variants(values)) - len(_variants(training))
    logger.info("%d patients are not in the training set and do not count", left_out)
    return training


def values_of(values: Values, subjects: Iterable[str]) -> Values:
    """Those of the named patients."""
    return values[values.index.get_level_values("subject").isin(list(subjects))]


def stacked(values: Values, layout: Layout) -> tuple[list[str], np.ndarray]:
    """Subjects that have all variants of a kind, and their values (subjects, variants, features)."""
    subjects = _complete(values, layout)
    rows = values.reindex(pd.MultiIndex.from_product([subjects, layout.variants], names=values.index.names))
    return subjects, rows.to_numpy(float).reshape(len(subjects), len(layout.variants), values.shape[1])


def _complete(values: Values, layout: Layout) -> list[str]:
    wanted = set(layout.variants)
    return sorted(subject for subject, names in _variants(values).items() if wanted <= names)


def selected_agreement(
    table: pd.DataFrame, values: Values, settings: Robustness, selections: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """The ICCs of the features that the models' scores use, computed once more by pingouin: these are printed.

    Args:
        table: from `measure_training`.
        values: variants of the training patients.
        settings: as for `measure`.
        selections: each model's table of fates.

    Returns:
        model, signature, column, kind, subjects, variants, icc, low, high, reason. pingouin rounds the limits to two
        decimals.

    Raises:
        ArithmeticError: pingouin gives another ICC than the table has.
    """
    of_column = table.groupby("column").indices
    arrays = {layout.kind: stacked(values, layout)[1] for layout in layouts(values, settings)}
    rows = []
    for model, signature, column in selected_features(selections):
        for place in of_column.get(column, []):
            row = table.iloc[place]
            numbers = {name: row[name] for name in ("icc", "low", "high")}
            if pd.notna(row["icc"]):
                of_feature = arrays[row["kind"]][:, :, values.columns.get_loc(column)]
                numbers = dict(zip(numbers, _by_pingouin(row, of_feature), strict=True))
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


def _by_pingouin(row: pd.Series, values: np.ndarray) -> tuple[float, float, float]:
    icc, low, high = printed_agreement(values[np.isfinite(values).all(axis=1)])
    if not abs(icc - row["icc"]) <= TOLERANCE:
        raise ArithmeticError(f"{row['column']}, {row['kind']}: ICC {row['icc']!r} here, {icc!r} by pingouin")
    return icc, low, high
