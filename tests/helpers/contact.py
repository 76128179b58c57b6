"""Made-up cases for contact sheets and the pages behind them."""

from __future__ import annotations

from osteon.reporting.contact_sheet import ShownCase, Surroundings
from osteon.tables.status import CaseStatus

AROUND = Surroundings("A", {"A": "Hospital A", "B": "Hospital B"}, ["T1", "T2"], "overrides.tsv", True)
EVIL = """<script>alert("'x'")</script>"""
NATIVE = "../../center-A/sub-A001/native"
THUMB = b"\xff\xd8\xff"


def series(key: str, used: str | None, role: str | None = None, verdict: str = "accept", **other) -> dict:
    """A row of the list of series."""
    return {
        "series": key,
        "description": "SAG T1",
        "modality": "MR",
        "plane": "sagittal",
        "slices": 11,
        "repetition_time_ms": 600.0,
        "echo_time_ms": 10.0,
        "inversion_time_ms": None,
        "verdict": verdict,
        "role": role or used,
        "used_as": used,
        "reason": "T1 spin echo",
        **other,
    }


def shown(subject, reason=None, detail=None, findings=(), sequences=("T1", "T2"), rows=()) -> ShownCase:
    """A case: accepted with pictures of the sequences, or excluded without."""
    status = CaseStatus("A", subject, "ingest", findings=list(findings), extra={"series": list(rows)})
    if reason:
        status.status, status.reason, status.detail = "excluded", str(reason), detail
        return ShownCase(status, NATIVE)
    status.extra |= {
        "previews": {
            sequence: {
                "plane": "sagittal",
                **{kind: {"path": f"sub-{subject}_{sequence}_{kind}.jpg"} for kind in ("thumb", "montage")},
            }
            for sequence in sequences
        },
        "sequences": {
            sequence: {"series": f"{sequence}0000", "RepetitionTime": 0.726, "PixelSpacing": [0.875, 0.875]}
            for sequence in sequences
        },
    }
    return ShownCase(status, NATIVE, {sequence: THUMB + sequence.encode() for sequence in sequences})
