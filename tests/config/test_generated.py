"""The schema and the page of options are what the models say; the shipped studies are valid."""

from __future__ import annotations

import pytest
import yaml

from osteon.cli import CODES, DEFAULTS, REFERENCE, SCHEMA
from osteon.config.generate import defaults_text, reference_text, schema_text
from osteon.config.load import read_study
from osteon.config.study import Study
from osteon.tables.explanations import codes_text
from osteon.tables.reasons import Reason

REPAIR = "run: make docs"


def test_schema_is_in_sync(root):
    assert (root / SCHEMA).read_text(encoding="utf-8") == schema_text(), REPAIR


def test_reference_page_is_in_sync(root):
    assert (root / REFERENCE).read_text(encoding="utf-8") == reference_text(), REPAIR


def test_defaults_are_in_sync_and_valid(root):
    text = (root / DEFAULTS).read_text(encoding="utf-8")
    assert text == defaults_text(), REPAIR
    study = {"study": {"name": "x"}, "cases": "c.tsv", "centers": {"A": {"role": "external", "source": "dicom"}}}
    plain, explicit = (Study.model_validate(study | extra) for extra in ({}, yaml.safe_load(text)))
    assert plain == explicit


def test_page_of_codes_is_in_sync_and_complete(root):
    text = (root / CODES).read_text(encoding="utf-8")
    assert text == codes_text(), REPAIR
    listed = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    assert listed == [str(code) for code in Reason]


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
