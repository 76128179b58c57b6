"""The published protocol as a study: in order, at its sizes, and changed in the second study only where it is wrong."""

from __future__ import annotations

import pytest
import yaml

from osteon.config.load import load_study
from osteon.config.sheets import read_sheet

STUDY = "config/studies/osteoporosis_mri.yaml"
RECOMMENDED = "config/studies/osteoporosis_mri_recommended.yaml"


def written(root, name):
    return yaml.safe_load((root / name).read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("name", [STUDY, RECOMMENDED])
def test_it_is_in_order(root, monkeypatch, name):
    monkeypatch.chdir(root)
    study, cases = load_study(name)[:2]
    assert study.study.simulated
    assert [sum(case.center == center for case in cases) for center in study.centers] == [961, 134]


def test_the_second_study_changes_the_grey_levels_alone(root):
    published, recommended = written(root, STUDY), written(root, RECOMMENDED)
    assert published.pop("features") == {"preset": "as_published", "one_level": "report"}
    assert recommended.pop("features") == {"preset": "recommended"}
    names = [study.pop("study") for study in (published, recommended)]
    assert {key for key in names[0] if names[0][key] != names[1][key]} == {"name", "title"}
    assert published == recommended


def test_the_split_is_the_published_one(root):
    rows = read_sheet(root / "config/studies/osteoporosis_mri/splits.tsv")[1]
    assert [sum(row["set"] == name for row in rows) for name in ("train", "test")] == [768, 193]
