"""Regions of a study: what one entry may hold, and what must hold between entries, labels and cases.tsv."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from osteon.config.checks import cross_problems
from osteon.config.features import Roi
from osteon.config.regions import region_names
from osteon.config.sheets import Case
from osteon.config.study import Study


def _problems(root, rois, cells=None, labels=("L1", "L2")):
    study = Study(
        study={"name": "x"},
        cases="cases.tsv",
        centers={"A": {"role": "development", "source": "dicom", "masks": "*.nii.gz"}},
        sequences={"T1": {}},
        series_rules=str(root / "config/series_rules/lumbar_mr.yaml"),
        segmentation={"method": "masks"},
        labels={name: number for number, name in enumerate(labels, start=1)},
        rois=rois,
        harmonisation={"method": "none"},
    )
    cases = [
        Case("A", f"A{row}", "raw", "A", row, f"A{row}", {} if cells is None else {"side": cell})
        for row, cell in enumerate(cells or [""], start=2)
    ]
    return [(problem.where, problem.what, problem.write) for problem in cross_problems(study, cases, [])]


def test_sound_regions(root):
    rois = {
        "all": ["L1", "L2"],
        "every": {"scheme": "each", "labels": ["L1", "L2"]},
        "rim": {"scheme": "ring", "labels": ["L1"], "inner_mm": 1, "outer_mm": 3},
        "hip": {"scheme": "sides", "left": ["L1"], "right": ["L2"], "column": "side"},
    }
    assert _problems(root, rois, ["left", "R", "左", "", "NA"]) == []


@pytest.mark.parametrize(
    ("rois", "region", "owner"),
    [
        ({"L1": ["L1"], "every": {"scheme": "each", "labels": ["L1", "L2"]}}, "L1", ("every", "L1")),
        (
            {"one": {"scheme": "each", "labels": ["L1"]}, "two": {"scheme": "each", "labels": ["L2", "L1"]}},
            "L1",
            ("two", "one"),
        ),
        (
            {"hip": {"scheme": "sides", "left": ["L1"], "right": ["L2"]}, "hipleft": ["L1"]},
            "hipleft",
            ("hipleft", "hip"),
        ),
    ],
    ids=["union", "each", "sides"],
)
def test_two_regions_of_one_name(root, rois, region, owner):
    assert _problems(root, rois) == [
        (f"rois.{owner[0]}", f"makes the region '{region}', as rois.{owner[1]} does.", "Rename one of them")
    ]


def test_a_region_that_is_called_like_another_region_s_label(root):
    """The grey levels of a mean's labels are listed under the labels' names."""
    mean = {"scheme": "mean", "labels": ["L1", "L2"]}
    ring = {"scheme": "ring", "labels": ["L1"]}
    ((where, what, _),) = _problems(root, {"L1": ring, "mean": mean})
    assert (where, what) == ("rois.L1", "is called like a label of rois.mean, but is another region.")
    assert _problems(root, {"L1": ["L1"], "mean": mean}) == []
    assert _problems(root, {"every": {"scheme": "each", "labels": ["L1", "L2"]}, "mean": mean}) == []


def test_a_label_that_cannot_be_a_column(root):
    problems = _problems(root, {"every": {"scheme": "each", "labels": ["L_1"]}}, labels=("L_1",))
    assert problems == [("rois.every", "label 'L_1' becomes a column.", "Name it with letters and digits only")]
    assert _problems(root, {"all": ["L_1"]}, labels=("L_1",)) == []


SIDES = {"hip": {"scheme": "sides", "left": ["L1"], "right": ["L2"], "column": "side"}}


def test_cells_that_are_no_side(root):
    remedy = "Write: left or right, or leave it empty if it is not known"
    assert _problems(root, SIDES, ["left", "lft", "both"]) == [
        ("cases.tsv, row 3", "'lft' in column 'side' is no side.", remedy),
        ("cases.tsv, row 4", "'both' in column 'side' is no side.", remedy),
    ]
    assert len(_problems(root, SIDES, ["x"] * 9)) == 6


def test_a_column_that_is_not_there(root):
    rois = {"hip": SIDES["hip"] | {"column": "sides"}}
    assert _problems(root, rois, ["left"]) == [
        ("rois.hip.column", "cases.tsv has no column 'sides'.", "Did you mean 'side'?")
    ]


@pytest.mark.parametrize(
    ("roi", "message"),
    [
        ({"scheme": "ring", "labels": ["L1"], "inner_mm": 5, "outer_mm": 5}, "larger than"),
        ({"labels": ["L1"], "outer_mm": 3}, "write 'scheme: ring'"),
        ({"labels": ["L1", "L1"]}, "names L1 twice"),
        ({"scheme": "sides", "left": ["L1"], "right": ["L1"]}, "names L1 twice"),
        ({"scheme": "sides", "labels": ["L1"]}, "left"),
        ({"scheme": "each", "labels": ["L1"], "column": "side"}, "nothing of 'sides'"),
        ({"scheme": "each"}, "labels"),
    ],
    ids=["distances", "no ring", "twice", "both sides", "no side", "column", "nothing"],
)
def test_an_entry_that_contradicts_itself(roi, message):
    with pytest.raises(ValidationError, match=message):
        Roi(**roi)


def test_what_a_rule_is_told_is_the_same_region():
    rois = {"rim": Roi(scheme="ring", labels=["L1"], outer_mm=3), "all": Roi(labels=["L1"])}
    again = {name: Roi(**roi.model_dump(mode="json")) for name, roi in rois.items()}
    assert again == rois
    assert region_names(again) == ["rim", "all"]
