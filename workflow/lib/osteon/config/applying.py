"""What frozen models need of the study to whose patients they are applied; each breach is one problem."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from osteon.config.beside import beside
from osteon.config.explain import Problem, did_you_mean
from osteon.config.extraction import DEEP, extraction_of
from osteon.config.frozen import (
    Needs,
    absent_columns,
    control_problems,
    extraction_problems,
    further_batches,
    needs_of,
    plain_unit,
    read_content,
    shown,
    unit_problems,
)
from osteon.config.regions import region_names
from osteon.config.sheets import read_sheet
from osteon.config.study import Study
from osteon.config.workbooks import SheetError


def apply_problems(study: Study) -> list[Problem]:
    """Everything that can be told of `apply.bundles` before anything runs."""
    problems: list[Problem] = []
    read = cache(_columns_of)
    first: Needs | None = None
    for name, folder in study.apply.bundles.items():
        where = f"apply.bundles.{name}"
        try:
            needs = needs_of(read_content(folder), name)
        except ValueError as error:
            near = sorted(map(str, Path(folder).parent.glob("*"))) if not Path(folder).exists() else []
            problems.append(Problem(where, f"{error}.", did_you_mean(folder, near) if near else ""))
            continue
        problems += control_problems(needs, where) + _variable_problems(study, needs) + _outcome_problems(study, needs)
        problems += extraction_problems(needs, extraction_of(study), "this study") if study.imaging else []
        problems += _feature_problems(study, needs, read) + _batch_problems(study, needs, where)
        first = first or needs
        if _predicted(needs) != _predicted(first):
            what = f"predicts {_said(needs)}, and bundle '{first.name}' {_said(first)}."
            problems.append(Problem(where, what, "Apply it in a study of its own"))
    return problems


def _variable_problems(study: Study, needs: Needs) -> list[Problem]:
    if needs.variables and not study.participants:
        listed = ", ".join(needs.variables)
        what = f"is missing; bundle '{needs.name}' needs {listed} of every patient."
        return [Problem("participants", what, "Write: participants: path/to/participants.tsv")]
    problems = []
    for variable, learned in needs.variables.items():
        own = study.variables.get(variable)
        if own is None:
            near = did_you_mean(variable, [name for name in study.variables if name not in needs.variables])
            settings = learned.model_dump(exclude_defaults=True)
            write = near if near.startswith("Did") else f"Write it as it was learned: {variable}: {_flow(settings)}"
            problems.append(Problem("variables", f"has no '{variable}', which bundle '{needs.name}' needs.", write))
            continue
        for key in ("type", "positive", "unit"):
            ours, theirs = getattr(learned, key), getattr(own, key)
            same = plain_unit(ours) == plain_unit(theirs) if key == "unit" else ours == theirs
            if not same and (key != "unit" or (ours and theirs)):
                what = f"is {shown(theirs)}; bundle '{needs.name}' learned with {shown(ours)}."
                write = "Convert the column" if key == "unit" else f"Write: {key}: {shown(ours)}, and code it so"
                problems.append(Problem(f"variables.{variable}.{key}", what, write))
    return problems


def _outcome_problems(study: Study, needs: Needs) -> list[Problem]:
    own, learned = study.outcome, needs.outcome
    if own is None:
        return []
    if own.type != learned.type or own.values != learned.values:
        theirs = f"{own.type}" + (f" with {', '.join(own.values)}" if own.values else "")
        what = f"is {theirs}; bundle '{needs.name}' predicts {_said(needs)}."
        return [Problem("outcome", what, "Code it in the same way, or remove 'outcome' for predictions alone")]
    if own.unit and learned.unit and plain_unit(own.unit) != plain_unit(learned.unit):
        what = f"is {own.unit}; bundle '{needs.name}' learned with {learned.unit}."
        return [Problem("outcome.unit", what, "Convert the column")]
    return []


def _feature_problems(study: Study, needs: Needs, read: Callable[[str], list[str]]) -> list[Problem]:
    """What delivered tables lack or have otherwise; of images the sequences and regions that features are named by."""
    problems = []
    for code in study.centers_with(source=("features",)):
        table = study.centers[code].table or ""
        problems += absent_columns(read(table), needs.features, table, needs) if read(table) else []
        try:
            known = beside(table)
        except ValueError as error:
            problems.append(Problem(table, f"{error}."))
            continue
        problems += extraction_problems(needs, known.extraction, table)
        problems += unit_problems(needs, needs.units, known.units, table)
    if study.imaging:
        parts = [column.removeprefix(DEEP).split("_")[:2] for column in needs.features]
        known = {"sequences": list(study.sequences), "rois": region_names(study.rois)}
        for place, (key, names) in enumerate(known.items()):
            wanted = dict.fromkeys(part[place] for part in parts if len(part) > place)
            problems += [
                Problem(key, f"has no '{name}', whose features bundle '{needs.name}' needs.", did_you_mean(name, names))
                for name in wanted
                if name not in names
            ]
        if any(column.startswith(DEEP) for column in needs.features) and not study.deep.enabled:
            problems.append(Problem("deep.enabled", f"is false; bundle '{needs.name}' needs deep features."))
    return list(dict.fromkeys(problems))


def _batch_problems(study: Study, needs: Needs, where: str) -> list[Problem]:
    return [
        Problem(
            where,
            f"harmonises by '{batch}', which 'harmonisation.batch' does not name.",
            "Copy 'batch' and 'batches' of the study that made it",
        )
        for batch in further_batches(needs)
        if batch not in study.harmonisation.batch
    ] + [
        Problem(
            f"harmonisation.batches.{name}",
            f"divides otherwise than the study of bundle '{needs.name}', whose batches it would be taken for.",
            f"Copy it from there: {name}: {rule}",
        )
        for name, rule in needs.rules.items()
        if name in study.harmonisation.batches and _rule(study.harmonisation.batches[name].model_dump()) != _rule(rule)
    ]


def _rule(values: dict) -> dict:
    """What decides a batch: all but the sequence, which may be written or the default."""
    return {name: value for name, value in values.items() if name != "sequence" and value not in (None, [], {}, 0)}


def _predicted(needs: Needs) -> tuple:
    return needs.outcome.type, needs.outcome.values


def _said(needs: Needs) -> str:
    of = needs.outcome
    return f"'{of.column}' ({of.type}" + (f": {', '.join(of.values)})" if of.values else ")")


def _flow(settings: dict) -> str:
    """Settings as one line of YAML."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in settings.items()) + "}"


def _columns_of(table: str) -> list[str]:
    """Columns of a center's table; none where it cannot be read, which others report."""
    try:
        return read_sheet(table)[0]
    except (SheetError, OSError):
        return []
