"""One center's features, gaps and cases, from the cases' own tables or from a table that the center delivered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from osteon.features.table import center_table, read_case, read_feature_table
from osteon.tables.reasons import EXPLANATIONS, Reason
from osteon.tables.status import CaseStatus

CASE_COLUMNS = ["subject", "center", "status", "stage", "reason", "detail"]
Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def collect_extracted(center: str, tables: Sequence[str], statuses: Sequence[str]) -> Tables:
    """Features, gaps and cases of a center whose features were extracted here.

    Args:
        center: code of the center.
        tables: the cases' feature tables.
        statuses: the cases' status files, in the same order.

    Returns:
        Wide table of the cases that passed, gaps of those (subject, column, reason), and every case with what
        became of it (subject, center, status, stage, reason, detail).
    """
    cases = [CaseStatus.read(path) for path in statuses]
    passed = {case.subject: read_case(table) for case, table in zip(cases, tables, strict=True) if case.ok}
    features, gaps = center_table(center, passed)
    rows = [(case.subject, case.center, case.status, case.stage, case.reason, case.detail) for case in cases]
    return features, gaps, pd.DataFrame(rows, columns=CASE_COLUMNS)


def collect_delivered(center: str, subjects: Sequence[str], table: str | Path, not_features: Collection[str]) -> Tables:
    """The same for a center that delivered a feature table; a subject without any value is excluded with a reason."""
    features, gaps = read_feature_table(table, center, subjects, not_features)
    columns = features.columns.difference(["subject", "center"])
    empty = features[columns].isna().all(axis=1)
    reason = Reason.FEATURES_MISSING
    rows = [
        (subject, center, "excluded", "features", str(reason), EXPLANATIONS[reason][0])
        if missing
        else (subject, center, "ok", "features", None, None)
        for subject, missing in zip(features["subject"], empty, strict=True)
    ]
    kept = features[~empty].reset_index(drop=True)
    return kept, gaps[gaps["subject"].isin(kept["subject"])], pd.DataFrame(rows, columns=CASE_COLUMNS)
