"""One call of the ingest stage, with the settings that most tests share."""

from __future__ import annotations

import pytest

from osteon.config.delivery import IngestSettings
from osteon.ingest.case import ingest_case
from osteon.ingest.rules import load_rules


@pytest.fixture(scope="session")
def lumbar(root):
    return load_rules(root / "config" / "series_rules" / "lumbar_mr.yaml", ["T1", "T2", "FST2"])


@pytest.fixture
def run(tmp_path, lumbar):
    """run(folder, sequences=["T2"], ...) -> status; images in tmp_path/native; the rest are settings or arguments."""

    def call(folder, sequences=("T2",), **changes):
        arguments = {"rules": lumbar, "overrides": [], "native_folder": tmp_path / "native"}
        settings = {
            "source": "dicom",
            "sequences": list(sequences),
            "reference": sequences[0],
            "labels": {"L1": 1, "L2": 2},
            "allow_identifiable": True,
        }
        for key, value in changes.items():
            (arguments if key in arguments else settings)[key] = value
        return ingest_case(folder, "A", "A001", settings=IngestSettings(**settings), **arguments)

    return call
