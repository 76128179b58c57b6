"""Copies of the outcome are refused, near copies announced, and honest features let alone."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from osteon.modelling.missing import missing_summary
from osteon.modelling.outcome_copies import associations, near_copies, refuse_outcome_copies
from osteon.modelling.patients import Patients
from osteon.modelling.task import Task

BINARY, NUMBER = Task(), Task("continuous", ())
CLASSES = Task("classes", ("normal", "osteopenia", "osteoporosis"))


def patients_of(outcome, features, clinical=None) -> Patients:
    index = pd.Index([f"s{number:03d}" for number in range(len(outcome))], name="subject")
    center = pd.Series(np.where(np.arange(len(outcome)) % 3, "A", "B"), index=index)
    tables = [pd.DataFrame(table or {}, index=index) for table in (clinical, features)]
    return Patients(center, pd.Series(outcome, index=index), *tables, center.to_frame("center"))


@pytest.fixture
def outcome():
    return np.array([0, 1] * 100)


COPIES = {
    "exact": lambda y: y,
    "inverted": lambda y: 1 - y,
    "other values": lambda y: np.where(y, 1.25, 5.5),
    "with gaps": lambda y: np.where(np.arange(len(y)) % 5, y, np.nan),
}
HONEST = {
    "a flip": lambda y: np.where(np.arange(len(y)) == 3, 1 - y, y),
    "perfect but graded": lambda y: y + np.linspace(0, 0.5, len(y)),
    "constant": lambda y: np.ones(len(y)),
    "missing": lambda y: np.full(len(y), np.nan),
    "hardly any value": lambda y: np.where(np.arange(len(y)) < 4, y, np.nan),
    "noise": lambda y: np.random.default_rng(0).normal(size=len(y)),
}


@pytest.mark.parametrize("name", COPIES)
@pytest.mark.parametrize("kind", ["clinical", "features"])
def test_copies_are_refused(outcome, name, kind):
    tables = {"features": {"ok": np.arange(200.0)}, "clinical": {"age": np.arange(200.0)}}
    tables[kind]["leak"] = COPIES[name](outcome)
    found = patients_of(outcome, **tables)
    with pytest.raises(ValueError, match=r"^column 'leak' is a copy of the outcome; remove it from the inputs$"):
        refuse_outcome_copies(found, list(found.clinical), list(found.features), BINARY)
    refuse_outcome_copies(found, ["age"], ["ok"], BINARY)  # what no model uses may be there


@pytest.mark.parametrize("name", HONEST)
def test_honest_features_are_let_alone(outcome, name):
    refuse_outcome_copies(patients_of(outcome, {"f": HONEST[name](outcome)}), [], ["f"], BINARY)


def test_two_patients_of_each_class_are_needed():
    """With one patient of a class, any feature of two values could be its copy."""
    one, two = patients_of([0, 0, 1], {"f": [1.0, 1, 2]}), patients_of([0, 0, 1, 1], {"f": [1.0, 1, 2, 2]})
    refuse_outcome_copies(one, [], ["f"], BINARY)
    with pytest.raises(ValueError, match="'f' is a copy"):
        refuse_outcome_copies(two, [], ["f"], BINARY)


@pytest.mark.parametrize(("values", "refused"), [((7.0, 3, 5), True), ((0.0, 0, 1), True), ((2.0, 2, 2), False)])
def test_a_copy_of_classes_or_of_one_of_them(values, refused):
    classes = np.tile([0, 1, 2], 20)
    found = patients_of(classes, {"f": np.array(values)[classes]})
    if refused:
        with pytest.raises(ValueError, match="'f' is a copy"):
            refuse_outcome_copies(found, [], ["f"], CLASSES)
    else:
        refuse_outcome_copies(found, [], ["f"], CLASSES)


def test_a_number_in_another_unit_is_a_copy():
    density = np.random.default_rng(0).normal(100, 20, 60)
    score = (density - 120) / -30
    found = patients_of(density, {"t": score, "rounded": score.round(1), "curve": density**3})
    with pytest.raises(ValueError, match="'t' is a copy"):
        refuse_outcome_copies(found, [], ["t"], NUMBER)
    refuse_outcome_copies(found, [], ["rounded", "curve"], NUMBER)
    assert set(near_copies(found, [], ["rounded", "curve"], NUMBER)["column"]) == {"rounded", "curve"}


def test_near_copies_are_announced(outcome, caplog):
    flips = outcome.copy()
    flips[:4] = 1 - flips[:4]
    features = {
        "noise": HONEST["noise"](outcome),
        "flips": flips,
        "graded": outcome * 1.0 + np.linspace(0, 0.5, 200),
        "many": np.where(np.arange(200) < 40, 1 - outcome, outcome),
        "gap": np.where(np.arange(200) % 2 < 2, HONEST["a flip"](outcome), np.nan),
    }
    found = patients_of(outcome, features, {"age": np.arange(200.0)})
    with caplog.at_level(logging.WARNING):
        table = near_copies(found, ["age"], list(features), BINARY)
    assert table["column"].tolist() == ["graded", "gap", "flips"]
    assert table["association"].tolist() == pytest.approx([1.0, 0.99, 0.96])
    assert table["patients"].tolist() == [200, 200, 200]
    assert caplog.text.count("follows the outcome closely") == 3
    assert near_copies(found, ["age"], ["noise"], BINARY).empty


def test_association_with_a_number_is_spearmans():
    random = np.random.default_rng(1)
    y = random.normal(size=50)
    table = pd.DataFrame({"a": -y + random.normal(size=50), "b": np.round(y, 0), "c": random.normal(size=50)})
    table.loc[random.random(50) < 0.3, "a"] = np.nan
    found = associations(table, pd.Series(y), NUMBER)
    for column, values in table.items():
        known = values.notna()
        assert found[column] == pytest.approx(abs(spearmanr(values[known], y[known]).statistic), abs=1e-12)


def test_missing_values_are_counted():
    found = patients_of(
        [0, 1, 0, 1, 0, 1], {"f": [np.nan, 1, 2, np.nan, 3, 4], "full": range(6)}, {"age": [1, np.nan, 1, 1, 1, 1]}
    )
    table = missing_summary(found).set_index("column")
    assert table.index.tolist() == ["f", "age"]
    assert table.loc["f"].tolist() == ["feature", 2, pytest.approx(1 / 3), 0.0, 1.0, "B"]
    assert table.loc["age"].tolist() == ["clinical", 1, pytest.approx(1 / 6), 0.0, 0.25, "A"]
    assert missing_summary(patients_of([0, 1], {"f": [1, 2]})).empty
