"""Small commands around the workflow: thin doors to the same functions that the rules call."""

from __future__ import annotations

import argparse
from pathlib import Path

from osteon.config.explain import StudyError
from osteon.config.generate import defaults_text, reference_text, schema_text
from osteon.config.load import load_study
from osteon.ingest.rules import check_series_rules
from osteon.tables.files import write_text

SCHEMA = "workflow/schemas/study.schema.json"
REFERENCE = "docs/reference/configuration.md"
DEFAULTS = "config/defaults.yaml"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m osteon", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="check a study and its tables; nothing is run")
    check.add_argument("study", help="the study's YAML file")
    docs = commands.add_parser("docs", help="renew the JSON schema and the page of all options")
    docs.add_argument("--root", default=".", help="the repository")
    options = parser.parse_args(arguments)
    return _check(options.study) if options.command == "check" else _docs(Path(options.root))


def _check(path: str) -> int:
    try:
        study, cases = load_study(path)
        check_series_rules(study)
    except StudyError as error:
        print(error)
        return 1
    print(f"{path} is in order: study '{study.study.name}', {len(cases)} cases in {len(study.centers)} centers.")
    return 0


def _docs(root: Path) -> int:
    write_text(schema_text(), root / SCHEMA)
    write_text(reference_text(), root / REFERENCE)
    write_text(defaults_text(), root / DEFAULTS)
    return 0
