"""Participants follow their hospital's demographics, one by one and independently."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from osteon.phantom.__main__ import main
from osteon.phantom.cohort import COLUMNS, cohort_tables, draw_participants, rates_by_sex, sample_cohort

SETS = [(name, group) for name in ("train", "internal", "external") for group in ("no", "yes")]


@pytest.mark.parametrize(("name", "group"), SETS)
def test_a_large_sample_agrees_with_the_baseline_table(parameters, name, group):
    baseline = parameters.demographics[name][group]
    sample = draw_participants(
        baseline, parameters.bone_density[group], group, parameters.female_to_male_rate, 20000, np.random.default_rng(1)
    )
    quartiles = sample[["age", "bmi"]].quantile([0.25, 0.5, 0.75])
    assert abs(quartiles["age"][0.5] - baseline.age[0]) <= 1  # ages are whole years
    assert abs(quartiles["age"][0.75] - quartiles["age"][0.25] - baseline.age[1]) <= 1
    assert abs(quartiles["bmi"][0.5] - baseline.bmi[0]) <= 0.5
    assert abs(quartiles["bmi"][0.75] - quartiles["bmi"][0.25] - baseline.bmi[1]) <= 0.6
    assert abs((sample["sex"] == "male").mean() - baseline.share("male")) <= 0.015
    for habit in ("smoking", "alcohol", "diabetes"):
        assert abs((sample[habit] == "yes").mean() - baseline.share(habit)) <= 0.015, habit
    assert (sample["vbmd"] < parameters.osteoporosis_below).eq(group == "yes").all()


def test_rates_by_sex_mix_to_the_overall_rate():
    of_men, of_women = rates_by_sex(0.2, 0.4, 0.25)
    assert 0.4 * of_men + 0.6 * of_women == pytest.approx(0.2, abs=1e-12)
    assert of_women == pytest.approx(0.25 * of_men)
    with pytest.raises(ValueError, match="raise female_to_male_rate"):
        rates_by_sex(0.5, 0.1, 0.0)


def test_smoking_is_rarer_in_women(parameters):
    sample = draw_participants(
        parameters.demographics["train"]["no"],
        parameters.bone_density["no"],
        "no",
        0.2,
        20000,
        np.random.default_rng(2),
    )
    rate = sample.groupby("sex")["smoking"].apply(lambda words: (words == "yes").mean())
    assert rate["female"] / rate["male"] == pytest.approx(0.2, abs=0.03)


def test_adding_participants_changes_nobody_else(parameters):
    few, many = (sample_cohort(parameters, "B", count, seed=3) for count in (4, 9))
    pd.testing.assert_frame_equal(few, many.head(4))


def test_hospitals_and_seeds_have_their_own_participants(parameters):
    seeds = [
        set(sample_cohort(parameters, hospital, 5, seed)["seed"]) for hospital, seed in [("A", 1), ("B", 1), ("A", 2)]
    ]
    assert len(set.union(*seeds)) == 15


def test_cohort_has_the_published_prevalence_and_columns(parameters):
    cohort = sample_cohort(parameters, "A", 100, seed=1)
    assert list(cohort.columns) == COLUMNS
    assert (cohort["osteoporosis"] == "yes").sum() == int(100 * 422 / 768)
    assert cohort["subject"].is_unique
    assert cohort["subject"].str.fullmatch("[A-Za-z0-9]+").all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("demo", "demo"),
        ("phantom_training", "phantom_training"),
        ("osteoporosis_mri", "studies/osteoporosis_mri"),
    ],
)
def test_the_committed_tables_are_what_the_parameters_give(parameters, root, tmp_path, name, folder):
    main([str(root / "config" / "phantom" / "lumbar.yaml"), name, str(tmp_path)])
    for table in tmp_path.glob("*.tsv"):
        assert table.read_bytes() == (root / "config" / folder / table.name).read_bytes(), table.name


@pytest.mark.slow
def test_the_published_design(parameters):
    """Sizes of the published study: 346 and 422, 85 and 108, 57 and 77; one diabetes value is missing."""
    tables = cohort_tables(parameters, "osteoporosis_mri")
    people = tables["participants"].merge(tables["splits"], on="subject", how="left")
    counts = people.groupby([people["set"].fillna("external"), "osteoporosis"]).size()
    assert counts.to_dict() == {
        ("train", "no"): 346,
        ("train", "yes"): 422,
        ("test", "no"): 85,
        ("test", "yes"): 108,
        ("external", "no"): 57,
        ("external", "yes"): 77,
    }
    assert people["subject"].is_unique
    lacking = people[people["diabetes"] == ""]
    assert list(lacking["set"]) == ["test"]
    assert list(lacking["osteoporosis"]) == ["yes"]
    assert (people.loc[people["readings"] == "yes", "set"] == "train").all()
    assert (people["readings"] == "yes").sum() == 20


@pytest.mark.slow
def test_cases_name_batches_and_sources(parameters):
    cases, participants = (cohort_tables(parameters, "phantom_training")[name] for name in ("cases", "participants"))
    assert list(cases.columns) == ["center", "subject", "source", "batch"]
    assert cases["subject"].equals(participants["subject"])
    assert len(cases) == 160
    assert cases.groupby("batch").size().eq(16).all()
    assert cases["source"][0] == "results/phantom_training/00_simulated/center-TA/sub-TA001"
