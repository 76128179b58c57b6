"""What the page of a hospital is made of, by what the hospital delivers and the study does."""

from __future__ import annotations

import pytest

from osteon.config.page_files import hospital_files
from osteon.config.plan import Plan
from osteon.config.sheets import Case
from osteon.config.study import Study
from osteon.reporting.hospital_content import TABLES

STUDY = {
    "study": {"name": "s"},
    "cases": "c.tsv",
    "participants": "p.tsv",
    "centers": {
        "A": {"role": "development", "source": "dicom"},
        "B": {"role": "external", "source": "features", "table": "t.csv"},
    },
    "sequences": {"T1": {}},
    "labels": {"L1": 1},
    "rois": {"body": ["L1"]},
    "segmentation": {"method": "nnunet", "model": "m.zip"},
    "outcome": {"column": "y", "positive": "1", "negative": "0"},
    "models": {"m": {"scores": ["T1"]}},
}
MODELS = {"predictions", "performance"}
ANALYSIS = {"shap_values", "selected", "trained", "centers", "pooled"}
IMAGES = {"quality", "sheets", "acquisition", "mask_quality", "review", "contours"}
ALWAYS = {"flow", "included", "excluded", "missing"}


def files(center: str, **changes: object) -> dict[str, str]:
    content = {name: value for name, value in (STUDY | changes).items() if value is not None}
    cases = [Case("A", "A1", "raw/A1", "A01", 2, "A1"), Case("B", "B1", "", "B", 3, "B1")]
    return hospital_files(Plan(Study.model_validate(content), cases), center)


def test_a_hospital_with_images_has_them_and_the_internal_validation():
    found = files("A")
    assert set(found) == ALWAYS | IMAGES | MODELS | ANALYSIS
    assert found["predictions"] == "<results>/07_validation/internal/predictions.tsv"
    assert found["missing"] == "<results>/04_features/center-A/missing.tsv"


def test_an_external_hospital_with_a_table_has_no_images_and_its_own_validation():
    found = files("B")
    assert set(found) == ALWAYS | MODELS | ANALYSIS
    assert found["predictions"] == "<results>/07_validation/external/center-B/predictions.tsv"
    assert found["trained"] == "<results>/07_validation/internal/selected_features.tsv"


def test_masks_that_can_be_compared_are():
    centers = STUDY["centers"] | {"A": STUDY["centers"]["A"] | {"masks": "masks/{subject}.nii.gz"}}
    assert set(files("A", centers=centers)) >= {"agreement", "agreement_summary"}


def test_without_models_there_is_nothing_to_validate():
    assert set(files("A", models=None, outcome=None)) == ALWAYS | IMAGES


@pytest.mark.parametrize("kind", [{"type": "continuous"}, {"type": "classes", "classes": ["a", "b", "c"]}])
def test_an_outcome_of_another_kind_has_predictions_but_no_further_analysis(kind):
    assert set(files("A", outcome={"column": "y"} | kind)) == ALWAYS | IMAGES | MODELS


def test_the_page_reads_nothing_that_it_is_not_given():
    besides = {"sheets", "trained"}  # linked to; read for the ranges of the features
    assert set(files("A")) | {"agreement", "agreement_summary"} == set(TABLES) | besides
