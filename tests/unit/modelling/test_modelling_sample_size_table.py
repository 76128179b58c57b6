"""Table of sample sizes: numbers of the statistics beside those of the study."""

from __future__ import annotations

import pandas as pd
import pytest

from osteon.config.analysis import SampleSize
from osteon.modelling.sample_size_table import SAMPLE_SIZE_COLUMNS, candidate_parameters, sample_size_table
from osteon.statistics.sample_size import largest_r2

SETS = [("test", 193, 34), ("external", 2000, 348)]


def table(candidates=None, training=(1000, 174), **assumptions):
    return sample_size_table(candidates or {"small": 24}, training, SETS, SampleSize(**assumptions))


def row(found, purpose, criterion, **which):
    for key, value in ({"purpose": purpose, "criterion": criterion} | which).items():
        found = found[found[key] == value]
    assert len(found) == 1
    return found.iloc[0]


def test_development():
    """pmsampsize: 623, 662, 221 for 24 parameters, prevalence 0.174 and R2 0.288."""
    found = table(r2=0.288)
    assert list(found.columns) == SAMPLE_SIZE_COLUMNS
    own = found[found["purpose"] == "development"]
    assert own[["criterion", "needed"]].to_numpy().tolist() == [
        ["shrinkage", 623],
        ["optimism", 662],
        ["prevalence", 221],
        ["all", 662],
    ]
    total = own.iloc[-1]
    assert (total["present"], total["present_events"], total["enough"], total["needed_events"]) == (
        1000,
        174,
        "yes",
        116,
    )
    assert total["expected_shrinkage"] > 0.9
    assert set(own["assumption"]) == {"r2"}


def test_all_candidates_count():
    """A thousand candidate features need tens of thousands of patients."""
    found = table({"small": 2, "large": 1160}, c_statistic=0.8)
    total = row(found, "development", "all", model="large")
    assert total["candidate_parameters"] == 1160
    assert total["needed"] > 30_000
    assert (total["enough"], total["expected_shrinkage"]) == ("no", 0)
    assert row(found, "development", "all", model="small")["enough"] == "yes"


def test_without_assumptions_r2_is_modest_and_the_validation_unknown():
    found = table()
    total = row(found, "development", "all")
    assert (total["r2"], total["assumption"]) == (pytest.approx(0.15 * largest_r2(0.174)), "default")
    for name, *_ in SETS:
        own = row(found, "validation", "all", set=name)
        assert (own["reason"], own["enough"]) == ("not_assumed", "")
        assert pd.isna(own["needed"])


def test_validation():
    found = table(c_statistic=0.8, prevalence=0.3)
    own = found[(found["purpose"] == "validation") & (found["set"] == "external")].set_index("criterion")
    assert own.index.tolist() == ["c_statistic", "observed_expected", "slope", "events", "all"]
    assert own.loc["c_statistic", ["needed", "enough"]].tolist() == [360, "yes"]
    assert own.loc["events", "needed"] == 334
    assert own.loc["all", "needed"] == own["needed"].max()
    assert row(found, "validation", "c_statistic", set="test")["enough"] == "no"


@pytest.mark.parametrize(
    ("training", "assumptions", "reason"), [((100, 0), {}, "one_class"), ((100, 10), {"r2": 0.6}, "out_of_range")]
)
def test_impossible_assumptions_have_a_reason(training, assumptions, reason):
    found = table(training=training, **assumptions)
    own = found[found["purpose"] == "development"]
    assert own["reason"].tolist() == [reason]
    assert own["needed"].isna().all()


def test_candidate_parameters():
    columns = ["model", "signature", "step", "kind", "reason", "n"]
    flow = [("m", "T1", "candidates", "in", "", 386), ("m", "T2", "candidates", "in", "", 386)]
    flow += [("m", "T1", "selected", "in", "", 11), ("m", "T1", "varying", "out", "near_constant", 5)]
    found = candidate_parameters(pd.DataFrame(flow, columns=columns), {"clinical": 6, "m": 2})
    assert found == {"clinical": 6, "m": 774}
