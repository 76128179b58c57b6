"""Fixtures that all tests share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("osteon", deadline=None)  # times are measured by benches, not asserted by tests
settings.load_profile("osteon")

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "lib"), str(ROOT / "tests")]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of outside reference data beside the repository; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "reference").is_dir():
        pytest.skip("no reference data: ../shared/reference is absent")
    return folder


@pytest.fixture(scope="session")
def demo(root, tmp_path_factory):
    """The demo, from simulated DICOM to the report, in a copy of the project; run once for all tests."""
    from helpers.project import Project

    project = Project(root, tmp_path_factory.mktemp("demo"))
    project.run()
    return project
