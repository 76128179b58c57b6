"""Nomograms of any logistic model: points add up to its log-odds, and everything that is drawn has a place."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.reporting.nomogram import nomogram, nomogram_table

SIZE = st.floats(-5, 5).filter(lambda value: abs(value) > 1e-3)


@settings(max_examples=30)
@given(effects=st.lists(SIZE, min_size=1, max_size=5), intercept=st.floats(-5, 5), seed=st.integers(0, 1000))
def test_points_add_up_to_the_log_odds(effects, intercept, seed):
    names = {f"x{number}": effect for number, effect in enumerate(effects)}
    random = np.random.default_rng(seed)
    terms = pd.DataFrame({name: random.normal(0, 10 ** random.uniform(-6, 6), 60) for name in names})
    rows = [*((name, "clinical", effect) for name, effect in names.items()), ("intercept", "intercept", intercept)]
    one = nomogram(pd.DataFrame(rows, columns=["term", "kind", "coefficient_per_unit"]), terms)
    log_odds = intercept + sum(effect * terms[name] for name, effect in names.items())
    size = np.abs(log_odds).max() + sum(scale.effect for scale in one.scales)
    assert np.allclose(one.linear_predictor(one.points(terms).sum(axis=1)), log_odds, rtol=0, atol=1e-12 * size)

    table = nomogram_table(one)
    assert np.isfinite(table[["value", "points"]].to_numpy(dtype=float)).all()
    for scale in one.scales:
        own = table[table["term"] == scale.term]
        slack = 1e-8 * (scale.high - scale.low)
        assert own["value"].between(scale.low - slack, scale.high + slack).all()
        # what stands at a value is what its points say
        points = (own["value"] - scale.origin) * scale.coefficient / one.log_odds_per_point
        assert np.allclose(own["points"], points, rtol=1e-9, atol=1e-9)
        assert (own["mark"] == "major").sum() >= 2
