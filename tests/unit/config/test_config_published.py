"""The section 'published' and its layout: every mistake is found before anything runs, with what to write."""

from __future__ import annotations

import pytest
import yaml

from osteon.config.published import COMPARED, ROWS, published_files, published_problems, read_layout
from osteon.config.study import Study
from osteon.printed.forms import FORMS, columns_of

LAYOUT = {
    "source": "Someone 2020",
    "names": {"internal": "test", "Radiomics": "radiomics"},
    "tables": [
        {"number": "1", "title": "Models", "kind": "performance", "file": "models.csv", "columns": {"auc": "AUC"}},
    ],
}
MODELS = "model,set,negative_n,positive_n,auc\nRadiomics,internal,10,10,0.7\n"
SHARES = "item,share,group\nage,60%,clinical\nT1,40%,\nclinical,60%,\ntotal,100%,\n"


@pytest.fixture
def place(tmp_path):
    (tmp_path / "printed").mkdir()
    (tmp_path / "printed" / "models.csv").write_text(MODELS, encoding="utf-8")
    (tmp_path / "printed" / "shares.csv").write_text(SHARES, encoding="utf-8")
    return tmp_path


def study(place, layout=LAYOUT, **sections):
    (place / "layout.yaml").write_text(yaml.safe_dump(layout), encoding="utf-8")
    return Study.model_validate(
        {
            "study": {"name": "one"},
            "cases": "cases.tsv",
            "centers": {
                "A": {"role": "development", "source": "features", "table": "a.csv"},
                "X": {"role": "external", "source": "features", "table": "x.csv"},
            },
            "outcome": {"column": "ill", "positive": "yes", "negative": "no"},
            "variables": {"age": {"type": "continuous"}},
            "signatures": {"T1": ["T1_*"]},
            "models": {"radiomics": {"scores": ["T1"]}},
            "published": {"tables": str(place / "printed"), "layout": str(place / "layout.yaml")},
        }
        | sections
    )


def changed(**values):
    return LAYOUT | {"tables": [LAYOUT["tables"][0] | values]}


def only(problems):
    (problem,) = problems
    return f"{problem.where} {problem.what} {problem.write}"


def test_what_is_in_order_has_no_problem(place):
    assert published_problems(study(place)) == []
    assert published_problems(study(place, published=None)) == []


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        (changed(file="model.csv"), "Did you mean 'models.csv'?"),
        (changed(columns={"aux": "AUC"}), "columns: 'aux' is no column of 'performance'"),
        (changed(kind="performances"), "tables.0.kind"),
        (LAYOUT | {"tabels": []}, "unknown key. Did you mean 'tables'?"),
        (LAYOUT | {"names": {"Radiomics": "radiomics"}}, "'internal' is no name of the study"),
    ],
    ids=["file", "column", "kind", "key", "name"],
)
def test_mistakes_of_the_layout_are_explained(place, layout, said):
    assert said in only(published_problems(study(place, layout)))


def test_files_that_do_not_exist(place):
    one = study(place)
    (place / "layout.yaml").unlink()
    assert "layout.yaml does not exist" in only(published_problems(one))
    for path in (place / "printed").iterdir():
        path.unlink()
    (place / "printed").rmdir()
    assert "python -m osteon audit --templates" in only(published_problems(one))


def test_shares_need_a_model_and_a_set_and_sums_are_no_terms(place):
    table = {"title": "Shares", "kind": "shares", "file": "shares.csv", "columns": {"share": "Share"}}
    figure = {"number": "1", "title": "SHAP", "printed": "Bars.", "numbers": [table]}
    problems = published_problems(study(place, LAYOUT | {"figures": [figure]}))
    assert [problem.what for problem in problems] == ["model is missing.", "set is missing."]
    table |= {"model": "radiomics", "set": "X"}
    assert published_problems(study(place, LAYOUT | {"figures": [figure]})) == []


def test_a_number_as_outcome_has_no_such_tables(place):
    one = study(place, outcome={"type": "continuous", "column": "bmd"})
    assert "needs models of a binary outcome" in only(published_problems(one))


def test_all_files_are_inputs(place):
    one = study(place)
    assert [path.rpartition("/")[2] for path in published_files(one.published)] == [
        "layout.yaml",
        "models.csv",
        "shares.csv",
    ]
    assert read_layout(one.published.layout).named("internal") == "test"


@pytest.mark.parametrize("kind", sorted(COMPARED))
def test_columns_and_names_of_rows_are_those_of_the_forms(kind):
    more = (
        {"slice_thickness_mm", "slice_gap_mm", "fov_mm", "matrix", "scanner", "field_t"}
        if kind == "protocol"
        else set()
    )
    assert {*COMPARED[kind], *ROWS[kind]} <= {*columns_of(FORMS[kind]), *more}
