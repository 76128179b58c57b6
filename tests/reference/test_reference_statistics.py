"""Statistics against R (pROC, rms, dcurves) and against the numbers printed in the published study."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from osteon.modelling.leakage import Ledger
from osteon.modelling.logistic import coefficient_table, fit_logistic
from osteon.printed.laws import p_of_rank_sum
from osteon.statistics.auc import auc, compare_auc
from osteon.statistics.calibration import calibration
from osteon.statistics.decision import decision_curve
from osteon.statistics.operating_points import operating_points
from osteon.statistics.proportions import confusion
from osteon.statistics.tests import chi_square
from osteon.statistics.thresholds import for_sensitivity, for_specificity, youden


@pytest.fixture(scope="module")
def aneurysms(shared):
    table = pd.read_csv(shared / "reference/stats/proc_asah/aSAH.csv")
    return table.assign(outcome=(table["outcome"] == "Poor").astype(int))


@pytest.mark.parametrize(
    ("marker", "value", "low", "high"),
    [
        ("s100b", 0.7313686, 0.6301182, 0.8326189),
        ("wfns", None, 0.7485348878, 0.8988228358),
        ("ndka", 0.611957994580, 0.501244999272, 0.722670989888),
    ],
)
def test_auc_of_proc(aneurysms, marker, value, low, high):
    found = auc(aneurysms["outcome"], aneurysms[marker])
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-7)
    if value is not None:
        assert found.value == pytest.approx(value, abs=1e-7)


@pytest.mark.parametrize(
    ("first", "second", "z"),
    [("wfns", "s100b", 2.20898359144091), ("wfns", "ndka", 2.79777591868904), ("ndka", "s100b", -1.39077)],
)
def test_delong_of_proc(aneurysms, first, second, z):
    found = compare_auc(aneurysms["outcome"], aneurysms[first], aneurysms[second])
    digits = 1e-10 if abs(z) > 2 else 1e-5
    assert found.z == pytest.approx(z, abs=digits)
    if second == "s100b" and first == "wfns":
        assert found.p == pytest.approx(0.0271757822291882, abs=1e-12)


# s100b divided by ten is a number between 0 and 1; curves and counts stay the same, thresholds are divided as well.
TENTH = 10
# coords(roc(outcome, s100b), seq(.1, .9, .1), input = ...) in the tests of pROC: specificities, then sensitivities.
OF_SENSITIVITY = [1, 1, 0.972222222222222, 0.888888888888889, 0.833333333333333]
OF_SENSITIVITY += [0.805555555555556, 0.56875, 0.447222222222222, 0.230555555555556]
OF_SPECIFICITY = [0.975609756097561, 0.921951219512195, 0.879674796747967, 0.823693379790941, 0.774390243902439]
OF_SPECIFICITY += [0.675609756097561, 0.655284552845528, 0.634146341463415, 0.390243902439024]


def test_operating_points_of_proc(aneurysms):
    found = operating_points(
        aneurysms["outcome"],
        aneurysms["s100b"] / TENTH,
        strata=aneurysms["outcome"],
        resamples=2000,
        seed=0,
        targets=[round(0.1 * step, 1) for step in range(1, 10)],
    )
    assert [point.other.value for point in found] == pytest.approx(OF_SENSITIVITY + OF_SPECIFICITY, abs=1e-14)
    assert all(point.other.low <= point.other.value <= point.other.high for point in found if not point.other.reason)


@pytest.mark.parametrize(
    ("choose", "target", "threshold", "counts"),
    [
        (youden, (), 0.205, (26, 14, 58, 15)),
        (for_sensitivity, (0.9,), 0.075, (37, 56, 16, 4)),
        (for_sensitivity, (0.95,), 0.065, (40, 62, 10, 1)),
        (for_specificity, (0.9,), 0.435, (16, 7, 65, 25)),
        (for_specificity, (1.0,), 0.51, (12, 0, 72, 29)),
    ],
)
def test_thresholds_of_proc(aneurysms, choose, target, threshold, counts):
    """Rows of coords(..., "all") in the tests of pROC: threshold, tp, fp, tn, fn."""
    scores = aneurysms["s100b"] / TENTH
    found = choose(aneurysms["outcome"], scores, *target)
    assert found.value * TENTH == pytest.approx(threshold)
    counted = confusion(aneurysms["outcome"], scores, found.value)
    true_positive, false_positive, true_negative, false_negative = counts
    assert (counted.true_positive, counted.false_positive) == (true_positive, false_positive)
    assert (counted.true_negative, counted.false_negative) == (true_negative, false_negative)


def test_calibration_of_rms(shared):
    table = pd.read_csv(shared / "reference/stats/calibration/test_pred.csv")
    found = calibration(table["y"], table["p"], strata=table["y"], resamples=100, seed=0)
    assert found.slope.value == pytest.approx(0.82278297, abs=1e-7)
    assert found.joint_intercept.value == pytest.approx(0.20751823, abs=1e-7)
    assert found.brier.value == pytest.approx(0.17703339, abs=1e-7)
    assert found.emax.value == pytest.approx(0.07714317, abs=1e-6)
    assert found.ici.value == pytest.approx(0.04297422, abs=1e-6)
    # rms groups the predictions for its C index, so it agrees to 4 digits only.
    assert auc(table["y"], table["p"]).value == pytest.approx(0.81423510, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("inputs", "expected", "model"),
    [
        ("df_cancer_dx.csv", "r_case1_results.csv", "famhistory"),
        ("df_binary.csv", "r_dca_famhistory.csv", "famhistory"),
        ("df_binary.csv", "r_simple_binary_dca_result_df.csv", "age"),
        ("df_cancer_dx.csv", "r_case3_results.csv", "marker"),
    ],
)
def test_net_benefit_of_r(shared, inputs, expected, model):
    """All tables of R for a binary outcome; case 2 and simple_surv are of times to an event."""
    folder = shared / "reference/stats/dcurves"
    data, reference = pd.read_csv(folder / inputs), pd.read_csv(folder / expected)
    outcome, risk = data["cancer"].astype(int), data[model]
    if set(risk.unique()) != {0, 1}:  # R turned a marker into a probability by logistic regression
        risk = sm.GLM(outcome, sm.add_constant(risk), family=sm.families.Binomial()).fit().fittedvalues
    reference = reference[reference["threshold"] > 0].set_index(["variable", "threshold"])
    points = sorted(reference.index.get_level_values("threshold").unique())
    found = decision_curve(outcome, {model: risk}, points, strata=outcome, resamples=100, seed=0)
    found = found.set_index(["model", "threshold"])
    reference = reference.loc[found.index]
    assert len(found) == len(reference) == (105 if "case3" in expected else 297)
    # R took the harm of the test (0.0333 in case 3) from the net benefit; Osteon has no such cost
    benefit = reference["net_benefit"] + reference["harm"].fillna(0)
    for column, wanted in (
        ("net_benefit", benefit),
        ("true_positive_rate", reference["tp_rate"]),
        ("false_positive_rate", reference["fp_rate"]),
    ):
        assert np.abs(found[column] - wanted).max() < 1e-6, column
    own = found.loc[model].dropna(subset="low")
    assert len(own) > 10
    assert own["net_benefit"].between(own["low"], own["high"]).all()


def published(shared, kind):
    table = pd.read_csv(shared / "published/osteoporosis_mri/table2_baseline.csv")
    return table[table["kind"] == kind]


def test_published_chi_squares_have_yates_correction(shared):
    rows = published(shared, "count")
    assert len(rows) == 12
    for row in rows.itertuples():
        groups = [(int(row.nop_value), row.nop_n), (int(row.op_value), row.op_n)]
        found = chi_square([[count, total - count] for count, total in groups])
        assert found.statistic == pytest.approx(row.statistic_as_printed, abs=0.051), row
        assert found.p == pytest.approx(row.p_as_printed, abs=6e-4), row
    sex = rows[(rows["set"] == "train") & (rows["variable"] == "sex")].iloc[0]
    assert (sex["nop_value"], sex["op_value"]) == ("171", "136")
    assert chi_square([[171, 175], [136, 286]]).statistic == pytest.approx(22.71, abs=0.005)
    assert chi_square([[171, 175], [136, 286]], yates=False).statistic == pytest.approx(23.43, abs=0.005)


def test_published_z_are_mann_whitney_u(shared):
    rows = published(shared, "median_iqr")
    assert len(rows) == 6
    for row in rows.itertuples():
        law = p_of_rank_sum(row.statistic_as_printed, row.nop_n, row.op_n)[0]
        assert law.p == pytest.approx(row.p_as_printed, abs=6e-4)
    bmi = rows[rows["variable"] == "bmi"].iloc[0]
    law = p_of_rank_sum(bmi["statistic_as_printed"], bmi["nop_n"], bmi["op_n"])[0]
    assert law.p == pytest.approx(0.0543, abs=5e-5)


def test_published_odds_ratio_of_sex(shared):
    """Table 3, univariable, from the counts of Table 2: .4867 (.363-.653), z -4.811."""
    table = pd.read_csv(shared / "published/osteoporosis_mri/table3_logistic.csv").set_index(["analysis", "variable"])
    male = np.repeat([1.0, 0.0, 1.0, 0.0], [171, 175, 136, 286])
    subjects = [f"S{i}" for i in range(768)]
    outcome = pd.Series(np.repeat([0, 0, 1, 1], [171, 175, 136, 286]), index=subjects)
    splits = pd.DataFrame({"subject": subjects, "set": "train", "fold": 0})
    scaled = pd.DataFrame({"sex": (male - male.mean()) / male.std()}, index=subjects)
    fit = fit_logistic(scaled, outcome, Ledger(splits).recorder("final"))
    row = coefficient_table(["sex"], ["clinical"], fit, np.array([male.mean()]), np.array([male.std()])).iloc[0]
    assert row["z"] == pytest.approx(table.loc[("univariable", "sex"), "z"], abs=5e-4)
    assert math.exp(row["coefficient_per_unit"]) == pytest.approx(0.4867, abs=6e-5)
    assert (row["low"] ** (1 / male.std()), row["high"] ** (1 / male.std())) == pytest.approx((0.363, 0.653), abs=5e-4)
