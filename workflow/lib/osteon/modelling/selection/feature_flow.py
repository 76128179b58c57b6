"""The flow of candidate features: what became of every column, counted so that every number adds up."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from osteon.modelling.selection.fates import FATES, IN_USE, Fate

CANDIDATES, SELECTED = "candidates", "selected"
# Steps at which a feature can leave, in the order of the fit; what no other step names leaves in the selection.
STEPS: dict[str, tuple[Fate, ...]] = {
    "reliable": (Fate.NOT_ROBUST, Fate.NO_ICC),
    "measured": (Fate.ALL_MISSING, Fate.MISSING_IN_CENTER),
    "varying": (Fate.NEAR_CONSTANT, Fate.CONSTANT_IN_CENTER),
    SELECTED: (),
}
FEATURE_FLOW_COLUMNS = ["model", "signature", "step", "kind", "reason", "n"]


def feature_flow(selections: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count the candidate features of the final fits, in the form of the flow of patients.

    Args:
        selections: of each model, signature, feature and fate of every candidate.

    Returns:
        model, signature, step, kind, reason, n. Kind 'in': features left after the step, of which the first is
        'candidates' and the last 'selected'; 'out': features that left at the step, by fate. Candidates less all that
        left are the selected ones. A model without candidate features has no row.

    Raises:
        ValueError: a fate that no feature can have, or a feature that is twice among the candidates.
    """
    rows = []
    for model, table in selections.items():
        if wrong := sorted(set(table["fate"]) - set(FATES)):
            raise ValueError(f"model {model}: no feature can have the fate {wrong[0]!r}")
        for signature, own in table.groupby("signature", sort=False):
            if (twice := own["feature"].duplicated()).any():
                raise ValueError(f"model {model}, {signature}: feature {own.loc[twice, 'feature'].iloc[0]!r} is twice")
            counts, left = own["fate"].value_counts(), len(own)
            rows.append((model, signature, CANDIDATES, "in", "", left))
            named = {fate for fates in STEPS.values() for fate in fates}
            for step, fates in STEPS.items():
                leaving = fates or [fate for fate in FATES if fate not in named and fate not in IN_USE]
                out = [(str(fate), int(counts[fate])) for fate in leaving if fate in counts]
                rows += [(model, signature, step, "out", fate, n) for fate, n in out]
                left -= sum(n for _, n in out)
                rows.append((model, signature, step, "in", "", left))
    return pd.DataFrame(rows, columns=FEATURE_FLOW_COLUMNS)
