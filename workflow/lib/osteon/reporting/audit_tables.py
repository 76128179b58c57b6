"""Tables of the leakage audit: what was fitted, how often, for which patients, and whether it saw others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.reporting.content import FINAL
from osteon.reporting.numbers import ABSENT, integer
from osteon.reporting.tables import DisplayTable

INNER = " / "
"""Between an outer scope and its inner fold."""
SCOPES = {
    FINAL: "All training patients",
    "fold ": "Folds",
    "repeat ": "Repeated folds",
    "without ": "Left-out hospitals",
    INNER: "Inner folds",
    "adapt ": "Adaptation",
}
OTHER = "Other"


def audit_table(audit: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """How many fitted objects of each model saw only patients that they were allowed to see."""
    rows = []
    for model, own in audit.groupby("model", sort=False):
        leaks = own[own["verdict"] == "leak"]
        finding = leaks["finding"].iloc[0] if len(leaks) else "None: every object saw its own training patients only"
        name = models.get(model, model)  # the robustness of features is measured once for all models
        sizes = (len(own), own["times"].sum(), own["scope"].nunique(), len(leaks))
        rows.append([name, finding, *map(integer, sizes)])
    columns = ["Model", "Finding", "Fitted objects", "Times fitted", "Sets of patients", "Leaks"]
    notes = [
        "Each fitted object records the patients that it was given; their hash is compared with that of the patients "
        "whom the splits allow it to see. In tuning the same object is fitted many times on the same patients."
    ]
    caption = "Whether anything that was fitted had seen patients that it was judged on."
    return DisplayTable("audit-table", caption, columns, rows, 2, notes, sources)


def audit_counts(audit: pd.DataFrame, sources: Sequence[str] = ()) -> DisplayTable:
    """How often each kind of object was fitted, by whom it was allowed to see."""
    kinds = audit.assign(
        kind=audit["object"].str.rsplit("/", n=1).str[-1], patients=[scope_kind(scope) for scope in audit["scope"]]
    )
    counts = kinds.pivot_table(index="kind", columns="patients", values="times", aggfunc="sum", sort=False)
    shown = [name for name in (*SCOPES.values(), OTHER) if name in counts.columns]
    rows = [
        [str(kind), *(ABSENT if pd.isna(row[name]) else integer(row[name]) for name in shown)]
        for kind, row in counts.iterrows()
    ]
    caption = "How often each kind of object was fitted, by the patients that it may see."
    return DisplayTable("audit-counts", caption, ["Object", *shown], rows, 1, [], sources)


def scope_kind(scope: str) -> str:
    """Name of a kind of scope."""
    if INNER in scope:
        return SCOPES[INNER]
    return next((name for start, name in SCOPES.items() if scope.startswith(start)), OTHER)
