"""One made-up study for all tests of the report."""

from __future__ import annotations

import pytest

from helpers import report_study
from osteon.reporting.content import ReportContent


@pytest.fixture(scope="session")
def content() -> ReportContent:
    """Every table and figure that the report can show."""
    return report_study.content()
