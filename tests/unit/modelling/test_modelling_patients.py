"""Joining tables: alignment, what is left out, what is refused."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest

from osteon.modelling.patients import join_patients


@pytest.fixture
def people():
    return pd.DataFrame(
        {
            "subject": ["b2", "a1", "a2", "x9"],
            "center": ["B", "A", "A", "A"],
            "outcome": [1, 0, 1, 0],
            "age": [70, 60.5, np.nan, 50],
        }
    )


@pytest.fixture
def tables():
    return [
        pd.DataFrame({"subject": ["a2", "a1"], "center": "A", "f": [2.0, 1.0], "g": [4.0, np.nan]}),
        pd.DataFrame({"subject": ["b2", "b7"], "center": "B", "f": [3.0, 9.0]}),
    ]


def test_joined_and_sorted(people, tables, caplog):
    with caplog.at_level(logging.INFO):
        found = join_patients(people, tables)
    assert found.subjects.tolist() == ["a1", "a2", "b2"]
    assert found.outcome.tolist() == [0, 1, 1]
    assert found.features["f"].tolist() == [1, 2, 3]
    assert np.isnan(found.features.at["b2", "g"])
    assert "1 of 4 patients of the participants" in caplog.text
    assert "1 of 4 patients of the features" in caplog.text
    assert found.take(["b2", "a1", "nobody"]).subjects.tolist() == ["a1", "b2"]


def test_nobody_left_is_no_error(people, tables):
    assert len(join_patients(people.iloc[:0], tables)) == 0
    assert len(join_patients(people, [tables[0].iloc[:0]])) == 0


def change(table, **cells):
    return table.assign(**cells)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda p, t: (p.drop(columns="center"), t), "column 'center' is missing"),
        (lambda p, t: (p.drop(columns="outcome"), t), "column 'outcome' is missing"),
        (lambda p, t: (p, [*t, t[0]]), "subject 'a2' is there twice"),
        (lambda p, t: (pd.concat([p, p]), t), "participants table: subject 'b2' is there twice"),
        (lambda p, t: (change(p, center=["A"] * 4), t), "subject 'b2' is of center 'A' in the participants .* 'B'"),
        (lambda p, t: (change(p, outcome=[2, 0, 1, 0]), t), "subject 'b2' has outcome 2.0"),
        (lambda p, t: (change(p, age=["70", "old", "1", "1"]), t), "'age' has 'old' for subject 'a1'"),
        (lambda p, t: (p, [change(t[0], f=[np.inf, 1]), t[1]]), "'f' is infinite for subject 'a2'"),
        (lambda p, t: (p, [t[0].set_axis(["subject", "center", "f", "f"], axis=1), t[1]]), "column 'f' is there twice"),
    ],
)
def test_refused(people, tables, spoil, message):
    with pytest.raises(ValueError, match=message):
        join_patients(*spoil(people, tables))
