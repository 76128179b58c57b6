"""Persons and batches are told before any outcome is seen: no table with outcomes is among what their rules read."""

from __future__ import annotations

import re

import pytest

from helpers.rule_files import written_rules

# who trains (splits.tsv) is no outcome; it is counted where small batches are merged
OUTCOMES = re.compile(
    r"participants|outcome|development\.tsv|cohort/external|06_models(?!/splits\.tsv)|07_validation", re.IGNORECASE
)


@pytest.mark.parametrize("name", ["collect_batches", "collect_persons", "list_same_persons"])
def test_no_outcome_is_read(root, name):
    (rule,) = [rule for rule in written_rules(root) if rule.name == name]
    read = rule.directives["input"] + rule.directives["params"]
    assert not OUTCOMES.search(read)
    script = (root / "workflow/scripts" / f"{name}.py").read_text(encoding="utf-8")
    assert not OUTCOMES.search(script.split("start_job(snakemake)")[1])


def test_models_read_the_tables_of_development_patients(root):
    """One with external patients would fit every model again for each new one."""
    for rule in written_rules(root):
        if rule.name in ("make_splits", "fit_model", "validate_internal"):
            assert not re.search(r"(batches|persons)\.tsv", rule.directives["input"]), rule.name


def test_external_patients_who_are_not_new_are_not_evaluated(root):
    (rule,) = [rule for rule in written_rules(root) if rule.name == "validate_external"]
    assert "01_cohort/same_person.tsv" in rule.directives["input"]
    assert "same_person" in (root / "workflow/scripts/validate_external.py").read_text(encoding="utf-8")
