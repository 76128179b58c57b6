"""Every table of the manuscript has a rule of its own, which reads the files of that table and no others."""

from __future__ import annotations

import re

from helpers.rule_files import written_rules


def rule_called(root, name):
    (rule,) = [rule for rule in written_rules(root) if rule.name == name]
    return rule.directives


def test_the_rule_of_a_table_reads_its_files_alone(root):
    table = rule_called(root, "write_table")
    assert table["input"].strip() == "**files,"
    text = (root / "workflow/rules/tables.smk").read_text(encoding="utf-8")
    assert "TABLES = table_files(PLAN)" in text
    assert "for key, files in TABLES.items():" in text


def test_what_prints_the_tables_reads_nothing_but_them(root):
    stored = re.search(r'"(<results>/[^{]+)\{key\}\.json"', rule_called(root, "write_table")["output"])[1]
    read = re.findall(r'"(<results>/[^"]+)"', rule_called(root, "write_tables")["input"])
    assert read == [f"{stored}{{key}}.json"]
    script = (root / "workflow/scripts/write_tables.py").read_text(encoding="utf-8")
    assert not re.search(r"read_content|read_further|read_table", script)


def test_no_other_rule_writes_where_the_tables_lie(root):
    for rule in written_rules(root):
        if rule.name not in ("write_table", "write_tables"):
            assert not re.search(r"09_paper/(stored_)?tables", rule.directives.get("output", "")), rule.name
