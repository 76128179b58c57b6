"""The settings that the how-to pages show are valid."""

from __future__ import annotations

import re

import pytest
import yaml

from osteon.config.study import Study

PAGES = ("batches", "controls", "harmonise", "models", "robustness", "selection", "validate")
BLOCK = re.compile(r"^```yaml\n(.*?)^```|((?:^    [^\n]*\n)+)", re.MULTILINE | re.DOTALL)
STUDY = {
    "study": {"name": "x"},
    "cases": "cases.tsv",
    "centers": {"A": {"role": "development", "source": "dicom"}},
    "sequences": {"T1": {}, "T2": {}},
    "signatures": {"T1": ["T1_*"]},
}


def settings_of(text):
    """Blocks of a page that are settings."""
    for fenced, indented in BLOCK.findall(text):
        found = yaml.safe_load(fenced or indented)
        if isinstance(found, dict):
            yield found


@pytest.mark.parametrize("page", PAGES)
def test_settings_on_a_page_are_valid(root, page):
    blocks = list(settings_of((root / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")))
    assert blocks
    for block in blocks:
        Study.model_validate(STUDY | block)


def test_a_key_that_does_not_exist_is_found():
    (block,) = settings_of("Text\n\n    validation: {fold: 5}\n\nmore\n")
    with pytest.raises(ValueError, match="fold"):
        Study.model_validate(STUDY | block)
