"""Texts that modules and templates say: the first, literal argument of every call of say(...)."""

from __future__ import annotations

import ast
from pathlib import Path

import jinja2

SPEAKERS = ("say", "english")


def said(source: str) -> tuple[set[str], list[int]]:
    """Texts that a module says, and the lines where what is said is no literal."""
    texts, unclear = set(), []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", getattr(node.func, "attr", "")) not in SPEAKERS:
            continue
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            texts.add(first.value)
        else:
            unclear.append(node.lineno)
    return texts, unclear


def said_in_template(source: str) -> tuple[set[str], list[int]]:
    """The same of a template of Jinja."""
    texts, unclear = set(), []
    for call in jinja2.Environment().parse(source).find_all(jinja2.nodes.Call):
        if getattr(call.node, "name", "") not in SPEAKERS:
            continue
        if call.args and isinstance(call.args[0], jinja2.nodes.Const):
            texts.add(call.args[0].value)
        else:
            unclear.append(call.lineno)
    return texts, unclear


def said_in(*files: str | Path) -> set[str]:
    """Texts that any of the files says."""
    return set().union(*(said(Path(file).read_text(encoding="utf-8"))[0] for file in files))


class Listener:
    """Says texts in English, and remembers which."""

    def __init__(self):
        self.texts: set[str] = set()

    def __call__(self, text: str, /, **values: object) -> str:
        self.texts.add(text)
        return text.format(**values)
