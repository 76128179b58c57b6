"""The JSON schema for editors and the reference page of all options, made from the models."""

from __future__ import annotations

import json
from textwrap import indent
from typing import get_args

import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from osteon.config.study import Study


def schema_text() -> str:
    """JSON schema of a study file; editors complete and check with it."""
    return json.dumps(Study.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def reference_text() -> str:
    """Markdown page with every key, its default and its meaning."""
    lines = ["# Configuration", "", "Every key of a study file. This page is generated: `make docs` renews it.", ""]
    return "\n".join(lines + _section(Study, "The file")) + "\n"


def defaults_text() -> str:
    """Every section that has defaults, as YAML to copy from; keys that a study must write itself are left out."""
    lines = ["# Every default of a study file, written by `make docs`. Copy what you want to change.", ""]
    for name, field in Study.model_fields.items():
        if isinstance(field.default, BaseModel):
            values = yaml.safe_dump(field.default.model_dump(mode="json"), sort_keys=False, default_flow_style=None)
            lines += [f"# {field.description}", f"{name}:", indent(values.rstrip(), "  "), ""]
    return "\n".join(lines)


def _section(model: type[BaseModel], title: str) -> list[str]:
    lines = [f"## {title}", "", (model.__doc__ or "").strip(), "", "| key | default | meaning |", "|---|---|---|"]
    inner: list[tuple[str, type[BaseModel]]] = []
    for name, field in model.model_fields.items():
        nested = _nested(field.annotation)
        if nested:
            inner.append((name, nested))
        lines.append(f"| `{name}` | {_default(field, nested)} | {field.description or ''} |")
    lines.append("")
    for name, nested in inner:
        lines += _section(nested, f"{name}" if title == "The file" else f"{title}.{name}")
    return lines


def _nested(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _nested(arg))), None)


def _default(field, nested: type[BaseModel] | None) -> str:
    if field.default is PydanticUndefined:
        return "required"
    if nested:
        return "see below" if field.default is not None else "none"
    return f"`{json.dumps(field.default)}`" if field.default is not None else "none"
