"""The flow of candidate features: every fate is counted at one step, and the numbers add up."""

from __future__ import annotations

import pandas as pd
import pytest

from osteon.modelling.selection.fates import FATES, IN_USE
from osteon.modelling.selection.feature_flow import FEATURE_FLOW_COLUMNS, feature_flow


def selection(*fates: str, signature: str = "T1") -> pd.DataFrame:
    return pd.DataFrame(
        {"signature": signature, "feature": [f"x{place}" for place in range(len(fates))], "fate": fates}
    )


def test_known_flow():
    table = selection("not_robust", "kept", "no_icc", "all_missing", "near_constant", "p_value", "p_value", "lasso")
    rows = feature_flow({"m": table}).drop(columns=["model", "signature"])
    assert list(rows.itertuples(index=False, name=None)) == [
        ("candidates", "in", "", 8),
        ("reliable", "out", "not_robust", 1),
        ("reliable", "out", "no_icc", 1),
        ("reliable", "in", "", 6),
        ("measured", "out", "all_missing", 1),
        ("measured", "in", "", 5),
        ("varying", "out", "near_constant", 1),
        ("varying", "in", "", 4),
        ("selected", "out", "p_value", 2),
        ("selected", "out", "lasso", 1),
        ("selected", "in", "", 1),
    ]


def test_every_fate_leaves_once_or_stays():
    flow = feature_flow({"m": selection(*map(str, FATES))})
    out = flow[flow["kind"] == "out"]
    assert sorted(out["reason"]) == sorted(str(fate) for fate in FATES if fate not in IN_USE)
    assert set(out["n"]) == {1}
    assert flow["n"].iloc[-1] == len(IN_USE)


def test_scores_and_models_are_counted_apart():
    two = pd.concat([selection("kept", "lasso"), selection("kept", signature="T2")])
    flow = feature_flow({"a": two, "b": selection("lasso"), "none": two.head(0)})
    last = flow.groupby(["model", "signature"], sort=False)["n"].last()
    assert last.to_dict() == {("a", "T1"): 1, ("a", "T2"): 1, ("b", "T1"): 0}
    assert list(flow.columns) == FEATURE_FLOW_COLUMNS


def test_no_candidates_at_all():
    flow = feature_flow({"clinical": selection().astype({"fate": object})})
    assert flow.empty
    assert list(flow.columns) == FEATURE_FLOW_COLUMNS


def test_what_cannot_be_counted_is_named():
    with pytest.raises(ValueError, match="model m: no feature can have the fate 'lost'"):
        feature_flow({"m": selection("kept", "lost")})
    twice = pd.concat([selection("kept"), selection("lasso")])
    with pytest.raises(ValueError, match="model m, T1: feature 'x0' is twice"):
        feature_flow({"m": twice})
