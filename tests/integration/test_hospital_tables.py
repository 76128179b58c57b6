"""Tables as three hospitals would send them: encodings, ids, rows that do not fit."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest
import yaml

from helpers.project import Project
from helpers.tables import cohort

SIZES = {"BJ": 40, "SH": 40, "GZ": 30}
STUDY = {
    "study": {"name": "tables", "title": "骨质疏松, three hospitals"},
    "cases": "cases.xlsx",
    "participants": "participants.csv",
    "centers": {
        "BJ": {"name": "北京", "role": "development", "source": "features", "table": "BJ.csv"},
        "SH": {"name": "上海", "role": "development", "source": "features", "table": "SH.csv"},
        "GZ": {"name": "广州", "role": "external", "source": "features", "table": "GZ.csv"},
    },
    "linkage": {"key": "住院号", "case_key": "card"},
    "outcome": {"column": "骨质疏松（QCT）", "positive": "是", "negative": "否", "missing": "exclude"},
    "variables": {"年龄（岁）": {"type": "continuous"}, "性别": {"type": "binary", "positive": "男"}},
    "signatures": {"T1": ["T1_*"]},
    "models": {"radiomics": {"scores": ["T1"], "clinical": ["年龄（岁）", "性别"]}},
}


@pytest.fixture(scope="module")
def project(root, tmp_path_factory) -> Project:
    """A study whose clinical table is GB18030 with semicolons, and whose cases are a workbook."""
    project = Project(root, tmp_path_factory.mktemp("tables"))
    people, features = cohort(SIZES, features=5, sequences=("T1",), seed=3)
    for center, table in zip(SIZES, features, strict=True):
        table.drop(columns="center").to_csv(project.folder / f"{center}.csv", index=False, encoding="utf-8-sig")
    people["card"] = [f"{number:06d}" for number in range(1, len(people) + 1)]
    _write_cases(people, project.folder / "cases.xlsx")
    _write_participants(people, project.folder / "participants.csv")
    (project.folder / "study.yaml").write_text(yaml.safe_dump(STUDY, allow_unicode=True), encoding="utf-8")
    project.run("--config", "study=study.yaml")
    return project


def _write_cases(people: pd.DataFrame, path) -> None:
    """Cards are numbers that a format pads with zeros, as Excel makes them of ids that are typed in."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["center", "subject", "card"])
    for row in people.itertuples():
        sheet.append([row.center, row.subject, int(row.card)])
        sheet.cell(sheet.max_row, 3).number_format = "000000"
    sheet["C2"] = 777777  # BJ0000: a card that nobody has
    sheet["C3"] = int(people["card"].iloc[2])  # BJ0001 and BJ0002: one card
    workbook.save(path)


def _write_participants(people: pd.DataFrame, path) -> None:
    full_width = str.maketrans("0123456789", "０１２３４５６７８９")
    table = pd.DataFrame(
        {
            "住院号": [card.translate(full_width) for card in people["card"]],
            "center": people["center"].map({code: center["name"] for code, center in STUDY["centers"].items()}),
            "性别": people["sex"].map({1.0: "男", 0.0: "女"}),
            "年龄（岁）": people["age"].round(1).astype(str),
            "骨质疏松（QCT）": people["outcome"].map({1: "是", 0: "否"}),
        }
    )
    table.loc[3, "骨质疏松（QCT）"] = ""
    table.loc[4, "center"] = "上海"
    extra = table.loc[[5, 6]].copy()
    extra.loc[6, "年龄（岁）"] = "20"
    table = pd.concat([table, extra])
    path.write_bytes(table.to_csv(index=False, sep=";", lineterminator="\r\n").encode("gb18030"))


def _table(project: Project, name: str) -> pd.DataFrame:
    return pd.read_csv(project.folder / "results/tables" / name, sep="\t", dtype=str, keep_default_na=False)


def test_who_is_left_out_has_a_reason(project):
    excluded = _table(project, "01_cohort/cases_excluded.tsv")
    assert dict(zip(excluded["subject"], excluded["reason"], strict=True)) == {
        "BJ0000": "participant_missing",
        "BJ0001": "participant_shared",
        "BJ0002": "participant_shared",
        "BJ0003": "outcome_missing",
        "BJ0004": "center_conflict",
        "BJ0006": "participant_ambiguous",
    }


def test_problems_are_listed_by_name_without_ids_or_outcomes(project):
    linkage = _table(project, "01_cohort/linkage.tsv")
    assert linkage[["problem", "subject"]].to_numpy().tolist() == [
        ["participant_missing", "BJ0000"],
        ["participant_ambiguous", "BJ0006"],
        ["participant_shared", "BJ0001"],
        ["participant_shared", "BJ0002"],
        ["center_conflict", "BJ0004"],
        ["participant_repeated", "BJ0005"],
        ["images_missing", ""],
        ["images_missing", ""],
    ]
    text = (project.folder / "results/tables/01_cohort/linkage.tsv").read_text(encoding="utf-8")
    assert not [secret for secret in ("是", "否", "000001") if secret in text]


def test_the_flow_adds_up(project):
    flow = _table(project, "01_cohort/flow.tsv").astype({"n": int})
    left = flow[flow["kind"] == "in"].pivot(index="center", columns="step", values="n")
    assert left["listed"].to_dict() == SIZES
    assert left["participants"].to_dict() == {"BJ": 34, "SH": 40, "GZ": 30}
    assert flow.loc[flow["kind"] == "set", "n"].sum() == 104 == sum(SIZES.values()) - 6


def test_chinese_columns_reach_model_and_report(project):
    coefficients = _table(project, "06_models/radiomics/coefficients.tsv")
    assert {"年龄(岁)", "性别"} <= set(coefficients["term"])
    development = _table(project, "01_cohort/development.tsv")
    assert development["年龄(岁)"].astype(float).between(30, 110).all()
    page = (project.folder / "results/tables/START_HERE.html").read_text(encoding="utf-8")
    assert "More than one case has the id of one participant." in page
    assert "rows 8 and 113 differ in 年龄(岁)" in page
