"""Tables of the leakage audit: what was fitted, how often, for which patients, and whether it saw others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.reporting.content import FINAL
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import ABSENT, integer
from osteon.reporting.tables import DisplayTable

INNER = " / "
"""Between an outer scope and its inner fold."""
ALL_MODELS = "all models"
"""What stands in the column model for objects that are fitted once for all."""
OTHER = ""
"""Key of the scopes that are none of the others."""


def scope_kinds(say: Say = english) -> dict[str, str]:
    """Names of the kinds of scopes, by how those begin."""
    return {
        FINAL: say("All training patients"),
        "fold ": say("Folds"),
        "repeat ": say("Repeated folds"),
        "without ": say("Left-out hospitals"),
        INNER: say("Inner folds"),
        "adapt ": say("Adaptation"),
        OTHER: say("Other"),
    }


def audit_table(
    audit: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """How many fitted objects of each model saw only patients that they were allowed to see."""
    rows = []
    for model, own in audit.groupby("model", sort=False):
        leaks = own[own["verdict"] == "leak"]
        none = say("None: every object saw its own training patients only")
        finding = leaks["finding"].iloc[0] if len(leaks) else none
        # the robustness of features is measured once for all models
        name = say("all models") if model == ALL_MODELS else models.get(model, model)
        sizes = (len(own), own["times"].sum(), own["scope"].nunique(), len(leaks))
        rows.append([name, finding, *map(integer, sizes)])
    columns = [
        *(say("Model"), say("Finding"), say("Fitted objects"), say("Times fitted"), say("Sets of patients")),
        say("Leaks"),
    ]
    notes = [
        say(
            "Each fitted object records the patients that it was given; their hash is compared with that of the "
            "patients whom the splits allow it to see. In tuning the same object is fitted many times on the same "
            "patients."
        )
    ]
    caption = say("Whether anything that was fitted had seen patients that it was judged on.")
    return DisplayTable("audit-table", caption, columns, rows, 2, notes, sources)


def audit_counts(audit: pd.DataFrame, sources: Sequence[str] = (), say: Say = english) -> DisplayTable:
    """How often each kind of object was fitted, by whom it was allowed to see."""
    kinds = audit.assign(
        kind=audit["object"].str.rsplit("/", n=1).str[-1], patients=[scope_kind(scope) for scope in audit["scope"]]
    )
    counts = kinds.pivot_table(index="kind", columns="patients", values="times", aggfunc="sum", sort=False)
    names = scope_kinds(say)
    shown = [name for name in names if name in counts.columns]
    rows = [
        [object_name(str(kind), say), *(ABSENT if pd.isna(row[name]) else integer(row[name]) for name in shown)]
        for kind, row in counts.iterrows()
    ]
    caption = say("How often each kind of object was fitted, by the patients that it may see.")
    columns = [say("Object"), *(names[name] for name in shown)]
    return DisplayTable("audit-counts", caption, columns, rows, 1, [], sources)


def object_name(kind: str, say: Say = english) -> str:
    """Name of a kind of fitted object; steps of a selection are called as in the configuration."""
    stage, _, detail = kind.partition(": ")
    if stage == "robustness" and detail:
        return say("robustness: {kind}", kind=detail)
    names = {
        "missing values": say("missing values"),
        "constant features": say("constant features"),
        "logistic regression": say("logistic regression"),
        "linear regression": say("linear regression"),
        "univariable test": say("univariable test"),
        "least p": say("least p"),
        "imputer": say("imputer"),
        "scaler": say("scaler"),
        "threshold": say("threshold"),
        "calibrator": say("calibrator"),
        "score": say("score"),
    }
    return names.get(kind, kind)


def scope_kind(scope: str) -> str:
    """Kind of a scope, a key of `scope_kinds`."""
    if INNER in scope:
        return INNER
    return next(start for start in scope_kinds() if scope.startswith(start))
