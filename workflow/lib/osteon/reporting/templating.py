"""The pages' templates: strict, escaped, and with their style inside."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

import osteon
from osteon.reporting.svg import inline_svg
from osteon.reporting.trace import file_of

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, styles: tuple[str, ...], **values: object) -> str:
    """A page as text; same values, same bytes.

    Args:
        template: file in the folder of templates. Everything that it puts in is escaped.
        styles: style sheets in that folder, which the template finds joined as 'style'.
        values: what the template names; jinja2.UndefinedError is raised if one is not given.
    """
    style = Markup("\n").join(file_text(name) for name in styles)
    return _environment().get_template(template).render(style=style, version=osteon.__version__, **values)


def file_text(name: str) -> Markup:
    """A file of the folder of templates, which a template takes as it is."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def as_json(value: object) -> Markup:
    """A value as JSON inside an element `script`: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["svg"] = lambda figure: Markup(inline_svg(figure.svg, figure.key, figure.caption))
    environment.filters["file_of"] = file_of
    environment.filters["has_digit"] = lambda text: any(character.isdigit() for character in text)
    return environment
