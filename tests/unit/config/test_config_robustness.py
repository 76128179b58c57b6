"""Which cases robustness is measured on, and settings that make no sense."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from osteon.config.checks import cross_problems
from osteon.config.features import Robustness
from osteon.config.plan import Plan
from osteon.config.sheets import Case
from osteon.config.study import Study

READERS = [{"pattern": "r1/*.nii.gz", "reader": "R1"}, {"pattern": "r2/*.nii.gz", "reader": "R2"}]
STUDY = {
    "study": {"name": "s", "seed": 5},
    "cases": "c.tsv",
    "centers": {
        "A": {"role": "development", "source": "dicom", "masks": READERS},
        "B": {"role": "development", "source": "dicom", "masks": "truth/*.nii.gz"},
        "C": {"role": "development", "source": "features", "table": "t.csv"},
        "X": {"role": "external", "source": "dicom", "masks": READERS},
    },
    "sequences": {"T1": {}},
    "labels": {"L1": 1, "left": 2},
    "rois": {"body": ["L1"], "hip": {"scheme": "sides", "left": ["left"], "right": ["L1"], "column": "side"}},
}


def cases_of(**numbers: int) -> list[Case]:
    return [
        Case(center, f"{center}{number}", "", f"{center}{number % 2}", 2, "", {"side": "left"})
        for center, count in numbers.items()
        for number in range(count)
    ]


def plan(rows, **robustness) -> Plan:
    return Plan(Study.model_validate(STUDY | {"robustness": robustness}), rows)


def subjects(cases) -> set[str]:
    return {case.subject for case in cases}


def test_perturbed_cases_are_development_images_and_stay_when_patients_are_added():
    cases = cases_of(A=12, B=12, C=5, X=12)
    chosen = subjects(plan(cases, cases=8).perturbed)
    assert len(chosen) == 8
    assert {subject[0] for subject in chosen} == {"A", "B"}
    assert subjects(plan(cases[::-1], cases=8).perturbed) == chosen
    more = subjects(plan([*cases, Case("B", "B99", "", "B1", 2, "")], cases=8).perturbed)
    assert len(more & chosen) >= 7
    assert subjects(plan(cases, cases=20).perturbed) > chosen
    other_seed = STUDY | {"study": {"name": "s", "seed": 6}, "robustness": {"cases": 8}}
    assert subjects(Plan(Study.model_validate(other_seed), cases).perturbed) != chosen


def test_readers_are_compared_where_a_center_delivers_several():
    cases = cases_of(A=6, B=6, X=6)
    assert subjects(plan(cases, readers=True).robustness_cases()) == {f"A{number}" for number in range(6)}
    assert subjects(plan(cases, readers=True).robustness_cases("A1")) == {"A1", "A3", "A5"}
    both = plan(cases, readers=True, cases=5)
    assert subjects(both.robustness_cases()) == {f"A{number}" for number in range(6)} | subjects(both.perturbed)
    assert plan(cases).robustness_cases() == []


def test_targets_and_filter():
    cases = cases_of(A=6)
    assert "<results>/04_features/robustness.tsv" in plan(cases, cases=5).targets()
    assert "<results>/04_features/robustness.tsv" not in plan(cases).targets()
    asked = Robustness(cases=5, threshold=0.8)
    assert Robustness(**plan(cases, cases=5, threshold=0.8).robustness_filter) == asked
    assert plan(cases, cases=5, filter=False).robustness_filter == {}
    assert plan(cases).robustness_filter == {}


def test_rows_hold_what_regions_need():
    (case,) = cases_of(A=1)
    assert plan([case]).region_rows([case]) == [{"side": "left"}]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cases": 3}, "'cases' is 3; write 0, or 5 and more"),
        ({"cases": 20, "perturbations": []}, "'cases' needs 'perturbations"),
        ({"cases": 20, "perturbations": ["noise", "noise"]}, "'perturbations' names noise twice"),
    ],
)
def test_settings_without_sense(settings, message):
    with pytest.raises(ValidationError, match=message):
        Robustness(**settings)


def test_asked_for_where_there_is_nothing():
    def problems(centers, **robustness):
        study = Study.model_validate(STUDY | {"centers": centers, "robustness": robustness})
        return {problem.where: problem.what for problem in cross_problems(study, [], [])}

    centers = STUDY["centers"]
    tables = {"C": centers["C"], "X": centers["X"]}
    assert "no development center delivers any" in problems(tables, cases=20)["robustness"]
    one_reader = {"B": centers["B"], "X": centers["X"]}
    assert "several readings" in problems(one_reader, readers=True)["robustness.readers"]
    assert not {"robustness", "robustness.readers"} & problems(centers, readers=True, cases=20).keys()


def test_a_fold_needs_perturbed_patients_of_its_own():
    def problems(**validation):
        models = {"outcome": {"column": "y", "positive": "1", "negative": "0"}, "participants": "p.tsv"}
        models |= {"models": {"m": {"scores": ["T1"]}}, "validation": validation}
        study = Study.model_validate(STUDY | models | {"robustness": {"cases": 6}})
        found = [problem for problem in cross_problems(study, [], []) if problem.where == "robustness.cases"]
        return [f"{problem.what} {problem.write}" for problem in found]

    assert problems() == []
    assert problems(hold_out=0.4, folds=2) == [
        "of 6 perturbed patients about 2 are training patients of a fold, too few for an ICC. Write: cases: 10, or "
        "more, or: filter: false"
    ]
    assert problems(hold_out=None, folds=2) == []
