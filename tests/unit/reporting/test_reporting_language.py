"""Every text that is said has its Chinese one, with the same placeholders, and the catalog has no other."""

from __future__ import annotations

import logging
from pathlib import Path
from string import Formatter

import pytest
import yaml

import osteon
from helpers.said import SPEAKERS, said, said_in_template
from osteon.modelling.selection.fates import FATES
from osteon.modelling.selection.reproducibility import NO_INDEX
from osteon.reporting.citations import cited
from osteon.reporting.harmonisation_tables import REASONS as BATCH_REASONS
from osteon.reporting.language import LANGUAGES, catalog, english, language
from osteon.reporting.result_tables import REASONS
from osteon.statistics.estimate import SENTENCES
from osteon.statistics.no_agreement import SENTENCES as NO_AGREEMENT
from osteon.tables.explanations import EXPLANATIONS
from osteon.tables.mask_findings import CORRECTION, CORRECTION_OF_MANUAL, FOUND, UNNAMED_FOLDER
from osteon.tables.reasons import Reason

PACKAGE = Path(osteon.__file__).parent
PASSED_ON = ("reporting/language.py", "reporting/templating.py")
"""Modules that say whole sentences that stand in dictionaries of lower floors (collected by `kept_as_data`), and what
templates say."""
TEMPLATES = PACKAGE / "reporting" / "templates"


def kept_as_data() -> set[str]:
    """Sentences of those dictionaries."""
    explained = {text.replace("{", "{{").replace("}", "}}") for texts in EXPLANATIONS.values() for text in texts}
    in_short = {code.replace("_", " ") for code in Reason}
    reasons = {*REASONS.values(), *BATCH_REASONS.values(), *SENTENCES.values(), *NO_AGREEMENT.values()}
    masks = {*FOUND.values(), CORRECTION, CORRECTION_OF_MANUAL, UNNAMED_FOLDER}
    return reasons | explained | in_short | masks | {*FATES.values(), *NO_INDEX.values()}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.fixture(scope="module")
def modules() -> dict[str, tuple[set[str], list[int]]]:
    files = sorted(PACKAGE.rglob("*.py"))
    sources = {str(file.relative_to(PACKAGE)): file.read_text(encoding="utf-8") for file in files}
    found = {name: said(source) for name, source in sources.items() if any(f"{one}(" in source for one in SPEAKERS)}
    pages = sorted(TEMPLATES.glob("*.j2"))
    return found | {
        str(page.relative_to(PACKAGE)): said_in_template(page.read_text(encoding="utf-8")) for page in pages
    }


@pytest.fixture(scope="module")
def texts(modules) -> dict[str, str]:
    """Texts that are said, with the first module that says each."""
    found = dict.fromkeys(sorted(kept_as_data()), "sentences kept as data")
    for module, (ones, _) in modules.items():
        for text in sorted(ones):
            found.setdefault(text, module)
    return found


def test_only_literals_are_said(modules):
    places = {module: lines for module, (_, lines) in modules.items() if module not in PASSED_ON}
    assert [f"{module}:{line}" for module, lines in places.items() for line in lines] == []


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_every_text_has_a_translation(texts, code):
    missing = {text: module for text, module in texts.items() if text not in catalog(code)}
    lines = [
        yaml.safe_dump({text: f"TODO ({module})"}, allow_unicode=True, width=10_000) for text, module in missing.items()
    ]
    assert not missing, f"add to reporting/languages/{code}.yaml:\n" + "".join(lines)


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_no_translation_without_a_text(texts, code):
    assert [text for text in catalog(code) if text not in texts] == []


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_translations_keep_placeholders_and_citations(code):
    pairs = catalog(code).items()
    assert {text: other for text, other in pairs if placeholders(text) != placeholders(other)} == {}
    assert {text: other for text, other in pairs if set(cited(text)) != set(cited(other))} == {}
    assert [text for text, other in pairs if not str(other).strip() or "TODO" in other] == []


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_no_text_stands_twice_in_a_catalog(code):
    # A YAML reader silently takes the last of two equal keys.
    file = PACKAGE / "reporting" / "languages" / f"{code}.yaml"
    tree = yaml.compose(file.read_text(encoding="utf-8"))
    keys = [key.value for key, _ in tree.value]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_the_collector_sees_literals_and_complains_of_others():
    source = 'say("a"); panel.say("b {n}", n=1); say(f"c {n}"); say("d" "e"); other("f"); say()'
    assert said(source) == ({"a", "b {n}", "de"}, [1, 1])


def test_the_collector_reads_templates():
    source = '{% macro m(x) %}{{ say("a {n}", n=x) }}{% endmacro %}{{ say("b") if x else say(x) }}{{ m(1) }}'
    assert said_in_template(source) == ({"a {n}", "b"}, [1])


def test_english_is_the_text_itself_with_its_values():
    assert english("{n} patients", n=12) == "12 patients"
    assert language("en") is english
    with pytest.raises(KeyError):
        english("{n} patients")


def test_chinese_fills_in_the_values(monkeypatch):
    monkeypatch.setattr("osteon.reporting.language.catalog", lambda code: {"{n} patients": "{n} 例患者"})
    assert language("zh")("{n} patients", n=12) == "12 例患者"


def test_an_unknown_text_is_said_in_english_with_one_warning(monkeypatch, caplog):
    monkeypatch.setattr("osteon.reporting.language.catalog", lambda code: {})
    say = language("zh")
    with caplog.at_level(logging.WARNING):
        assert [say("{n} never seen", n=n) for n in (1, 2)] == ["1 never seen", "2 never seen"]
    assert [record.getMessage() for record in caplog.records] == [
        "languages/zh.yaml has no text for '{n} never seen'; it is said in English"
    ]


def test_strictly_an_unknown_text_is_an_error_that_names_text_and_file():
    with pytest.raises(KeyError, match=r"languages/zh\.yaml has no text for 'never seen'"):
        language("zh", strict=True)("never seen")


def test_an_unknown_language_names_those_there_are():
    with pytest.raises(ValueError, match=r"study\.language: 'zn' is not a language\. Allowed: en, zh"):
        language("zn")
