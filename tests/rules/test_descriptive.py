"""What describes the harmonisation is read by the report and by figures alone; no model can learn from it."""

from __future__ import annotations

import re

from helpers.rule_files import written_rules

LABELS = {"batches.tsv", "batches_development.tsv", "subgroups.tsv"}
"""The labels of the batches, made before any outcome is seen; the first two are all that models need of the folder."""

READERS = {"compare_studies", "draw_harmonisation", "draw_paper", "write_report"}


SHARED = re.compile(r"^ *(\w+) = dict\(\n(.*?)^ *\)$", re.MULTILINE | re.DOTALL)
"""Inputs that several rules have: `name = dict(...)`, and `**name` in the rule."""


def shared_inputs(root):
    text = "\n".join(path.read_text(encoding="utf-8") for path in (root / "workflow" / "rules").glob("*.smk"))
    return dict(SHARED.findall(text))


def files_of(text):
    return set(re.findall(r"05_harmonisation/([\w.-]+)", text))


def test_descriptions_of_the_harmonisation_reach_no_model(root):
    readers, written, shared = {}, set(), shared_inputs(root)
    assert {"learned_from", "reported"} <= shared.keys()
    for rule in written_rules(root):
        text = rule.directives.get("input", "")
        text += "".join(inputs for name, inputs in shared.items() if f"**{name}" in text)
        readers[rule.name] = files_of(text) - LABELS
        written |= files_of(rule.directives.get("output", ""))
    assert {"batch_effect.tsv", "signal.tsv", "pca.tsv", "confounding.tsv"} <= written
    assert {name for name, files in readers.items() if files} <= READERS


def test_no_module_below_the_report_reads_the_folder(root):
    library = root / "workflow" / "lib" / "osteon"
    readers = [path for path in library.rglob("*.py") if files_of(path.read_text(encoding="utf-8"))]
    assert {path.parent.name for path in readers} <= {"reporting"}
