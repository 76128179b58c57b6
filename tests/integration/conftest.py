"""The demo study, run once for all integration tests."""

from __future__ import annotations

import pytest

from helpers.project import Project


@pytest.fixture(scope="session")
def demo(root, tmp_path_factory) -> Project:
    """The demo, from simulated DICOM to the report, in a copy of the project."""
    project = Project(root, tmp_path_factory.mktemp("demo"))
    project.run()
    return project
