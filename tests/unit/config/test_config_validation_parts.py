"""Parts of the validation and the names of their sets, by what the study asks for."""

from __future__ import annotations

import pytest

from helpers import report_study
from osteon.config.study import Study
from osteon.config.validation_parts import cohort_parts, parts, set_titles


def changed(**sections) -> Study:
    """The made-up study with other sections."""
    return Study.model_validate(report_study.study().model_dump() | sections)


def test_resampling_comes_last_and_only_where_there_is_any():
    assert parts(report_study.study()) == ["internal", "external/center-C", "resampling"]
    without = changed(validation={})
    assert parts(without) == cohort_parts(without) == ["internal", "external/center-C"]
    assert parts(changed(models={})) == []


@pytest.mark.parametrize(
    ("validation", "titles"),
    [
        ({"repeats": 5}, {"repeated_cv": "Cross-validation, mean of 5"}),
        ({"repeats": 1}, {"repeated_cv": "Cross-validation, repeated once"}),
        (
            {"leave_one_center_out": True},
            {"without A": "Hospital A, left out", "without B": "Hospital B, left out"},
        ),
    ],
    ids=["repeats", "one repeat", "left out"],
)
def test_resampling_names_what_was_asked_for(validation, titles):
    assert set_titles(changed(validation=validation), "resampling") == titles


def test_no_test_set_without_hold_out():
    assert list(set_titles(report_study.study(), "internal")) == ["train", "test"]
    assert list(set_titles(changed(validation={"hold_out": None}), "internal")) == ["train"]


def test_adapted_sets_stand_beside_the_frozen_ones():
    reference = changed(harmonisation={"new_center": "reference", "adaptation": "adapt"})
    part = "external/center-C"
    assert set_titles(reference, part) == {
        "external": "Hospital C & co",
        "external_rest": "Hospital C & co, rest, frozen",
        "external_adapted": "Hospital C & co, rest, adapted",
    }
    assert list(set_titles(reference, part, adapted=False)) == ["external"]
    assert list(set_titles(report_study.study(), part)) == ["external"]
