"""The JSON schema for editors and the reference page of all options, made from the models."""

from __future__ import annotations

import json
from typing import get_args

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
