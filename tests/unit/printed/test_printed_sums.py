"""Sums, shares, repeated numbers, correlations and settings."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.printed.correlations import correlation_findings
from osteon.printed.forms import Baseline, Correlation, Discretisation, Flow, Repeated, Share
from osteon.printed.numbers import parse
from osteon.printed.settings import settings_findings
from osteon.printed.sums import flow_findings, repeated_findings, share_findings


def verdicts(findings):
    return {found.row: str(found.verdict) for found in findings}


def flow(external=134, percent="", total=1095):
    rows = [Flow("all", total, ""), Flow("train", 768, "all", parse(percent)), Flow("internal", 193, "all")]
    return [*rows, Flow("external", external, "all")]


def test_the_parts_of_a_flow():
    (found,) = flow_findings(flow(), (), "t")
    assert (str(found.verdict), found.arithmetic) == ("reproduced", "768 + 193 + 134 = 1095")
    (found,) = flow_findings(flow(135), (), "t")
    assert (str(found.verdict), found.arithmetic) == ("impossible", "768 + 193 + 135 = 1096, printed 1095 (+1)")
    assert verdicts(flow_findings(flow(None), (), "t")) == {"all": "cannot_be_checked"}
    assert verdicts(flow_findings(flow(total=None), (), "t")) == {"all": "cannot_be_checked"}


@pytest.mark.parametrize(("percent", "verdict"), [("70.1%", "reproduced"), ("70", "reproduced"), ("71%", "impossible")])
def test_percentages_of_a_flow(percent, verdict):
    assert verdicts(flow_findings(flow(percent=percent), (), "t"))["train"] == verdict


@pytest.mark.parametrize(("n", "verdict"), [(422, "reproduced"), (421, "consistent"), (423, "impossible")])
def test_sets_against_the_table_of_patients(n, verdict):
    baseline = [
        Baseline("train", "a", "", "count", 346, "1", 100, "1"),
        Baseline("train", "b", "", "count", 346, "1", n),
    ]
    assert verdicts(flow_findings(flow(), baseline, "t"))["train"] == verdict


SHAP = {"T2": "33.6%", "sex": "22.7%", "age": "20.3%", "T1": "16.1%", "FS": "7.3%"}


def shares(**changed):
    items = SHAP | changed
    rows = [Share(name, parse(text), "radiomics" if name in ("T2", "T1", "FS") else "") for name, text in items.items()]
    return rows


def test_shares_add_up_to_the_whole_and_to_their_groups():
    rows = [*shares(), Share("radiomics", parse("57.0%"), "")]
    assert verdicts(share_findings(rows, "t")) == {"all shares": "reproduced", "radiomics": "reproduced"}
    rows = [*shares(T2="32.6%"), Share("radiomics", parse("57.0%"), "")]
    assert verdicts(share_findings(rows, "t")) == {"all shares": "impossible", "radiomics": "impossible"}


def test_shares_without_a_sign_and_a_printed_total():
    numbers = ["0.333", "0.333", "0.333"]
    assert verdicts(share_findings([Share(str(i), parse(one), "") for i, one in enumerate(numbers)], "t")) == {
        "all shares": "reproduced"
    }
    rows = [Share(str(i), parse(one), "") for i, one in enumerate(["50", "49.6"])]
    assert verdicts(share_findings(rows, "t")) == {"all shares": "reproduced"}
    rows.append(Share("total", parse("98"), ""))
    assert verdicts(share_findings(rows, "t")) == {"all shares": "impossible"}
    assert verdicts(share_findings([], "t")) == {"": "cannot_be_checked"}


def test_rounded_shares_are_never_impossible():
    rng = np.random.default_rng(0)
    for _ in range(300):
        values = rng.dirichlet(np.ones(rng.integers(2, 9)))
        rows = [Share(str(i), parse(f"{100 * value:.1f}%"), "") for i, value in enumerate(values)]
        assert verdicts(share_findings(rows, "t")) == {"all shares": "reproduced"}


@pytest.mark.parametrize(
    ("values", "verdict"),
    [((".806", ".808"), "impossible"), ((".806", ".81"), "consistent"), ((".806", ".806"), "reproduced"),
     ((".806",), "cannot_be_checked"), ((".805", ".81", ".80"), "consistent")],
)  # fmt: skip
def test_a_number_at_several_places(values, verdict):
    rows = [Repeated("AUC", f"place {i}", parse(value)) for i, value in enumerate(values)]
    assert verdicts(repeated_findings(rows, "t")) == {"AUC": verdict}


def test_neighbours_may_be_the_two_roundings_of_a_tie():
    rows = [Repeated("AUC", place, parse(value)) for place, value in (("abstract", ".807"), ("text", ".806"))]
    (found,) = repeated_findings(rows, "t")
    assert found.how == "Only if it is exactly 0.8065, rounded up at one place and down at another."


SEX = [Baseline("internal", "sex", "male", "count", 85, "53", 108, "31"),
       Baseline("external", "sex", "male", "count", 57, "28", 77, "19")]  # fmt: skip


def test_phi_names_its_set():
    (found,) = correlation_findings([Correlation("Sex", parse("-.34", True))], SEX, "t")
    assert found.how == "phi of the counts of internal."
    assert "external: phi = -0.253" in found.arithmetic
    (found,) = correlation_findings([Correlation("sex", parse("-.34", True), "external")], SEX, "t")
    assert found.how == "only from the counts of internal, printed for external."
    (found,) = correlation_findings([Correlation("sex", parse(".34", True))], SEX, "t")
    assert found.how.endswith("The other level is coded 1.")


@pytest.mark.parametrize(
    ("variable", "r", "verdict"),
    [("sex", "-.50", "impossible"), ("age", ".26", "cannot_be_checked"), ("age", "1.26", "impossible")],
)
def test_correlations(variable, r, verdict):
    (found,) = correlation_findings([Correlation(variable, parse(r, True))], SEX, "t")
    assert str(found.verdict) == verdict


def test_phi_is_pearsons_correlation():
    x, y = np.repeat([1, 1, 0, 0], [53, 31, 32, 77]), np.repeat([0, 1, 0, 1], [53, 31, 32, 77])
    (found,) = correlation_findings([Correlation("sex", parse("-.34", True))], SEX[:1], "t")
    assert f"phi = {np.corrcoef(x, y)[0, 1]:.4f}" in found.arithmetic


@pytest.mark.parametrize(
    ("width", "low", "high", "verdict", "words"),
    [
        ("25", "0", "1", "impossible", "One grey level"),
        ("25", "-3", "3", "consistent", "at most 2 grey levels"),
        ("0.1", "0", "0.3", "consistent", "at most 4 grey levels"),
        ("25", "0", "1000", "consistent", "41 grey levels at most, within"),
        ("1", "0", "1000", "consistent", "up to 1001 grey levels"),
        ("", "0", "1", "cannot_be_checked", "Fill in"),
        ("25", "1", "0", "impossible", "lower than the lowest"),
    ],
)
def test_grey_levels(width, low, high, verdict, words):
    row = Discretisation("T1", parse(width), parse(low, True), parse(high, True))
    (found,) = settings_findings([row], "t")
    assert str(found.verdict) == verdict
    assert words in found.how


def test_a_fixed_number_of_bins():
    (found,) = settings_findings([Discretisation("T1", bin_count=parse("8"))], "t")
    assert "at most 8" in found.how


def test_correlations_of_complete_patients():
    lacking = Baseline("internal", "diabetes", "yes", "count", 85, "17", 106, "22")
    row = Correlation("sex", parse("-.35", True))
    assert str(correlation_findings([row], SEX, "t")[0].verdict) == "impossible"
    assert str(correlation_findings([row], [*SEX, lacking], "t")[0].verdict) == "consistent"


def test_percentages_of_the_first_box_are_percentages():
    rows = [Flow("listed", 200, "", None), Flow("all", 100, "listed", None), Flow("train", 60, "all", parse("30.0%"))]
    rows += [Flow("test", 40, "all", parse("41.0%")), Flow("excluded", 100, "listed", None)]
    found = {one.row: str(one.verdict) for one in flow_findings(rows, (), "t") if one.item == "percentage"}
    assert found == {"train": "reproduced", "test": "impossible"}


def test_a_share_that_is_not_printed_leaves_the_sum_open():
    rows = [Share("a", parse("30%"), ""), Share("b", None, ""), Share("c", parse("40%"), "")]
    assert [str(one.verdict) for one in share_findings(rows, "t")] == ["cannot_be_checked"]
