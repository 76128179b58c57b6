"""Printed tables of patients: each verdict for counts, medians and means."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from osteon.printed.baseline import baseline_findings
from osteon.printed.forms import Baseline
from osteon.printed.laws import family, p_of_rank_sum, smallest_p_of_rank_sum, t_of_means
from osteon.printed.numbers import parse

COUNTS = np.array([[30, 20], [70, 30]])  # of 100 and 50


def line(negative, positive, statistic="", label="", p="", *, kind="count", sizes=(100, 50), level="yes", variable="v"):
    return Baseline(
        "train", variable, level, kind, sizes[0], negative, sizes[1], positive,
        parse(statistic, signed=True), label, parse(p),
    )  # fmt: skip


def verdicts(*rows):
    return {found.item: (str(found.verdict), found.how) for found in baseline_findings(rows, "t.csv")}


@pytest.mark.parametrize(
    ("yates", "name"), [(True, "chi-square with Yates' correction"), (False, "chi-square without correction")]
)
def test_the_law_that_gives_statistic_and_p_is_named(yates, name):
    statistic, p, _, _ = stats.chi2_contingency(COUNTS, correction=yates)
    found = verdicts(line("30", "20", f"{statistic:.2f}", "chi2", f"{p:.3f}"))
    assert found["statistic from the counts"] == ("reproduced", f"{name}.")
    assert found["p from the counts"] == ("reproduced", f"{name}.")


def test_p_of_another_law_than_the_statistic():
    statistic, _, _, _ = stats.chi2_contingency(COUNTS, correction=False)
    found = verdicts(line("30", "20", f"{statistic:.2f}", "chi2", f"{stats.fisher_exact(COUNTS)[1]:.4f}"))
    assert found["statistic from the counts"][1] == "chi-square without correction."
    assert found["p from the counts"] == ("reproduced", "Fisher's exact test.")


def test_of_several_laws_the_one_of_the_whole_table():
    """A statistic of 0.0 can be Yates' or the uncorrected one; the table's other line tells which."""
    other = np.array([[50, 25], [50, 25]])
    assert stats.chi2_contingency(other, correction=False)[0] == 0
    plain, p, _, _ = stats.chi2_contingency(COUNTS, correction=False)
    found = baseline_findings(
        [line("50", "25", "0.0", "chi2", "1.000"), line("30", "20", f"{plain:.2f}", "chi2", f"{p:.3f}", variable="w")],
        "t",
    )
    assert {one.how for one in found} == {"chi-square without correction."}


@pytest.mark.parametrize("label", ["chi2", "χ²", "Z", "Fisher"])
def test_what_no_law_gives_is_impossible(label):
    found = verdicts(line("30", "20", "9.87", label, "0.500"))
    assert {verdict for verdict, _ in found.values()} == {"impossible"}


def test_a_statistic_under_another_name():
    z = np.sqrt(stats.chi2_contingency(COUNTS, correction=False)[0])
    verdict, how = verdicts(line("30", "20", f"{z:.3f}", "chi2"))["statistic from the counts"]
    assert verdict == "reproduced"
    assert how == "only as z (chi-square without correction), printed as chi2."


def test_an_unnamed_test_is_judged_only_where_it_is_far_off():
    assert verdicts(line("30", "20", p="0.31"))["p from the counts"][0] == "cannot_be_checked"
    assert verdicts(line("30", "20", p="0.9"))["p from the counts"][0] == "impossible"
    assert verdicts(line("30", "20", "0.21", "SMD"))["statistic from the counts"][0] == "cannot_be_checked"


@pytest.mark.parametrize(
    ("cell", "verdict"),
    [("30 (30%)", "reproduced"), ("30 (30.0)", "reproduced"), ("30/100 (0.30)", "reproduced"),
     ("30 (31%)", "impossible"), ("30 (60.0)", "reproduced"), ("30 (60.1)", "impossible")],
)  # fmt: skip
def test_percentages_of_the_group_or_of_the_level(cell, verdict):
    found = verdicts(line(cell, "20"))
    assert found["percentage, patients without the outcome"][0] == verdict


def test_a_level_larger_than_its_group():
    found = verdicts(line("130", "20", "9.9", "chi2", "0.002"))
    assert found == {
        "patients without the outcome": ("impossible", "A level cannot have more patients than its group.")
    }


def test_several_levels_are_one_test():
    counts = np.array([[30, 20], [40, 10], [30, 20]])
    statistic, p, _, _ = stats.chi2_contingency(counts)
    rows = [line(str(a), str(b), level=f"l{place}") for place, (a, b) in enumerate(counts)]
    rows[0] = line("30", "20", f"{statistic:.3f}", "chi2", f"{p:.3f}", level="l0")
    assert {how for _, how in verdicts(*rows).values()} == {"chi-square without correction."}
    # the last level is not printed: the remaining patients are it
    assert {verdict for verdict, _ in verdicts(*rows[:2]).values()} == {"reproduced"}


@pytest.mark.parametrize(("n", "m"), [(5, 7), (10, 4), (3, 3)])
def test_p_of_every_rank_sum_is_scipys(n, m):
    for u in range(0, n * m + 1, 3):
        exact = p_of_rank_sum(u, n, m)[-1]
        # any sample of this U: the number of second values below each first one
        first = np.full(n, u // n) + (np.arange(n) < u % n)
        samples = np.concatenate([first - 0.5 + np.arange(n) * 1e-3]), np.arange(m)
        assert stats.mannwhitneyu(*samples).statistic == u
        assert exact.p == pytest.approx(stats.mannwhitneyu(*samples, method="exact").pvalue)


def medians(statistic, label, p, sizes=(85, 108), cells=("24.0 (4.6)", "24.1 (4.2)")):
    row = line(*cells, statistic, label, p, kind="median_iqr", sizes=sizes, level="")
    (found,) = baseline_findings([row], "t.csv")
    return found


def test_a_rank_sum_printed_as_z_is_recognised():
    found = medians("4378.0", "Z", "0.582")
    assert found.how == "only as Mann-Whitney U, printed as Z."
    assert "AUC of v alone = 0.523" in found.arithmetic
    assert medians("4378.0", "U", "0.582").how == "from Mann-Whitney U."
    assert medians(f"{4378 + 85 * 86 / 2:.1f}", "W", "0.582").how == "from Wilcoxon's W."
    assert medians("-2.10", "Z", "0.036").how == "from z."


@pytest.mark.parametrize(
    ("p", "verdict"), [("0.582", "reproduced"), ("0.570", "consistent"), ("0.60", "impossible"), ("0.50", "impossible")]
)
def test_ties_make_p_a_little_smaller_never_larger(p, verdict):
    assert str(medians("4378.0", "U", p).verdict) == verdict


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.5, 0.3, 0.2), (0.25, 0.25, 0.25, 0.25), (0.4, 0.4, 0.2)])
def test_the_bound_for_ties_is_below_the_p_of_any_sample_with_such_ties(shares):
    sizes = 1000 * np.array(shares)
    values = np.repeat(np.arange(len(shares)), sizes.round().astype(int))
    first, second = values[::3], np.delete(values, np.s_[::3]) * (np.arange(666) % 5 > 0)
    largest = max(np.unique(np.concatenate([first, second]), return_counts=True)[1]) / 1000
    test = stats.mannwhitneyu(first, second, method="asymptotic", use_continuity=False)
    least = smallest_p_of_rank_sum(test.statistic, len(first), len(second), largest)
    without = p_of_rank_sum(test.statistic, len(first), len(second))[0].p
    assert least <= test.pvalue * 1.05 < without  # N^3 - N is taken as N^3
    assert least > 0


def test_equal_blocks_reach_the_bound():
    values = np.repeat([0, 1], 500)
    first, second = np.tile(values, 1)[::2], values[1::2] * 1
    first = np.where(np.arange(500) < 30, 1, first)
    largest = max(np.unique(np.concatenate([first, second]), return_counts=True)[1]) / 1000
    test = stats.mannwhitneyu(first, second, method="asymptotic", use_continuity=False)
    assert smallest_p_of_rank_sum(test.statistic, 500, 500, largest) == pytest.approx(test.pvalue, rel=0.01)


def test_a_scale_of_few_steps_may_have_many_ties():
    assert str(medians("4378.0", "U", "0.50", cells=("1.0 (1.0)", "2.0 (1.0)")).verdict) == "consistent"


def test_medians_alone_say_nothing():
    assert str(medians("", "", "0.582").verdict) == "cannot_be_checked"
    assert str(medians("12345.0", "Z", "0.582").verdict) == "impossible"  # larger than any U of these groups
    assert str(medians("12345.0", "", "0.582").verdict) == "cannot_be_checked"


@pytest.mark.parametrize("welch", [False, True])
def test_t_from_means(welch):
    rng = np.random.default_rng(0)
    a, b = rng.normal(65, 9, 40), rng.normal(67, 5, 90)
    result = stats.ttest_ind(a, b, equal_var=not welch)
    cells = [f"{group.mean():.1f} ± {group.std(ddof=1):.1f}" for group in (a, b)]
    row = line(*cells, f"{result.statistic:.3f}", "t", f"{result.pvalue:.4f}", kind="mean_sd", sizes=(40, 90))
    found = verdicts(row)
    assert found["statistic from the means"] == ("reproduced", f"{'Welch' if welch else 'Student'}'s t test.")
    assert found["p from the printed statistic"] == ("reproduced", "from t.")
    off = line(*cells, f"{result.statistic * 1.4:.3f}", "t", "0.001", kind="mean_sd", sizes=(40, 90))
    assert verdicts(off)["statistic from the means"][0] == "impossible"


def test_standard_errors_printed_as_deviations():
    row = line("65.0 (1.0)", "70.0 (0.5)", "-5.10", "t", "<0.001", kind="mean_sd", sizes=(81, 100))
    assert "standard errors" in verdicts(row)["statistic from the means"][1]


def test_t_of_printed_means_covers_every_rounding():
    found = t_of_means(
        *[tuple(parse(text) for text in texts) for texts in (("65.0", "70.0"), ("9.0", "5.0"))], (40, 90), welch=False
    )
    rng = np.random.default_rng(1)
    for _ in range(200):
        first, second = rng.uniform(64.95, 65.05), rng.uniform(69.95, 70.05)
        t = stats.ttest_ind_from_stats(
            first, rng.uniform(8.95, 9.05), 40, second, rng.uniform(4.95, 5.05), 90
        ).statistic
        assert found[0].low <= abs(t) <= found[0].high


def test_unusable_lines_say_what_to_type():
    found = baseline_findings(
        [line("x", "20"), line("1", "2", kind="mode", variable="w"), line("1", "2", sizes=(None, 50), variable="u"),
         line("1", "2", p="0.5", kind="mean_sd", variable="m")], "t"
    )  # fmt: skip
    assert [str(one.verdict) for one in found] == ["cannot_be_checked"] * len(found)
    assert {one.row.split()[0] for one in found} == {"v", "w", "u", "m"}


@pytest.mark.parametrize(
    ("label", "kind"),
    [("χ²", "chi2"), ("chi-square", "chi2"), ("X2", "chi2"), ("Z", "z"), ("z value", "z"), ("t", "t"), ("U", "u"),
     ("Mann-Whitney U", "u"), ("Wilcoxon W", "w"), ("Fisher's exact", "fisher"), ("F", "f"), ("H", "h"), ("", ""),
     ("SMD", "")],
)  # fmt: skip
def test_labels(label, kind):
    assert family(label) == kind


@pytest.mark.parametrize("statistic", ["0.000", "inf", "∞", "-", ""])
def test_fishers_odds_ratio_of_an_empty_cell(statistic):
    counts = np.array([[0, 4], [100, 46]])
    p = stats.fisher_exact(counts)[1]
    found = verdicts(line("0", "4", statistic, "Fisher", f"{p:.3f}"))
    assert {verdict for verdict, _ in found.values()} == {"reproduced"}
    assert verdicts(line("0", "4", "0.500", "Fisher", f"{p:.3f}"))["statistic from the counts"][0] == "impossible"


def test_the_conditional_odds_ratio_of_r():
    odds = stats.contingency.odds_ratio(COUNTS).statistic
    assert abs(odds - stats.fisher_exact(COUNTS)[0]) > 0.001
    found = verdicts(line("30", "20", f"{odds:.4f}", "Fisher", f"{stats.fisher_exact(COUNTS)[1]:.4f}"))
    assert found["statistic from the counts"] == ("reproduced", "Fisher's exact test.")


def test_fishers_test_of_several_levels_has_no_odds_ratio():
    rows = [line(str(a), str(b), level=f"l{place}") for place, (a, b) in enumerate([(30, 20), (40, 10), (30, 20)])]
    rows[0] = line("30", "20", "5.123", "Fisher", "", level="l0")
    assert verdicts(*rows)["statistic from the counts"][0] == "cannot_be_checked"


def test_many_zeros_make_p_smaller():
    rng = np.random.default_rng(3)
    first, second = (np.where(rng.random(n) < 0.6, 0, np.round(20 * rng.lognormal(size=n))) for n in (85, 108))
    test = stats.mannwhitneyu(first, second, method="asymptotic")
    cells = [f"{np.median(part):.0f} (0-{np.quantile(part, 0.75):.0f})" for part in (first, second)]
    assert cells[0].startswith("0 (0-")
    found = medians(f"{test.statistic}", "U", f"{test.pvalue:.4f}", cells=cells)
    assert str(found.verdict) in ("reproduced", "consistent")


@pytest.mark.parametrize(
    ("cell", "wrong"),
    [("67 (60-72)", 0), ("67 (72-60)", 0), ("76 (60-72)", 1), ("5.8（6.0～7.2）", 1), ("67.0 (10.0)", 0)],
)
def test_a_median_lies_between_its_quartiles(cell, wrong):
    row = line(cell, "67 (60-72)", kind="median_iqr", level="")
    found = baseline_findings([row], "t.csv")
    assert [str(one.verdict) for one in found] == ["impossible"] * wrong


def test_a_paired_t_test_of_matched_patients():
    rng = np.random.default_rng(0)
    first = rng.normal(65, 9, 60)
    second = first + rng.normal(2, 4, 60)
    test = stats.ttest_rel(first, second)
    cells = [f"{part.mean():.1f} ± {part.std(ddof=1):.1f}" for part in (first, second)]
    row = line(*cells, f"{test.statistic:.3f}", "t", f"{test.pvalue:.4f}", kind="mean_sd", sizes=(60, 60))
    assert verdicts(row)["statistic from the means"][0] == "consistent"
    row = line(*cells, f"{test.statistic:.3f}", "t", f"{test.pvalue:.4f}", kind="mean_sd", sizes=(60, 61))
    assert verdicts(row)["statistic from the means"][0] == "impossible"
