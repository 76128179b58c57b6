"""What the checklists and the methods text look for is what the rules write, and what the reference describes."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest

from helpers.rule_files import rule_files
from osteon.config.evaluation_files import TABLES
from osteon.config.paper_files import CHECKLISTS
from osteon.reporting.study_facts import PLACES

PARTS = ("internal", "external/center-C", "resampling")
WILDCARDS = {"center": ["C"], "model": ["m"], "part": list(PARTS), "key": list(CHECKLISTS), "table": ["persons"]}
PATTERNS = [(name, pattern) for name, patterns in PLACES.items() for pattern in patterns]


@pytest.fixture(scope="module")
def written(root) -> set[str]:
    """Files that rules name below the results, with an example for each wildcard."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in rule_files(root))
    paths = set(re.findall(r'"<results>/([^"]+)"', text))
    for name, values in WILDCARDS.items():
        paths = {path.replace(f"{{{name}}}", value) for path in paths for value in values}
    tables = {table for tables in TABLES.values() for table in tables}
    paths |= {f"07_validation/{part}/{table}.tsv" for part in PARTS for table in tables}
    figures = {f"{stem}.svg" for stem in re.findall(r'multiext\("<results>/([^"{]+)"', text)}
    return paths | figures | {f"{path}/model.json" for path in paths if path.endswith("/bundle")}


@pytest.mark.parametrize(("name", "pattern"), PATTERNS, ids=[f"{name}-{n}" for n, (name, _) in enumerate(PATTERNS)])
def test_every_place_is_written_by_a_rule(written, name, pattern):
    assert [path for path in written if fnmatchcase(path, pattern)]


@pytest.mark.parametrize(("name", "pattern"), PATTERNS, ids=[f"{name}-{n}" for n, (name, _) in enumerate(PATTERNS)])
def test_every_place_is_described(root, name, pattern):
    """By the name of the file, with or without its ending; where that is anything, by its folder."""
    text = (root / "docs" / "reference" / "outputs.md").read_text(encoding="utf-8")
    folder, _, file = pattern.rpartition("/")
    wanted = f"{folder}/" if "*" in file else file.partition(".")[0].replace("shap_importance", "shap_*")
    assert re.search(rf"(?<![\w*]){re.escape(wanted)}", text)
