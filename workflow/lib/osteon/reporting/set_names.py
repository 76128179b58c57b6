"""Names of the sets of patients, and what no page may leave out, in the language of the reader."""

from __future__ import annotations

from osteon.config.study import Study
from osteon.config.validation_parts import EXTERNAL, set_titles
from osteon.reporting.language import Say


def banner_of(study: Study, say: Say) -> str:
    """What nobody must overlook on any page or in any table; '' where there is nothing."""
    return say("Simulated patients: these numbers say nothing about MRI.") if study.study.simulated else ""


def set_names(study: Study, part: str, say: Say, *, adapted: bool = True) -> dict[str, str]:
    """What `config.validation_parts.set_titles` gives, in the language of the reader; names of hospitals stay.

    Args:
        study: the checked configuration.
        part: one of `config.validation_parts.parts`.
        say: the reader's language.
        adapted: whether the external center of the part has patients for adaptation.
    """
    names = {code: center.name or code for code, center in study.centers.items()}
    hospital = names.get(part.removeprefix(f"{EXTERNAL}center-"), "")
    repeats = study.validation.repeats

    def name(key: str, title: str) -> str:
        if key.startswith("without "):
            return say("{name}, left out", name=names[key.removeprefix("without ")])
        if key == "repeated_cv":
            once = say("Cross-validation, repeated once")
            return say("Cross-validation, mean of {n}", n=repeats) if repeats > 1 else once
        return {
            "train": say("Training (out of fold)"),
            "test": say("Internal test"),
            "external_rest": say("{name}, rest, frozen", name=hospital),
            "external_adapted": say("{name}, rest, adapted", name=hospital),
        }.get(key, title)

    return {key: name(key, title) for key, title in set_titles(study, part, adapted=adapted).items()}
