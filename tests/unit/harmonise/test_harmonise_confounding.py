"""Confounding of batch and outcome: strength, flags, sizes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kruskal

from osteon.harmonise.confounding import batch_outcome_association, confounding_table

VALUES = ["no", "yes"]


def cohort(counts):
    """(batch, outcome) of patients: {batch: (patients with code 0, with code 1, ...)}."""
    rows = [(name, code) for name, own in counts.items() for code, count in enumerate(own) for _ in range(count)]
    return pd.Series([name for name, _ in rows]), pd.Series([code for _, code in rows])


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"A": (30, 10), "B": (10, 30)}, 0.5),
        ({"A": (20, 20), "B": (20, 20)}, 0.0),
        ({"A": (20, 0), "B": (0, 20)}, 1.0),
        ({"A": (10, 0, 0), "B": (0, 10, 0), "C": (0, 0, 10)}, 1.0),
    ],
)
def test_cramers_v(counts, expected):
    found = batch_outcome_association(*cohort(counts), continuous=False)
    assert (found.measure, found.reason) == ("cramers_v", None)
    assert found.value == pytest.approx(expected)
    assert (found.p < 0.001) == (expected > 0.3)


def test_eta():
    random = np.random.default_rng(0)
    batch = pd.Series(np.repeat(["A", "B", "C"], 40))
    noise = pd.Series(random.normal(size=120))
    found = batch_outcome_association(batch, noise + 2 * (batch == "B"), continuous=True)
    groups = [(noise + 2 * (batch == "B"))[batch == name] for name in "ABC"]
    assert found.p == kruskal(*groups).pvalue
    assert found.value == pytest.approx(math.sqrt((kruskal(*groups).statistic - 2) / 117))
    assert batch_outcome_association(batch, noise, continuous=True).value < 0.2
    separate = batch_outcome_association(batch, pd.Series(np.arange(120.0)), continuous=True)
    assert 0.9 < separate.value <= 1


@pytest.mark.parametrize(
    ("batch", "outcome", "continuous", "reason"),
    [
        (["A"] * 4, [0, 1, 0, 1], False, "one_batch"),
        (["A", "B"] * 2, [1] * 4, False, "one_outcome"),
        (["A", "B"] * 2, [1.5] * 4, True, "one_outcome"),
        (["A", "B"], [1.5, 2.5], True, "too_few"),
    ],
)
def test_nothing_to_compare_has_a_reason(batch, outcome, continuous, reason):
    found = batch_outcome_association(pd.Series(batch), pd.Series(outcome), continuous=continuous)
    assert found.reason == reason
    assert math.isnan(found.value)
    assert math.isnan(found.p)


def test_table():
    batch, outcome = cohort({"A": (40, 10), "B": (4, 21), "C": (0, 12)})
    batches = pd.DataFrame({"center": batch, "model": np.resize(["new", "old"], len(batch))})
    table = confounding_table(batches, outcome, values=VALUES, continuous=False)
    assert table["batch"].tolist() == ["center"] * 4 + ["model"] * 3
    center = table[table["batch"] == "center"].set_index("level")
    assert center.index.tolist() == ["", "A", "B", "C"]
    assert center["patients"].tolist() == [87, 50, 25, 12]
    assert center["outcome_yes"].tolist() == [43, 10, 21, 12]
    assert center["outcome_no"].tolist() == [44, 40, 4, 0]
    assert center.loc["", "association"] > 0.3
    assert center["flag"].tolist() == ["association", None, None, "one_class"]
    assert center["size"].tolist() == [None, None, "below_30", "below_20"]
    assert center.loc[["A", "B", "C"], ["association", "p"]].isna().all(axis=None)
    assert table.set_index(["batch", "level"]).loc[("model", ""), "flag"] is None


def test_table_of_classes_and_numbers():
    batch, outcome = cohort({"A": (10, 10, 10), "B": (10, 10, 10)})
    batches = pd.DataFrame({"center": batch})
    classes = confounding_table(batches, outcome, values=["normal", "osteopenia", "osteoporosis"], continuous=False)
    assert classes["outcome_osteopenia"].tolist() == [20, 10, 10]
    assert classes["flag"].isna().all()
    density = pd.Series(np.where(batch == "A", 100.0, 160.0) + np.arange(60) % 7)
    numbers = confounding_table(batches, density, values=[], continuous=True)
    assert numbers["outcome_median"].tolist() == pytest.approx([density.median(), 103, 163], abs=1)
    assert numbers["measure"].tolist()[0] == "eta"
    assert numbers["flag"].tolist() == ["association", None, None]


def test_weak_but_sure_association_of_a_number_is_flagged():
    """With many patients p says it although eta is small."""
    random = np.random.default_rng(1)
    batch = pd.Series(np.repeat(["A", "B"], 1000))
    number = pd.Series(random.normal(size=2000)) + 0.2 * (batch == "B")
    table = confounding_table(pd.DataFrame({"center": batch}), number, values=[], continuous=True)
    assert table.loc[0, "association"] < 0.3
    assert table.loc[0, "flag"] == "association"
