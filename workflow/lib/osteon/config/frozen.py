"""What a frozen model must be given: read from its model.json, before anything of it is loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from osteon.config.cohort import Outcome, Variable
from osteon.config.explain import Problem, did_you_mean
from osteon.config.extraction import differences
from osteon.config.harmonisation import CENTER
from osteon.config.sheets import normalised

FORMAT = "osteon prediction model"
VERSION = 2
MODEL = "model.json"
SHOWN = 5


@dataclass(frozen=True)
class Needs:
    """The inputs of a frozen model, with what is known of each."""

    name: str
    variables: dict[str, Variable]
    """The clinical variables: type, coding and unit."""
    features: list[str]
    batches: dict[str, list[str]]
    """Divisions into batches that its harmonisation uses, with the batches that it knows."""
    outcome: Outcome
    extraction: dict | None
    """Settings behind the features it learned from (04_features/settings.json); None where it had tables of others."""
    units: dict[str, str]
    """Units of the features, as far as they are known."""
    shuffled: bool
    """Whether it is a negative control."""
    rules: dict[str, dict]
    """How patients were divided into the batches besides the center, by name."""


def read_content(folder: str | Path) -> dict:
    """The model.json of a bundle.

    Raises:
        ValueError: the folder is no bundle, or one of another version.
    """
    path = Path(folder) / MODEL
    if not path.is_file():
        raise ValueError(f"{folder} is no bundle: it has no {MODEL}. Give the folder '06_models/<model>/bundle'")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}). Copy the bundle again") from error
    if content.get("format") != FORMAT or content.get("version") != VERSION:
        raise ValueError(
            f"{path}: format {content.get('format')!r}, version {content.get('version')!r}; this Osteon "
            f"reads {FORMAT!r}, version {VERSION}. Fit the model again with this version"
        )
    return content


def needs_of(content: Mapping, name: str) -> Needs:
    """What the model with this model.json needs; `name` is how messages call it.

    Raises:
        ValueError: it does not say how its variables or its outcome are coded.
    """
    inputs, blocks = content["inputs"], content["signatures"]
    clinical = [
        row["variable"] for part in (content["clinical"], *(_covariates(block) for block in blocks)) for row in part
    ]
    known = inputs.get("variables") or {}
    if not inputs.get("outcome") or not set(clinical) <= known.keys():
        raise ValueError(
            f"bundle '{name}' does not say how its variables and its outcome are coded. Fit the model again"
        )
    return Needs(
        name,
        {variable: Variable(**known[variable]) for variable in dict.fromkeys(clinical)},
        list(dict.fromkeys(row["feature"] for block in blocks for row in block["features"])),
        {step["column"]: list(map(str, step["batches"])) for block in blocks for step in _steps(block)},
        Outcome(**inputs["outcome"]),
        inputs.get("extraction"),
        inputs.get("units") or {},
        content["settings"]["model"].get("features") == "shuffled",
        (content["settings"].get("harmonisation") or {}).get("batches") or {},
    )


def control_problems(needs: Needs, where: str) -> list[Problem]:
    """A negative control predicts nobody."""
    if not needs.shuffled:
        return []
    return [Problem(where, "is a negative control (shuffled voxels).", "Apply the model that it was compared with")]


def absent_columns(columns: Sequence[str], wanted: Sequence[str], where: str, needs: Needs) -> list[Problem]:
    """Columns that a table lacks, each by its name."""
    absent = [column for column in wanted if column not in columns]
    others = [column for column in columns if column not in wanted]
    problems = [
        Problem(where, f"has no column '{column}', which bundle '{needs.name}' needs.", _near(column, others))
        for column in absent[:SHOWN]
    ]
    if more := absent[SHOWN:]:
        problems.append(Problem(where, f"lacks {len(more)} more of its columns: {', '.join(more)}."))
    return problems


def unit_problems(needs: Needs, wanted: Mapping[str, str], given: Mapping[str, str], where: str) -> list[Problem]:
    """Columns whose declared unit is not the one that the model has learned with.

    Args:
        needs: of the model.
        wanted: units of its columns; '' where it has none.
        given: declared units of the table's columns, as far as there are any.
        where: the table.
    """
    return [
        Problem(where, f"'{column}' is in {given[column]}; bundle '{needs.name}' learned it in {unit}.", "Convert it")
        for column, unit in wanted.items()
        if unit and given.get(column) and plain_unit(given[column]) != plain_unit(unit)
    ]


def extraction_problems(needs: Needs, given: Mapping | None, where: str) -> list[Problem]:
    """Settings by which the table's features are others than those that the model has learned with."""
    if not needs.extraction or not given or not needs.features:
        return []
    return [
        Problem(name, f"bundle '{needs.name}' learned with {shown(ours)}, {where} has {shown(theirs)}.")
        for name, ours, theirs in differences(needs.extraction, given, needs.features)
    ]


def further_batches(needs: Needs) -> list[str]:
    """Divisions into batches besides the centers."""
    return [column for column in needs.batches if column != CENTER]


def plain_unit(unit: str) -> str:
    """A unit in the form in which units are compared: mm³, mm^3 and mm3 are one."""
    return normalised(unit).replace("^", "").replace(" ", "")


def shown(value: object) -> str:
    """A setting in a message."""
    if value is None or value == "":
        return "none"
    return f"[{', '.join(map(shown, value))}]" if isinstance(value, list | tuple) else f"{value}"


def _near(column: str, others: Sequence[str]) -> str:
    """The column that may be meant; not the list of all, which has hundreds."""
    hint = did_you_mean(column, list(others))
    return hint if hint.startswith("Did") else ""


def _covariates(block: Mapping) -> list[dict]:
    return block["combat_covariates"] or []


def _steps(block: Mapping) -> list[dict]:
    return block["combat"]["steps"] if block["combat"] else []
