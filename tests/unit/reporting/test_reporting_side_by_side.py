"""Two studies side by side: what differs is named with its reason, and AUCs are compared in the same patients alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from osteon.config.comparison import CompareWith
from osteon.config.study import Study
from osteon.reporting.beside_page import beside_page
from osteon.reporting.content import Part, ReportContent
from osteon.reporting.language import english, language
from osteon.reporting.side_by_side import compared_section, lead_texts, page_title, side_by_side
from osteon.reporting.side_by_side_tables import (
    Side,
    auc_table,
    compared_auc,
    joined_table,
    levels_table,
    settings_table,
)
from osteon.reporting.tables import DisplayTable
from osteon.statistics.auc import auc, compare_auc

SETS = {"train": "Training", "test": "Internal test"}
OUTCOME = np.tile([0, 1], 20)


def study(name, **sections):
    return Study.model_validate(
        {
            "study": {"name": name, "simulated": True},
            "cases": "cases.tsv",
            "centers": {"A": {"name": "Hospital A", "role": "development", "source": "features", "table": "a.csv"}},
            "outcome": {"column": "ill", "positive": "yes", "negative": "no"},
            "signatures": {"T1": ["T1_*"]},
            "models": {"radiomics": {"scores": ["T1"], "label": "Radiomics"}},
        }
        | sections
    )


def side(name, seed, subjects=None, levels=32, say=english, **sections):
    random = np.random.default_rng(seed)
    subjects = subjects or [f"A{n:03d}" for n in range(len(OUTCOME))]
    predictions, rows = [], []
    for set_name in SETS:
        scores = np.clip(0.5 + 0.1 * OUTCOME + random.normal(0, 0.2, len(OUTCOME)), 0.01, 0.99)
        table = {"model": "radiomics", "set": set_name, "subject": subjects, "outcome": OUTCOME, "probability": scores}
        predictions.append(pd.DataFrame(table))
        found = auc(OUTCOME, scores)
        measures = dict.fromkeys(
            ("threshold", "sensitivity", "specificity", "accuracy", "ppv", "npv", "f1", "slope", "in_the_large"), 0.5
        )
        measures |= {"observed_expected": 1.0, "ici": 0.1, "auc_within_center": found.value, "reason": None}
        measures |= {"caution": None, "n": 40, "events": 20, "auc": found.value, "auc_low": found.low}
        rows.append({"set": set_name, "model": "radiomics"} | measures | {"auc_high": found.high})
    empty = pd.DataFrame()
    part = Part("internal", "In", SETS, pd.DataFrame(rows), empty, empty, {})
    judged = {"center": "A", "sequence": "T1", "region": "L1", "image_type": "original", "median": levels}
    judged |= {"one_level_share": float(levels == 1), "setting": f"levels {levels}"}
    judged |= {"verdict": "error" if levels == 1 else "ok", "cases": 40, "message": None}
    columns = ["center", "step", "kind", "reason", "n"]
    content = ReportContent(
        study(name, **sections),
        pd.DataFrame([("A", "listed", "in", "", 40)], columns=columns),
        *("", empty, empty, [part]),
        levels=pd.DataFrame([judged]),
        sources={"performance": [f"{name}/performance.tsv"]},
        say=say,
    )
    return Side(content, content.study.model_dump(mode="json"), {"internal": pd.concat(predictions)})


def cells(table):
    return [row.cells for row in table.rows if not row.heading]


def test_every_setting_that_differs_has_its_reason_or_says_that_there_is_none():
    own, other = side("own", 1, missing_values="mean", validation={"folds": 3}), side("other", 2)
    assert cells(settings_table(own, other, {"validation": "Few patients."})) == [
        ("missing_values", "mean", "median", "No reason is declared."),
        ("validation.folds", "3", "5", "Few patients."),
    ]


def test_aucs_are_compared_by_delong_in_the_same_patients():
    own, other = side("own", 1), side("other", 2)
    train, test = cells(auc_table(own, other))
    scores = [one.predictions["internal"].query("set == 'test'")["probability"] for one in (own, other)]
    expected = compare_auc(OUTCOME, *scores)
    assert test[3].startswith(f"{expected.difference:.3f}".replace("-", "−"))
    assert test[3].endswith(")")
    assert test[4] == f"{expected.p:.3f}"
    assert "(" not in train[3]
    assert train[4] == "–"


def test_patients_are_joined_by_name_and_not_by_place():
    own, other = side("own", 1), side("other", 2)
    shuffled = other.predictions["internal"].sample(frac=1, random_state=3)
    turned = Side(other.content, other.config, {"internal": shuffled})
    assert auc_table(own, turned) == auc_table(own, other)


def test_other_patients_have_no_interval_of_the_difference():
    own = side("own", 1)
    assert compared_auc(own, side("other", 2, [f"B{n:03d}" for n in range(40)]), "Internal test", "radiomics") is None
    other = side("other", 2)
    table = other.predictions["internal"]
    wrong = Side(other.content, other.config, {"internal": table.assign(outcome=1 - table["outcome"])})
    assert compared_auc(own, wrong, "Internal test", "radiomics") is None
    assert compared_auc(own, other, "Training", "radiomics") is None
    assert compared_auc(own, other, "Internal test", "radiomics") is not None


def test_grey_levels_of_both():
    (row,) = cells(levels_table(side("own", 1), side("other", 2, levels=1)))
    assert row == ("T1, original", "levels 32", "levels 1", "32", "1", "0%", "100%")


def test_joined_tables_show_a_column_twice_only_where_it_differs():
    own, other = side("own", 1), side("other", 2)
    columns = ["Score", "Candidates", "Selected"]
    tables = [
        DisplayTable("flow", "Flow.", columns, [["a", "9", "3"], ["b", "9", "1"]], 1, ["Same note."]),
        DisplayTable("flow", "Flow.", columns, [["b", "9", "2"], ["a", "9", "3"]], 1, ["Same note.", "New note."]),
    ]
    made = joined_table("flow", own, other, tables)
    assert [(one.group, one.heading) for one in made.columns] == [
        *(("", "Score"), ("", "Candidates"), ("Selected", "own"), ("Selected", "other")),
    ]
    assert cells(made) == [("a", "9", "3", "3"), ("b", "9", "1", "2")]
    assert made.notes.count("Same note.") == 1
    assert "other: New note." in made.notes
    lacking = DisplayTable("flow", "Flow.", columns, [["a", "9", "3"]], 1)
    assert cells(joined_table("flow", own, other, [tables[0], lacking]))[1] == ("b", "9", "–", "1", "–")


@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_page_has_what_differs_first_and_what_to_distrust_last(code):
    say = language(code, strict=True)
    own, other = side("own", 1, say=say), side("other", 2, levels=1, say=say)
    sections = side_by_side(own, other, CompareWith(study="other.yaml"), say)
    assert [one.key for one in sections] == ["settings", "levels", "auc", "decisions", "calibration", "limits"]
    text = beside_page(page_title(say), lead_texts(own, other, say), own.content.banner, sections, "x", code, say)
    assert text == beside_page(
        page_title(say), lead_texts(own, other, say), own.content.banner, sections, "x", code, say
    )
    assert f'lang="{code}"' in text
    limits = {row[0]: row[1:] for row in cells(sections[-1].tables[0])}
    constant = limits[say("Textures are constants")]
    assert constant[0] == "–"
    assert constant[1] != "–"


def test_the_report_has_the_aucs_and_the_way_to_the_page():
    own, other = side("own", 1), side("other", 2)
    section = compared_section(auc_table(own, other), other.name)
    assert section.links[0][1] == [("page", "09_paper/side_by_side.html")]
    assert [row[0] for row in section.blocks[0].rows] == ["Training", "Internal test"]
