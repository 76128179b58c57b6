"""Rules as they are written: names and directives read from the text of the rule files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class WrittenRule:
    """One rule of a file: the text of each directive by its name."""

    name: str
    file: Path
    directives: dict[str, str] = field(default_factory=dict)

    @property
    def script(self) -> str | None:
        """Name of the rule's script without folder and ending."""
        match = re.search(r"(\w+)\.py\b", self.directives.get("script", ""))
        return match[1] if match else None

    @property
    def environment(self) -> str | None:
        """Name of the rule's conda environment without folder and ending."""
        match = re.search(r"(\w+)\.yaml\b", self.directives.get("conda", ""))
        return match[1] if match else None


def rule_files(root: Path) -> list[Path]:
    """The Snakefile and all files that it includes."""
    return [root / "Snakefile", *sorted((root / "workflow" / "rules").glob("*.smk"))]


def written_rules(root: Path) -> list[WrittenRule]:
    """All rules in the order of the files.

    A rule made in a loop has its name in a `name:` directive; it is listed under the constant
    part of that name: `f"segment_batch_{batch}"` as `segment_batch`.
    """
    rules: list[WrittenRule] = []
    for file in rule_files(root):
        rules += _rules_of(file)
    return rules


def _rules_of(file: Path) -> list[WrittenRule]:
    rules: list[WrittenRule] = []
    depth, directive = -1, None
    for line in file.read_text(encoding="utf-8").splitlines():
        indent = len(line) - len(line.lstrip())
        if match := re.match(r"\s*(?:rule|checkpoint)\b\s*(\w*)\s*:", line):
            rules.append(WrittenRule(match[1], file))
            depth, directive = indent, None
        elif line.strip() and indent <= depth:
            depth = -1
        elif depth >= 0 and (match := re.match(r"\s+(\w+):(.*)", line)) and indent == depth + 4:
            directive = match[1]
            rules[-1].directives[directive] = match[2]
        elif depth >= 0 and directive:
            rules[-1].directives[directive] += "\n" + line
    for rule in rules:
        if constant := re.search(r'"(\w+?)_?(?:\{|")', rule.directives.get("name", "")):
            rule.name = constant[1]
    return rules
