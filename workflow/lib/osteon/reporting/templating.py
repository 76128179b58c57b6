"""The pages' templates: strict, escaped, and with their style inside."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

import osteon
from osteon.reporting.language import Say, english
from osteon.reporting.svg import inline_svg
from osteon.reporting.trace import TABLES, file_of

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, styles: tuple[str, ...], say: Say = english, **values: object) -> str:
    """A page as text; same values, same bytes.

    Args:
        template: file in the folder of templates. Everything that it puts in is escaped.
        styles: style sheets in that folder, which the template finds joined as 'style'.
        say: the reader's language. In a template its texts may hold tags, and their values are escaped.
        values: what the template names; jinja2.UndefinedError is raised if one is not given.
    """

    def marked(text: str, /, **given: object) -> Markup:
        return Markup(say(text, **{name: escape(value) for name, value in given.items()}))

    style = Markup("\n").join(file_text(name) for name in styles)
    return _environment().get_template(template).render(style=style, version=osteon.__version__, say=marked, **values)


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
    environment.filters["file_of"] = _file_of
    environment.filters["has_digit"] = lambda text: any(character.isdigit() for character in text)
    return environment


@jinja2.pass_context
def _file_of(context: jinja2.runtime.Context, key: str) -> str:
    """Path of a table's CSV; a page that keeps its tables elsewhere names their folder as 'tables_folder'."""
    return file_of(key, context.get("tables_folder", TABLES))
