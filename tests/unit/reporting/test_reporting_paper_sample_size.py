"""Table of sample sizes: candidates printed, assumptions said, nothing claimed that was not assumed."""

from __future__ import annotations

import pandas as pd
import pytest

from osteon.config.analysis import SampleSize
from osteon.modelling.sample_size_table import sample_size_table as table_of
from osteon.reporting.paper.sample_size import sample_size_table
from osteon.tables.files import read_table, write_table

MODELS = {"small": "Clinical", "large": "Radiomics"}
SETS = {"test": "Internal test", "C": "Hospital C"}


def made(training: tuple[int, int] = (1000, 174), **assumptions: float):
    """The table of two models, one of them with 1158 candidates."""
    settings = SampleSize(**assumptions)
    sizes = table_of({"small": 24, "large": 1158}, training, [("C", 134, 77), ("test", 193, 108)], settings)
    return sample_size_table(sizes, MODELS, SETS, settings)


def below(table, heading: str) -> list[tuple[str, ...]]:
    """Rows below the heading that begins so."""
    start = next(place for place, row in enumerate(table.rows) if row.cells[0].startswith(heading))
    rest = table.rows[start + 1 :]
    end = next((place for place, row in enumerate(rest) if row.heading), len(rest))
    return [row.cells for row in rest[:end]]


def test_development_is_that_of_pmsampsize_with_the_number_of_candidates():
    """662 patients for 24 candidates, a share of 0.174 and R2 of 0.288, as printed by pmsampsize."""
    table = made(r2=0.288, prevalence=0.174)
    assert (
        table.rows[0]
        .cells[0]
        .startswith("Development of Clinical: 24 candidate parameters, expected shrinkage factor 0.")
    )
    rows = below(table, "Development of Clinical")
    assert [row[1] for row in rows] == ["623", "662", "221", "662"]
    assert rows[-1] == ("All criteria", "662", "116", "1000", "174", "yes")
    assert below(table, "Development of Radiomics")[-1][-1] == "no"
    assert "Assumed R² (Cox and Snell): 0.288, as stated in the configuration." in table.notes
    assert "Assumed share with the outcome: 17.4%, as stated in the configuration." in table.notes


def test_without_an_assumed_auc_the_size_of_the_validation_is_not_known():
    table = made()
    assert below(table, "Validation: Hospital C") == [("All criteria", "–", "–", "134", "77", "–")]
    assert (
        "Hospital C; Internal test: no AUC was assumed in the configuration, so the size is not known." in table.notes
    )
    assert any("15% of the largest that the share allows" in note for note in table.notes)
    assert "Assumed share with the outcome: 17.4%, that of the training patients." in table.notes


def test_with_one_every_criterion_of_the_validation_is_shown():
    rows = below(made(c_statistic=0.8), "Validation: Internal test")
    assert [row[0] for row in rows] == [
        *("AUC: 95% interval 0.1 wide", "Observed / expected: 95% interval 0.2 wide"),
        *("Calibration slope: 95% interval 0.2 wide", "100 with and 100 without the outcome", "All criteria"),
    ]
    assert all(row[5] in ("yes", "no") for row in rows)


@pytest.mark.parametrize("training", [(50, 50), (50, 0)])
def test_training_patients_with_one_outcome_have_a_reason(training):
    table = made(training)
    assert below(table, "Development of Clinical") == [("All criteria", *["–"] * 5)]
    assert any(note.endswith(": All patients of the set have the same outcome.") for note in table.notes)


def test_the_table_is_the_same_from_the_file(tmp_path):
    settings = SampleSize()
    sizes = table_of({"small": 24}, (100, 40), [("test", 30, 12)], settings)
    write_table(sizes, tmp_path / "s.tsv")
    again = read_table(tmp_path / "s.tsv", ("set", "model", "reason"))
    assert isinstance(again, pd.DataFrame)
    assert sample_size_table(again, MODELS, SETS, settings) == sample_size_table(sizes, MODELS, SETS, settings)
