"""All figures of the paper from the made-up study: each has a name of its own, its data, and its files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers import report_study
from osteon.reporting.lettering import COLUMN, PAGE
from osteon.reporting.paper.drawn import Explained, Material
from osteon.reporting.paper.figures import paper_figures, write_figures
from osteon.reporting.paper.validation_figures import confusion_counts
from osteon.tables.files import read_table

SUBJECTS = [f"A{place:02d}" for place in range(30)]


def explained():
    """Two terms of the model 'combined' in training and test patients."""
    random = np.random.default_rng(1)
    rows = [
        ("combined", name, title, subject, term, kind)
        for name, title in (("train", "Training"), ("test", "Internal test"))
        for subject in SUBJECTS
        for term, kind in (("age", "clinical"), ("T1", "score"))
    ]
    values = pd.DataFrame(rows, columns=["model", "set", "patients_set", "subject", "term", "kind"])
    values = values.assign(value=random.normal(size=len(values)), shap=random.normal(size=len(values)))
    importance = values.groupby(["model", "set", "patients_set", "term", "kind"], sort=False)["shap"]
    importance = importance.agg(lambda column: column.abs().mean()).rename("mean_abs").reset_index()
    share = importance["mean_abs"] / importance.groupby("set")["mean_abs"].transform("sum")
    importance = importance.assign(patients=30, share=share, rank=[1, 2, 1, 2], reason=None)
    correlations = importance[["model", "set", "patients_set"]].assign(
        variable=importance["term"], n=30, r=0.2, low=-0.1, high=0.5, p=0.2, reason=None
    )
    features = pd.DataFrame(random.normal(size=(30, 4)), columns=list("abcd"))
    features.insert(0, "subject", SUBJECTS)
    features.insert(1, "set", "train")
    base = pd.DataFrame({"model": ["combined"], "scale": ["log_odds"], "base": [0.1]})
    return Explained(base, values, importance, pd.DataFrame(), correlations, features)


def curves(content):
    """Tables of the validation of the parts with patients of their own."""
    made = {}
    for part in content.cohorts:
        roc, calibration, decision = report_study.curves(list(part.titles))
        tables = {"roc": roc, "calibration_curve": calibration, "decision": decision, "performance": part.performance}
        made[part.key] = tables | {"operating_points": roc, "pairwise": part.pairwise}
    return made


@pytest.mark.slow
def test_every_figure_has_its_files_its_data_and_its_caption(content, tmp_path):
    made = list(paper_figures(Material(content, explained=explained(), curves=curves(content))))
    names = [drawn.name for drawn in made]
    assert len(set(names)) == len(names)
    assert {"flow", "roc", "calibration", "decision_curve", "confusion", "metrics_combined"} <= set(names)
    assert {"shap_importance_combined", "shap_beeswarm_combined_2", "shap_correlation_combined_1"} <= set(names)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "old.svg").write_text("of an earlier run")
    write_figures(made, tmp_path / "figures", "The study")
    written = {path.name for path in (tmp_path / "figures").iterdir()}
    assert "old.svg" not in written
    captions = read_table(tmp_path / "figures" / "captions.tsv").set_index("key")
    page = (tmp_path / "figures" / "index.html").read_text(encoding="utf-8")
    for drawn in made:
        files = {f"{drawn.name}{end and '_'}{end}.tsv" for end in drawn.data}
        assert drawn.data
        assert {f"{drawn.name}.svg", f"{drawn.name}.png", *files} <= written
        assert drawn.caption, drawn.name
        assert captions.loc[drawn.name, "title"] == drawn.title
        assert all(f'href="{name}"' in page for name in (f"{drawn.name}.svg", f"{drawn.name}.png", *files))
    main = captions[~captions["label"].str.contains("S")]
    assert list(main["label"]) == [f"Figure {place}" for place in range(1, len(main) + 1)]
    assert list(captions.index[: len(main)]) == [drawn.name for drawn in made if not drawn.supplement]


@pytest.mark.slow
def test_figures_are_as_wide_as_a_column_or_a_page(content):
    for drawn in paper_figures(Material(content, explained=explained(), curves=curves(content))):
        assert round(drawn.figure.get_figwidth(), 3) in (COLUMN, PAGE), drawn.name


@pytest.mark.slow
def test_captions_count_the_patients_and_name_the_thresholds(content):
    made = {drawn.name: " ".join(drawn.caption) for drawn in paper_figures(Material(content, curves=curves(content)))}
    assert "Internal test 40 (22)" in made["roc"]
    assert "Clinical 0.412; Combined 0.412" in made["roc"]
    assert "AUC, area under the ROC curve" in made["roc"]


def test_a_study_without_explanations_has_the_others(content):
    names = [drawn.name for drawn in paper_figures(Material(content))]
    assert names == ["flow", "selection_frequency", "metrics_clinical", "metrics_combined"]


def test_confusion_matrices_hold_the_counts_behind_the_rates():
    performance = pd.DataFrame(
        [("test", "m", 30, 10, 0.8, 0.75), ("other", "m", 30, 10, np.nan, 0.75)],
        columns=["set", "model", "n", "events", "sensitivity", "specificity"],
    )
    counts = confusion_counts(performance, ["no", "yes"]).set_index(["true_class", "called_class"])["n"]
    assert counts.to_dict() == {("yes", "yes"): 8, ("yes", "no"): 2, ("no", "yes"): 5, ("no", "no"): 15}
