"""The published protocol as a study: in order, at its sizes, and changed in the second study only where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from osteon.config.comparison import NOT_COMPARED, differences, flattened, reason_for
from osteon.config.explain import StudyError
from osteon.config.load import load_study, read_study
from osteon.config.published import read_layout
from osteon.config.sheets import read_sheet
from osteon.printed.audit import audit
from osteon.printed.findings import Verdict

STUDY = "config/studies/osteoporosis_mri.yaml"
RECOMMENDED = "config/studies/osteoporosis_mri_recommended.yaml"
PRINTED = "config/studies/osteoporosis_mri/printed"
WRONG = {
    "features.bin_width": (None, 25.0),
    "features.bin_count": (32, None),
    "features.one_level": ("refuse", "report"),
}
"""What the audit calls impossible among the settings: grey levels of width 25 on images scaled to 0-1."""
NO_PROTOCOL = {"simulation", "simulation.parameters", "simulation.preset"}
"""The second study reads the images that the first one simulated."""


def written(root, name):
    return yaml.safe_load((root / name).read_text(encoding="utf-8"))


@pytest.mark.slow
def test_it_is_in_order(root, monkeypatch):
    monkeypatch.chdir(root)
    study, cases = load_study(STUDY)[:2]
    assert study.study.simulated
    assert [sum(case.center == center for case in cases) for center in study.centers] == [961, 134]


@pytest.mark.slow
def test_the_second_study_is_in_order_but_for_the_results_of_the_first(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").symlink_to(root / "config")
    with pytest.raises(StudyError) as caught:
        load_study(RECOMMENDED)
    (problem,) = caught.value.problems
    assert problem.where == "compare_with.study"
    assert "has not been run: results/osteoporosis_mri/provenance/config_used.yaml" in problem.what
    assert problem.write == f"Run first: snakemake --cores 2 --config study={STUDY}"


@pytest.mark.slow
def test_the_second_study_changes_what_the_audit_calls_impossible_and_nothing_else(root, monkeypatch):
    monkeypatch.chdir(root)
    published, recommended = read_study(STUDY), read_study(RECOMMENDED)
    changed = differences(recommended.model_dump(mode="json"), published.model_dump(mode="json"))
    assert {key: pair for key, pair in changed.items() if key not in NO_PROTOCOL} == WRONG
    assert set(changed) - set(WRONG) <= NO_PROTOCOL
    reasons = recommended.compare_with.changes
    assert all(reason_for(key, reasons) for key in changed)
    impossible = {one.table for one in audit(PRINTED) if one.verdict is Verdict.IMPOSSIBLE}
    # the others are arithmetic of printed tables, which no setting changes
    assert impossible == {"settings.csv", "performance.csv", "repeated.csv"}


def test_the_second_file_is_written_like_the_first(root):
    files = [
        flattened({k: v for k, v in written(root, name).items() if k not in NOT_COMPARED})
        for name in (STUDY, RECOMMENDED)
    ]
    keys = {key for key in {*files[0], *files[1]} if files[0].get(key) != files[1].get(key)}
    assert keys == {"features.bin_count", "features.one_level", "simulation.parameters", "simulation.preset"}


def test_the_split_is_the_published_one(root):
    rows = read_sheet(root / "config/studies/osteoporosis_mri/splits.tsv")[1]
    assert [sum(row["set"] == name for row in rows) for name in ("train", "test")] == [768, 193]


def test_the_layout_has_tables_1_to_5_and_figures_1_to_6(root):
    layout = read_layout(root / "config/studies/osteoporosis_mri/layout.yaml")
    assert [table.number for table in layout.tables] == list("12345")
    assert [figure.number for figure in layout.figures] == list("123456")
    assert all(figure.ours and figure.printed for figure in layout.figures)


NAMES = {
    "negative_n": ("nop_n", "n_nop"),
    "negative_value": ("nop_value",),
    "positive_n": ("op_n", "n_op"),
    "positive_value": ("op_value",),
    "statistic": ("statistic_as_printed",),
    "label": ("statistic_label_as_printed",),
    "p": ("p_as_printed",),
    "odds_ratio": ("or",),
    "low": ("ci_low",),
    "high": ("ci_high",),
}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("protocol", "table1_protocol"),
        ("baseline", "table2_baseline"),
        ("logistic", "table3_logistic"),
        ("performance", "table4_performance"),
        ("delong", "table5_delong"),
    ],
)
def test_printed_numbers_are_those_of_the_paper(root, shared, ours, theirs):
    """Cell by cell, under the names of the audit's templates."""
    mine = read_sheet(root / PRINTED / f"{ours}.csv")
    paper = read_sheet(Path(shared) / "published" / "osteoporosis_mri" / f"{theirs}.csv")
    back = {other: name for name, others in NAMES.items() for other in others}
    assert mine[0] == [back.get(column, column) for column in paper[0]]
    assert [list(row.values()) for row in mine[1]] == [list(row.values()) for row in paper[1]]
