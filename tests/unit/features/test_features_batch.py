"""Features of a batch: fixed schema for good and bad cases, and their collection per center."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from osteon.config.features import Features
from osteon.features.batch import CaseFiles, extract_batch
from osteon.features.collect import collect_delivered, collect_extracted
from osteon.features.settings import pyradiomics_parameters
from osteon.images.io import write_image
from osteon.tables.status import CaseStatus, excluded

PARAMETERS = pyradiomics_parameters(Features(bin_count=16, image_types=["original"], classes=["shape", "firstorder"]))


@pytest.fixture
def batch(tmp_path):
    cases = []
    for number, subject in enumerate(["A1", "A2"]):
        folder = tmp_path / subject
        folder.mkdir()
        image = np.random.default_rng(number).normal(100, 20, (12, 16, 16)).astype(np.float32)
        mask = np.zeros(image.shape, np.uint8)
        mask[3:9, 4:12, 4:12] = 1
        write_image(sitk.GetImageFromArray(image), folder / "T1.nii.gz")
        write_image(sitk.GetImageFromArray(mask), folder / "mask.nii.gz")
        CaseStatus("A", subject, "preprocess", files={"T1": {"path": "T1.nii.gz"}}).write(folder / "p.json")
        CaseStatus("A", subject, "segment", files={"mask": {"path": "mask.nii.gz"}}).write(folder / "s.json")
        paths = ("p.json", ".", "s.json", ".", "f.tsv", "f.json")
        cases.append(CaseFiles(*(folder / path for path in paths)))
    excluded("A", "A2", "segment", "mask_empty", "L1 is empty").write(cases[1].mask_status)
    extract_batch(cases, ["T1"], {"L1": 1}, {"body": ["L1"]}, PARAMETERS)
    return cases


def test_good_and_bad_case_have_the_same_rows(batch):
    good, bad = (pd.read_csv(case.table, sep="\t") for case in batch)
    assert good["feature"].tolist() == bad["feature"].tolist()
    assert good["value"].notna().all()
    assert bad["value"].isna().all()
    assert set(bad["reason"]) == {"mask_empty"}


def test_center_table_has_the_passed_case_and_names_the_other(batch):
    features, missing, cases = collect_extracted("A", [case.table for case in batch], [case.status for case in batch])
    assert features["subject"].tolist() == ["A1"]
    assert "T1_body_original_firstorder_Mean" in features.columns
    assert missing.empty
    assert cases[["subject", "status", "stage", "reason", "detail"]].to_numpy().tolist() == [
        ["A1", "ok", "features", None, None],
        ["A2", "excluded", "segment", "mask_empty", "L1 is empty"],
    ]


def test_delivered_table_without_a_row_excludes_the_subject(tmp_path):
    (tmp_path / "t.csv").write_text("subject,center,y,a,b\nN-1,N,1,0.5,2\nN-2,N,0,,3\n")
    features, missing, cases = collect_delivered("N", ["N1", "N2", "N3"], tmp_path / "t.csv", ["y"])
    assert list(features.columns) == ["subject", "center", "a", "b"]
    assert features["subject"].tolist() == ["N1", "N2"]
    assert missing[["subject", "column"]].to_numpy().tolist() == [["N2", "a"]]
    assert cases["reason"].tolist() == [None, None, "features_missing"]
