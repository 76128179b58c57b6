"""The form of the project: small modules, thin scripts, names that are found from the tree alone."""

from __future__ import annotations

import ast
import re

import pytest

from helpers.imports import package_modules
from helpers.rule_files import written_rules

MODULE_LINES = 400
SCRIPT_STATEMENTS = 30


def scripts(root):
    return sorted((root / "workflow" / "scripts").glob("*.py"))


def test_modules_are_short(root):
    files = [*package_modules(root).values(), *(root / "tests").rglob("*.py"), *(root / "envs").glob("*.py")]
    lengths = {str(file.relative_to(root)): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert not {name: lines for name, lines in lengths.items() if lines > MODULE_LINES}


def test_scripts_are_thin(root):
    """A script reads, calls and writes: no function, no class, few statements, `start_job` first."""
    for file in scripts(root):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        assert not [node for node in ast.walk(tree) if isinstance(node, kinds)], f"{file.name} defines something"
        assert ast.get_docstring(tree), f"{file.name} does not say what it does"
        statements = sum(isinstance(node, ast.stmt) for node in ast.walk(tree)) - 1
        assert statements <= SCRIPT_STATEMENTS, f"{file.name} has {statements} statements"


def test_scripts_start_the_job_before_they_import(root):
    """Only the standard library and `start_job` itself may be imported from the host's path."""
    for file in scripts(root):
        body = ast.parse(file.read_text(encoding="utf-8")).body[1:]
        before = []
        for statement in body:
            if "start_job(" in ast.unparse(statement):
                break
            before.append(ast.unparse(statement))
        assert before in ([], ["from osteon.jobs import start_job"]), f"{file.name} runs {before} before start_job"
        assert len(before) < len(body), f"{file.name} never calls start_job"


def test_every_script_has_its_rule(root):
    rules = {rule.name for rule in written_rules(root)}
    assert {file.stem for file in scripts(root)} <= rules


def test_every_rule_is_found_by_its_name(root):
    """Rule, script, log and benchmark share one name."""
    files = {file.stem for file in scripts(root)}
    wrong = []
    for rule in written_rules(root):
        if rule.script is None and "shell" not in rule.directives:
            continue  # a target
        if rule.script and (rule.script != rule.name or rule.script not in files):
            wrong.append(f"{rule.name}: script {rule.script}.py")
        for directive in ("log", "benchmark"):
            if directive in rule.directives and not re.search(rf"/{rule.name}[/.]", rule.directives[directive]):
                wrong.append(f"{rule.name}: {directive}{rule.directives[directive]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("directive", ["output", "log", "resources", "conda", "message"])
def test_every_rule_says_what_it_does_and_needs(root, directive):
    lacking = [rule.name for rule in written_rules(root) if rule.script and directive not in rule.directives]
    assert not lacking


def test_every_rule_is_measured(root):
    """Time and memory of every job go into provenance/timings.tsv; the rule that writes it comes last."""
    lacking = [rule.name for rule in written_rules(root) if rule.script and "benchmark" not in rule.directives]
    assert lacking == ["write_crate"]


def test_environments_of_rules_exist(root):
    for rule in written_rules(root):
        if rule.environment:
            assert (root / "envs" / f"{rule.environment}.yaml").is_file(), rule.name
