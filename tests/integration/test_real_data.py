"""The same rules on real data that nobody here made; skipped where the data are absent."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from helpers.project import Project
from osteon.features.ibsi import compare_files


@pytest.fixture(scope="module")
def project(root, shared, tmp_path_factory) -> Project:
    """A copy of the project with the real-data studies, beside the reference data."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "osteon").mkdir()
    (folder / "shared").symlink_to(shared)
    project = Project(root, folder / "osteon")
    shutil.copytree(root / "tests" / "studies", project.folder / "tests" / "studies")
    return project


def test_sarcoma_from_dicom_with_rtstruct_to_features(project):
    project.run("--config", "study=tests/studies/sts_mr/study.yaml")
    features = pd.read_csv(project.folder / "results/sts_mr/04_features/center-STS/features.tsv", sep="\t")
    assert features["subject"].tolist() == ["STS019", "STS025"]
    values = features.drop(columns=["subject", "center"])
    assert values.shape[1] == 107
    assert values.notna().all(axis=None)
    # PyRadiomics' own volumes of the masks that the publisher ships, read without Osteon
    assert features["T1_tumor_original_shape_VoxelVolume"].tolist() == pytest.approx(SHIPPED_VOLUMES, rel=0.02)
    assert (project.folder / "results/sts_mr/START_HERE.html").is_file()
    # tests/reference/test_reference_sts_mr.py looks at each tag
    comparison = compare_files(
        project.folder / "results/sts_mr/04_features/center-STS/features.tsv",
        project.folder / "../shared/reference/sts_mr/ibsi_team_medians.csv",
    )
    assert comparison["verdict"].value_counts().to_dict() == {"absent": 236, "met": 231, "no agreement": 1}


SHIPPED_VOLUMES = [17316.0, 30108.9]
