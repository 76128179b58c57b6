"""Load a study and find everything that is wrong with it before anything runs."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import ValidationError

from osteon.config.applying import apply_problems
from osteon.config.center_tables import center_table_problems
from osteon.config.checks import case_problems, cross_problems
from osteon.config.column_checks import center_size_problems, column_problems
from osteon.config.comparison import comparison_problems
from osteon.config.explain import Problem, StudyError, did_you_mean, problems_of
from osteon.config.participants import participant_problems, study_matches
from osteon.config.published import published_problems
from osteon.config.sheets import Case, read_sheet, refuse_shortened, to_cases
from osteon.config.study import Study
from osteon.config.workbooks import SheetError

OVERRIDES_HINT = "Write center, subject, series_uid, role, reason, initials into its first row, or remove the key"


class _UniqueKeys(yaml.SafeLoader):
    """A loader that refuses a key written twice, where YAML would silently take the last."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"'{key}' is written twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_study(path: str | Path, *, cells: bool = True) -> tuple[Study, list[Case]]:
    """Read and check a study and its tables.

    Args:
        path: the study's YAML file.
        cells: also read the feature tables of centers and look at whole columns; the jobs of a run need not do again
            what the run did before them.

    Returns:
        The study, and its cases in the order of cases.tsv.

    Raises:
        StudyError: something is wrong; its message lists all problems of the first pass that has any
            (keys and values, then tables, then what must agree between them, then cells and columns).
    """
    study = read_study(path)
    problems, cases, participants = _read_tables(study, path)
    if not problems and study.compare_with:
        problems = comparison_problems(study, read_study(study.compare_with.study))
    if not problems:
        problems = case_problems(study, cases)
        problems += participant_problems(study, cases, participants)
    if not problems:
        problems = cross_problems(study, cases, participants) + published_problems(study)
    if not problems and cells:
        rows = study_matches(study, cases, participants).rows if study.participants else {}
        problems = center_table_problems(study, cases, rows) + column_problems(study, cases, rows)
        problems += center_size_problems(study, cases) + apply_problems(study)
    if problems:
        raise StudyError(str(path), problems)
    return study, cases


def read_study(path: str | Path) -> Study:
    """Read the YAML of a study and check its keys, types and values, not its tables."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        near = sorted(str(other) for other in Path(path).parent.glob("*.y*ml")) if Path(path).parent.is_dir() else []
        raise StudyError(str(path), [Problem("the file", "does not exist.", did_you_mean(str(path), near))]) from None
    try:
        content = yaml.load(text, Loader=_UniqueKeys)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "the file"
        what = f"is not valid YAML: {getattr(error, 'problem', error)}."
        raise StudyError(str(path), [Problem(where, what)]) from None
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        raise StudyError(str(path), problems_of(error, Study)) from None


def _read_tables(study: Study, path: str | Path) -> tuple[list[Problem], list[Case], list[dict[str, str]]]:
    problems: list[Problem] = []
    linkage = study.linkage
    wanted = ["center", "subject", *(["source", "batch"] if study.imaging else [])]
    wanted += [linkage.case_key] if study.participants and linkage.case_key not in wanted else []
    hint = f"Propose it with: snakemake scan --config study={path} --cores 4" if study.scanned else ""
    rows = _read_table(study.cases, "cases", wanted, problems, hint)
    participants: list[dict[str, str]] = []
    if study.participants:
        wanted = [*linkage.columns, *([study.outcome.column] if study.outcome else []), *study.variables]
        participants = _read_table(study.participants, "participants", wanted, problems)
    if study.series_overrides:
        wanted = ["subject", "series_uid", "role"]
        _read_table(study.series_overrides, "series_overrides", wanted, problems, OVERRIDES_HINT)
    case_key = linkage.case_key if study.participants else "subject"
    problems += _shortened_ids(study.cases, rows, case_key)
    problems += _shortened_ids(study.participants or "", participants, linkage.key)
    return problems, to_cases(rows, case_key) if not problems else [], participants


def _shortened_ids(path: str, rows: list[dict[str, str]], column: str) -> list[Problem]:
    try:
        for row in rows:
            refuse_shortened(row[column], row["#"])
    except SheetError as error:
        return [Problem(path, error.what, error.write)]
    return []


def _read_table(
    path: str, key: str, wanted: list[str], problems: list[Problem], hint: str = ""
) -> list[dict[str, str]]:
    if not Path(path).is_file():
        problems.append(Problem(key, f"the file {path} does not exist.", hint or f"Write its path under '{key}:'"))
        return []
    try:
        columns, rows = read_sheet(path)
    except SheetError as error:
        problems.append(Problem(path, error.what, error.write))
        return []
    for name in dict.fromkeys(wanted):
        if name not in columns:
            problems.append(Problem(path, f"has no column '{name}'.", did_you_mean(name, columns)))
    return rows if all(name in columns for name in wanted) else []
