"""All tables of a study: their order, numbers, sources, banner and language."""

from __future__ import annotations

import re
from dataclasses import fields, replace

import pandas as pd

from helpers import report_study
from osteon.config.paper_tables import SUPPLEMENT, table_files
from osteon.config.plan import Plan
from osteon.config.sheets import Case
from osteon.reporting.content import ReportContent
from osteon.reporting.language import Say, english
from osteon.reporting.paper import study
from osteon.reporting.paper.table import PaperTable, with_supplement
from osteon.reporting.result_tables import REASONS
from osteon.statistics.no_agreement import SENTENCES
from osteon.tables.explanations import EXPLANATIONS

CENTERS = {"A": "Hospital A", "B": "Hospital B", "C": "Hospital C & co"}
FEATURE = {"feature": "T1_L1_original_glcm_Contrast", "mean": 12.5, "sd": 3.25, "weights": [-0.1234]}
BLOCK = {"name": "T1", "terms": ["T1"], "intercepts": [0.5], "features": [FEATURE], "combat": None}


def further(content: ReportContent) -> study.Further:
    """The features of a score, and the part of the validation that is read on its own."""
    resampled = content.stacked("performance", content.resampling)
    return study.Further(bundles={"combined": {"signatures": [BLOCK]}}, resampled=resampled)


def all_tables(content: ReportContent, say: Say = english) -> list[PaperTable]:
    """Those that the study has something for, as their rules make and number them."""
    made = (study.paper_table(key, content, further(content), say) for key in study.TABLES)
    return with_supplement([table for table in made if table is not None], SUPPLEMENT, say)


def test_a_study_has_all_its_tables_in_order(content):
    made = all_tables(content)
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
    for table in all_tables(content):
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
    made = all_tables(content, lambda text, **values: mark + " ".join(map(str, values.values())))
    for table in made:
        assert table.caption.startswith(mark)
        assert table.banner == mark
        assert all(mark in note for note in table.notes), table.notes
        fixed = [
            column for column in table.columns if mark not in column.heading and column.heading not in CENTERS.values()
        ]
        assert {column.heading for column in fixed} <= set(), table.key


def test_a_table_needs_no_more_than_its_own_files(content):
    """What its rule reads gives the same table as all files of the study."""
    plan = Plan(content.study, [Case("A", "A1", "raw/A1", "A01", 2, "A1")])
    found = []
    for key, files in table_files(plan).items():
        whole = study.paper_table(key, content, further(content))
        only = study.paper_table(key, _only(content, set(files)), _further_only(content, set(files)))
        assert whole == only, key
        found += [key] * (whole is not None)
    assert {"exclusions", "baseline", "coefficients", "performance", "comparisons", "calibration", "resampling"} <= {
        *found
    }


def _only(content: ReportContent, names: set[str]) -> ReportContent:
    """The content with these tables, and nothing else."""
    kept = {field.name for field in fields(content) if field.name in names} | {"study", "sources"}
    kept |= {"flow_figure", "excluded", "software"}  # never part of a table; they have no default
    empty = pd.DataFrame()
    parts = [
        replace(
            part,
            performance=part.performance if "performance" in names and part.key != "resampling" else empty,
            pairwise=part.pairwise if "pairwise" in names else empty,
            baseline=part.baseline if "baseline" in names else empty,
            more={name: table for name, table in part.more.items() if name in names},
        )
        for part in content.parts
    ]
    own = {name: getattr(content, name) for name in kept} | {"flow": content.flow if "flow" in names else empty}
    return ReportContent(**own | {"parts": parts})


def _further_only(content: ReportContent, names: set[str]) -> study.Further:
    whole = further(content)
    return study.Further(
        bundles=whole.bundles if "bundles" in names else {}, resampled=whole.resampled if "resampled" in names else None
    )
