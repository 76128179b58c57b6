"""The schema and the page of options are what the models say; the shipped studies are valid."""

from __future__ import annotations

import pytest

from osteon.cli import REFERENCE, SCHEMA
from osteon.config.generate import reference_text, schema_text
from osteon.config.load import read_study

REPAIR = "run: make docs"


def test_schema_is_in_sync(root):
    assert (root / SCHEMA).read_text(encoding="utf-8") == schema_text(), REPAIR


def test_reference_page_is_in_sync(root):
    assert (root / REFERENCE).read_text(encoding="utf-8") == reference_text(), REPAIR


def test_every_option_is_described():
    undescribed = [line for line in reference_text().splitlines() if line.startswith("| `") and line.endswith("|  |")]
    assert undescribed == []


@pytest.mark.parametrize(
    "path",
    [
        "config/demo/study.yaml",
        "config/phantom_training/study.yaml",
        "tests/studies/sts_mr/study.yaml",
        "tests/studies/arita2018/study.yaml",
    ],
)
def test_shipped_studies_are_valid(root, path):
    read_study(root / path)
