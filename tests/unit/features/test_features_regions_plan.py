"""From the study's regions to those that are extracted, and back to the columns."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.config.features import Roi
from osteon.config.regions import region_names, side_of
from osteon.features.derived import Column, derived
from osteon.features.regions_plan import Base, Output, bases_of, planned

ROIS = {
    "all": Roi(labels=["L2", "L1"]),
    "every": Roi(scheme="each", labels=["L1", "L2"]),
    "average": Roi(scheme="mean", labels=["L1", "L2"]),
    "rim": Roi(scheme="ring", labels=["L1", "L2"], outer_mm=4),
    "head": Roi(scheme="sides", left=["L1"], right=["L2"]),
    "sick": Roi(scheme="sides", left=["L1"], right=["L2"], column="side"),
}
L1, L2, BOTH = Base(("L1",)), Base(("L2",)), Base(("L1", "L2"))


def test_names_are_those_of_the_plan():
    names = [output.name for output in planned(ROIS, {"side": "left"})]
    assert names == region_names(ROIS)
    assert names[:5] == ["all", "L1", "L2", "average", "rim"]
    assert names[5:8] == ["headleft", "headright", "headdifference"]
    assert names[8:] == ["sickindex", "sickpartner", "sickdifference"]


def test_each_region_is_extracted_once():
    assert bases_of(planned(ROIS, {"side": "left"})) == [BOTH, L1, L2, Base(("L1", "L2"), (0.0, 4.0))]


@pytest.mark.parametrize(
    ("cell", "index"), [("left", L1), ("L", L1), ("LEFT ", L1), ("左", L1), ("Ｌ", L1), ("r", L2), ("右", L2)]
)
def test_index_is_the_diseased_side(cell, index):
    outputs = planned({"sick": ROIS["sick"]}, {"side": cell})
    partner = L2 if index == L1 else L1
    assert [output.of for output in outputs] == [(index,), (partner,), (index, partner)]


@pytest.mark.parametrize("row", [{}, {"side": ""}, {"side": "both"}], ids=str)
def test_a_side_that_is_not_known_is_a_reason_and_nothing_is_extracted(row):
    outputs = planned({"sick": ROIS["sick"]}, row)
    assert {output.reason for output in outputs} == {"side_unknown"}
    assert bases_of(outputs) == []
    column = derived(outputs[0], {}, 3)
    assert np.isnan(column.values).all()
    assert set(column.reasons) == {"side_unknown"}


def test_side_of_other_words():
    assert side_of("lft") is None
    assert side_of("") is None


def test_mean_and_difference_feature_by_feature():
    none = np.full(3, None, dtype=object)
    reasons = np.array([None, "value_undefined", None], dtype=object)
    columns = {
        L1: Column(np.array([1.0, 2.0, 3.0]), none),
        L2: Column(np.array([5.0, np.nan, -3.0]), reasons),
    }
    mean = derived(Output("m", "mean", (L1, L2)), columns, 3)
    difference = derived(Output("d", "difference", (L1, L2)), columns, 3)
    np.testing.assert_array_equal(mean.values, [3.0, np.nan, 0.0])
    np.testing.assert_array_equal(difference.values, [-4.0, np.nan, 6.0])
    assert mean.reasons.tolist() == difference.reasons.tolist() == [None, "value_undefined", None]
    assert derived(Output("s", "same", (L2,)), columns, 3) is columns[L2]


def test_the_first_region_that_lacks_the_value_says_why():
    columns = {L1: Column.absent(2, "mask_empty"), L2: Column.absent(2, "roi_too_small")}
    assert set(derived(Output("d", "difference", (L2, L1)), columns, 2).reasons) == {"roi_too_small"}
