"""The paper's tables: known cells, headings, and a reason for everything that is missing."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from helpers import mask_study, outcome_study, report_study, report_tables
from osteon.config.analysis import Baseline
from osteon.config.cohort import Variable
from osteon.reporting.paper import masks, patients, performance, scores
from osteon.reporting.paper.association import logistic_table
from osteon.reporting.paper.baseline import baseline_table, named_tests
from osteon.reporting.paper.table import PaperTable
from osteon.reporting.paper.words import reason_notes, split_codes
from osteon.statistics.association import association_table
from osteon.statistics.baseline import baseline_by_set

MODELS = report_study.MODELS
CENTERS = {"A": "Hospital A", "B": "Hospital B", "C": "Hospital C"}
VARIABLES = {
    "age": Variable(type="continuous", label="Age", unit="years"),
    "sex": Variable(type="binary", positive="male", label="Male sex"),
}


def rows_of(table: PaperTable) -> dict[str, list[str]]:
    """Cells after the first one by the first one; of rows with the same name the first."""
    found: dict[str, list[str]] = {}
    for row in table.rows:
        found.setdefault(row.cells[0], list(row.cells[1:]))
    return found


def headings(table: PaperTable) -> list[str]:
    """Headings of rows."""
    return [row.cells[0] for row in table.rows if row.heading]


def cohort(n: int = 60, seed: int = 1) -> pd.DataFrame:
    """Age and sex go with the outcome; some values are missing."""
    random = np.random.default_rng(seed)
    outcome = np.arange(n) % 2
    age = np.round(65 + 6 * outcome + 5 * random.normal(size=n), 1)
    age[0] = np.nan
    return pd.DataFrame({"outcome": outcome, "age": age, "sex": (random.random(n) < 0.6 - 0.3 * outcome).astype(float)})


def baseline(settings: Baseline | None = None, sets: int = 1, **columns: object) -> pd.DataFrame:
    """The table of that many sets."""
    parts = {f"Set {place}": cohort(60 + 2 * place, place).assign(**columns) for place in range(1, sets + 1)}
    table = baseline_by_set(parts, VARIABLES, 2, settings or Baseline())
    return table.rename(columns={"set": "patients"})


def test_baseline_side_by_side_has_sizes_statistics_and_the_names_of_the_tests():
    made = baseline_table(baseline(sets=2), ["No", "Yes"], "fracture")
    assert made.spans == [("", 0, 1), ("Set 1", 1, 4), ("Set 2", 5, 4)]
    assert [column.heading for column in made.columns[1:5]] == ["No (n = 31)", "Yes (n = 31)", "Statistic", "P"]
    age = rows_of(made)["Age (years), median (lower–upper quartile)"]
    assert re.fullmatch(r"\d\d\.\d \(\d\d\.\d–\d\d\.\d\)", age[0])
    assert re.fullmatch(r"U = \d+\.\d", age[2])
    assert rows_of(made)["Male sex, n (%)"][2].startswith("χ²(Y) = ")
    known = named_tests(lambda text: text)
    assert made.notes[:2] == [known["mann_whitney_u"].note, known["chi_square_yates"].note]
    assert made.notes[2].endswith("Age, Set 1: 1; Age, Set 2: 1.")


def test_baseline_of_many_sets_stands_below_each_other():
    made = baseline_table(baseline(sets=4), ["No", "Yes"], "fracture")
    assert headings(made) == [f"Set {place}: No, n = {30 + place}; Yes, n = {30 + place}" for place in range(1, 5)]
    assert len(made.columns) == 5
    assert not made.grouped


def test_baseline_by_means_and_uncorrected_chi_square():
    table = baseline(Baseline(counts="chi_square", continuous="mean_sd"))
    cells = rows_of(baseline_table(table, ["No", "Yes"], "fracture"))
    assert re.fullmatch(r"\d\d\.\d ± \d\.\d", cells["Age (years), mean ± SD"][0])
    assert cells["Age (years), mean ± SD"][2].startswith("t = −")
    assert cells["Male sex, n (%)"][2].startswith("χ² = ")


def test_baseline_says_why_a_test_is_missing():
    made = baseline_table(baseline(sex=1.0), ["No", "Yes"], "fracture")
    assert rows_of(made)["Male sex, n (%)"][2:] == ["–", "–"]
    assert "Male sex, Set 1: All values are the same." in made.notes


def test_baseline_shows_small_numbers_with_enough_decimals():
    table = baseline(age=np.arange(62) / 10_000)
    cells = rows_of(baseline_table(table, ["No", "Yes"], "fracture"))
    assert re.fullmatch(r"0\.00\d+ \(0\.00\d+–0\.00\d+\)", cells["Age (years), median (lower–upper quartile)"][0])


def test_exclusions_add_up():
    flow = report_study.flow()[1]
    made = patients.exclusions_table(flow, CENTERS)
    left, steps = {}, []
    for row in made.rows[:-4]:
        name, *counts = row.cells
        numbers = [0 if count == "–" else int(count) for count in counts]
        assert numbers[-1] == sum(numbers[:-1])
        if row.level:
            steps.append(numbers)
            continue
        for place, number in enumerate(numbers):
            if name != "Listed":
                assert number == left[place] - sum(step[place] for step in steps), name
            left[place] = number
        steps = []
    assert list(made.rows[-1].cells) == ["Excluded in all", "2", "2", "1", "5"]
    assert sum(int(row.cells[-1]) for row in made.rows if row.level) == 5


def test_acquisition_is_grouped_by_hospital_and_says_what_is_known(content):
    table = content.acquisition.assign(echo_time_ms="10 (known for 12)")
    made = patients.acquisition_table(table, CENTERS, {"T1": ""}, lambda text, **values: f"*{text.format(**values)}")
    assert headings(made) == ["Hospital A"]
    assert rows_of(made)["T1"][:2] == ["28", "GE SIGNA Architect"]
    assert "*10 (known for 12)" in rows_of(made)["T1"]


def test_logistic_puts_both_analyses_side_by_side():
    frame = cohort(120).dropna().reset_index(drop=True)
    frame["bmi"] = np.random.default_rng(5).normal(24, 3, len(frame))
    found = association_table(frame["outcome"], frame[["age", "sex", "bmi"]])
    made = logistic_table(found, {"age": "Age (years)", "sex": "Male sex"}, "fracture")
    assert [group for group, _, _ in made.spans] == ["", "Univariable", "Multivariable"]
    alone = found[(found["analysis"] == "univariable") & (found["variable"] == "age")].iloc[0]
    cells = rows_of(made)["Age (years)"]
    assert cells[0].startswith(f"{alone['odds_ratio']:.2f} (")
    assert cells[2] == "<0.001"
    assert rows_of(made)["bmi"][3:] == ["–", "–", "–"]
    assert made.notes[-1] == "–: did not enter the multivariable regression."
    assert "Univariable: n = 119." in made.notes


def test_logistic_says_why_an_odds_ratio_is_missing():
    frame = cohort(60).assign(sex=lambda table: table["outcome"].astype(float))
    made = logistic_table(association_table(frame["outcome"], frame[["sex"]], "all"), {"sex": "Male sex"}, "fracture")
    assert rows_of(made)["Male sex"][:3] == ["–", "–", "–"]
    assert any(note.startswith("Male sex, Univariable") for note in made.notes)


def test_segmentation_and_readers_have_means_with_intervals():
    made = masks.segmentation_table(mask_study.agreement(), CENTERS)
    assert headings(made) == ["Patients not seen in training"]
    assert made.rows[1].cells[:4] == ("Hospital A", "L1", "6", "0.965 (0.962–0.968)")
    assert made.rows[-1].cells[:3] == ("All hospitals", "All", "12")
    read = masks.readers_table(mask_study.readers(), CENTERS)
    assert headings(read) == ["Two readers", "One reader twice"]
    assert read.rows[1].cells[3] == "0.938 (0.933–0.942)"


def _robustness() -> pd.DataFrame:
    """Two families; one feature has no ICC."""
    columns = ["column", "kind", "subjects", "variants", "icc", "low", "high", "keep", "reason"]
    rows = [
        ("T1_L1_original_glcm_Contrast", "inter", 20, 2, 0.9, 0.8, 0.95, "yes", ""),
        ("T1_L1_original_glcm_Energy", "inter", 20, 2, 0.5, 0.3, 0.7, "no", ""),
        ("T1_L1_original_shape_Volume", "inter", 20, 2, np.nan, np.nan, np.nan, "no", "constant"),
        ("T1_L1_original_shape_Volume", "intra ML", 18, 2, 0.99, 0.98, 1.0, "yes", ""),
    ]
    return pd.DataFrame(rows, columns=columns)


def test_reliability_counts_what_may_enter():
    made = masks.reliability_table(_robustness(), 0.75, "value")
    assert headings(made) == ["Between readers", "One reader twice (ML)"]
    assert rows_of(made)["T1 glcm"] == ["20", "2", "1 (50.0)", "0.70 (0.60–0.80)"]
    assert rows_of(made)["T1 shape"] == ["20", "1", "0 (0.0)", "–"]
    assert rows_of(made)["All features"][:3] == ["20", "3", "1 (33.3)"]
    assert "Reliable: the ICC is at least 0.75." in made.notes
    assert "No ICC: All values are the same." in made.notes
    assert any("lower limit" in note for note in masks.reliability_table(_robustness(), 0.75, "lower").notes)


def _bundle(intercepts: list[float] | None = None, combat: dict | None = None) -> dict:
    feature = {"feature": "T1_L1_original_glcm_Contrast", "mean": 12.5, "sd": 3.25, "weights": [-0.1234]}
    block = {"name": "T1", "terms": ["T1"], "intercepts": intercepts, "features": [feature], "combat": combat}
    return {"combined": {"signatures": [block]}}


def test_features_have_all_that_the_score_needs():
    made = scores.features_table(report_tables.selection(), _bundle([0.55]), MODELS)
    assert headings(made) == ["T1"]
    expected = ["−0.1234", "12.50", "3.250", "4/5", "0.003"]
    assert rows_of(made)["T1_L1_original_glcm_Contrast"] == expected
    assert made.notes[-1] == "T1 = 0.5500 − 0.1234 × z(T1_L1_original_glcm_Contrast)"
    assert not any("ComBat" in note for note in made.notes)
    assert any(
        "ComBat" in note for note in scores.features_table(report_tables.selection(), _bundle([0.5], {}), MODELS).notes
    )


def test_clinical_variables_that_a_filter_chose_are_no_features_of_a_score():
    selection = report_tables.selection()
    clinical = selection.iloc[:1].assign(signature="clinical", feature="age", fate="kept", coefficient=np.nan)
    both = pd.concat([clinical, selection], ignore_index=True)
    made, without = (scores.features_table(table, _bundle([0.55]), MODELS) for table in (both, selection))
    assert made == without
    assert "age" not in rows_of(made)


def test_coefficients_give_the_formula_in_units():
    made = scores.coefficients_table(report_tables.coefficients(), MODELS, {"age": "Age"})
    assert rows_of(made)["Age"] == ["0.9120", "2.49 (1.20–5.10)", "<0.001", "0.09750"]
    assert "Clinical: logit(risk) = −6.178 + 0.09750 × Age" in made.notes
    assert "Combined: a classifier that has no coefficients." in made.notes
    assert scores.linear(1.0, [(-0.5, "x", True)]) == "1.000 − 0.5000 × z(x)"


@pytest.mark.parametrize("kind", ["classes", "continuous"])
def test_coefficients_of_other_outcomes(kind):
    made = scores.coefficients_table(outcome_study.coefficients(kind), MODELS, {"age": "Age"}, kind)
    assert len(headings(made)) == (3 if kind == "classes" else 1)
    effect = "–" if kind == "classes" else "−18.5 to −6.00"
    assert rows_of(made)["Age"][:2] == ["−12.25", effect]


def _performance(**values: object) -> pd.DataFrame:
    row = report_study.performance(["test"], 1).iloc[[1]].assign(patients="Internal test", reason="", caution="")
    return row.assign(**values)


def test_performance_shows_each_set_under_its_name_and_size():
    frame = _performance(auc=0.80642, auc_low=0.73811, auc_high=0.87286, threshold=0.41234)
    made = performance.performance_table(frame, MODELS)
    assert headings(made) == ["Internal test: n = 40, events 22"]
    assert rows_of(made)["Combined"][0] == "0.806 (0.738–0.873)"
    assert rows_of(made)["Combined"][2] == "0.412"
    again = performance.performance_table(frame, MODELS, resampled=True)
    assert again.key == "resampling"
    assert any("fitted again" in note for note in again.notes)


def test_a_measure_within_hospitals_that_says_nothing_new_is_left_out():
    frame = _performance()
    alone = frame.assign(auc_within_center=frame["auc"])
    assert "AUC within hospitals" not in [
        column.heading for column in performance.performance_table(alone, MODELS).columns
    ]
    assert "AUC within hospitals" in [column.heading for column in performance.performance_table(frame, MODELS).columns]


def test_what_is_missing_or_doubtful_has_a_footnote():
    frame = _performance(
        slope=np.nan,
        slope_low=np.nan,
        slope_high=np.nan,
        reason="slope: separated; f1: empty_denominator",
        caution="ici: few_events",
    )
    notes = performance.calibration_table(frame, MODELS).notes
    assert any(note.startswith("Calibration slope, Internal test: The predictions separate") for note in notes)
    assert any(note.startswith("ICI, Internal test: Fewer than 100") for note in notes)
    assert not any("denominator" in note for note in notes)  # the table does not show F1
    assert rows_of(performance.calibration_table(frame, MODELS))["Combined"][0] == "–"


@pytest.mark.slow
@pytest.mark.parametrize("kind", [pytest.param("classes", marks=pytest.mark.slow), "continuous"])
def test_performance_of_other_outcomes(kind):
    found = outcome_study.tables_of(outcome_study.OUTCOMES[kind], report_study.SETS)
    frame = found["performance"].assign(patients=found["performance"]["set"])
    made = performance.performance_table(frame, MODELS, kind)
    assert len(headings(made)) == 2
    assert all("–" not in row.cells[1] or "(" in row.cells[1] for row in made.rows if not row.heading)
    pairs = performance.pairwise_table(found["pairwise"].assign(patients="x"), MODELS, kind)
    assert [column.heading for column in pairs.columns][2:] == ["P", "P (Holm)"]
    if kind == "classes":
        with pytest.raises(ValueError, match="class_calibration_table"):
            performance.calibration_table(frame, MODELS, kind)
        by_class = found["classes"].assign(patients=found["classes"]["set"])
        assert len(headings(performance.class_calibration_table(by_class, MODELS))) == 6
        heading = performance.class_calibration_table(by_class, MODELS).rows[0].cells[0]
        own = found["classes"].query("set == 'train' and model == 'clinical'")["n"]
        assert heading.endswith(f"against the others: n = {own.sum()}, events {own.iloc[0]}")
    else:
        assert rows_of(performance.calibration_table(frame, MODELS, kind))["Clinical"][0] != "–"


def test_comparisons_print_p_values_as_journals_do():
    made = performance.pairwise_table(report_study.pairwise(["test"]).assign(patients="Internal test"), MODELS)
    assert rows_of(made)["Clinical − Combined"] == ["−0.081 (−0.200 to 0.040)", "−1.23", "<0.001", "0.210"]
    lacking = report_study.pairwise(["test"]).assign(
        patients="x", z=np.nan, p=np.nan, p_holm=np.nan, reason="same_ranking"
    )
    noted = performance.pairwise_table(lacking, MODELS).notes[-1]
    assert noted == "x, Clinical − Combined: Both models rank the patients in the same way."


def test_reasons_are_named_once_with_all_that_they_concern():
    assert split_codes("slope: separated; small_cell") == [("slope", "separated"), ("all", "small_cell")]
    assert split_codes(None) == []
    found = [("a", "few_events"), ("b", None), ("c", "few_events"), ("a", "few_events"), ("d", "no such code")]
    first, second = reason_notes(found, lambda text, **values: text.format(**values))
    assert first.startswith("a; c: Fewer than 100")
    assert second == "d: no such code"
