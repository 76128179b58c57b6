"""A paper beside a study, and two studies side by side, through Snakemake: small tables, no images."""

from __future__ import annotations

import csv
import shutil

import pytest
import yaml

from helpers.table_study import STUDY, TableStudy

PRINTED = {
    # F1 is not 2PR / (P + R)
    "performance.csv": (
        "model,set,negative_n,positive_n,auc,low,high,sensitivity,precision,f1\n"
        "Both,internal,8,8,0.740,,,0.750,0.750,0.990\nBoth,external,15,15,0.700,,,,,\n"
    ),
    "baseline.csv": (
        "set,variable,level,kind,negative_n,negative_value,positive_n,positive_value,statistic,label,p\n"
        "internal,age,,median_iqr,8,67.0 (10.0),8,71.0 (8.0),20.0,Z,0.2\n"
    ),
}
LAYOUT = {
    "source": "A paper that was made up",
    "names": {"Both": "combined", "internal": "test", "external": "X"},
    "tables": [
        {
            **{"number": "1", "title": "Patients", "kind": "baseline", "file": "baseline.csv"},
            "columns": {"negative_value": "No", "positive_value": "Yes", "p": "P"},
        },
        {
            **{"number": "2", "title": "Models", "kind": "performance", "file": "performance.csv"},
            "columns": {"auc": "AUC", "f1": "F1"},
        },
    ],
    "figures": [{"number": "1", "title": "ROC curves", "printed": "It shows curves.", "ours": ["roc"]}],
}
SECOND = {"study": "study.yaml", "changes": {"validation.folds": "More patients in each fit."}}


@pytest.fixture(scope="module")
def tables(root, tmp_path_factory):
    published = {"tables": "printed", "layout": "layout.yaml"}
    tables = TableStudy(root, tmp_path_factory.mktemp("beside"), {"A": 40, "B": 40, "X": 30}, 4, published=published)
    folder = tables.project.folder
    shutil.copy(root / "requirements.lock", folder)
    (folder / "printed").mkdir()
    for name, text in PRINTED.items():
        (folder / "printed" / name).write_text(text, encoding="utf-8")
    (folder / "layout.yaml").write_text(yaml.safe_dump(LAYOUT), encoding="utf-8")
    second = STUDY | {"study": {"name": "second", "seed": 7}, "compare_with": SECOND}
    second["validation"] = STUDY["validation"] | {"folds": 3}
    (folder / "second.yaml").write_text(yaml.safe_dump(second), encoding="utf-8")
    return tables


def cells(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.slow
def test_a_paper_and_another_study_stand_beside_a_study(tables):
    page = "09_paper/side_by_side.html"
    refused = tables.project.snakemake(f"results/second/{page}", "--config", "study=second.yaml")
    assert refused.returncode
    assert "study.yaml has not been run: results/tables/provenance/config_used.yaml" in refused.stdout
    assert "Run first: snakemake --cores 2 --config study=study.yaml" in refused.stdout

    wanted = ("09_paper/published.html", "07_validation/leakage_audit.tsv", "06_models/feature_flow.tsv")
    more = ("provenance/config_used.yaml", "05_harmonisation/confounding.tsv", "04_features/discretisation.tsv")
    tables.run(*(f"results/tables/{path}" for path in (*wanted, *more)), cores=2)
    ours = tables.read("07_validation/internal/performance.tsv").query("set == 'test'").iloc[0]
    rows = cells(tables.results / "09_paper/published/table_2.csv")
    (test,) = [row for row in rows if row[0].strip().startswith("Internal test")]
    assert test[1] == "0.740"
    assert test[2].startswith(f"{ours['auc']:.3f} (")
    assert test[3] == "0.990 †"  # the first mark is for the whole row
    text = (tables.results / "09_paper/published.html").read_text(encoding="utf-8")
    assert "Table 1. Patients" in text
    assert "Figure 1. ROC curves" in text
    assert "<svg" in text

    tables.project.run(f"results/second/{page}", "--config", "study=second.yaml")
    second = tables.project.folder / "results" / "second" / "09_paper"
    settings = cells(second / "side_by_side" / "settings.csv")
    assert ["validation.folds", "3", "2", "More patients in each fit."] in settings
    aucs = cells(second / "side_by_side" / "auc.csv")
    place = [row[0] for row in aucs].index("Internal test")
    assert aucs[place + 1][0].strip() == "combined"
    assert aucs[place + 1][2].startswith(f"{ours['auc']:.3f} (")
    assert "two studies" in (second / "side_by_side.html").read_text(encoding="utf-8")
