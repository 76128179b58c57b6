"""The settings that many papers print, on the demo: what the guard says, and what they cost in a new hospital."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from helpers.project import Edit

STUDY = "config/demo/study.yaml"
RECOMMENDED = """preprocess:
  bias_correction: {shrink: 6}   # coarser than the default, to be quick
  intensity: {method: robust}
"""
BINS = "  bin_count: 32\n"
PADDED = "  pad_distance: 10   # 15 mm at 1.5 mm: five times the largest sigma\n"


@pytest.fixture(scope="module")
def published(demo, tmp_path_factory):
    """The finished demo once more, with the preset changed and everything else as it is."""
    folder = tmp_path_factory.mktemp("published") / "project"
    shutil.copytree(demo.folder, folder, symlinks=True)
    for old, new in (
        (RECOMMENDED, "preprocess:\n  bias_correction: {shrink: 6}\n"),
        (BINS, "  preset: as_published\n"),
        (PADDED, ""),
    ):
        Edit(folder / STUDY, old, new).__enter__()
    changed = type(demo).__new__(type(demo))
    changed.folder = folder
    said = changed.run()
    return changed, said


def test_images_and_masks_are_not_made_again(published):
    _, said = published
    assert "segment_batch" not in said.split("Job stats:")[1].split("total")[0]


def test_the_guard_fires_and_the_report_names_it(published):
    folder = published[0].folder / "results" / "demo"
    judged = pd.read_csv(folder / "04_features/discretisation.tsv", sep="\t")
    original = judged[judged["image_type"] == "original"]
    assert (original["verdict"] == "error").all()
    # B-splines leave a voxel below zero here and there, and with it a second level
    assert (original["median"] <= 2).all()
    assert (original["one_level_share"] > 0).all()
    assert original["message"].str.contains("bin_width: 25").all()
    assert original["message"].str.contains("Write 'bin_width: 0.0").all()
    page = (folder / "START_HERE.html").read_text(encoding="utf-8")
    assert "Textures are constants" in page
    assert "bin_width: 25" in page


def test_constant_textures_do_not_enter_a_score(published):
    folder = published[0].folder / "results" / "demo"
    selection = pd.read_csv(folder / "06_models/radiomics/selection.tsv", sep="\t")
    textures = selection[selection["feature"].str.contains(r"_original_(?:glcm|glrlm|glszm|gldm|ngtdm)_")]
    entropy = selection[selection["feature"].str.endswith("_original_firstorder_Entropy")]
    assert len(entropy) == 3
    assert not entropy["fate"].isin(["kept", "least_p"]).any()
    assert len(textures) > 100


def test_recommended_settings_do_better_in_the_hospital_never_seen(demo, published):
    def auc(folder):
        table = pd.read_csv(folder / "results/demo/07_validation/external/center-C/performance.tsv", sep="\t")
        return table.set_index("model").loc["radiomics", "auc"]

    assert auc(demo.folder) > auc(published[0].folder)
