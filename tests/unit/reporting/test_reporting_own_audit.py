"""The audit of a study's own tables: clean as they are, and any altered cell fails the study."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from helpers import outcome_study, own_results, report_study
from osteon.printed.findings import Finding, Verdict
from osteon.reporting.content import ReportContent
from osteon.reporting.language import language
from osteon.reporting.own_audit import AUDITED, ImpossibleNumbersError, audit_study, require_possible
from osteon.reporting.paper.study import Further


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    content, further = own_results.results(2)
    return content, further, own_results.write(content, further, tmp_path_factory.mktemp("tables"))


@pytest.mark.slow
def test_every_table_is_checked_as_computed_and_as_printed(made):
    findings = audit_study(*made)
    require_possible(findings)
    checked = {one.table for one in findings if one.verdict is not Verdict.CANNOT}
    results = {f"{name}.tsv" for name in ("flow", "baseline", "logistic", "performance", "pairwise")}
    assert checked == results | {f"tables/{key}.csv" for key in AUDITED}
    items = {(one.table, one.item) for one in findings}
    for table in ("performance.tsv", "tables/performance.csv"):
        assert {(table, "confusion matrix"), (table, "confidence interval of the AUC")} <= items
    for table in ("logistic.tsv", "tables/logistic.csv"):
        assert (table, "odds ratio, interval, z and p from the counts") in items


@pytest.mark.slow
def test_the_same_numbers_are_checked_in_chinese(made, tmp_path):
    content, further, _ = made
    say = language("zh")
    chinese = audit_study(content, further, own_results.write(content, further, tmp_path / "zh", say), say)
    require_possible(chinese)
    assert [(one.table, one.item) for one in chinese] == [(one.table, one.item) for one in audit_study(*made)]


def altered(content, table, column, change):
    """The content with one cell of its first part changed."""
    first, *rest = content.parts
    frame = getattr(first, table).copy()
    frame.loc[frame.index[0], column] = change(frame.loc[frame.index[0], column])
    return replace(content, parts=[replace(first, **{table: frame}), *rest])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "column", "change", "words"),
    [
        ("performance", "accuracy", lambda x: x - 0.03, "train: confusion matrix"),
        ("performance", "auc_high", lambda x: x - 0.3, "confidence interval of the AUC"),
        ("pairwise", "p", lambda x: 0.5 * x + 0.001, "p from z"),
    ],
)
def test_an_altered_result_fails_the_study(made, tmp_path, table, column, change, words):
    content, further, _ = made
    content = altered(content, table, column, change)
    findings = audit_study(content, further, own_results.write(content, further, tmp_path / "tables"))
    with pytest.raises(ImpossibleNumbersError, match=r"cannot be true, so that nothing is published") as error:
        require_possible(findings)
    lines = str(error.value).splitlines()
    assert any(words.split(": ")[-1] in line for line in lines)
    assert {one.table.split("/")[0] for one in findings if one.verdict is Verdict.IMPOSSIBLE} >= {"tables"}


@pytest.mark.slow
def test_an_altered_cell_of_the_manuscript_fails_the_study(made, tmp_path):
    content, further, _ = made
    folder = own_results.write(content, further, tmp_path / "tables")
    path = folder / "logistic.csv"
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(text.replace("\nMale sex,0.", "\nMale sex,1.", 1), encoding="utf-8-sig", newline="")
    wrong = [one for one in audit_study(content, further, folder) if one.verdict is Verdict.IMPOSSIBLE]
    assert {one.table for one in wrong} == {"tables/logistic.csv"}
    assert "cells against the results" in {one.item for one in wrong}


@pytest.mark.slow
def test_a_table_of_other_rows_is_not_read(made, tmp_path):
    content, further, _ = made
    folder = own_results.write(content, further, tmp_path / "tables")
    path = folder / "performance.csv"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"performance\.csv is not the table that the results give"):
        audit_study(content, further, folder)


def test_a_study_without_models_has_its_flow_checked(tmp_path):
    flow = report_study.flow()[1]
    bare = ReportContent(report_study.study(), flow, "", pd.DataFrame(), pd.DataFrame())
    folder = own_results.write(bare, Further(), tmp_path / "tables")
    findings = audit_study(bare, Further(), folder)
    assert {one.table for one in findings} == {"flow.tsv", "tables/exclusions.csv"}
    require_possible(findings)
    wrong = flow.copy()
    wrong.loc[wrong["kind"] == "in", "n"] += [1, *[0] * (int((wrong["kind"] == "in").sum()) - 1)]
    with pytest.raises(ImpossibleNumbersError, match="sum of its parts"):
        require_possible(audit_study(replace(bare, flow=wrong), Further(), folder))


def test_a_long_list_is_cut():
    with pytest.raises(ImpossibleNumbersError, match="and 5 more"):
        require_possible([Finding("t", "r", "i", "1", Verdict.IMPOSSIBLE, "Why.")] * 25)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["classes", "continuous"])
def test_other_outcomes_have_what_there_is_a_check_for(content, tmp_path, kind):
    other = outcome_study.content(kind, content)
    findings = audit_study(other, Further(), own_results.write(other, Further(), tmp_path / "tables"))
    require_possible(findings)
    assert "tables/performance.csv" in {one.table for one in findings}
    assert not {one.item for one in findings} & {"confusion matrix", "p from z"}
