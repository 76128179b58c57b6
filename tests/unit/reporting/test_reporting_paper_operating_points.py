"""Table of operating points: what is fixed, what is measured there, and why something lacks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers import report_study
from osteon.config.modelling import Validation
from osteon.modelling.operating_table import POINT_COLUMNS, operating_table
from osteon.reporting.paper.operating_points import operating_points_table

MODELS = report_study.MODELS


def points(prevalence: float | None = None, sets: tuple[tuple[str, int], ...] = (("Internal test", 60),)):
    """Two models in sets of so many patients, half of them with the outcome."""
    random, parts = np.random.default_rng(4), []
    settings = Validation(bootstrap=100, prevalence=prevalence)
    for name, n in sets:
        outcome = np.arange(n) % 2
        for model, noise in (("clinical", 2.0), ("combined", 1.6)):
            risk = 1 / (1 + np.exp(-(2 * outcome - 1 + noise * random.normal(size=n))))
            table = pd.DataFrame({"center": "A", "outcome": outcome, "probability": risk})
            parts.append(operating_table(table, settings, 1).assign(model=model, patients=name))
    return pd.concat(parts, ignore_index=True).reindex(columns=["patients", *POINT_COLUMNS])


def cells(made, name: str, heading: str) -> tuple[str, ...]:
    """The row of that name below that heading."""
    start = next(place for place, row in enumerate(made.rows) if row.cells == (heading,))
    return next(row.cells[1:] for row in made.rows[start:] if row.cells[0] == name)


def test_what_is_fixed_has_no_interval_and_the_rest_has_that_of_the_file():
    table = points()
    made = operating_points_table(table, MODELS)
    assert [row.cells[0] for row in made.rows if row.heading] == [
        f"Internal test, {model}: 50.0% with the outcome" for model in ("Clinical", "Combined")
    ]
    row = table.query("model == 'combined' and fixed == 'sensitivity' and target == 0.9").iloc[0]
    found = cells(made, "Sensitivity fixed at 0.90", "Internal test, Combined: 50.0% with the outcome")
    assert found[0] == "0.90"
    assert found[1] == f"{row['value']:.2f} ({row['value_low']:.2f}–{row['value_high']:.2f})"
    assert found[2] == f"{row['ppv']:.2f} ({row['ppv_low']:.2f}–{row['ppv_high']:.2f})"
    found = cells(made, "Specificity fixed at 0.80", "Internal test, Combined: 50.0% with the outcome")
    assert found[1] == "0.80"
    row = table.query("model == 'combined' and fixed == 'specificity'").iloc[0]
    assert found[0].startswith(f"{row['value']:.2f} (")
    assert any("not what a threshold that was fixed beforehand reaches" in note for note in made.notes)


def test_predictive_values_at_a_stated_share_have_columns_of_their_own():
    made = operating_points_table(points(prevalence=0.1), MODELS)
    assert [column.group for column in made.columns[3:]] == ["At the share of the set"] * 2 + [
        "At the stated share"
    ] * 2
    assert "Stated share: predictive values where 10.0% of patients have the outcome." in made.notes
    assert len(operating_points_table(points(), MODELS).columns) == 5


@pytest.mark.parametrize(
    ("sets", "note"), [((("B", 20),), "Sensitivity fixed at 0.95, B; Specificity fixed at 0.95, B")]
)
def test_what_too_few_patients_cannot_tell_is_named_once_with_its_reason(sets, note):
    made = operating_points_table(points(sets=sets), MODELS)
    heading = "B, Clinical: 50.0% with the outcome"
    assert cells(made, "Sensitivity fixed at 0.95", heading) == ("0.95", "–", "–", "–")
    assert f"{note}: The set has too few patients of one outcome." in made.notes


def test_a_set_without_patients_has_no_row_but_a_note():
    table = points().iloc[:1]
    nobody = pd.DataFrame([{"patients": "Hospital C", "model": "clinical", "reason": "all: no_patients"}])
    made = operating_points_table(pd.concat([table, nobody], ignore_index=True), MODELS)
    assert len(made.rows) == 2
    assert "Hospital C: The set has no patient." in made.notes
