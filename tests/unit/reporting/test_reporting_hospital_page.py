"""The page of a hospital: what is said of each case, and that every number is the one in its cell."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pandas as pd
import pytest

from helpers import hospital_study, outcome_study
from helpers.html_page import Page, linked_cells, wrong_cells
from osteon.reporting.hospital_cases import MOST_TERMS, case_rows
from osteon.reporting.hospital_content import file_of_hospital, read_hospital, training_ranges
from osteon.reporting.hospital_page import ROOT, render_hospital
from osteon.reporting.hospital_warnings import filters, hospital_warnings
from osteon.reporting.language import language
from osteon.reporting.paper.csv import write_csv
from osteon.reporting.paper.table import from_display
from osteon.tables.files import write_table

BANNER = "Simulated patients: these numbers say nothing about MRI."


@pytest.fixture(scope="module")
def hospital():
    return hospital_study.content()


@pytest.fixture(scope="module")
def cases(hospital):
    return {case.subject: case for case in case_rows(hospital)}


@pytest.fixture(scope="module")
def rendered(hospital):
    record = {"rule": "validate", "wildcards": {}, "inputs": [], "settings": "{}", "code": "1", "record": "logs/v.json"}
    return render_hospital(hospital, {"07_validation/external/center-C/predictions.tsv": record})


def opened(text: str) -> str:
    """The page with all its cases open, as its script opens them."""
    kept = re.search(r'<script type="text/html" id="details">(.*?)</script>', text, flags=re.DOTALL)
    details = iter(kept.group(1).split("<hr>"))
    return re.sub(r'(hidden><td colspan="\d+">)', lambda cell: cell.group(1) + next(details), text.replace(kept[0], ""))


@pytest.fixture(scope="module")
def page(rendered):
    return Page(opened(rendered[0]))


def test_an_excluded_case_has_a_reason_and_nothing_else(cases):
    first = cases["C0001"]
    assert first.reason == "A file of the chosen series ends before its pixel data do."
    assert first.detail == "T1 ends at byte <7>"
    assert first.action == "Copy or export the file again."
    assert (first.set, first.calls, first.marks) == ("", {}, ["out"])


def test_a_case_has_its_flags_predictions_mask_and_odd_features(cases):
    second = cases["C0002"]
    assert second.flags == [("review", "R"), ("note", "N2")]
    assert second.outcome == "yes"
    assert {model: (call.text, call.right) for model, call in second.calls.items()} == {
        "clinical": ("0.250", False),
        "combined": ("0.250", False),
    }
    assert second.outside == [("T1_L1_original_firstorder_Mean", "999", "50", "150")]
    assert (second.mask, second.dice, second.review) == ("predicted", "0.951", True)
    assert second.marks == ["flag", "mask", "wrong", "range"]
    assert cases["C0003"].marks == ["missing"]
    assert cases["C0003"].missing == [("The region has too few voxels after resampling.", "1")]
    assert cases["C0004"].marks == []


def test_a_probability_at_the_threshold_is_called_positive(hospital):
    tables = dict(hospital.tables)
    tables["predictions"] = tables["predictions"].assign(probability=hospital_study.THRESHOLD)
    called = {case.subject: case for case in case_rows(replace(hospital, tables=tables))}
    assert called["C0002"].calls["clinical"].right is True
    assert called["C0003"].calls["clinical"].right is False


def test_without_a_threshold_or_an_outcome_nothing_is_right_or_wrong(hospital):
    tables = dict(hospital.tables)
    none = replace(hospital, tables=tables | {"performance": tables["performance"].assign(threshold=float("nan"))})
    assert {call.right for case in case_rows(none) for call in case.calls.values()} == {None}
    unknown = replace(hospital, tables=tables | {"predictions": tables["predictions"].assign(outcome=float("nan"))})
    assert {(case.outcome, call.right) for case in case_rows(unknown) for call in case.calls.values()} == {("–", None)}


def test_only_the_largest_terms_are_shown_and_the_largest_comes_first(cases):
    terms = cases["C0002"].terms["combined"]
    assert len(hospital_study.TERMS) > MOST_TERMS == len(terms)
    assert [term.shap for term in terms] == ["0.70", "−0.60", "0.50", "−0.40", "0.30"]
    assert terms[0].name == "T5"
    assert cases["C0001"].terms == {}


def test_training_patients_are_never_out_of_range(hospital):
    tables = dict(hospital.tables)
    tables["selected"] = tables["selected"].assign(set="train")
    tables["included"] = tables["included"].assign(set="train")
    assert not any(case.outside for case in case_rows(replace(hospital, tables=tables)))


def test_ranges_are_of_training_patients_alone():
    table = pd.DataFrame({"subject": list("abc"), "set": ["train", "train", "test"], "f": [1.0, 2.0, 9.0]})
    assert training_ranges(table).loc["f"].tolist() == [1.0, 2.0]


def test_filters_count_the_cases(hospital, cases):
    rows = list(cases.values())
    assert filters(rows) == [
        ("", "All", 6),
        ("out", "Excluded", 1),
        ("flag", "Flagged", 1),
        ("mask", "Mask to review", 1),
        ("wrong", "Wrong by a model", 1),
        ("range", "Out of range", 1),
        ("missing", "Values missing", 1),
    ]
    found = hospital_warnings(hospital, rows)
    assert found[:2] == ["The patients are simulated.", "1 of 6 cases are excluded."]
    assert found[2].startswith("3 patients with the outcome and 2 without")


def test_well_formed_and_self_contained(rendered, page):
    assert not page.open
    text = rendered[0]
    assert "http:" not in text
    assert "https:" not in text
    assert not re.search(r"fetch|XMLHttp|import\(|WebSocket|sendBeacon", text[text.index("<script>") :])
    sources = [attributes["src"] for attributes in page.all("img")]
    assert sources[0] == "../03_segmentations/contours/center-C/sub-C0002_T1.jpg"
    assert len(sources) == 5
    assert not Page(text).all("img"), "a closed case costs nothing"
    assert all(attributes["alt"] for attributes in page.all("img"))


def test_ids_are_unique_and_what_is_named_exists(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        for name in ("aria-labelledby", "aria-controls", "for"):
            assert set(attributes.get(name, "").split()) <= set(ids)
        if attributes.get("href", "").startswith("#"):
            assert attributes["href"][1:] in ids


def test_every_number_is_that_of_its_cell(rendered, tmp_path):
    text, tables = rendered
    for table in tables:
        write_csv(from_display(table, BANNER), tmp_path / "center-C" / f"{table.key}.csv")
    linked = linked_cells(text)
    assert {path for path, *_ in linked} == {f"center-C/{table.key}.csv" for table in tables}
    assert len(linked) > 100
    assert wrong_cells(text, tmp_path) == []


def test_every_table_is_traced(rendered):
    text, tables = rendered
    trace = json.loads(re.search(r'id="trace-data">(.*?)</script>', text).group(1))
    assert trace["root"] == ROOT
    assert set(trace["tables"]) == {table.key for table in tables}
    assert set(re.findall(r'data-table="([^"]+)"', text)) <= set(trace["tables"])
    path = "../07_validation/external/center-C/predictions.tsv"
    assert path in trace["tables"]["cases"]["sources"]
    assert trace["files"][path]["record"] == "../logs/v.json"


def test_a_case_leads_to_its_page_and_back_to_the_report(page):
    targets = {attributes.get("href") for attributes in page.all("a")}
    assert "../02_images/contact/center-C/sub-C0002.html" in targets
    assert {"../START_HERE.html", "center-A.html", "../START_HERE.html#limits"} <= targets
    assert file_of_hospital("C") == "center-C.html"


def test_what_a_table_says_is_escaped(rendered):
    assert "slice 7 of &lt;T1&gt; is missing" in rendered[0]
    assert "Hospital C &amp; co" in rendered[0]


def test_same_content_same_bytes(hospital):
    assert render_hospital(hospital)[0] == render_hospital(hospital)[0]


def test_in_chinese(hospital):
    text, _ = render_hospital(hospital, say=language("zh"))
    words = Page(opened(text)).words
    assert "逐例列表" in words
    assert "Cases" not in words
    assert "Findings" not in words


def test_a_study_of_features_without_models_has_a_page_as_well(hospital):
    centers = hospital.study.centers
    featured = centers | {"C": centers["C"].model_copy(update={"source": "features"})}
    chosen = hospital.study.model_copy(update={"models": {}, "outcome": None, "centers": featured})
    names = ("flow", "included", "excluded", "missing")
    bare = replace(hospital, study=chosen, tables={name: hospital.tables[name] for name in names})
    text, tables = render_hospital(bare)
    assert [table.key for table in tables] == ["exclusions", "cases"]
    bare_page = Page(opened(text))
    assert not bare_page.open
    assert "SHAP" not in bare_page.words
    assert not bare_page.all("img")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["classes", "continuous"])
def test_other_outcomes(hospital, kind):
    outcome = outcome_study.OUTCOMES[kind]
    found = outcome_study.tables_of(outcome, {"external": "C"})
    predictions = outcome_study.predictions(outcome, {"external": "C"}).assign(center="C")
    subjects = predictions["subject"].unique()
    tables = {
        "flow": hospital.tables["flow"],
        "included": pd.DataFrame({"subject": subjects, "center": "C", "set": "external"}),
        "excluded": hospital.tables["excluded"],
        "predictions": predictions,
        "performance": found["performance"],
    }
    study = hospital.study.model_copy(update={"outcome": outcome})
    chosen = replace(hospital, study=study, tables=tables)
    cases = {case.subject: case for case in case_rows(chosen)}
    last = predictions[predictions["subject"] == "external2"].set_index("model").loc["combined"]
    call = cases["external2"].calls["combined"]
    if kind == "classes":
        assert cases["external2"].outcome == "骨质疏松"
        assert call.right == (last[[name for name in last.index if "probability" in name]].argmax() == 2)
        assert call.text.endswith(f"({call.value:.3f})")
        right = [case.calls["combined"].right for case in cases.values() if case.calls]
        row = found["performance"].set_index("model").loc["combined"]
        assert sum(right) / len(right) == pytest.approx(row["accuracy"])
    else:
        assert (call.right, call.value) == (None, last["predicted"])
    assert not Page(opened(render_hospital(chosen)[0])).open


def test_read_takes_the_rows_of_the_hospital(hospital, tmp_path):
    paths = {}
    for name, table in hospital.tables.items():
        paths[name] = str(tmp_path / f"{name}.tsv")
        other = table.iloc[:1].assign(**{key: "A" for key in ("center",) if key in table}, subject="A0001")
        write_table(pd.concat([table, other]) if "subject" in table else table, paths[name])
    paths["trained"] = str(tmp_path / "trained.tsv")
    write_table(pd.DataFrame({"subject": ["A1", "A2"], "set": "train", "f": [0.5, 0.75]}), paths["trained"])
    read = read_hospital(hospital.study, "C", paths, tmp_path / "pages")
    assert {name: len(table) for name, table in read.tables.items()} == {
        name: len(table) for name, table in hospital.tables.items()
    }
    assert read.ranges.loc["f"].tolist() == [0.5, 0.75]
    assert list(read.sources["flow"]) == ["../flow.tsv"]
    # the features of the training patients differ, so the ranges do; all else is what was written
    again = replace(read, ranges=hospital.ranges, sources=hospital.sources)
    assert render_hospital(again)[0] == render_hospital(hospital)[0]
