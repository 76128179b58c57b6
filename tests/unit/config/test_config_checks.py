"""What the sections of a study must agree on with each other."""

from __future__ import annotations

from osteon.config.checks import cross_problems
from osteon.config.study import Study


def test_protocol_of_a_sequence_that_is_not_declared(root):
    protocol = {"T1": {"echo_time": 10}, "FS2": {"echo_time": 43}}
    study = Study(
        study={"name": "x"},
        cases="cases.tsv",
        centers={"A": {"role": "development", "source": "dicom", "masks": "*.nii.gz", "protocol": protocol}},
        sequences={"T1": {}, "FST2": {}},
        series_rules=str(root / "config/series_rules/lumbar_mr.yaml"),
        segmentation={"method": "masks"},
        labels={"L1": 1},
        rois={"all": ["L1"]},
        harmonisation={"method": "none"},
    )
    assert [(problem.where, problem.what, problem.write) for problem in cross_problems(study, [], [])] == [
        ("centers.A.protocol.FS2", "'FS2' is not a sequence of the study.", "Did you mean 'FST2'?")
    ]
