"""Features of the same patients under small changes and under other readers' masks, in one table."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from osteon.tables.files import read_table, write_table

logger = logging.getLogger(__name__)

ORIGINAL = "original"
KEYS = ["subject", "variant"]

Values = pd.DataFrame
"""One row per subject and variant, which are the index; one column per feature."""


def collect_variants(features: Iterable[str | Path], variants: Iterable[str | Path], subjects: Iterable[str]) -> Values:
    """The variants of every case, with the unchanged features as one of them.

    Args:
        features: the cases' own tables (sequence, roi, feature, value).
        variants: tables of their variants, in the same order: variant, and the same.
        subjects: the cases, in the same order.

    Returns:
        The values; a feature that a case does not have is NaN for it. A case without variants has no row.
    """
    tables = {}
    for subject, own, changed in zip(subjects, features, variants, strict=True):
        rows = _read(changed)
        if rows.empty:
            logger.info("%s has no variants: it was excluded before", subject)
            continue
        rows = pd.concat([_read(own).assign(variant=ORIGINAL), rows], ignore_index=True)
        rows["column"] = rows["sequence"] + "_" + rows["roi"] + "_" + rows["feature"]
        order = rows["column"].drop_duplicates()
        tables[subject] = rows.pivot(index="variant", columns="column", values="value").astype(float)[order]
    return joined(tables)


def joined(tables: dict[str, pd.DataFrame]) -> Values:
    """Tables of single cases (index variant), by subject, as one."""
    if not tables:
        return pd.DataFrame(index=pd.MultiIndex.from_arrays([[], []], names=KEYS))
    return pd.concat(tables, names=KEYS).rename_axis(columns=None)


def write_variants(values: Values, path: str | Path) -> None:
    """Write the values: subject, variant, then the features; the same values give the same bytes."""
    write_table(values.reset_index(), path)


def read_variants(path: str | Path) -> Values:
    """Read the table of `write_variants`."""
    return read_table(path, text=tuple(KEYS)).set_index(KEYS).astype(float)


def _read(path: str | Path) -> pd.DataFrame:
    return read_table(path, text=("variant", "sequence", "roi", "feature", "reason"))
