"""What a checklist's rules say of a study: a proposal with its evidence, for a person to confirm.

A rule looks at the settings and at which results exist (`study_facts.StudyFacts`), never at the manuscript: 'proposed
yes' means that the study did it and where the result lies, not that the paper says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from osteon.config.modelling import YOUDEN
from osteon.reporting.language import Say
from osteon.reporting.study_facts import StudyFacts

YES, NO, NOT_APPLICABLE, PERSON = "proposed yes", "proposed no", "not applicable", "for a person"


class Proposal(NamedTuple):
    """Status, the evidence in words, and the path of the result below the folder of results ('' for none)."""

    status: str
    evidence: str
    link: str = ""


Rule = Callable[[StudyFacts, dict, Say], Proposal]
"""A rule gets the facts, the item as it stands in the checklist's file, and the language."""


def person(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Nothing in the study can tell."""
    look = item.get("look", "")
    link = facts.matching(look) if look else ""
    return Proposal(PERSON, say("Look here first.") if link else say("Only the authors can tell."), link)


def result(place: str, needs: str = "") -> Rule:
    """A rule that asks for a result, by its name in `study_facts.PLACES`.

    Args:
        place: the result.
        needs: 'models' or 'images', without which there is nothing to ask for.
    """

    def rule(facts: StudyFacts, item: dict, say: Say) -> Proposal:
        if absent := lacking(facts, needs, say):
            return absent
        path = facts.find(place)
        return Proposal(YES, say("It is among the results."), path) if path else _not_there(say)

    return rule


def lacking(facts: StudyFacts, needs: str, say: Say) -> Proposal | None:
    """What to say where models or images are needed and the study has none; None where there is nothing to say.

    Features of a finished table came from images that others processed, so that the authors must say how.
    """
    if needs == "models" and not facts.study.models:
        return Proposal(NOT_APPLICABLE, say("The study has no models."))
    if needs == "images" and not facts.extracts:
        return Proposal(PERSON, say("The hospitals gave feature tables; what was done to the images, the authors say."))
    return None


def shareable(*places: str) -> Rule:
    """A rule for what could be shared: whether it is, only the authors know."""

    def rule(facts: StudyFacts, item: dict, say: Say) -> Proposal:
        path = next(filter(None, map(facts.find, places)), "")
        return Proposal(
            PERSON,
            say("It lies ready; whether it is shared, the authors decide.")
            if path
            else say("Only the authors can tell."),
            path,
        )

    return rule


def _not_there(say: Say) -> Proposal:
    return Proposal(NO, say("It is not among the results."))


def several_centers(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """More than one hospital."""
    count = len(facts.study.centers)
    return Proposal(YES if count > 1 else NO, say("Hospitals: {n}.", n=count), facts.find("flow"))


def data_source(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """The hospitals are known, but not where and why."""
    names = say(", ").join(center.name or code for code, center in facts.study.centers.items())
    if facts.study.study.simulated:
        return Proposal(PERSON, say("Simulated patients: {names}.", names=names), facts.find("flow"))
    return Proposal(PERSON, say("Hospitals: {names}.", names=names), facts.find("flow"))


def eligibility(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Technical exclusions are listed; clinical criteria are the authors'."""
    return Proposal(
        PERSON,
        say("Exclusions with reasons are listed; the clinical criteria are the authors'."),
        facts.find("excluded"),
    )


def outcome(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """The column is known, how it was measured is not."""
    wanted = facts.study.outcome
    if wanted is None:
        return Proposal(NOT_APPLICABLE, say("The study has no outcome."))
    return Proposal(PERSON, say("Column '{column}'; how it was measured, the authors say.", column=wanted.column))


def interval(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """The dates of images and reference examination are compared where the study says so."""
    days = facts.study.linkage.date_window
    if days is None:
        return Proposal(PERSON, say("Dates were not compared: linkage.date_window is not set."))
    return Proposal(YES, say("At most {days} days, checked for every patient.", days=days), facts.find("linkage"))


def protocol(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Acquisition parameters from the headers."""
    return result("acquisition", "images")(facts, item, say)


def header(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """One acquisition parameter, in `item['column']`; `item['modality']` where only one modality has it."""
    if (absent := lacking(facts, "images", say)) or (absent := _other_modality(facts, item, say)):
        return absent
    if facts.recorded(item["column"]):
        return Proposal(YES, say("From the image headers."), facts.find("acquisition"))
    return Proposal(PERSON, say("The image headers do not say it."), facts.find("acquisition"))


def modality(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """A parameter that headers are not asked for, of one modality."""
    return _other_modality(facts, item, say) or person(facts, item, say)


def _other_modality(facts: StudyFacts, item: dict, say: Say) -> Proposal | None:
    wanted, found = item.get("modality"), facts.modality
    if wanted and found and found != wanted:
        return Proposal(NOT_APPLICABLE, say("Not for {modality} images.", modality=found))
    return None


def which_modality(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """By what the headers hold."""
    found = facts.modality
    if not found:
        return person(facts, item, say)
    return Proposal(YES, say("By the image headers: {modality}.", modality=found), facts.find("acquisition"))


def sequences(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """The study names its sequences."""
    if absent := _other_modality(facts, item, say):
        return absent
    names = [sequence.description or name for name, sequence in facts.study.sequences.items()]
    if not names:
        return person(facts, item, say)
    return Proposal(YES, say("Sequences: {names}.", names=say(", ").join(names)), facts.find("acquisition"))


def variables(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Clinical variables of the configuration; why these, the authors say."""
    known = facts.study.variables
    if not known:
        return Proposal(NOT_APPLICABLE, say("No clinical variables."))
    names = say(", ").join(variable.label or name for name, variable in known.items())
    return Proposal(PERSON, say("Variables: {names}; why these, the authors say.", names=names), facts.find("config"))


def predictors(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Features are defined in the dictionary; clinical variables are the authors'."""
    path = facts.find("dictionary")
    if not path:
        return variables(facts, item, say)
    return Proposal(
        PERSON, say("Features are defined there; how clinical variables were measured, the authors say."), path
    )


def imbalance(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Classes are never resampled; their shares are in the table of baseline characteristics."""
    if absent := lacking(facts, "models", say):
        return absent
    if facts.study.outcome and facts.study.outcome.type == "continuous":
        return Proposal(NOT_APPLICABLE, say("The outcome is a number."))
    return Proposal(
        YES, say("Folds are stratified by outcome; no patient was resampled or made up."), facts.find("baseline")
    )


def output(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Probabilities, and the threshold frozen on training patients."""
    if absent := lacking(facts, "models", say):
        return absent
    if facts.study.outcome and facts.study.outcome.type != "binary":
        return Proposal(YES, say("Predictions without a threshold."), facts.find("internal"))
    if facts.study.validation.threshold == YOUDEN:
        words = say("Probabilities; threshold by Youden's index on training patients, then frozen.")
    else:
        words = say("Probabilities; threshold: {rule}.", rule=facts.study.validation.threshold.words)
    return Proposal(YES, words, facts.find("internal"))


def sample_size(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """How many patients are needed is computed; how many were planned, and why, only the authors know."""
    if absent := lacking(facts, "models", say):
        return absent
    path = facts.find("sample_size")
    words = (
        say("Patients needed and present are listed; how their number was decided, the authors say.")
        if path
        else say("Only the authors can tell.")
    )
    return Proposal(PERSON, words, path)


def fairness(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Subgroups are measured where the study names them; what was done about fairness, the authors say."""
    if absent := lacking(facts, "models", say):
        return absent
    path = facts.find("subgroups")
    words = (
        say("Performance in subgroups is among the results; what was done about fairness, the authors say.")
        if path
        else say("No subgroups are named in analysis.subgroups; what was done about fairness, the authors say.")
    )
    return Proposal(PERSON, words, path)


def set_differences(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Characteristics of every set are tables; setting and criteria of the hospitals are the authors'."""
    if absent := lacking(facts, "models", say):
        return absent
    path = facts.find("baseline")
    words = (
        say("The characteristics of each set are among the results; other differences, the authors say.")
        if path
        else say("Only the authors can tell.")
    )
    return Proposal(PERSON, words, path)


def poor_input(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """What frozen models do with gaps."""
    if absent := lacking(facts, "models", say):
        return absent
    if facts.study.missing_values == "refuse":
        return Proposal(PERSON, say("Frozen models refuse patients with missing inputs."), facts.find("missing"))
    return Proposal(
        PERSON,
        say(
            "Frozen models fill in the {value} of the training patients and count it.",
            value=say("median") if facts.study.missing_values == "median" else say("mean"),
        ),
        facts.find("missing"),
    )


def deidentified(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """DICOM that is not marked as de-identified is refused."""
    if "dicom" in {center.source for center in facts.study.centers.values()} and not facts.study.allow_identifiable:
        return Proposal(YES, say("DICOM that is not marked as de-identified was refused."), facts.find("quality"))
    return person(facts, item, say)


def subsets(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """All listed cases are used, or left for a reason that is written down."""
    return Proposal(YES, say("Every listed case is used or excluded with a reason."), facts.find("excluded"))


def overlap(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Within the study persons are unique; earlier publications only the authors know."""
    return Proposal(
        PERSON,
        say("Persons were kept apart within the study; earlier publications the authors know."),
        facts.find("audit"),
    )


def guideline(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """These lists are proposals; following them is up to the authors."""
    return Proposal(PERSON, say("CLEAR, METRICS, TRIPOD+AI, CLAIM and IBSI items are proposed here, to be confirmed."))


def limits(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """The report lists limits that follow from the data."""
    return Proposal(PERSON, say("The report lists limits that follow from the data."), facts.find("report"))


def failure(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Masks to look at are listed; why cases were wrong, only a person can tell."""
    path = facts.find("review")
    words = (
        say("Masks to look at are listed; why predictions fail, a person must look.")
        if path
        else say("Only the authors can tell.")
    )
    return Proposal(PERSON, words, path)


def workflow(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """The methods text lists the steps; the drawing is the authors'."""
    return Proposal(PERSON, say("The methods text lists the steps in order; the drawing is the authors'."))


GENERAL_RULES: dict[str, Rule] = {
    "person": person,
    "baseline": result("baseline", "models"),
    "data_source": data_source,
    "deidentified": deidentified,
    "eligibility": eligibility,
    "failure": failure,
    "fairness": fairness,
    "flow": result("flow"),
    "guideline": guideline,
    "header": header,
    "imbalance": imbalance,
    "interval": interval,
    "limits": limits,
    "missing": result("missing"),
    "modality": modality,
    "outcome": outcome,
    "output": output,
    "overlap": overlap,
    "poor_input": poor_input,
    "predictors": predictors,
    "protocol": protocol,
    "sample_size": sample_size,
    "sequences": sequences,
    "set_differences": set_differences,
    "several_centers": several_centers,
    "share_all": shareable("bundles", "config"),
    "share_code": shareable("config"),
    "share_data": shareable("features"),
    "share_features": shareable("features"),
    "share_model": shareable("bundles"),
    "share_settings": shareable("extraction", "config"),
    "software": result("software"),
    "subsets": subsets,
    "variables": variables,
    "which_modality": which_modality,
    "workflow": workflow,
}
"""Rules by name, of patients, data and the paper itself."""
