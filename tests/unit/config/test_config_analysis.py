"""The section 'analysis': what it takes, and its problems in words."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from osteon.config.analysis import Analysis
from osteon.config.analysis_checks import analysis_problems
from osteon.config.explain import problems_of
from osteon.config.sheets import Case
from osteon.config.study import Study

STUDY = {
    "study": {"name": "s"},
    "cases": "c.tsv",
    "centers": {
        "A": {"role": "development", "source": "dicom"},
        "B": {"role": "external", "source": "dicom"},
        "C": {"role": "external", "source": "dicom"},
    },
    "variables": {"age": {"type": "continuous"}, "sex": {"type": "binary", "positive": "M"}},
    "harmonisation": {"batches": {"scanner": {"column": "scanner"}}},
    "outcome": {"column": "y", "positive": "1", "negative": "0"},
    "models": {"m": {"clinical": ["age"]}},
}


def cases(**named):
    return [
        Case(center, f"{center}{i}", "", center, row, f"{center}{i}", {"later": named.get(f"{center}{i}", "")})
        for row, (center, i) in enumerate([(center, i) for center in "ABC" for i in range(2)], start=2)
    ]


def problems(analysis, sheet=None, **sections):
    study = Study.model_validate({**STUDY, **sections, "analysis": analysis})
    return [f"{one.where} {one.what} {one.write}".strip() for one in analysis_problems(study, sheet or cases(B0="yes"))]


def invalid(analysis):
    with pytest.raises(ValidationError) as caught:
        Analysis.model_validate(analysis)
    return [f"{one.where} {one.what} {one.write}".strip() for one in problems_of(caught.value, Analysis)]


def test_defaults_ask_for_nothing():
    analysis = Analysis()
    assert (analysis.subgroups, analysis.recalibration.column, analysis.enter) == ({}, None, 0.05)
    assert problems({}, models={}, outcome=None) == []


def test_a_good_section():
    section = {
        "subgroups": {"sex": None, "age": 70, "scanner": None, "center": None},
        "recalibration": {"column": "later"},
        "sample_size": {"c_statistic": 0.8},
        "baseline": {"counts": "chi_square_yates"},
        "enter": "all",
    }
    assert problems(section) == []
    assert Analysis.model_validate(section).subgroups["age"] == [70]
    dumped = Analysis.model_validate(section).model_dump(mode="json")
    assert Analysis.model_validate(dumped) == Analysis.model_validate(section)


@pytest.mark.parametrize(
    ("analysis", "message"),
    [
        ({"subgroups": {"age": [70, 60]}}, "'age' needs limits in rising order, each once, for example [60, 70]"),
        ({"subgroups": {"age": []}}, "'age' needs limits in rising order"),
        ({"sample_size": {"c_statistic": 0.8, "r2": 0.2}}, "'r2' follows from 'c_statistic'; write one of them"),
        ({"sample_size": {"c_statistic": 0.5}}, "sample_size.c_statistic 0.5 cannot be used. Write: greater than 0.5"),
        ({"enter": 5}, "'enter' is 'all', or a p above 0 and up to 1, for example 0.05"),
        ({"subgroup": {}}, "subgroup unknown key. Did you mean 'subgroups'?"),
        ({"recalibration": {"colum": "x"}}, "recalibration.colum unknown key. Did you mean 'column'?"),
    ],
)
def test_what_the_section_refuses(analysis, message):
    assert any(message in found for found in invalid(analysis)), invalid(analysis)


@pytest.mark.parametrize(
    ("subgroups", "message"),
    [
        (
            {"agee": [70]},
            "analysis.subgroups.agee is no clinical variable, no batch and not 'center'. Did you mean 'age'?",
        ),
        (
            {"age": None},
            "analysis.subgroups.age is a number and needs limits between the groups. Write: age: [<number>]",
        ),
        ({"sex": [1]}, "analysis.subgroups.sex is no number, but has limits. Write: sex: null"),
        ({"scanner": [3]}, "analysis.subgroups.scanner is no number, but has limits. Write: scanner: null"),
    ],
)
def test_subgroups(subgroups, message):
    assert problems({"subgroups": subgroups}) == [message]


def test_all_problems_at_once():
    found = problems({"subgroups": {"x": None, "age": None}, "recalibration": {"column": "latter"}})
    assert [one.split()[0] for one in found] == [
        "analysis.subgroups.x",
        "analysis.subgroups.age",
        "analysis.recalibration.column",
    ]
    assert found[2] == "analysis.recalibration.column c.tsv has no column 'latter'. Did you mean 'later'?"


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (
            {"A0": "yes", "B0": "yes"},
            "c.tsv, row 2 'yes' in column 'later' is for recalibration, but the patient is of",
        ),
        ({"B0": "perhaps", "B1": "yes"}, "c.tsv, row 4 'perhaps' in column 'later' is neither yes nor no. Write: yes"),
        ({"B0": "yes", "B1": "Yes"}, "names all patients of center 'B' for recalibration; none is left"),
        ({"B0": "no"}, "no external center has a patient with 'yes' in column 'later' of c.tsv."),
    ],
)
def test_recalibration(named, message):
    found = problems({"recalibration": {"column": "later"}}, cases(**named))
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize(
    "outcome",
    [{"column": "y", "type": "continuous"}, {"column": "y", "type": "classes", "classes": ["a", "b", "c"]}],
)
def test_other_outcomes(outcome):
    found = problems({"subgroups": {"sex": None}, "recalibration": {"column": "later"}}, outcome=outcome)
    kind = outcome["type"]
    assert found == [
        f"analysis.subgroups is for a binary outcome, and it is '{kind}'. Remove 'subgroups'",
        f"analysis.recalibration is for a binary outcome, and it is '{kind}'. Remove 'recalibration'",
    ]


def test_models_are_needed():
    found = problems({"subgroups": {"sex": None}}, models={})
    assert found == [
        "analysis.subgroups needs models, and the study has none. Write at least one entry under 'models:'"
    ]
