"""Same tables and seed, same bytes: with one core and with four, in another folder."""

from __future__ import annotations

import pytest

from helpers.table_study import STUDY, TableStudy

GRID = {"columns": ["T1_*"], "selection": "all", "classifier": ["logistic_l2", "tree"], "trials": 1}
SECTIONS = {
    "selections": {"few": [{"k_best": {"k": 2}}], "stable": [{"stability": {"resamples": 10}}]},
    "models": {"grid": GRID},
    "validation": STUDY["validation"] | {"folds": 3, "repeats": 1},
}
TARGETS = [f"results/tables/07_validation/{part}/performance.tsv" for part in ("internal", "resampling")]


@pytest.mark.slow
def test_cores_change_no_byte(root, tmp_path):
    """Selections and classifiers to choose from, tuned in the inner folds, with calibration and repeats."""
    written = []
    for cores in (1, 4):
        folder = tmp_path / str(cores)
        folder.mkdir()
        study = TableStudy(root, folder, {"A": 36, "B": 34, "X": 12}, features=5, **SECTIONS)
        study.run(*TARGETS, cores=cores)
        written.append(study.digests("06_models") | study.digests("07_validation"))
    one, four = written
    assert {"06_models/grid/bundle/model.json", "07_validation/resampling/performance.tsv"} <= one.keys()
    assert one == four
