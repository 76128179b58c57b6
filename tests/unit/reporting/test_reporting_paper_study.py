"""All tables of a study: their order, numbers, sources, banner and language."""

from __future__ import annotations

import re
from dataclasses import replace

from helpers import report_study
from osteon.reporting.language import english
from osteon.reporting.paper import study
from osteon.reporting.result_tables import REASONS
from osteon.statistics.no_agreement import SENTENCES
from osteon.tables.explanations import EXPLANATIONS

CENTERS = {"A": "Hospital A", "B": "Hospital B", "C": "Hospital C & co"}
FEATURE = {"feature": "T1_L1_original_glcm_Contrast", "mean": 12.5, "sd": 3.25, "weights": [-0.1234]}
BLOCK = {"name": "T1", "terms": ["T1"], "intercepts": [0.5], "features": [FEATURE], "combat": None}
FURTHER = study.Further(bundles={"combined": {"signatures": [BLOCK]}})


def test_a_study_has_all_its_tables_in_order(content):
    made = study.paper_tables(content, FURTHER)
    numbers = {table.key: table.number for table in made}
    assert list(numbers) == [
        *("exclusions", "acquisition", "baseline", "segmentation", "coefficients", "performance", "comparisons"),
        *("calibration", "mask_readers", "features", "resampling"),
    ]
    assert [numbers[key] for key in ("exclusions", "calibration", "mask_readers", "resampling")] == [
        "1",
        "8",
        "S1",
        "S3",
    ]
    assert all(table.banner == "Simulated patients: these numbers say nothing about MRI." for table in made)
    assert made[0].sources == ["01_cohort/flow.tsv"]
    real = study.paper_table("exclusions", replace(content, study=report_study.study(simulated=False)), study.Further())
    assert real.banner == ""


def test_intervals_are_said_in_the_language_of_the_study(content):
    def say(text: str, **values: object) -> str:
        return {"{low} to {high}": "{low}～{high}"}.get(text, text).format(**values)

    made = study.paper_table("comparisons", content, study.Further(), say)
    assert [row.cells[1] for row in made.rows if not row.heading] == ["−0.081 (−0.200～0.040)"] * 2


def test_every_sentence_that_is_said_from_a_dictionary_can_be_said():
    for text in [*REASONS.values(), *SENTENCES.values(), *(sentence for sentence, _ in EXPLANATIONS.values())]:
        assert english(text) == text


def test_no_cell_of_any_table_is_empty_or_a_p_of_zero(content):
    for table in study.paper_tables(content, FURTHER):
        cells = [cell for row in table.rows for cell in row.cells]
        assert all(isinstance(cell, str) for cell in cells), table.key
        assert "" not in cells, table.key
        assert not any(re.search(r"\bnan\b|None", cell) for cell in cells), table.key
        if "P" in (place := [column.heading for column in table.columns]):
            column = place.index("P")
            assert "0.000" not in [row.cells[column] for row in table.rows if not row.heading], table.key


def test_every_text_is_said_in_the_language_of_the_study(content):
    """Nothing but numbers, names of the study and abbreviations is left where every text is replaced by a mark."""
    mark = "※"
    made = study.paper_tables(
        content,
        FURTHER,
        lambda text, **values: mark + " ".join(map(str, values.values())),
    )
    for table in made:
        assert table.caption.startswith(mark)
        assert table.banner == mark
        assert all(mark in note for note in table.notes), table.notes
        fixed = [
            column for column in table.columns if mark not in column.heading and column.heading not in CENTERS.values()
        ]
        assert {column.heading for column in fixed} <= set(), table.key
