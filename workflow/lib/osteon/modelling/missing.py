"""How many values each input lacks, over all patients and in the worst and best center."""

from __future__ import annotations

import pandas as pd

from osteon.modelling.patients import Patients

MISSING_COLUMNS = ["column", "kind", "missing", "share", "share_least", "share_most", "center_most"]


def missing_summary(patients: Patients) -> pd.DataFrame:
    """The inputs that lack values, with how many.

    Args:
        patients: patients of one set.

    Returns:
        One row per clinical variable or feature (kind: 'clinical' or 'feature') with any missing value, most first:
        missing (patients without a value) and share (of all patients, 0 to 1); share_least and share_most of a center,
        and the center with the most. The reason of each is in missing.tsv.
    """
    tables = {"clinical": patients.clinical, "feature": patients.features}
    lacking = {kind: table.isna() for kind, table in tables.items()}
    rows = pd.concat([_counted(table.loc[:, table.any()], patients, kind) for kind, table in lacking.items()])
    return rows.sort_values("missing", ascending=False, kind="stable", ignore_index=True)[MISSING_COLUMNS]


def _counted(lacking: pd.DataFrame, patients: Patients, kind: str) -> pd.DataFrame:
    share = lacking.groupby(patients.center).mean()
    none = lacking.shape[1] == 0
    return pd.DataFrame(
        {
            "column": lacking.columns,
            "kind": kind,
            "missing": lacking.sum().to_numpy(),
            "share": lacking.mean().to_numpy(),
            "share_least": share.min().to_numpy(),
            "share_most": share.max().to_numpy(),
            "center_most": [] if none else share.idxmax().to_numpy(),
        },
        columns=MISSING_COLUMNS,
    )
