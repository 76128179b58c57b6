"""Sections on what was measured besides performance: they come where the study has something, and only there."""

from __future__ import annotations

import pandas as pd
import pytest

from helpers.html_page import Page, wrong_cells
from osteon.reporting.blocks import PageFigure
from osteon.reporting.further_sections import PaperFigures, further_sections, read_figures
from osteon.reporting.html import render_report
from osteon.reporting.page import page_tables, sections
from osteon.reporting.paper.csv import write_csv
from osteon.reporting.paper.table import Column, PaperTable, Row, from_display
from osteon.reporting.tables import DisplayTable
from osteon.tables.files import write_table

SVG = '<svg viewBox="0 0 100 50"><g id="a"><path d="M0 0L1 1"/></g></svg>'


def table(key: str, rows: int = 2) -> PaperTable:
    columns = [Column("Row", words=True), Column("Value")]
    return PaperTable(key, f"About {key}", columns, [Row((f"r{place}", f"{place}.50")) for place in range(rows)])


@pytest.fixture
def folder(tmp_path):
    for name in ("centers_test_combined", "shap_importance_combined", "nomogram_combined", "centers_test_clinical"):
        (tmp_path / f"{name}.svg").write_text(SVG, encoding="utf-8")
        write_table(pd.DataFrame({"value": [1.0]}), tmp_path / f"{name}.tsv")
    captions = [("shap_importance_combined", "t", "In 30 patients.")]
    write_table(pd.DataFrame(captions, columns=["key", "title", "caption"]), tmp_path / "captions.tsv")
    return tmp_path


def test_the_figures_of_the_last_model_are_read_with_their_captions(folder):
    figures = read_figures(folder, ["clinical", "combined"])
    assert list(figures.svg) == ["centers_test_combined", "shap_importance_combined", "nomogram_combined"]
    assert figures.captions == {"shap_importance_combined": "t. In 30 patients."}


def test_a_nomogram_that_was_refused_is_left_out(folder):
    write_table(pd.DataFrame({"reason": ["not_linear"]}), folder / "nomogram_combined.tsv")
    assert "nomogram_combined" not in read_figures(folder, ["clinical", "combined"]).svg


def test_without_models_there_are_no_figures(folder):
    assert read_figures(folder, []).svg == {}


def test_only_what_there_is_has_a_section(content):
    assert [section.key for section in further_sections(content, {})] == ["manuscript"]
    made = further_sections(content, {"subgroups": table("subgroups"), "sample_size": table("sample_size")})
    assert [section.key for section in made] == ["groups", "size", "manuscript"]
    assert made[0].links == [
        ("About subgroups", [(end.upper(), f"09_paper/tables/subgroups.{end}") for end in ("html", "csv", "docx")])
    ]


def test_what_the_check_of_the_tables_found_is_shown(content):
    (section,) = further_sections(content, {}, verdicts={"reproduced": 221, "consistent": 93})
    (shown,) = section.blocks
    assert [row[1] for row in shown.rows] == ["221", "93", "0", "0"]
    assert shown.sources == ["09_paper/audit.tsv"]


def test_figures_stand_in_their_sections(content, folder):
    made = further_sections(content, {"logistic": table("logistic")}, read_figures(folder, ["clinical", "combined"]))
    blocks = {section.key: section.blocks for section in made}
    assert [block[0].caption for block in blocks["by-hospital"]] == ["AUC in each development hospital, internal test."]
    assert [type(block) for block in blocks["explanation"]] == [list, list, DisplayTable]
    assert blocks["explanation"][0] == [
        PageFigure("figure-shap_importance_combined".replace("_", "-"), SVG, "t. In 30 patients.")
    ]


def test_a_long_table_is_cut_and_says_so(content):
    (section, _) = further_sections(content, {"subgroups": table("subgroups", 100)})
    (shown,) = section.blocks
    assert len(shown.rows) == 40
    assert shown.notes == ["60 more rows are in the table of the manuscript."]


@pytest.mark.slow
def test_the_page_has_them_and_every_number_is_that_of_its_cell(content, tmp_path):
    names = ("centers", "recalibration", "subgroups", "operating_points", "logistic", "sample_size")
    more = further_sections(content, {name: table(name) for name in names}, PaperFigures())
    text = render_report(content, more=more)
    for one in page_tables(content, sections(content, more)):
        write_csv(from_display(one, content.banner), tmp_path / "09_paper" / "page" / f"{one.key}.csv")
    assert not Page(text).open
    assert wrong_cells(text, tmp_path) == []
    ids = [attributes["id"] for _, attributes in Page(text).elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {f"further-{name.replace('_', '-')}" for name in names} <= set(ids)
