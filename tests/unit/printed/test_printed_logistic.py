"""Printed odds ratios: against each other, and against counts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from osteon.printed.findings import Verdict
from osteon.printed.forms import Baseline, Logistic
from osteon.printed.logistic import logistic_findings
from osteon.printed.numbers import parse
from osteon.printed.odds import QUANTILE, odds_of
from osteon.printed.wald import parts_of, possible, ratio

COUNTS = {"sex": (171, 136), "smoking": (74, 67), "alcohol": (64, 59)}
SIZES = (346, 422)


def row(variable="x", analysis="multivariable", **printed):
    signed = ("coefficient", "z")
    return Logistic(analysis, variable, **{key: parse(text, key in signed) for key, text in printed.items()})


def printed(b, se, digits=2):
    limits = {"low": b - QUANTILE * se, "high": b + QUANTILE * se, "odds_ratio": b}
    return {key: f"{math.exp(value):.{digits}f}" for key, value in limits.items()} | {"z": f"{b / se:.3f}"}


def verdict(row):
    (found,) = logistic_findings([row], (), "t.csv")
    return str(found.verdict)


def baseline(sets=("train",)):
    return [Baseline(name, key, "yes", "count", SIZES[0], str(a), SIZES[1], str(b))
            for name in sets for key, (a, b) in COUNTS.items()]  # fmt: skip


def from_counts(rows, sets=("train",)):
    found = logistic_findings(rows, baseline(sets), "t.csv")
    return {one.row.split(",")[0]: one for one in found if "counts" in one.item}


def univariable(variable, **other):
    a, b = COUNTS[variable]
    odds = odds_of(np.array([[a, b], [SIZES[0] - a, SIZES[1] - b]]))[0]
    return row(variable, "univariable", **(printed(odds.b, odds.se) | other))


def test_a_row_follows_from_its_coefficient_and_z():
    assert verdict(row(**printed(-0.885, 0.1593), coefficient="-0.885")) == "reproduced"


def test_a_row_that_rounding_allows():
    assert verdict(row(odds_ratio="1.10", low="1.08", high="1.13", z="7.605", p="<0.01")) == "consistent"
    assert verdict(row(odds_ratio="1.10", low="1.06", high="1.14", z="7.605", p="<0.01")) == "impossible"


@pytest.mark.parametrize(
    "wrong",
    [
        {"odds_ratio": "0.79"},
        {"low": "0.40"},
        {"high": "1.20"},
        {"z": "-1.2"},
        {"z": "-2.60"},
        {"odds_ratio": "1.05"},
        {"z": "1.957"},
    ],
)
def test_one_altered_number_is_impossible(wrong):
    good = {"odds_ratio": "0.69", "low": "0.48", "high": "1.00", "z": "-1.957", "p": "0.05"}
    assert verdict(row(**good)) != "impossible"
    (found,) = logistic_findings([row(**(good | wrong))], (), "t.csv")
    assert str(found.verdict) == "impossible"
    assert "OR" in found.arithmetic or "inside" in found.how


def test_what_agrees_without_one_number_names_it():
    altered = row(odds_ratio="0.690", low="0.475", high="1.00", z="-1.957", p="0.200")
    (found,) = logistic_findings([altered], (), "t.csv")
    assert "the others agree without p" in found.arithmetic


@pytest.mark.parametrize("p", ["0.093", "0.09"])
def test_p_of_z(p):
    assert verdict(row(odds_ratio="0.96", z="-1.679", p=p)) == "reproduced"
    assert verdict(row(odds_ratio="0.96", low="0.92", high="1.01", z="-1.679", p="0.19")) == "impossible"


def test_one_number_alone_cannot_be_checked():
    assert verdict(row(odds_ratio="0.96")) == "cannot_be_checked"


def test_honest_rows_are_possible_at_every_rounding():
    rng = np.random.default_rng(0)
    for _ in range(60):
        b, se = rng.normal(0, 1.2), math.exp(rng.uniform(-4, 0.3))
        assert possible(parts_of(row(**printed(b, se, int(rng.integers(1, 4))))))


def test_profile_likelihood_of_statsmodels_deviance():
    counts = np.array([[40, 12], [60, 45]])
    odds = odds_of(counts)[0]
    x, y = np.repeat([1, 1, 0, 0], counts.ravel()), np.repeat([0, 1, 0, 1], counts.ravel())
    best = sm.Logit(y, sm.add_constant(x)).fit(disp=0)
    assert (odds.b, odds.se) == pytest.approx((best.params[1], best.bse[1]), rel=1e-6)
    for limit in odds.profile:
        held = sm.GLM(y, np.ones(len(y)), family=sm.families.Binomial(), offset=limit * x).fit()
        assert 2 * (best.llf - held.llf) == pytest.approx(QUANTILE**2, abs=1e-6)


def test_profile_intervals_are_not_impossible():
    rng = np.random.default_rng(3)
    tried = 0
    while tried < 25:
        n = rng.integers(15, 120, 2)
        events = rng.binomial(n, rng.uniform(0.05, 0.6, 2))
        odds = odds_of(np.column_stack([n - events, events]))[0]
        if odds is None:
            continue
        low, high = odds.profile
        texts = printed(odds.b, odds.se) | {"low": f"{math.exp(low):.2f}", "high": f"{math.exp(high):.2f}"}
        assert verdict(row(**texts)) != "impossible", (n, events)
        tried += 1


def test_rows_come_from_the_counts_of_one_set():
    found = from_counts([univariable(name) for name in COUNTS])
    assert {str(one.verdict) for one in found.values()} == {"reproduced"}
    assert {one.how for one in found.values()} == {"from the counts of set train."}


def test_the_other_level_as_reference():
    a, b = COUNTS["sex"]
    odds = odds_of(np.array([[SIZES[0] - a, SIZES[1] - b], [a, b]]))[0]
    assert str(from_counts([row("sex", "univariable", **printed(odds.b, odds.se))])["sex"].verdict) == "reproduced"


def test_sets_together_and_a_set_that_is_not_the_one_printed():
    a, b = COUNTS["sex"]
    odds = odds_of(2 * np.array([[a, b], [SIZES[0] - a, SIZES[1] - b]]))[0]
    rows = [row("sex", "univariable", **printed(odds.b, odds.se))]
    assert from_counts(rows, ("train", "test"))["sex"].how == "from the counts of sets train + test together."
    one = Logistic(**{**vars(univariable("sex")), "set": "test"})
    assert from_counts([one])["sex"].how == "only from the counts of set train, printed for test."


def test_a_row_that_the_counts_do_not_give():
    """Consistent in itself, so that only the counts tell: certain where the other rows do come out."""
    other = row("alcohol", "univariable", **printed(-0.6, 0.19))
    found = from_counts([univariable("sex"), univariable("smoking"), other])
    assert str(found["alcohol"].verdict) == "impossible"
    assert str(from_counts([other])["alcohol"].verdict) == "cannot_be_checked"


def test_an_odds_ratio_with_the_interval_of_others():
    found = from_counts([univariable("sex"), univariable("smoking", z="-1.99")])
    assert str(found["smoking"].verdict) == "impossible"
    assert "which do not give: z" in found["smoking"].how


def test_complete_patients_may_give_other_numbers():
    """Another variable lacks values: a row may be of fewer patients, but not of any."""
    a, b = COUNTS["smoking"]
    odds = odds_of(np.array([[a - 2, b - 3], [SIZES[0] - a, SIZES[1] - b - 4]]))[0]
    rows = [univariable("sex"), univariable("alcohol"), row("smoking", "univariable", **printed(odds.b, odds.se))]
    lacking = Baseline("train", "other", "yes", "count", SIZES[0] - 2, "50", SIZES[1] - 7, "60")

    def verdict(baseline_rows, own):
        found = [one for one in logistic_findings(own, baseline_rows, "t.csv") if "counts" in one.item]
        return str(next(one for one in found if one.row.startswith("smoking")).verdict)

    assert verdict(baseline(), rows) == "impossible"
    assert verdict([*baseline(), lacking], rows) == "consistent"
    far = [*rows[:2], row("smoking", "univariable", **printed(1.5, 0.19))]
    assert verdict([*baseline(), lacking], far) == "impossible"


def test_what_the_counts_give_is_not_impossible():
    """Seed 572 of the simulated papers: p of the chi-square test of a rare level, far from Wald's interval."""
    counts = np.array([[1, 12], [149, 138]])
    odds = odds_of(counts)[0]
    p = stats.chi2_contingency(counts, correction=False)[1]
    low, high = (f"{ratio(end):.2f}" for end in odds.wald)
    texts = {"odds_ratio": f"{ratio(odds.b):.2f}", "low": low, "high": high, "p": f"{p:.4f}"}
    one = Logistic(analysis="univariable", variable="rare", **{name: parse(text) for name, text in texts.items()})
    line = Baseline("train", "rare", "yes", "count", 150, "1", 150, "12")
    assert Verdict.IMPOSSIBLE not in {found.verdict for found in logistic_findings([one], [line], "t")}
    wrong = replace(one, p=parse("0.9"))
    assert Verdict.IMPOSSIBLE in {found.verdict for found in logistic_findings([wrong], [line], "t")}
