"""Tables: known cells, footnotes for what is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers import report_study
from osteon.reporting import mask_tables, result_tables, tables
from osteon.reporting.tables import DisplayTable

MODELS = report_study.MODELS
CENTERS = {"A": "Hospital A", "B": "Hospital B", "C": "Hospital C"}


def _performance(**values) -> pd.DataFrame:
    row = report_study.performance(["test"], 1).iloc[[1]].assign(patients="Internal test", reason="", caution="")
    return row.assign(**values)


def _cell(table: DisplayTable, column: str, row: int = 0) -> str:
    return table.rows[row][table.columns.index(column)]


def test_every_row_is_as_long_as_the_headings(content):
    made = [
        tables.flow_table(content.flow, CENTERS),
        tables.excluded_table(content.excluded, CENTERS),
        tables.acquisition_display(content.acquisition, CENTERS, {}),
        mask_tables.agreement_table(content.agreement, content.agreement_cases, CENTERS),
        mask_tables.agreement_cases_table(content.agreement_cases, CENTERS),
        mask_tables.readers_table(content.readers, CENTERS),
        tables.baseline_table(content.stacked("baseline"), "osteoporosis", content.outcome_groups),
        tables.software_table(content.software),
        result_tables.discrimination_table(content.stacked("performance"), MODELS),
        result_tables.classification_table(content.stacked("performance"), MODELS),
        result_tables.calibration_table(content.stacked("performance"), MODELS),
        result_tables.pairwise_table(content.stacked("pairwise"), MODELS),
    ]
    for table in made:
        assert table.rows
        assert all(len(row) == len(table.columns) for row in table.rows), table.key
        assert all(isinstance(cell, str) and cell for row in table.rows for cell in row), table.key
    assert len({table.key for table in made}) == len(made)


def test_performance_cells():
    performance = _performance(
        auc=0.80642,
        auc_low=0.73811,
        auc_high=0.87286,
        sensitivity=0.75,
        sensitivity_low=0.6,
        sensitivity_high=0.86,
        threshold=0.41234,
        n=40,
        events=22,
    )
    assert _cell(result_tables.discrimination_table(performance, MODELS), "AUC") == "0.806 (0.738–0.873)"
    table = result_tables.classification_table(performance, MODELS)
    assert _cell(table, "n (events)") == "40 (22)"
    assert _cell(table, "Threshold") == "0.412"
    assert _cell(table, "Sensitivity") == "0.75 (0.60–0.86)"


def test_missing_measure_has_a_footnote_in_words_where_it_is_shown():
    performance = _performance(
        slope=np.nan,
        slope_low=np.nan,
        slope_high=np.nan,
        reason="slope: separated; auc: too_few",
        caution="threshold: threshold_chosen_here",
    )
    calibration = result_tables.calibration_table(performance, MODELS)
    assert _cell(calibration, "Calibration slope") == "–"
    assert [note for note in calibration.notes if note.startswith("Calibration slope, Internal test: The predictions")]
    assert not [note for note in calibration.notes if note.startswith("AUC")]
    classification = result_tables.classification_table(performance, MODELS)
    assert [note for note in classification.notes if note.startswith("Threshold, Internal test: The threshold was")]


def test_set_without_patients_has_a_footnote():
    empty = pd.DataFrame(
        [
            {
                "patients": "Hospital C",
                "set": "external",
                "model": "clinical",
                "n": 0,
                "events": 0,
                "threshold": 0.4,
                "reason": "all: no_patients",
                "caution": "",
            }
        ]
    )
    empty = empty.reindex(columns=report_study.performance(["test"], 1).assign(patients="").columns)
    table = result_tables.discrimination_table(empty, MODELS)
    assert _cell(table, "AUC") == "–"
    assert "All measures, Hospital C: The set has no patient." in table.notes


def test_pairwise_cells():
    pairs = report_study.pairwise(["test"]).assign(patients="Internal test")
    assert result_tables.pairwise_table(pairs, MODELS).rows[0] == [
        "Internal test",
        "Clinical − Combined",
        "−0.081 (−0.200 to 0.040)",
        "−1.23",
        "<0.001",
        "0.210",
    ]


def test_baseline_cells():
    baseline = report_study.baseline("test").assign(patients="Internal test")
    table = tables.baseline_table(baseline, "osteoporosis", ["No osteoporosis", "Osteoporosis"])
    assert table.columns[3:5] == ["No osteoporosis", "Osteoporosis"]
    assert table.rows[0] == ["Internal test", "Age (years)", *["66.5 (60.2–72.0)"] * 3, "Mann-Whitney U", "0.012"]
    assert table.rows[1] == ["Internal test", "Male sex", *["12 (40.0%); 1 missing"] * 3, "Chi-square, Yates", ">0.999"]


def test_flow_totals_are_the_sums():
    _, flow = report_study.flow()
    rows = {row[0]: row[1:] for row in tables.flow_table(flow, CENTERS).rows}
    assert rows["Listed"] == ["30", "28", "26", "84"]
    assert rows["Excluded in all"] == ["2", "2", "1", "5"]
    assert rows["External validation"] == ["–", "–", "25", "25"]
