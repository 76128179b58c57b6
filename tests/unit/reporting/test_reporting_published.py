"""Printed tables beside this study's numbers: each cell in its place, rounded alike, marked where it is impossible."""

from __future__ import annotations

import pandas as pd
import pytest

from helpers.html_page import Page
from osteon.config.published import Layout, Published
from osteon.config.study import Study
from osteon.printed.audit import audit
from osteon.printed.findings import findings_table
from osteon.reporting.beside_page import BesideSection, beside_page, write_beside
from osteon.reporting.blocks import PageFigure
from osteon.reporting.content import Part, ReportContent
from osteon.reporting.language import language
from osteon.reporting.published_page import lead_texts, published_sections, read_findings, read_own_figures
from osteon.reporting.published_tables import beside_table, printed_rows
from osteon.reporting.published_values import OwnNumbers, decimals, own_cell
from osteon.tables.files import write_table

PRINTED = {
    "protocol": "center,sequence,tr_ms,te_ms,slice_gap_mm,fov_mm\nA,T1WI,500,10,0.3,280x280\n",
    "baseline": (
        "set,variable,level,kind,negative_n,negative_value,positive_n,positive_value,statistic,label,p\n"
        "internal,age,,median_iqr,10,67.0 (10.0),12,71.0 (8.0),20.0,Z,0.000\n"
        "internal,sex,male,count,10,5 (50.0%),12,3 (25.0%),0.6,chi2,0.44\n"
        "internal,sex,female,count,10,5,12,9,,,\n"
    ),
    "logistic": "analysis,variable,odds_ratio,low,high,z,p\nunivariable,age,1.09,1.07,1.12,7.170,<0.01\n",
    # F1 is not 2PR / (P + R), and no matrix of 10 and 12 patients gives a sensitivity of 0.634
    "performance": (
        "model,set,negative_n,positive_n,auc,low,high,sensitivity,specificity,accuracy,precision,f1\n"
        "radiomics,internal,10,12,0.740,0.520,0.900,0.634,0.703,0.674,0.663,0.900\n"
        "radiomics,external,10,12,0.740,,,,,,,\n"
    ),
    "delong": "set,model_1,model_2,z,p\ninternal,radiomics,clinical,0.359,0.720\n",
    "shares": "item,share,group\nage,60.0%,\nT1 score,40.0%,\n",
    "correlations": "variable,r,set\nage,.26,\n",
}
COLUMNS = {
    "protocol": {"tr_ms": "TR", "te_ms": "TE", "slice_gap_mm": "Gap", "fov_mm": "FOV"},
    "baseline": {"negative_value": "No", "positive_value": "Yes", "statistic": "Statistic", "p": "P"},
    "logistic": {"odds_ratio": "OR", "z": "z", "p": "P"},
    "performance": {"auc": "AUC", "sensitivity": "Sensitivity", "f1": "F1", "precision": "Precision"},
    "delong": {"z": "z", "p": "P"},
    "shares": {"share": "Share"},
    "correlations": {"r": "r"},
}


def study(simulated=True):
    return Study.model_validate(
        {
            "study": {"name": "own", "simulated": simulated},
            "cases": "cases.tsv",
            "centers": {
                "A": {"name": "Hospital A", "role": "development", "source": "dicom"},
                "B": {"name": "Hospital B", "role": "external", "source": "dicom"},
            },
            "sequences": {"T1": {"description": "T1-weighted"}},
            "labels": {"L1": 1},
            "rois": {"L1": ["L1"]},
            "outcome": {"column": "ill", "positive": "yes", "negative": "no"},
            "variables": {
                "age": {"type": "continuous", "label": "Age"},
                "sex": {"type": "binary", "positive": "male", "label": "Male sex"},
            },
            "models": {
                "radiomics": {"scores": ["T1"], "label": "Radiomics"},
                "clinical": {"clinical": ["age"], "label": "Clinical"},
            },
        }
    )


def own(simulated=True):
    age = {"variable": "age", "summary": "median_iqr", "n_0": 10, "n_1": 12, "p": 0.0004, "statistic": 19.5}
    age |= {"test": "mann_whitney_u", "median_0": 66.04, "lower_quartile_0": 60.0, "upper_quartile_0": 71.0}
    age |= {"median_1": 70.0, "lower_quartile_1": 68.0, "upper_quartile_1": 72.26}
    sex = {"variable": "sex", "summary": "count", "n_0": 10, "n_1": 12, "p": 0.5, "statistic": 0.4}
    sex |= {"test": "chi_square_yates", "count_0": 4, "percent_0": 40.0, "count_1": 3, "percent_1": 25.0}
    baseline = pd.DataFrame([{"set": "test"} | row for row in (age, sex)])
    measures = {"auc": 0.71234, "auc_low": 0.5, "auc_high": 0.9, "sensitivity": 0.75, "sensitivity_low": 0.4}
    measures |= {"sensitivity_high": 0.9, "f1": 0.7, "f1_low": 0.5, "f1_high": 0.8, "ppv": float("nan")}
    row = {"set": "test", "model": "radiomics", "n": 22, "events": 12, "reason": "ppv: empty_denominator"} | measures
    performance = pd.DataFrame([row])
    pairwise = pd.DataFrame(
        [{"set": "test", "model_1": "clinical", "model_2": "radiomics", "z": -1.25, "p": 0.2113, "reason": None}]
    )
    parts = [
        Part("internal", "In", {"train": "Training", "test": "Internal test"}, performance, pairwise, baseline, {})
    ]
    acquired = {"center": "A", "sequence": "T1", "repetition_time_ms": 512.0, "echo_time_ms": "9–11"}
    acquired |= {"slice_thickness_mm": 4.0, "slice_spacing_mm": 4.4, "matrix": "160×160×11"}
    acquired |= {"pixel_spacing_mm": "1.75×1.75"}
    empty = pd.DataFrame()
    content = ReportContent(
        study(simulated), empty, "", empty, empty, parts, acquisition=pd.DataFrame([acquired]), sources={}
    )
    logistic = {"analysis": "univariable", "variable": "age", "odds_ratio": 1.1049, "low": 1.0, "high": 1.2, "z": 2.0}
    shap = pd.DataFrame([{"set": "test", "model": "radiomics", "term": "age", "share": 0.333}])
    r = pd.DataFrame([{"set": "test", "model": "radiomics", "variable": "age", "r": 0.204, "low": -0.1, "high": 0.5}])
    by_part = {"shap_importance": {"internal": shap}, "correlations": {"internal": r}}
    return OwnNumbers(
        content, pd.DataFrame([logistic | {"p": 0.045}]), by_part, {"logistic": ["06_models/logistic.tsv"]}
    )


@pytest.fixture
def printed(tmp_path):
    for name, text in PRINTED.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def layout():
    tables = [
        {"number": str(place), "title": kind, "kind": kind, "file": f"{kind}.csv", "columns": columns}
        for place, (kind, columns) in enumerate(COLUMNS.items(), start=1)
    ]
    for table in tables[-2:]:
        table |= {"model": "radiomics", "set": "test"}
    figures = [{"number": "1", "title": "ROC", "printed": "An area of 0.740.", "ours": ["roc"], "numbers": tables[-2:]}]
    names = {"internal": "test", "external": "B", "T1WI": "T1", "T1 score": "T1"}
    return Layout.model_validate({"source": "Paper 2020", "names": names, "tables": tables[:-2], "figures": figures})


def made(kind, printed, numbers=None):
    plan = layout()
    table = next(table for table in plan.all_tables if table.kind == kind)
    return beside_table(table, plan, printed_rows(printed / table.file, kind), numbers or own(), audit(printed))


def cells(table):
    return [row.cells for row in table.rows if not row.heading]


def test_each_printed_column_is_followed_by_this_study(printed):
    table = made("baseline", printed)
    assert [(one.group, one.heading) for one in table.columns[1:5]] == [
        *(("No", "Printed"), ("No", "Simulated"), ("Yes", "Printed"), ("Yes", "Simulated")),
    ]
    assert made("baseline", printed, own(simulated=False)).columns[2].heading == "This study"
    assert (table.key, table.printed_caption) == ("table_2", "Table 2. baseline")


def test_patients_in_the_form_that_is_printed(printed):
    age, male, female = cells(made("baseline", printed))
    assert age == (
        "Age",
        "67.0 (10.0)",
        "66.0 (11.0)",
        "71.0 (8.0)",
        "70.0 (4.3)",
        "Z 20.0",
        "U 19.5",
        "0.000",
        "<0.001",
    )
    assert male == (
        "Male sex",
        "5 (50.0%)",
        "4 (40.0%)",
        "3 (25.0%)",
        "3 (25.0%)",
        *("chi2 0.6", "χ²(Y) 0.4", "0.44", "0.500"),
    )
    assert female == ("Male sex", "5", "–", "9", "–", "–", "–", "–", "–")  # the study counts men


def test_a_printed_level_that_the_study_does_not_count_is_named(printed):
    notes = made("baseline", printed).notes
    assert "Internal test, without + with the outcome: printed 10 + 12, here 10 + 12." in notes
    assert "Without a number of this study: Internal test, Male sex." in notes


def test_acquisition(printed):
    (row,) = cells(made("protocol", printed))
    assert row == ("T1WI", "500", "512", "10", "9–11", "0.3", "0.4", "280x280", "280×280")


def test_odds_ratios_with_their_interval_and_all_digits_in_the_file(printed):
    table = made("logistic", printed)
    assert cells(table) == [("Age", "1.09 (1.07–1.12)", "1.10 (1.00–1.20)", "7.170", "2.000", "<0.01", "0.045")]
    assert table.sources == ["06_models/logistic.tsv"]


def test_impossible_numbers_are_marked_in_their_cells_and_explained(printed):
    table = made("performance", printed)
    test, external = cells(table)
    assert test == (
        *("Internal test", "0.740 (0.520–0.900)", "0.712 (0.500–0.900)"),
        *("0.634 *", "0.750 (0.400–0.900)", "0.900 †", "0.700 (0.500–0.800)", "0.663 *", "–"),
    )
    assert external[1:3] == ("0.740", "–")
    notes = "\n".join(table.notes)
    assert "* Impossible as printed (1 rows; confusion matrix). For example radiomics, internal: " in notes
    assert "† Impossible as printed (1 rows; F1 from precision and recall)" in notes
    assert "2 impossible" in notes
    assert "Radiomics, Internal test: No patient is counted in the denominator." in notes
    assert "Without a number of this study: Radiomics, Hospital B." in notes


def test_a_pair_that_is_printed_the_other_way_round_changes_its_sign(printed):
    assert cells(made("delong", printed)) == [("Radiomics and Clinical", "0.359", "1.250", "0.720", "0.211")]


def test_terms_of_one_model(printed):
    assert cells(made("shares", printed)) == [("Age", "60.0%", "33.3%"), ("T1 score", "40.0%", "–")]
    assert cells(made("correlations", printed)) == [("Age", ".26", "0.20 (−0.10 to 0.50)")]


@pytest.mark.parametrize(("text", "digits"), [("0.740 (0.7)", 3), ("22", 0), (".26", 2), ("", 3), ("-4.811", 3)])
def test_decimals_are_those_of_the_printed_number(text, digits):
    assert decimals(text) == digits


def test_fishers_test_has_no_statistic():
    row = pd.Series({"test": "fisher_exact", "statistic": 3.2, "p": 0.5})
    assert own_cell("baseline", "statistic", row, "22.7") == "Fisher"
    assert own_cell("baseline", "statistic", pd.Series({"test": None, "statistic": None}), "22.7") == "–"


def test_the_page_has_all_tables_and_figures_in_order_and_says_simulated(printed, tmp_path):
    plan, numbers = layout(), own()
    figures = {
        "roc": PageFigure("ours-roc", '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"></svg>', "ROC.")
    }
    findings = audit(printed)
    sections = published_sections(Published(tables=str(printed), layout=""), plan, numbers, findings, figures)
    assert [section.title[:8] for section in sections] == [*(f"Table {n}." for n in range(1, 6)), "Figure 1"]
    text = beside_page("Beside", lead_texts(plan, True), numbers.content.banner, sections, "published")
    assert text == beside_page("Beside", lead_texts(plan, True), numbers.content.banner, sections, "published")
    page = Page(text)
    assert not page.open
    assert page.words.count("Simulated patients: these numbers say nothing about MRI.") == 1 + 7 + 1
    assert "An area of 0.740." in page.words
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    links = [link["href"] for link in page.all("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    write_beside(text, sections, tmp_path / "09" / "published.html", tmp_path / "09" / "published")
    files = {f"published/{path.name}" for path in (tmp_path / "09" / "published").iterdir()}
    assert {link for link in links if link.startswith("published/")} == files
    assert len(files) == 7


def test_a_chinese_page_has_its_own_words(printed):
    say = language("zh", strict=True)
    plan = layout()
    table = plan.tables[3]
    made_here = beside_table(table, plan, printed_rows(printed / table.file, table.kind), own(), audit(printed), say)
    assert [column.heading for column in made_here.columns[1:3]] == ["印刷值", "模拟数据"]
    assert "Printed" not in beside_page("x", lead_texts(plan, True, say), "", [BesideSection("a", "b")], "c", "zh", say)


def test_findings_are_the_same_when_they_are_read_again(printed, tmp_path):
    findings = audit(printed)
    write_table(findings_table(findings), tmp_path / "audit.tsv")
    assert read_findings(tmp_path / "audit.tsv") == findings


def test_a_figure_that_is_not_drawn_is_named_with_those_that_are(tmp_path):
    (tmp_path / "rocs.svg").write_text("<svg/>", encoding="utf-8")
    with pytest.raises(ValueError, match=r"roc  Did you mean 'rocs'\?"):
        read_own_figures(layout(), tmp_path, {})
    (tmp_path / "roc.svg").write_text("<svg/>", encoding="utf-8")
    assert read_own_figures(layout(), tmp_path, {"roc": "Caption."})["roc"].caption == "Caption."
