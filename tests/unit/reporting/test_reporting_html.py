"""The page: self-contained, accessible, complete."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pandas as pd
import pytest

from helpers import report_study
from helpers.html_page import Page, linked_cells, wrong_cells
from osteon.reporting.html import render_report
from osteon.reporting.page import page_tables, sections
from osteon.reporting.paper.csv import write_csv
from osteon.reporting.paper.table import from_display
from osteon.reporting.tables import DisplayTable
from osteon.reporting.trace import file_of


@pytest.fixture(scope="module")
def html(content) -> str:
    return render_report(content)


@pytest.fixture(scope="module")
def page(html) -> Page:
    return Page(html)


def test_well_formed(page):
    assert not page.open
    assert [tag for tag, _ in page.elements[:2]] == ["html", "head"]


def test_nothing_is_requested(html, page):
    assert "http:" not in html
    assert "https:" not in html
    assert [attributes.get("type") for attributes in page.all("script")] == ["application/json", None]
    assert not re.search(r"fetch|XMLHttp|import\(|WebSocket|sendBeacon", html[html.index("<script>") :])
    assert not page.all("link")
    assert not page.all("img")
    assert not [attributes for _, attributes in page.elements if "src" in attributes]
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert set(re.findall(r"url\(([^)]{1})", html)) <= {"#"}


def test_every_anchor_resolves_and_every_id_is_unique(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [attributes["href"] for _, attributes in page.elements if attributes.get("href", "").startswith("#")]
    assert targets
    assert {target[1:] for target in targets} <= set(ids)
    for _, attributes in page.elements:
        for reference in re.findall(r"url\(#([^)]+)\)", " ".join(value or "" for value in attributes.values())):
            assert reference in ids
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids


def test_links_to_files_are_relative(page):
    links = {attributes["href"] for attributes in page.all("a") if not attributes["href"].startswith("#")}
    links = {link for link in links if "#cell=" not in link}
    tables = {"01_cohort/flow.tsv", "07_validation/internal/performance.tsv"}
    pages = {f"02_images/contact/center-{center}_T1.html" for center in "ABC"} | {"03_segmentations/review.html"}
    assert links == tables | pages | {f"10_hospitals/center-{center}.html" for center in "ABC"}


def test_every_cell_of_every_table_is_on_the_page(content, page):
    shown = " ".join(" ".join(page.text).split())
    cells = [
        cell
        for section in sections(content)
        for block in section.blocks
        if isinstance(block, DisplayTable)
        for row in [block.columns, *block.rows]
        for cell in row
    ]
    assert len(cells) > 200
    for cell in cells:
        assert " ".join(cell.split()) in shown, cell


def test_every_number_of_a_table_links_to_its_cell(content, html, tmp_path):
    tables = page_tables(content, sections(content))
    for table in tables:
        write_csv(from_display(table, content.banner), tmp_path / file_of(table.key))
    assert wrong_cells(html, tmp_path) == []
    numbers = sum(
        any(character.isdigit() for character in cell)
        for table in tables
        for row in table.rows
        for cell in row[table.words :]
    )
    sizes = len(tables[0].rows)  # of the patients on the first screen; they stand under the row's name
    assert len(linked_cells(html)) == numbers + sizes
    spoilt = html.replace(">0.8", ">0.9")
    assert len(wrong_cells(spoilt, tmp_path)) > 5


def test_a_number_says_which_job_made_it(content):
    source = "07_validation/internal/performance.tsv"
    record = {
        "rule": "validate_internal",
        "wildcards": {},
        "inputs": [["06_models/combined/bundle", None], ["06_models/splits.tsv", "ab" * 32]],
        "settings": '{"note": "</script>"}',
        "code": "0123",
        "record": "logs/validate_internal.json",
    }
    page = render_report(content, {source: record, "elsewhere.tsv": record})
    text = page[page.index('id="trace-data">') + len('id="trace-data">') :]
    text = text[: text.index("</script>")]
    data = json.loads(text)
    assert data["files"] == {source: record}
    assert data["tables"]["auc"]["sources"] == [source]


def test_tables_can_be_read_aloud(page):
    assert len(page.all("table")) == len(page.all("caption")) == 32
    assert {attributes.get("scope") for attributes in page.all("th")} == {"col", "row"}


def test_regions_that_scroll_can_be_reached_by_keyboard(page):
    regions = [attributes for attributes in page.all("div") if "scroll" in attributes.get("class", "").split()]
    assert len(regions) > 10
    assert all(
        region.get("tabindex") == "0" and ("aria-labelledby" in region or "aria-label" in region) for region in regions
    )
    assert page.all("a")[0]["href"] == "#content"


def test_figures_have_a_name_and_keep_their_text(page):
    named = [attributes for attributes in page.all("svg") if attributes.get("role") == "img"]
    labels = [attributes["aria-label"] for attributes in named]
    assert labels[:2] == [
        "Cases from the list to their place in the study.",
        "The training patients by the first two principal components of their features.",
    ]
    assert labels[2].startswith("Combined: AUC of each selection and classifier")
    assert labels[3] == "ROC curves: Development hospitals."
    assert labels[-1] == "Scores with shuffled outcomes, and with the real ones."
    assert len(named) == 13
    assert {"Listed", "n = 30"} <= set(page.text)


def test_simulated_patients_are_announced_above_everything(content, html):
    banner = "Simulated patients: these numbers say nothing about MRI."
    assert html.index(banner) < html.index("<header>")
    real = render_report(replace(content, study=report_study.study(simulated=False)))
    assert "imulated" not in " ".join(Page(real).text)


def test_first_screen_answers_the_four_questions(html):
    start = html[: html.index('<section id="patients"')]
    for expected in (
        "Can radiomics tell osteoporosis, beyond age and sex?",
        "Who was in",
        "How well it works",
        "What to distrust",
        "Hospital C &amp; co",
        "40 patients, 22 with osteoporosis",
        "Few patients",
    ):
        assert expected in start
    assert '<th scope="row">Training' not in start
    assert "Combined, best of 48 settings" in start
    assert "within hospitals 0." in start


def test_names_are_escaped(html):
    assert "C & co" not in html.replace("&amp;", "&amp").replace("C &amp co", "")
    assert "Hospital C &amp; co" in html


def test_same_content_same_page(content, html):
    assert render_report(content) == html


def test_page_is_small(html):
    assert len(html.encode()) < 500_000


def test_study_that_ends_at_the_features(content):
    bare = replace(
        content,
        parts=[],
        coefficients=None,
        selection=None,
        search=None,
        null_run=None,
        audit=None,
        harmonisation=None,
        agreement=None,
        agreement_cases=None,
        readers=None,
        review=None,
        study=content.study.model_copy(update={"models": {}}),
    )
    page = Page(render_report(bare))
    assert "The study has no model: it ends at the features." in page.text
    assert not any(attributes.get("id") == "performance" for _, attributes in page.elements)


@pytest.mark.slow
def test_linkage_is_shown_escaped_if_there_is_a_problem(content, html):
    assert "rows 7 and 9 differ in &lt;age&gt;" in html
    for nothing in (None, content.linkage.head(0)):
        assert 'id="linkage"' not in render_report(replace(content, linkage=nothing))


def test_a_long_linkage_is_cut_and_says_so(content):
    many = pd.concat([content.linkage] * 150, ignore_index=True)
    text = " ".join(Page(render_report(replace(content, linkage=many))).text)
    assert "100 more are in the file." in text


def test_no_excluded_case(content):
    none_left = replace(content, excluded=content.excluded.head(0))
    assert "No case was excluded." in Page(render_report(none_left)).text


def test_set_with_one_class_has_no_auc_but_a_row(content):
    external = content.parts[1]
    rows = external.performance.assign(reason="auc: one_class")
    rows[["auc", "auc_low", "auc_high"]] = float("nan")
    changed = replace(content, parts=[content.parts[0], replace(external, performance=rows)])
    text = " ".join(Page(render_report(changed)).text)
    assert "AUC, Hospital C & co: All patients of the set have the same outcome." in text


@pytest.mark.slow
def test_long_tables_scroll(content):
    many = pd.concat([content.excluded] * 10, ignore_index=True)
    assert 'class="scroll long"' in render_report(replace(content, excluded=many))
    assert 'class="scroll long"' not in render_report(content)
