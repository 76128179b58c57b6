"""Sections on performance and resampling, and the first screen where nobody was held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers import report_study
from osteon.reporting.content import ReportContent
from osteon.reporting.figures import roc_figure
from osteon.reporting.html import render_report
from osteon.reporting.numbers import beside
from osteon.reporting.page import headline_patients, headline_rows, sections
from osteon.reporting.tables import DisplayTable


def tables_of(content: ReportContent, key: str) -> dict[str, DisplayTable]:
    section = next(found for found in sections(content) if found.key == key)
    return {block.key: block for block in section.blocks if isinstance(block, DisplayTable)}


def names(table: DisplayTable) -> list[str]:
    return list(dict.fromkeys(row[0] for row in table.rows))


def test_resampling_has_its_own_section(content):
    assert names(tables_of(content, "performance")["discrimination"]) == [
        *report_study.SETS.values(),
        "Hospital C & co",
    ]
    made = tables_of(content, "resampling")
    assert names(made["resampling-discrimination"]) == list(report_study.RESAMPLED.values())
    assert made["resampling-classification"].caption == "Yes or no, at thresholds chosen without the patient."
    assert made["repeats"].rows[0] == ["Clinical", "3", "0.710", "0.680", "0.740"]
    part = content.resampling[0]
    mixed = replace(content, parts=[*content.cohorts, replace(part, performance=part.performance.iloc[::-1])])
    assert names(tables_of(mixed, "resampling")["resampling-discrimination"]) == list(report_study.RESAMPLED.values())
    bare = replace(content, parts=content.parts[:2])
    assert not [section for section in sections(bare) if section.key == "resampling"]


def test_sections_link_their_own_files(content):
    files = [f"{part}/performance.tsv" for part in ("internal", "center-C", "resampling")]
    linked = replace(content, sources={"performance": files})
    assert tables_of(linked, "performance")["discrimination"].sources == files[:2]
    assert tables_of(linked, "resampling")["resampling-discrimination"].sources == files[2:]


def test_number_of_settings_stands_beside_the_result(content):
    assert content.tried == {"clinical": 1, "combined": 48}
    for section, key in (("performance", "discrimination"), ("resampling", "resampling-discrimination")):
        models = {row[1] for row in tables_of(content, section)[key].rows}
        assert models == {"Clinical", "Combined, best of 48 settings"}


def test_frozen_and_adapted_models_stand_side_by_side(content):
    external = content.parts[1]
    titles = {
        "external": "Hospital C",
        "external_rest": "Hospital C, rest, frozen",
        "external_adapted": "Hospital C, rest, adapted",
    }
    performance = pd.concat([external.performance.assign(set=name) for name in titles])
    adapted = pd.DataFrame(
        {"model": ["combined"], "object": ["combat adaptation"], "scope": ["adapt C"], "rows": [12], "times": [1]}
    )
    audit = pd.concat([content.audit, adapted.assign(verdict="clean", finding="")], ignore_index=True)
    changed = replace(external, titles=titles, performance=performance)
    table = tables_of(replace(content, parts=[content.parts[0], changed], audit=audit), "performance")["discrimination"]
    assert names(table)[2:] == list(titles.values())
    note = table.notes[-1]
    assert "the primary analysis is that of all its patients by the frozen models" in note
    assert "from 12 patients who were declared for adaptation, without their outcomes" in note
    assert "primary analysis" not in " ".join(tables_of(content, "performance")["discrimination"].notes)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kept", "who", "first"),
    [
        ("internal and resampling", "training patients, each predicted by models", "Cross-validation, mean of 3"),
        ("internal", "training patients, out of fold: nobody was held out", "Training (out of fold)"),
    ],
)
def test_first_screen_without_held_out_patients(content, kept, who, first):
    inside = content.parts[0]
    inside = replace(inside, performance=inside.performance[inside.performance["set"] == "train"])
    parts = [inside, content.parts[2]] if "resampling" in kept else [inside]
    changed = replace(content, parts=parts)
    assert headline_patients(changed).startswith(who)
    assert headline_rows(changed)[0].name == first
    assert "The study has no model" not in render_report(changed)


def test_within_hospitals_is_said_where_it_is_another_value():
    row = {"auc": 0.8, "auc_low": 0.7, "auc_high": 0.9, "in": 0.6, "in_low": 0.5, "in_high": 0.7}
    assert beside(row, "auc", "in", "within hospitals") == "within hospitals 0.60 (0.50–0.70)"
    same = row | {"in": 0.8, "in_low": 0.7, "in_high": 0.9}
    assert beside(same, "auc", "in", "within hospitals") == ""
    # each hospital has one outcome: the pooled value is all about hospitals, which must not be passed over
    nothing = row | dict.fromkeys(("in", "in_low", "in_high"), np.nan)
    assert beside(nothing, "auc", "in", "within hospitals") == "within hospitals –"
    assert beside(row | {"auc": np.nan}, "auc", "in", "within hospitals") == ""


def test_many_sets_are_drawn_in_rows_and_legends_name_both_aucs():
    sets = {f"without {place}": f"Hospital {place}" for place in range(5)}
    roc, _, _ = report_study.curves(list(sets))
    figure = roc_figure(roc, report_study.performance(list(sets), 1), report_study.MODELS, sets)
    assert figure.axes[0].get_subplotspec().get_gridspec().get_geometry() == (2, 3)
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert all("\nwithin hospitals 0." in label for label in labels)


@pytest.mark.slow
def test_mean_only_with_the_parametric_prior_says_that_it_corrects_too_little(content):
    def text(**settings) -> str:
        changed = content.study.harmonisation.model_copy(update=settings)
        study = content.study.model_copy(update={"harmonisation": changed})
        return next(
            section.text for section in sections(replace(content, study=study)) if section.key == "harmonisation"
        )

    assert "corrects too little" in text(mean_only=True)
    assert "corrects too little" not in text(mean_only=True, prior="none")
    assert "corrects too little" not in text()
    assert text(method="none") == "The features were not harmonised between batches."
