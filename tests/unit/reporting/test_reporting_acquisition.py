"""Acquisition per center and sequence, and the findings of ingest."""

from __future__ import annotations

from osteon.reporting.acquisition import COLUMNS, acquisition_table, quality_table
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, excluded, finding


def _status(center, subject, **facts) -> CaseStatus:
    base = {
        "series": "ab12",
        "Manufacturer": "GE",
        "ManufacturersModelName": "SIGNA Architect",
        "MagneticFieldStrength": 3.0,
        "RepetitionTime": 0.726,
        "EchoTime": 0.01,
        "SliceThickness": 3.0,
        "SpacingBetweenSlices": 3.3,
        "PixelSpacing": [0.875, 0.875],
        "Matrix": [320, 320, 15],
        "AcquisitionMatrix": [320, 224],
    }
    return CaseStatus(center, subject, "ingest", extra={"sequences": {"T1": base | facts}})


def test_one_value_where_all_agree():
    row = acquisition_table([_status("A", "a1"), _status("A", "a2")]).iloc[0]
    assert row.to_dict() == {
        "center": "A",
        "sequence": "T1",
        "n": 2,
        "scanner": "GE SIGNA Architect",
        "field_t": "3",
        "repetition_time_ms": "726",
        "echo_time_ms": "10",
        "slice_thickness_mm": "3",
        "slice_spacing_mm": "3.3",
        "pixel_spacing_mm": "0.875×0.875",
        "matrix": "320×320×15",
        "acquired_matrix": "320×224",
        "manufacturer": "GE",
        "model": "SIGNA Architect",
        "inversion_time_ms": "–",
        "echo_train_length": "–",
        "flip_angle_deg": "–",
        "tube_voltage_kv": "–",
        "kernel": "–",
    }


def test_ranges_counts_and_gaps():
    statuses = [
        _status("A", "a1"),
        _status("A", "a2", RepetitionTime=0.583, ManufacturersModelName="Explorer"),
        _status("A", "a3", EchoTime=None),
        _status("B", "b1", AcquisitionMatrix=[]),
    ]
    table = acquisition_table(statuses).set_index("center")
    assert table.loc["A", "repetition_time_ms"] == "583–726"
    assert table.loc["A", "scanner"] == "GE SIGNA Architect (2), GE Explorer (1)"
    assert table.loc["A", "echo_time_ms"] == "10 (known for 2)"
    assert table.loc["B", "acquired_matrix"] == "–"


def test_excluded_cases_do_not_count():
    table = acquisition_table([excluded("A", "a1", "ingest", Reason.SLICE_MISSING)])
    assert list(table.columns) == COLUMNS
    assert table.empty


def test_findings_of_all_cases_in_one_table():
    status = excluded(
        "A",
        "a1",
        "ingest",
        Reason.SLICE_MISSING,
        findings=[finding(Reason.SLICE_MISSING, "exclude", "gap at 12 mm", 6.6, ["f1", "f2"])],
    )
    row = quality_table([status, _status("A", "a2")]).iloc[0]
    assert row.to_dict() == {
        "center": "A",
        "subject": "a1",
        "stage": "ingest",
        "code": "slice_missing",
        "severity": "exclude",
        "value": 6.6,
        "files": "f1; f2",
        "message": "gap at 12 mm",
    }


def test_every_excluded_case_has_a_row():
    table = quality_table(
        [
            excluded("A", "a1", "ingest", Reason.SEQUENCE_MISSING, "T2: none of 3 series plays this role"),
            excluded("A", "a2", "ingest", Reason.SLICE_MISSING, "x", [finding(Reason.SLICE_MISSING, "review", "y")]),
            excluded("A", "a3", "ingest", Reason.SLICE_MISSING, "x", [finding(Reason.SLICE_MISSING, "exclude", "z")]),
            _status("A", "a4"),
        ]
    )
    assert table[["subject", "code", "severity", "message"]].to_numpy().tolist() == [
        ["a1", "sequence_missing", "exclude", "T2: none of 3 series plays this role"],
        ["a2", "slice_missing", "exclude", "x"],
        ["a2", "slice_missing", "review", "y"],
        ["a3", "slice_missing", "exclude", "z"],
    ]
