"""A batch of given masks: taken over, refused with a reason, or passed on; and which cases pair up."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.config.segmentation import Segmentation
from osteon.images.io import write_image
from osteon.segmentation.batch import CaseFiles, segment_batch
from osteon.segmentation.cases import training_cases
from osteon.segmentation.pairs import mask_pairs
from osteon.tables.status import CaseStatus, excluded

LABELS = {"L1": 1, "L2": 2}


@pytest.fixture
def case(tmp_path):
    def make(subject, values):
        folder = tmp_path / subject
        folder.mkdir()
        write_image(sitk.GetImageFromArray(np.ones((4, 8, 8), np.float32)), folder / "T1.nii.gz")
        status = CaseStatus("A", subject, "ingest", files={"T1": {"path": "T1.nii.gz", "sha256": "x"}})
        if values is not None:
            mask = np.zeros((4, 8, 8), np.uint8)
            for position, value in enumerate(values):
                mask[1, 1, position] = value
            write_image(sitk.GetImageFromArray(mask), folder / "manual.nii.gz")
            status.files["manual"] = {"path": "manual.nii.gz", "sha256": "y"}
        status.write(folder / "ingest.json")
        return CaseFiles(folder / "ingest.json", folder, folder / "segment.json", folder / "masks")

    return make


def run(*cases):
    segment_batch(cases, Segmentation(method="masks"), "T1", LABELS)
    return [CaseStatus.read(entry.status) for entry in cases]


def test_given_mask_is_taken_over_unchanged(case):
    files = case("A1", [1, 2])
    (status,) = run(files)
    assert status.ok
    assert (files.target / "sub-A1_dseg.nii.gz").read_bytes() == (files.source / "manual.nii.gz").read_bytes()


def test_bad_cases_do_not_take_the_batch_along(case, tmp_path):
    stopped = case("A2", [1])
    excluded("A", "A2", "ingest", "slice_missing").write(stopped.ingested)
    statuses = run(stopped, case("A3", None), case("A4", [1, 9]), case("A5", [1, 2]))
    assert [(status.stage, status.reason) for status in statuses] == [
        ("ingest", "slice_missing"),
        ("segment", "mask_missing"),
        ("segment", "mask_labels"),
        ("segment", None),
    ]
    assert list((tmp_path / "A4" / "masks").iterdir()) == []


def test_pairs_and_training_cases_need_a_manual_mask(case):
    files = [case("A1", [1, 2]), case("A2", None)]
    run(*files)
    predicted = [(entry.status, entry.target) for entry in files]
    ingested = [(entry.ingested, entry.source) for entry in files]
    assert [pair.subject for pair in mask_pairs(predicted, ingested)] == ["A1"]
    assert [entry.subject for entry in training_cases(ingested, "T1")] == ["A1"]
