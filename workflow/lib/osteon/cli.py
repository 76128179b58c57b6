"""Small commands around the workflow: thin doors to the same functions that the rules call.

What a command needs is imported when it runs: checking a study needs no DICOM reader, guarding a commit no pandas.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

SCHEMA = "workflow/schemas/study.schema.json"
REFERENCE = "docs/reference/configuration.md"
DEFAULTS = "config/defaults.yaml"
CODES = "docs/reference/quality_codes.md"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m osteon", description=__doc__)
    commands = parser.add_subparsers(required=True)
    check = commands.add_parser("check", help="check a study and its tables; nothing is run")
    check.add_argument("study", help="the study's YAML file")
    check.set_defaults(run=_check)
    docs = commands.add_parser("docs", help="renew the JSON schema and the page of all options")
    docs.add_argument("--root", type=Path, default=Path(), help="the repository")
    docs.set_defaults(run=_docs)
    new_key = commands.add_parser("new-key", help="make the key of a center's de-identification")
    new_key.add_argument("key", type=Path, help="the file to write; never inside a repository")
    new_key.set_defaults(run=_new_key)
    _add_deidentify(commands)
    guard = commands.add_parser("guard", help="refuse patient data in files that are about to be committed")
    guard.add_argument("files", nargs="*", help="files; without any, all that git knows of here")
    guard.set_defaults(run=_guard)
    _add_apply(commands)
    _add_audit(commands)
    ibsi = commands.add_parser("ibsi", help="compare features with the medians of IBSI's teams, tag by tag")
    ibsi.add_argument("features", type=Path, help="<results>/04_features/center-<center>/features.tsv")
    ibsi.add_argument("medians", type=Path, help="CSV with id, tag, median, teams, within_half_percent")
    ibsi.add_argument("--output", type=Path, help="write the table here, too (TSV)")
    ibsi.set_defaults(run=_ibsi)
    options = parser.parse_args(arguments)
    return options.run(options)


def _add_deidentify(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser(
        "deidentify",
        help="de-identify an export at the center, before it leaves",
        epilog="Exit codes: 0 all written; 1 the command cannot be run like this; 3 some files were not written.",
    )
    command.add_argument("source", type=Path, help="folder of the export; only read")
    command.add_argument("target", type=Path, help="new folder, or one that an earlier run with the same key made")
    command.add_argument("--key-file", type=Path, required=True, help="the center's key, made with 'new-key'")
    command.add_argument("--link-table", type=Path, help="write who is who here; stays with the center")
    command.add_argument("--refused", type=Path, help="write the list of files that were not written here; stays too")
    command.add_argument("--label", action="append", default=[], help="name of a contour to keep as it is; repeatable")
    command.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)")
    command.set_defaults(run=_deidentify)


def _add_apply(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser(
        "apply",
        help="predict the patients of a new center with a frozen model",
        epilog="Exit codes: 0 all written; 1 refused, with every reason, and nothing written.",
    )
    command.add_argument("bundle", type=Path, help="folder <results>/06_models/<model>/bundle")
    command.add_argument("features", type=Path, help="table with subject, center and features (TSV, CSV or .xlsx)")
    command.add_argument(
        "--participants", type=Path, help="table with subject, clinical variables and outcome, if known"
    )
    command.add_argument("--settings", type=Path, help="settings.json of the features, where it is not beside them")
    command.add_argument("--out", type=Path, help="new folder for the tables (default: applied_<model>)")
    command.set_defaults(run=_apply)


def _add_audit(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser(
        "audit",
        help="recompute the printed tables of a paper, and say which numbers can be true",
        epilog="Exit codes: 0 nothing impossible; 1 something is impossible; 2 there is nothing that can be audited.",
    )
    command.add_argument("tables", type=Path, nargs="?", help="folder of CSV files, one per printed table")
    command.add_argument("--out", type=Path, default=Path("audit.html"), help="the page to write")
    command.add_argument("--templates", type=Path, metavar="DIR", help="write an empty form of each kind here instead")
    command.set_defaults(run=_audit)


def _check(options: argparse.Namespace) -> int:
    from osteon.config.explain import StudyError
    from osteon.config.load import load_study
    from osteon.ingest.rules import check_series_rules

    try:
        study, cases = load_study(options.study)
        check_series_rules(study, cases)
    except StudyError as error:
        print(error)
        return 1
    centers = len(study.centers)
    print(f"{options.study} is in order: study '{study.study.name}', {len(cases)} cases in {centers} centers.")
    return 0


def _docs(options: argparse.Namespace) -> int:
    from osteon.config.generate import defaults_text, reference_text, schema_text
    from osteon.tables.explanations import codes_text
    from osteon.tables.files import write_text

    write_text(schema_text(), options.root / SCHEMA)
    write_text(reference_text(), options.root / REFERENCE)
    write_text(defaults_text(), options.root / DEFAULTS)
    write_text(codes_text(), options.root / CODES)
    return 0


def _new_key(options: argparse.Namespace) -> int:
    from osteon.deidentify.command import make_key

    code, text = make_key(options.key)
    print(text)
    return code


def _deidentify(options: argparse.Namespace) -> int:
    from osteon.deidentify.command import deidentify

    code, text = deidentify(
        options.source,
        options.target,
        options.key_file,
        link_table=options.link_table,
        refused=options.refused,
        labels=tuple(options.label),
        jobs=max(1, options.jobs),
    )
    print(text)
    return code


def _apply(options: argparse.Namespace) -> int:
    from osteon.modelling.apply import apply_file, summary
    from osteon.modelling.newcomers import NotApplicable

    try:
        folder, tables = apply_file(
            options.bundle, options.features, options.participants, options.settings, options.out
        )
    except NotApplicable as error:
        print(error)
        return 1
    print(summary(folder, tables))
    return 0


def _audit(options: argparse.Namespace) -> int:
    from osteon.printed.audit import audit, summary
    from osteon.printed.findings import Verdict
    from osteon.printed.reading import NoTables
    from osteon.printed.templates import write_templates
    from osteon.reporting.printed_page import printed_page
    from osteon.tables.files import write_text

    try:
        if options.templates:
            print("\n".join(str(path) for path in write_templates(options.templates)))
            return 0
        if options.tables is None:
            raise NoTables("name the folder of the tables, or write empty forms with --templates DIR")
        findings = audit(options.tables)
    except (NoTables, FileExistsError) as error:
        print(error)
        return 2
    write_text(printed_page(findings, options.tables.resolve().name), options.out)
    print(f"{summary(findings)}\n{options.out} has all of it.")
    return 1 if any(finding.verdict is Verdict.IMPOSSIBLE for finding in findings) else 0


def _ibsi(options: argparse.Namespace) -> int:
    from osteon.features.ibsi import ComparisonError, compare_files, comparison_text
    from osteon.tables.files import write_table

    try:
        table = compare_files(options.features, options.medians)
    except ComparisonError as error:
        print(error)
        return 1
    print(comparison_text(table))
    if options.output:
        write_table(table, options.output)
    return 1 if table["verdict"].isin(["missed", "not computed"]).any() else 0


def _guard(options: argparse.Namespace) -> int:
    from osteon.deidentify.guard import guard_files, tracked_files

    names = options.files or tracked_files(Path())
    if not names:
        print("there is nothing to look at: this folder is no git repository with files. Name the files.")
        return 1
    findings = guard_files(Path(), names)
    for finding in findings:
        print(finding)
    return 1 if findings else 0
