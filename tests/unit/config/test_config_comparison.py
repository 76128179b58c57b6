"""Settings that differ between two studies, their reasons, and what must be there before a comparison."""

from __future__ import annotations

from pathlib import Path

import pytest

from osteon.config.comparison import compared_files, comparison_problems, differences, flattened, reason_for
from osteon.config.study import Study

BASE = {
    "study": {"name": "first"},
    "cases": "cases.tsv",
    "centers": {
        "A": {"role": "development", "source": "features", "table": "a.csv"},
        "X": {"role": "external", "source": "features", "table": "x.csv"},
    },
    "outcome": {"column": "ill", "positive": "yes", "negative": "no"},
    "signatures": {"T1": ["T1_*"]},
    "models": {"radiomics": {"scores": ["T1"]}},
}


def study(name, **sections):
    return Study.model_validate(BASE | {"study": {"name": name}} | sections)


def second(changes=None, **sections):
    return study("second", compare_with={"study": "first.yaml", "changes": changes or {}}, **sections)


def run(results, one):
    for files in compared_files(one, str(results)).values():
        for path in map(Path, files):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


def test_flattened_keeps_lists_and_empty_mappings_as_values():
    assert flattened({"a": {"b": {"c": 1}, "d": [1, {"e": 2}], "f": {}}}) == {
        "a.b.c": 1,
        "a.d": [1, {"e": 2}],
        "a.f": {},
    }


def test_only_settings_that_differ_are_found_and_not_what_studies_are_called():
    own, other = second(missing_values="mean", validation={"folds": 3}), study("first")
    found = differences(own.model_dump(mode="json"), other.model_dump(mode="json"))
    assert found == {"missing_values": ("mean", "median"), "validation.folds": (3, 5)}


def test_a_key_that_one_study_lacks_differs():
    assert differences({"a": {"b": None}}, {"a": {}}) == {"a.b": (None, None), "a": (None, {})}


@pytest.mark.parametrize(
    ("key", "reason"),
    [("features.bin_width", "width"), ("features.grid", "features"), ("featureset", None), ("validation.folds", None)],
)
def test_the_nearest_declared_reason_counts(key, reason):
    assert reason_for(key, {"features": "features", "features.bin_width": "width"}) == reason


def test_the_other_study_must_have_been_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own, other = second(), study("first")
    (problem,) = comparison_problems(own, other)
    assert problem.what.startswith("first.yaml has not been run: results/first/provenance/config_used.yaml and ")
    assert problem.write == "Run first: snakemake --cores 2 --config study=first.yaml"
    run("results/first", other)
    assert comparison_problems(own, other) == []


def test_a_reason_for_what_does_not_differ_is_a_mistake(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    other = study("first")
    run("results/first", other)
    own = second(
        {"validation.folds": "fewer", "validation.fold": "typo", "missing_values": "same"}, validation={"folds": 3}
    )
    problems = comparison_problems(own, other)
    assert [problem.where for problem in problems] == [
        "compare_with.changes.validation.fold",
        "compare_with.changes.missing_values",
    ]
    assert "Did you mean 'validation.folds'?" in problems[0].write


def test_a_study_is_not_compared_with_itself():
    (problem,) = comparison_problems(second(), study("second"))
    assert "has the name of this study, 'second'" in problem.what


def test_outcomes_must_be_of_one_binary_kind():
    number = {"outcome": {"type": "continuous", "column": "bmd"}}
    (problem,) = comparison_problems(second(**number), study("first", **number))
    assert "same binary outcome" in problem.what
