"""Problems of a configuration in words: where, what is wrong, what to write."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

HELP = "Help: docs/reference/configuration.md"


@dataclass(frozen=True)
class Problem:
    """One thing to correct."""

    where: str
    what: str
    write: str = ""


class StudyError(Exception):
    """A study cannot be run; the message lists every problem."""

    def __init__(self, source: str, problems: list[Problem]):
        self.problems = problems
        super().__init__(describe(source, problems))


def describe(source: str, problems: list[Problem]) -> str:
    """All problems as one message, aligned, in plain words."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    width = min(36, max(len(problem.where) for problem in problems))
    lines = [f"{source} has {count}; nothing was run."]
    for problem in problems:
        lines.append(f"  {problem.where:<{width}}  {problem.what}" + (f"  {problem.write}" if problem.write else ""))
    return "\n".join([*lines, HELP])


def did_you_mean(word: str, choices: list[str]) -> str:
    """A suggestion, or the list of what is allowed."""
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"Allowed: {', '.join(choices)}" if choices else ""


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """pydantic's errors in the words of the configuration."""
    return [_problem(item, model) for item in error.errors()]


def _problem(item: dict[str, Any], model: type[BaseModel]) -> Problem:
    place = [part for part in item["loc"] if not str(part).startswith("[")]  # [key], and kinds of a value
    where = ".".join(str(part) for part in place) or "the file"
    kind, value = item["type"], item.get("input")
    if kind == "extra_forbidden":
        allowed = _keys_at(model, place[:-1])
        return Problem(where, "unknown key.", did_you_mean(str(place[-1]), allowed))
    if kind == "missing":
        return Problem(where, "is missing.", f"Write: {place[-1]}: <{_description(model, place) or 'a value'}>")
    if kind == "literal_error":
        expected = item["ctx"]["expected"]
        return Problem(where, f"{value!r} is not allowed.", f"Write: {expected}")
    if kind == "string_type":
        return Problem(where, f"{value!r} is not text.", f"Write it in quotes: '{_plain(value)}'")
    if kind == "string_pattern_mismatch":
        hint = "letters and digits only" if "_" not in item["ctx"]["pattern"] else "letters, digits, '_' and '-' only"
        return Problem(where, f"{value!r} is not allowed as a name.", f"Write: {hint}")
    if kind == "union_tag_invalid":
        known = [name.strip(" '") for name in item["ctx"]["expected_tags"].split(",")]
        return Problem(where, f"'{item['ctx']['tag']}' is unknown.", did_you_mean(item["ctx"]["tag"], known))
    if kind == "union_tag_not_found":
        return Problem(
            where, f"{value!r} is no step.", "Write: <name>, or {<name>: {<key>: <value>}}, one step for each '-'"
        )
    if kind == "model_type":
        return Problem(where, f"{value!r} cannot be used.", "Write its keys under it, for example {<key>: <value>}")
    if kind == "value_error":
        return Problem(where, str(item["ctx"]["error"]) + ".")
    message = item["msg"].removeprefix("Input should be ").rstrip(".")
    return Problem(where, f"{value!r} cannot be used.", f"Write: {message}")


def _plain(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _keys_at(model: type[BaseModel], place: list) -> list[str]:
    target = _model_at(model, place)
    return list(target.model_fields) if target else []


def _description(model: type[BaseModel], place: list) -> str:
    target = _model_at(model, place[:-1])
    field = target.model_fields.get(str(place[-1])) if target else None
    return (field.description or "").split(".")[0].lower() if field else ""


def _model_at(model: type[BaseModel], place: list) -> type[BaseModel] | None:
    """The section that a path of keys leads to; None where it leads to a plain value."""
    current: Any = model
    options: list[type[BaseModel]] = []
    for part in place:
        steps = [one for one in options if "step" in one.model_fields]
        tagged = next((one for one in steps if one.model_fields["step"].default == part), None)
        options = options if isinstance(part, int) else []
        if tagged is not None:  # the name of a step, by which one of several sections is chosen
            current = tagged
        elif isinstance(part, int):  # a place in a list: the list's items are described by its annotation
            current = next((arg for arg in get_args(current) if _is_section(arg)), current)
        elif _is_section(current):
            field = current.model_fields.get(str(part))
            current = field.annotation if field else None
            options = _sections_in(current)
        elif get_origin(current) is dict:
            current = get_args(current)[1]
        else:
            return None
        # of an optional section, the section
        current = current if get_origin(current) is dict else _section_in(current) or current
    return current if _is_section(current) else None


def _section_in(annotation: object) -> type[BaseModel] | None:
    """The section, or the first one of a union."""
    return next(iter(_sections_in(annotation)), None)


def _sections_in(annotation: object) -> list[type[BaseModel]]:
    """All sections of an annotation."""
    if _is_section(annotation):
        return [annotation]
    return [found for arg in get_args(annotation) for found in _sections_in(arg)]


def _is_section(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
