"""All figures of the paper from the made-up study: each has a name of its own, its data, and its files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from osteon.reporting.paper.figures import Explained, paper_figures, write_figures
from osteon.reporting.paper.study import Further

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


@pytest.mark.slow
def test_every_figure_has_its_files_and_its_data(content, tmp_path):
    made = list(paper_figures(content, Further(), explained()))
    names = [drawn.name for drawn in made]
    assert len(set(names)) == len(names)
    assert {name.rsplit("_", 1)[0] for name in names} >= {"metrics", "selection", "feature", "nomogram"}
    assert {"shap_importance_combined", "shap_beeswarm_combined_2", "shap_correlation_combined_1"} <= set(names)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "old.svg").write_text("of an earlier run")
    write_figures(made, tmp_path / "figures")
    written = {path.name for path in (tmp_path / "figures").iterdir()}
    assert "old.svg" not in written
    for drawn in made:
        assert {f"{drawn.name}.svg", f"{drawn.name}.png"} <= written
        assert drawn.data
        assert all(f"{drawn.name}{end and '_'}{end}.tsv" in written for end in drawn.data)


def test_a_study_without_explanations_has_the_others(content):
    names = [drawn.name for drawn in paper_figures(content, Further(), Explained())]
    assert names == ["metrics_clinical", "metrics_combined", "selection_frequency"]
