"""The words of pages, figures and tables in the language of the study; the English text is the key of the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import cache, reduce
from pathlib import Path

import yaml

from osteon.config.explain import did_you_mean

log = logging.getLogger(__name__)

Say = Callable[..., str]
"""Gives an English text, with the values of its placeholders by name, in the language of the reader."""

CATALOGS = Path(__file__).parent / "languages"
LANGUAGES: dict[str, str] = {"en": "English", "zh": "中文"}


def english(text: str, /, **values: object) -> str:
    """The text itself, with the values of its placeholders.

    Args:
        text: a literal, so that a test can collect all of them; '{n} patients' has the placeholder n.
        values: value of each placeholder; KeyError for one that is not given.
    """
    return text.format(**values)


def language(code: str, *, strict: bool = False) -> Say:
    """What says texts in a language.

    Args:
        code: a key of LANGUAGES.
        strict: an unknown text raises KeyError instead of being said in English with a warning, once for each text.

    Returns:
        A function like `english`, for one of its texts and the values of its placeholders.

    Raises:
        ValueError: for a language that there is not, with those that there are.
    """
    if code not in LANGUAGES:
        raise ValueError(f"study.language: {code!r} is not a language. {did_you_mean(code, list(LANGUAGES))}")
    if code == "en":
        return english
    texts, unknown = catalog(code), set()

    def translated(text: str, /, **values: object) -> str:
        if text not in texts:
            complaint = f"{CATALOGS.name}/{code}.yaml has no text for {text!r}"
            if strict:
                raise KeyError(complaint)
            if text not in unknown:
                unknown.add(text)
                log.warning("%s; it is said in English", complaint)
        return texts.get(text, text).format(**values)

    return translated


def sentence(text: str, say: Say, **values: object) -> str:
    """A whole sentence that stands in a dictionary of a lower floor (reasons, actions), in the language of the reader.

    Args:
        text: the sentence; where no values are given, braces in it are no placeholders.
        say: the reader's language.
        values: value of each placeholder.
    """
    return say(text, **values) if values else say(text.replace("{", "{{").replace("}", "}}"))


def joined(sentences: Iterable[str], say: Say) -> str:
    """Whole sentences one after the other, with a space between them where the language has one."""
    return reduce(lambda first, second: say("{first} {second}", first=first, second=second), sentences)


@cache
def catalog(code: str) -> dict[str, str]:
    """The texts of a language by their English text, in the order of the file."""
    return yaml.safe_load((CATALOGS / f"{code}.yaml").read_text(encoding="utf-8")) or {}
