"""The simulated hospitals A and B carry the published protocol and demographics."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from osteon.phantom.parameters import load_parameters

SEQUENCES = {"T1WI": "T1", "T2WI": "T2", "FS-T2WI": "FST2"}


@pytest.fixture(scope="module")
def parameters(root):
    return load_parameters(root / "config" / "phantom" / "lumbar.yaml")


@pytest.fixture(scope="module")
def published(shared):
    folder = shared / "published" / "osteoporosis_mri"
    if not folder.is_dir():
        pytest.skip("no reference data: ../shared/published/osteoporosis_mri is absent")
    return folder


def test_demographics_are_those_of_the_baseline_table(parameters, published):
    rows = pd.read_csv(published / "table2_baseline.csv", dtype=str).to_dict("records")
    assert len(rows) == 18
    for row in rows:
        for group, column in (("no", "nop"), ("yes", "op")):
            baseline = parameters.demographics[row["set"]][group]
            value, n = row[f"{column}_value"], int(row[f"{column}_n"])
            if row["kind"] == "median_iqr":
                median, iqr = map(float, re.fullmatch(r"([\d.]+) \(([\d.]+)\)", value).groups())
                assert getattr(baseline, row["variable"]) == (median, iqr), row
                assert baseline.n == n
            else:
                name = {"sex": "male"}.get(row["variable"], row["variable"])
                assert baseline.share(name) == int(value) / n, row


def test_protocol_is_that_of_the_published_table(parameters, published):
    for row in pd.read_csv(published / "table1_protocol.csv").to_dict("records"):
        hospital = parameters.hospital(row["center"])
        sequence = hospital.sequences[SEQUENCES[row["sequence"]]]
        assert sequence.tr == row["tr_ms"]
        assert (sequence.te_published or sequence.te) == row["te_ms"]
        assert (hospital.thickness, hospital.gap) == (row["slice_thickness_mm"], row["slice_gap_mm"])
        assert f"{hospital.fov:g}x{hospital.fov:g}" == row["fov_mm"]
        assert "x".join(map(str, sequence.matrix)) == row["matrix"]
        assert hospital.field == row["field_t"]
        assert hospital.model.lower() in row["scanner"].lower()
