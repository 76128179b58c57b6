"""The software of a run: what is installed here, and what the lock file installs elsewhere."""

from __future__ import annotations

from importlib.metadata import version

import osteon
from osteon.reporting import provenance
from osteon.reporting.provenance import ABSENT, input_hashes, software_table


def versions(table) -> dict[str, str]:
    return dict(zip(table["software"], table["version"], strict=True))


def test_what_is_here_wins_over_the_lock_file(monkeypatch):
    monkeypatch.setattr(provenance, "PACKAGES", dict.fromkeys(("numpy", "No-Such-Package", "not-locked"), ""))
    found = versions(
        software_table("numpy==0.1 \\\n    --hash=sha256:00\nno-such-package==1.2.3 ; python_version > '3'\n")
    )
    assert found["osteon"] == osteon.__version__
    assert found["numpy"] == version("numpy")
    assert found["No-Such-Package"] == "1.2.3"
    assert found["not-locked"] == ABSENT


def test_hashes_are_those_of_sha256sum(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert input_hashes([f"{tmp_path}/a", f"{tmp_path}/absent"]) == f"{empty}  {tmp_path}/a\n"
