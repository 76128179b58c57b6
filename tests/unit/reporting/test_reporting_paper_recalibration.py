"""Table of recalibration: the same patients after each method, never those it was fitted to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from helpers import report_study
from osteon.config.modelling import Validation
from osteon.modelling.recalibration_table import recalibration_table as table_of
from osteon.reporting.paper.recalibration import recalibration_table

MODELS = report_study.MODELS
CENTERS = {"C": "Hospital C & co", "D": "Hospital D"}


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    """In C the risks are too high; the declared patients of D have one outcome."""
    random, parts = np.random.default_rng(3), []
    for center in "CD":
        predictor = random.normal(size=120)
        outcome = (random.random(120) < expit(predictor - 1)).astype(int)
        if center == "D":
            outcome[:20] = 0
        people = {"center": center, "set": "external", "subject": [f"{center}{place:03d}" for place in range(120)]}
        parts += [
            pd.DataFrame(people | {"model": m, "outcome": outcome, "probability": expit(predictor)}) for m in MODELS
        ]
    declared = [f"{center}{place:03d}" for center, n in (("C", 60), ("D", 20)) for place in range(n)]
    return table_of(pd.concat(parts), declared, dict.fromkeys(MODELS, 0.5), Validation(bootstrap=100), 1)


def test_every_method_of_a_model_is_below_its_counts(found):
    made = recalibration_table(found, CENTERS, MODELS)
    first = found.iloc[0]
    assert made.rows[0].cells == (
        f"Hospital C & co, Clinical: fitted to 60 ({first['events_fitted']} with the outcome), "
        f"judged in 60 ({first['events']})",
    )
    assert [row.cells[0] for row in made.rows[1:5]] == [
        *("Frozen, as it is", "Moved by the share with the outcome"),
        *("Intercept fitted", "Intercept and slope fitted"),
    ]
    assert made.rows[1].cells[1:3] == ("0.00", "1.00")
    shown = made.rows[3].cells
    row = found.query("center == 'C' and model == 'clinical' and method == 'intercept'").iloc[0]
    low, high = row["observed_expected_low"], row["observed_expected_high"]
    assert shown[6] == f"{row['observed_expected']:.2f} ({low:.2f}–{high:.2f})"
    assert any("who had no part in it" in note for note in made.notes)


def test_what_could_not_be_fitted_and_what_needs_care_have_notes(found):
    made = recalibration_table(found, CENTERS, MODELS)
    start = next(place for place, row in enumerate(made.rows) if row.cells[0].startswith("Hospital D, Clinical"))
    assert made.rows[start + 3].cells[1:] == ("–",) * 9
    notes = "\n".join(made.notes)
    assert "Intercept fitted, Hospital D" in notes.split(": All patients of the set have the same outcome.")[0]
    assert "Intercept and slope fitted, Hospital C & co: A slope was fitted to fewer than 100" in notes
