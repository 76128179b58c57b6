"""One call of the ingest stage, with the settings that most tests share."""

from __future__ import annotations

import pytest

from osteon.ingest.case import ingest_case
from osteon.ingest.rules import load_rules


@pytest.fixture(scope="session")
def lumbar(root):
    return load_rules(root / "config" / "series_rules" / "lumbar_mr.yaml", ["T1", "T2", "FST2"])


@pytest.fixture
def run(tmp_path, lumbar):
    """run(folder, sequences=["T2"], ...) -> status; images lie in tmp_path/native."""

    def call(folder, sequences=("T2",), **changes):
        settings = {
            "source": "dicom",
            "rules": lumbar,
            "overrides": [],
            "labels": {"L1": 1, "L2": 2},
            "reference_sequence": sequences[0],
            "native_folder": tmp_path / "native",
        } | changes
        return ingest_case(folder, "A", "A001", sequences=list(sequences), **settings)

    return call
