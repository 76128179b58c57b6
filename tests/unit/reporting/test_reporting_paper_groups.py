"""Tables of subgroups and hospitals: tests of interaction, hidden groups, pooled values."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from helpers import report_study
from osteon.modelling.center_pooling import center_tables
from osteon.modelling.subgroup_tables import subgroup_levels, subgroup_tables
from osteon.reporting.paper.centers import centers_table
from osteon.reporting.paper.subgroups import level_name, subgroups_table
from osteon.reporting.paper.table import PaperTable

MODELS = report_study.MODELS
CENTERS = {"A": "Hospital A", "B": "Hospital B", "C": "Hospital C"}


def rows_of(table: PaperTable) -> dict[str, list[str]]:
    """Cells after the first one by the first one; of rows with the same name the first."""
    found: dict[str, list[str]] = {}
    for row in table.rows:
        found.setdefault(row.cells[0], list(row.cells[1:]))
    return found


def headings(table: PaperTable) -> list[str]:
    """Headings of rows."""
    return [row.cells[0] for row in table.rows if row.heading]


def _predictions() -> pd.DataFrame:
    """Three hospitals, two models, one set; hospital C has few patients."""
    random, parts = np.random.default_rng(2), []
    n = 150
    people = pd.DataFrame({"subject": [f"s{i:03d}" for i in range(n)], "set": "test", "outcome": np.arange(n) % 2})
    people["center"] = np.where(np.arange(n) < 8, "C", np.where(np.arange(n) % 3, "A", "B"))
    for model, noise in (("clinical", 2.0), ("combined", 1.0)):
        risk = 1 / (1 + np.exp(-(1.5 * people["outcome"] - 0.75 + noise * random.normal(size=n))))
        parts.append(people.assign(model=model, probability=risk))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.slow
def test_subgroups_have_one_test_of_interaction_and_hide_small_groups():
    table = _predictions()
    people = table.drop_duplicates("subject").assign(age=np.linspace(50, 90, 150))
    groups = subgroup_levels(people, {"age": [70], "center": None})
    found = subgroup_tables(table, groups, ["test"], {"clinical": 0.5, "combined": 0.5})
    named = {name: frame.assign(patients="Internal test") for name, frame in found.items()}
    made = subgroups_table(named["subgroups"], named["interactions"], MODELS, {"age": "Age (years)"})
    assert headings(made) == ["Internal test, Clinical", "Internal test, Combined"]
    assert {"below 70", "70 or more", "Age (years)"} <= set(rows_of(made))
    p = rows_of(made)["Age (years)"][-2:]
    assert all(re.fullmatch(r"<?[01]\.\d{3}", text) for text in p)
    assert rows_of(made)["below 70"][-2:] == ["", ""]
    assert rows_of(made)["C"] == ["8 (4)", "–", "–", "–", "–", "", ""]
    assert any(note.startswith("center: C: The group is not shown") for note in made.notes)


@pytest.mark.parametrize(
    ("level", "said"),
    [("yes", "*yes"), ("unknown", "*unknown"), ("below 70", "*below 70"), ("60 to below 70", "*60 to below 70")]
    + [("70 or more", "*70 or more"), ("GE 3 T", "GE 3 T")],
)
def test_groups_are_said_in_words_of_the_reader(level, said):
    assert level_name(level, lambda text, **values: f"*{text.format(**values)}") == said


def test_centers_are_pooled_with_a_prediction_interval_or_say_why_not():
    table = _predictions()
    table.loc[table["subject"] < "s050", "center"] = "C"
    found = center_tables(table, {"test": "test"}, ["clinical", "combined"])
    made = centers_table(found["centers"], found["pooled"], CENTERS, MODELS, {"test": "All hospitals"})
    assert headings(made) == ["All hospitals, Clinical", "All hospitals, Combined"]
    pooled = found["pooled"].query("model == 'clinical' and measure == 'auc'").iloc[0]
    assert rows_of(made)["Mean over hospitals"][:2] == ["3 hospitals", ""]
    assert rows_of(made)["Mean over hospitals"][2].startswith(f"{pooled['value']:.3f} (")
    assert rows_of(made)["Prediction interval"][2] == f"{pooled['prediction_low']:.3f}–{pooled['prediction_high']:.3f}"
    few = center_tables(table[table["center"] != "C"], {"test": "test"}, ["clinical", "combined"])
    alone = centers_table(few["centers"], few["pooled"], CENTERS, MODELS, {})
    assert "Mean over hospitals" not in rows_of(alone)
    assert any("nothing is pooled" in note for note in alone.notes)
