"""What describes the harmonisation is read by the report and by figures alone; no model can learn from it."""

from __future__ import annotations

import re

from helpers.rule_files import written_rules

LEARNED_FROM = {"batches.tsv", "batches_development.tsv"}
"""The labels of the batches, made before any outcome is seen, are all that models need of the folder."""

READERS = {"draw_harmonisation", "write_report"}


def files_of(text):
    return set(re.findall(r"05_harmonisation/([\w.-]+)", text))


def test_descriptions_of_the_harmonisation_reach_no_model(root):
    readers, written = {}, set()
    for rule in written_rules(root):
        readers[rule.name] = files_of(rule.directives.get("input", "")) - LEARNED_FROM
        written |= files_of(rule.directives.get("output", ""))
    assert {"batch_effect.tsv", "signal.tsv", "pca.tsv", "confounding.tsv"} <= written
    assert {name for name, files in readers.items() if files} <= READERS


def test_no_module_below_the_report_reads_the_folder(root):
    library = root / "workflow" / "lib" / "osteon"
    readers = [path for path in library.rglob("*.py") if files_of(path.read_text(encoding="utf-8"))]
    assert {path.parent.name for path in readers} <= {"reporting"}
