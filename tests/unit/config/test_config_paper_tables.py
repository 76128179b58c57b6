"""Which tables of the manuscript a study has, and what each is made of."""

from __future__ import annotations

import pytest

from osteon.config.paper_tables import SUPPLEMENT, table_files
from osteon.config.plan import Plan
from osteon.config.sheets import Case
from osteon.config.study import Study
from osteon.reporting.paper.study import TABLES

IMAGING = {"role": "development", "source": "dicom"}
FEATURES = {"role": "external", "source": "features", "table": "t.csv"}
READINGS = [{"reader": name, "pattern": f"{name}.nii.gz"} for name in ("ML", "XW")]
STUDY = {
    "study": {"name": "s"},
    "cases": "c.tsv",
    "participants": "p.tsv",
    "centers": {"A": IMAGING | {"masks": READINGS}, "B": FEATURES},
    "sequences": {"T1": {}},
    "labels": {"L1": 1},
    "rois": {"body": ["L1"]},
    "segmentation": {"method": "nnunet", "model": "m.zip"},
    "robustness": {"cases": 5},
    "outcome": {"column": "y", "positive": "1", "negative": "0"},
    "variables": {"age": {"type": "continuous"}},
    "models": {"m": {"scores": ["T1"]}, "c": {"clinical": ["age"]}},
    "validation": {"repeats": 2},
    "analysis": {"subgroups": {"age": [70]}, "recalibration": {"column": "scouts"}},
}
CASES = [
    Case("A", "A1", "raw/A1", "A01", 2, "A1"),
    Case("B", "B1", "", "B", 3, "B1", {"scouts": "yes"}),
    Case("B", "B2", "", "B", 4, "B2", {"scouts": ""}),
]
OUTCOMES = {
    "classes": {"column": "y", "type": "classes", "classes": ["a", "b", "c"]},
    "continuous": {"column": "y", "type": "continuous"},
}
BINARY_ALONE = {"logistic", "operating_points", "recalibration", "subgroups", "centers", "sample_size"}


def files_of(**changes: object) -> dict[str, dict[str, list[str]]]:
    """The files of the full study with other sections."""
    return table_files(Plan(Study.model_validate(STUDY | changes), CASES))


def without_subgroups(kind: str) -> dict[str, dict[str, list[str]]]:
    """Those of a study with another kind of outcome, which has no subgroups and nothing to recalibrate."""
    return files_of(outcome=OUTCOMES[kind], analysis={})


def test_a_full_study_has_every_table_in_the_order_of_the_builders():
    assert list(files_of()) == list(TABLES)
    assert set(SUPPLEMENT) <= TABLES.keys()


def test_each_table_is_made_of_its_own_files_alone():
    files = files_of()
    parts = ("internal", "external/center-B")
    assert files["subgroups"] == {
        name: [f"<results>/07_validation/{part}/{name}.tsv" for part in parts] for name in ("subgroups", "interactions")
    }
    assert files["features"] == {
        "selection": [f"<results>/06_models/{model}/selection.tsv" for model in "mc"],
        "bundles": [f"<results>/06_models/{model}/bundle" for model in "mc"],
    }
    assert files["resampling"] == {"resampled": ["<results>/07_validation/resampling/performance.tsv"]}
    readers: dict[str, set[str]] = {}
    for key, own in files.items():
        for path in (path for paths in own.values() for path in paths):
            readers.setdefault(path, set()).add(key)
    shared = {path: keys for path, keys in readers.items() if len(keys) > 1}
    assert shared == {
        f"<results>/07_validation/{part}/performance.tsv": {"performance", "calibration"} for part in parts
    }


@pytest.mark.parametrize("kind", OUTCOMES)
def test_another_kind_of_outcome_lacks_what_is_for_binary_ones(kind):
    files = without_subgroups(kind)
    assert TABLES.keys() - files.keys() == BINARY_ALONE
    assert list(files["calibration"]) == ["classes" if kind == "classes" else "performance"]


def test_a_study_of_features_without_outcome_has_the_flow_alone():
    tables = {"A": FEATURES | {"role": "development"}, "B": FEATURES}
    study = {"study": {"name": "s"}, "cases": "c.tsv", "centers": tables}
    assert list(table_files(Plan(Study.model_validate(study), []))) == ["exclusions"]


@pytest.mark.parametrize("files", [files_of(), *map(without_subgroups, OUTCOMES)], ids=["binary", *OUTCOMES])
def test_the_sources_that_a_table_names_are_among_its_files(files):
    for key, own in files.items():
        sources = TABLES[key][1]
        assert set(own) - {"search"} <= set(sources), key
        assert set(sources) & set(own), key
