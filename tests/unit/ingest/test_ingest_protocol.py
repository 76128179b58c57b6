"""What a center declared against what the headers say."""

from __future__ import annotations

import pytest

from helpers.decisions import ct_series
from helpers.dicom_series import make_series, save
from osteon.config.delivery import Protocol
from osteon.ingest.protocol import FOUND, protocol_findings
from osteon.ingest.rules import load_rules

FACTS = {
    "Manufacturer": "GE",
    "ManufacturersModelName": "SIGNA Architect",
    "MagneticFieldStrength": 3.0,
    "RepetitionTime": 3.614,
    "EchoTime": 0.123,
    "InversionTime": 0.16,
    "EchoTrainLength": 20.0,
    "FlipAngle": 142.0,
    "SliceThickness": 3.0,
    "SpacingBetweenSlices": 3.3,
    "PixelSpacing": [0.875, 0.9],
    "Matrix": [320, 256, 15],
    "KVP": 120.0,
    "ConvolutionKernel": ["BR40D", "3"],
    "BodyPartExamined": "LSPINE",
}
MET = {
    "manufacturer": "GE MEDICAL SYSTEMS",
    "model": "signa architect",
    "field_strength": 3.0,
    "repetition_time": 3600,
    "echo_time": {"min": 100, "max": 130},
    "inversion_time": 160,
    "echo_train_length": 20,
    "flip_angle": 140,
    "slice_thickness": 3,
    "slice_distance": 3.3,
    "pixel_spacing": 0.9,
    "field_of_view": 288,
    "matrix": [320, 256],
    "slices": {"min": 13},
    "kvp": 120,
    "kernel": ["Br44d", "Br40d"],
    "body_part": ["SPINE", "LSPINE"],
}


def deviations(declared, facts=FACTS):
    return [entry["value"] for entry in protocol_findings(facts, Protocol(**declared))]


def test_every_key_of_the_protocol_is_compared():
    assert set(MET) == set(FOUND) == set(Protocol.model_fields)
    assert deviations(MET) == []


@pytest.mark.parametrize("key", MET)
def test_what_is_declared_and_absent_is_noted(key):
    (value,) = deviations({key: MET[key]}, {})
    assert value.startswith(f"{key}: not in the headers, declared ")


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ({"manufacturer": "Siemens"}, "manufacturer: found GE, declared Siemens"),
        ({"model": "SIGNA Explorer"}, "model: found SIGNA Architect, declared SIGNA Explorer"),
        ({"field_strength": 1.5}, "field_strength: found 3, declared 1.5"),
        ({"repetition_time": 3400}, "repetition_time: found 3614, declared 3400"),
        ({"echo_time": {"min": 60, "max": 90}}, "echo_time: found 123, declared 60 to 90"),
        ({"echo_time": {"min": 130}}, "echo_time: found 123, declared at least 130"),
        ({"echo_time": {"max": 120}}, "echo_time: found 123, declared at most 120"),
        ({"pixel_spacing": 0.855}, "pixel_spacing: found 0.875 x 0.9, declared 0.855"),
        ({"field_of_view": 260}, "field_of_view: found 288, declared 260"),
        ({"matrix": [256, 320]}, "matrix: found 320 x 256, declared 256 x 320"),
        ({"slices": 13}, "slices: found 15, declared 13"),
        ({"kernel": ["Br36d", "Br44d"]}, "kernel: found BR40D, 3, declared Br36d, Br44d"),
        ({"body_part": ["CSPINE"]}, "body_part: found LSPINE, declared CSPINE"),
    ],
)
def test_deviation_names_what_was_found_and_declared(declared, value):
    (entry,) = protocol_findings(FACTS, Protocol(**declared))
    assert (entry["code"], entry["severity"], entry["value"]) == ("protocol_deviation", "note", value)


@pytest.mark.parametrize(("declared", "met"), [(115.1, False), (117.2, True), (129.4, True), (130.0, False)])
def test_a_number_is_met_within_five_percent(declared, met):
    assert (deviations({"echo_time": declared}) == []) is met


def test_nothing_declared_nothing_noted():
    assert deviations({}) == []


def test_deviation_is_noted_with_the_case(tmp_path, run):
    save(make_series(), tmp_path / "raw")
    status = run(tmp_path / "raw", protocol={"T2": {"manufacturer": "Siemens", "echo_time": 92, "kvp": 120}})
    assert status.ok, status.detail
    assert [(entry["severity"], entry["message"]) for entry in status.findings] == [
        ("note", "T2: echo_time: found 110, declared 92"),
        ("note", "T2: kvp: not in the headers, declared 120"),
    ]


def test_ct_is_compared_by_tube_voltage_and_kernel(tmp_path, run, root):
    save(ct_series(), tmp_path / "raw")
    rules = load_rules(root / "config/series_rules/ct.yaml")
    declared = {"kvp": 100, "kernel": ["Br36d"], "body_part": ["LSPINE"]}
    status = run(tmp_path / "raw", ("CT",), rules=rules, protocol={"CT": declared})
    assert [entry["value"] for entry in status.findings] == [
        "kvp: found 120, declared 100",
        "kernel: found BR40D, declared Br36d",
    ]
