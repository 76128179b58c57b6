"""The report of several classes and of a number: tables, figures, first screen, limits; a set that lacks something."""

from __future__ import annotations

import re

import pytest

from helpers import outcome_study, report_study
from osteon.config.evaluation_files import FIGURES, REPORTED, TEXT
from osteon.reporting.content import PART_TABLES, read_content
from osteon.reporting.html import render_report
from osteon.reporting.limits import limits
from osteon.reporting.outcome_figures import validation_figures
from osteon.reporting.page import headline_rows, sections
from osteon.reporting.tables import DisplayTable
from osteon.tables.files import read_table, write_table


@pytest.fixture(scope="module")
def contents(content):
    """A study of each kind."""
    return {kind: outcome_study.content(kind, content) for kind in outcome_study.OUTCOMES}


def figures_of(kind, tables, sets):
    return validation_figures(tables, outcome_study.OUTCOMES[kind], report_study.MODELS, sets)


def texts(figure) -> list[str]:
    svg = report_study.svg_of(figure)
    return [re.sub(r"<[^>]+>", "", text) for text in re.findall(r"<text\b.*?</text>", svg, flags=re.DOTALL)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(outcome_study.OUTCOMES))
def test_section_has_every_figure_and_whole_tables(contents, kind):
    section = next(found for found in sections(contents[kind]) if found.key == "performance")
    figures = [figure.key for block in section.blocks if isinstance(block, list) for figure in block]
    assert figures == [f"{name}-{part}" for name in FIGURES[kind] for part in ("internal", "center-C")]
    tables = [block for block in section.blocks if isinstance(block, DisplayTable)]
    for table in tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}
        assert not any("nan" in cell for row in table.rows for cell in row)
    assert len(tables) == {"classes": 5, "continuous": 3}[kind]


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(outcome_study.OUTCOMES))
def test_page_does_not_speak_of_another_kind_of_outcome(contents, kind):
    page = re.sub(r"<svg.*?</svg>", "", render_report(contents[kind]), flags=re.DOTALL)
    assert "frozen threshold" not in page
    assert "yes-or-no" not in page
    headline = {"classes": "Mean AUC of all pairs of classes with 95%", "continuous": "R² with 95% interval"}[kind]
    assert headline in page
    groups = {"classes": ">Osteopenia</th>", "continuous": "Spearman&#39;s rho"}[kind]
    assert groups in page


def test_first_screen(contents):
    for kind, measure in (("classes", "hand_till"), ("continuous", "r2")):
        rows = headline_rows(contents[kind])
        assert [row.name for row in rows] == ["Internal test", "Hospital C & co"]
        assert rows[0].size == "45 patients"
        own = contents[kind].parts[0].performance.set_index(["set", "model"])[measure]
        assert [cell.value for cell in rows[0].cells] == [
            f"{own['test', model]:.2f}".replace("-", "−") for model in report_study.MODELS
        ]
        assert [cell.middle for cell in rows[1].cells] == [None, None]


def test_limits(contents):
    found = {kind: {limit.key: limit.text for limit in limits(content)} for kind, content in contents.items()}
    assert "Internal test: 15 Normal, 15 Osteopenia, 15 骨质疏松" in found["classes"]["limit-few"]
    assert "Hospital C &amp; co" not in found["classes"]["limit-few"]
    assert "Internal test: 45 patients" in found["continuous"]["limit-few"]
    assert "R² includes 0 (Clinical, Internal test" in found["continuous"]["limit-chance"]
    assert "limit-threshold" not in found["classes"].keys() | found["continuous"].keys()


def test_missing_class_has_a_footnote(contents):
    section = next(found for found in sections(contents["classes"]) if found.key == "performance")
    notes = {block.key: " ".join(block.notes) for block in section.blocks if isinstance(block, DisplayTable)}
    assert "Mean AUC of pairs, Hospital C & co: A class has no patient" in notes["discrimination"]
    assert "AUC, Hospital C & co: 骨质疏松: A class has no patient" in notes["by-class"]
    assert "A class has no patient" in notes["pairwise"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(outcome_study.OUTCOMES))
def test_files_give_the_same_page(contents, kind, tmp_path):
    content = contents[kind]
    files: dict[str, object] = {"flow_figure": str(tmp_path / "flow.svg")}
    (tmp_path / "flow.svg").write_text(content.flow_figure, encoding="utf-8")
    for name in ("flow", "excluded", "software"):
        write_table(getattr(content, name), tmp_path / f"{name}.tsv")
        files[name] = str(tmp_path / f"{name}.tsv")
    for part in content.parts:
        for name in (*PART_TABLES, *REPORTED[kind]):
            path = tmp_path / part.key / f"{name}.tsv"
            write_table(part.table(name), path)
            files.setdefault(name, []).append(str(path))
        for name, svg in part.figures.items():
            (tmp_path / part.key / f"{name}.svg").write_text(svg, encoding="utf-8")
            files.setdefault(name, []).append(str(tmp_path / part.key / f"{name}.svg"))
    again = read_content(content.study, files, tmp_path)
    pages = []
    for found in (again, content):
        section = next(part for part in sections(found) if part.key == "performance")
        pages.append([block.rows if isinstance(block, DisplayTable) else block for block in section.blocks])
    assert pages[0] == pages[1]


@pytest.mark.slow
def test_classes_called_by_numbers_stay_text(tmp_path):
    outcome = outcome_study.OUTCOMES["classes"].model_copy(update={"classes": ["01", "1", "2"]})
    tables = outcome_study.tables_of(outcome, {"test": "Internal test"})
    for name, table in tables.items():
        write_table(table, tmp_path / f"{name}.tsv")
    read = {name: read_table(tmp_path / f"{name}.tsv", text=TEXT) for name in tables}
    assert read["classes"]["class"].tolist() == ["01", "1", "2"] * 2
    figures = validation_figures(read, outcome, report_study.MODELS, {"test": "Internal test"})
    labels = [text.get_text() for text in figures["roc"].axes[0].get_legend().get_texts()]
    assert [label.split()[0] for label in labels] == ["01", "1", "2"]
    assert [tick.get_text() for tick in figures["confusion"].axes[0].get_yticklabels()] == ["01", "1", "2"]


@pytest.mark.slow
def test_class_figures_hold_the_numbers_of_the_tables():
    tables = outcome_study.tables_of(outcome_study.OUTCOMES["classes"], {"test": "Internal test"})
    figures = figures_of("classes", tables, {"test": "Internal test"})
    row = tables["classes"].iloc[0]
    legend = f"Normal  {row['auc']:.2f} ({row['auc_low']:.2f}–{row['auc_high']:.2f})"
    assert legend in texts(figures["roc"])
    axes = figures["confusion"].axes[0]
    cells = {text.get_position(): text.get_text().split("\n")[0] for text in axes.texts}
    own = tables["confusion"].query("model == 'clinical'").set_index(["true_class", "called_class"])["n"]
    assert cells[1, 0] == str(own["Normal", "Osteopenia"])  # across: called, down: true
    assert cells[0, 2] == str(own["骨质疏松", "Normal"])
    assert axes.get_title(loc="left") == "Clinical\nInternal test"


@pytest.mark.slow
def test_number_figures_hold_the_numbers_of_the_tables():
    tables = outcome_study.tables_of(outcome_study.OUTCOMES["continuous"], {"test": "Internal test"})
    figures = figures_of("continuous", tables, {"test": "Internal test"})
    row = tables["performance"].query("model == 'combined'").iloc[0]
    scatter = figures["scatter"].axes[1]
    assert f"R²  {row['r2']:.2f}" in scatter.texts[0].get_text()
    assert scatter.get_xlim() == scatter.get_ylim()
    assert (scatter.get_xlabel(), scatter.get_ylabel()) == (
        "Predicted QCT density (mg/cm³)",
        "Measured QCT density (mg/cm³)",
    )
    limits_drawn = sorted(line.get_ydata()[0] for line in figures["bland_altman"].axes[1].get_lines()[2:])
    assert limits_drawn == pytest.approx(sorted(row[["lower_limit", "bias", "upper_limit"]]))


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(outcome_study.OUTCOMES))
def test_set_without_patients_says_so(kind):
    tables = outcome_study.tables_of(outcome_study.OUTCOMES[kind], {"test": "Internal test"})
    empty = {name: table.iloc[:0] for name, table in tables.items()}
    for figure in figures_of(kind, empty, {"test": "Internal test"}).values():
        for axes in figure.axes:
            assert "too few patients" in axes.texts[0].get_text()


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(outcome_study.OUTCOMES))
def test_same_tables_same_bytes(kind):
    tables = outcome_study.tables_of(outcome_study.OUTCOMES[kind], {"test": "Internal test"})
    drawn = [
        {name: report_study.svg_of(figure) for name, figure in figures_of(kind, tables, {"test": "x"}).items()}
        for _ in range(2)
    ]
    assert list(drawn[0]) == list(FIGURES[kind])
    assert drawn[0] == drawn[1]
