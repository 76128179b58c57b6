"""What a reader must not overlook, said from the facts of the study and nothing else."""

from __future__ import annotations

import pandas as pd

from osteon.config.harmonisation import CENTER
from osteon.config.modelling import YOUDEN
from osteon.reporting.content import ReportContent
from osteon.reporting.data_limits import Limit, constant_textures, inaccurate_masks, many_excluded
from osteon.reporting.harmonisation_tables import MEASURES, batch_name, sizes_too_small
from osteon.reporting.language import Say, joined
from osteon.reporting.numbers import integer, interval, number
from osteon.reporting.outcome_tables import Headline, headline_of

# Fewer patients with or without the outcome than this make a validation imprecise (Vergouwe et al., 2005).
ENOUGH_EVENTS = 100
# A headline measure this much lower outside than inside is worth a sentence.
DROP = 0.1
# Sets that results are read from first; the others are trained on, or a secondary analysis.
PRIMARY = ("test", "external")


def limits(content: ReportContent) -> list[Limit]:
    """The limits that the facts of the study give rise to, the gravest first."""
    found = [
        _simulated(content),
        _leaks(content),
        _confounded(content),
        _few_patients(content),
        _chance(content),
        _drop(content),
        _not_external(content),
        inaccurate_masks(content),
        constant_textures(content),
        many_excluded(content),
        _small_batches(content),
        _new_hospitals(content),
        _threshold(content),
        _one_outcome(content),
    ]
    say = content.say
    always = Limit(
        "limit-research",
        say("For research only"),
        say("Osteon is not a medical device. Nothing on this page may guide the care of a patient."),
        False,
    )
    return [limit for limit in [*found, always] if limit]


def _simulated(content: ReportContent) -> Limit | None:
    if not content.study.study.simulated:
        return None
    say = content.say
    text = say(
        "How strongly the images depend on the disease is a setting of the simulation. The numbers show that the "
        "pipeline runs; they say nothing about MRI."
    )
    return Limit("limit-simulated", say("The patients are simulated"), text)


def _sets(content: ReportContent) -> list[tuple[str, pd.Series]]:
    """(name, first model's row) of every set of patients; none is a part of another."""
    performance = content.stacked("performance")
    if not performance.empty:
        performance = performance[performance["set"].isin(("train", *PRIMARY))]
    return (
        []
        if performance.empty
        else [(str(name), own.iloc[0]) for name, own in performance.groupby("patients", sort=False)]
    )


def _few_patients(content: ReportContent) -> Limit | None:
    say = content.say
    found = [(name, *_sizes(content, row)) for name, row in _sets(content)]
    small = [say("{set}: {sizes}", set=name, sizes=words) for name, least, words in found if least < ENOUGH_EVENTS]
    if not small:
        return None
    values = {"n": ENOUGH_EVENTS, "sizes": say("; ").join(small)}
    if content.kind == "binary":
        text = say(
            "Fewer than {n} patients with or without {outcome} ({sizes}). Intervals are wide, and smoothed calibration "
            "curves are unreliable.",
            outcome=content.outcome,
            **values,
        )
    elif content.kind == "classes":
        text = say(
            "Fewer than {n} patients of a class ({sizes}). Intervals are wide, and smoothed calibration curves are "
            "unreliable.",
            **values,
        )
    else:
        text = say(
            "Fewer than {n} patients ({sizes}). Intervals are wide, and single patients decide R² and the limits of "
            "agreement.",
            **values,
        )
    return Limit("limit-few", say("Few patients"), text)


def _sizes(content: ReportContent, row: pd.Series) -> tuple[int, str]:
    """How many patients the smallest group of a set has, and those of all groups in words."""
    say = content.say
    if content.kind == "binary":
        events, others = int(row["events"]), int(row["n"] - row["events"])
        return min(events, others), say("{n} with and {others} without", n=events, others=others)
    if content.kind == "classes":
        sizes = {value: int(row[f"n_{value}"]) for value in content.study.outcome.values}
        words = say(", ").join(say("{n} {group}", n=count, group=value) for value, count in sizes.items())
        return min(sizes.values()), words
    return int(row["n"]), say("{n} patients", n=int(row["n"]))


def _leaks(content: ReportContent) -> Limit | None:
    if content.audit is None or not (leaks := int((content.audit["verdict"] == "leak").sum())):
        return None
    say = content.say
    text = say(
        "{n} of {all} fitted objects have seen patients that they were judged on. Do not use the results.",
        n=leaks,
        all=len(content.audit),
    )
    return Limit("limit-leak", say("Leakage found"), text)


def _chance(content: ReportContent) -> Limit | None:
    performance = content.stacked("performance")
    if performance.empty:
        return None
    say = content.say
    headline = headline_of(content.kind, say)
    low, high = f"{headline.measure}_low", f"{headline.measure}_high"
    tested = performance[performance["set"].isin(PRIMARY)]
    weak = tested[tested[low] <= headline.useless]
    if weak.empty:
        return None
    cases = [
        say(
            "{model}, {patients}: {value}",
            model=content.models[row["model"]],
            patients=row["patients"],
            value=_beside(interval(row[low], row[high], 2), row, headline, say),
        )
        for _, row in weak.iterrows()
    ]
    unknown = content.kind == "continuous"
    title = say("Not distinguishable from knowing nothing") if unknown else say("Not distinguishable from chance")
    text = say(
        "The 95% interval of the {measure} includes {value} ({cases}).",
        measure=headline.name,
        value=f"{headline.useless:g}",
        cases=say("; ").join(cases),
    )
    return Limit("limit-chance", title, text)


def _drop(content: ReportContent) -> Limit | None:
    say = content.say
    headline = headline_of(content.kind, say)
    measure = headline.measure
    tested = {
        row["model"]: row for part in content.cohorts for _, row in part.performance.iterrows() if row["set"] == "test"
    }
    worse = []
    for part in content.parts:
        for _, row in part.performance.iterrows() if part.external else ():
            inside = tested.get(row["model"])
            if row["set"] == "external" and inside is not None and inside[measure] - row[measure] > DROP:
                worse.append(
                    say(
                        "{model}, {patients}: {value} after {before} in the internal test",
                        model=content.models[row["model"]],
                        patients=part.patients(row["set"]),
                        value=number(row[measure], 2),
                        before=_beside(number(inside[measure], 2), inside, headline, say),
                    )
                )
    if not worse:
        return None
    text = say("The {measure} falls ({cases}).", measure=headline.name, cases=say("; ").join(worse))
    return Limit("limit-drop", say("Worse in a new hospital"), text)


def _beside(value: str, row: pd.Series, headline: Headline, say: Say) -> str:
    words = headline.beside(row)
    return say("{value}, {within}", value=value, within=words) if words else value


def _confounded(content: ReportContent) -> Limit | None:
    if content.confounding is None or not content.parts:
        return None
    found, say, bound = [], content.say, False
    for batch, own in content.confounding.groupby("batch", sort=False):
        whole = own[own["flag"] == "association"]
        levels = own.loc[own["flag"] == "one_class", "level"]
        if len(whole):
            row, bound = whole.iloc[0], bound or not found
            found.append(
                say(
                    "{batch} and {outcome} go together ({measure} {value})",
                    batch=batch_name(batch, say),
                    outcome=content.outcome,
                    measure=MEASURES[row["measure"]],
                    value=number(row["association"], 2),
                )
            )
        if len(levels):
            names = [content.centers.get(level, level) if batch == CENTER else f"{batch} {level}" for level in levels]
            found.append(say("all training patients of {places} have the same outcome", places=say(", ").join(names)))
    if not found:
        return None
    headline, text = headline_of(content.kind, say), say("; ").join(found)
    texts = [
        say(
            "{found}. The {measure} of all patients rewards guessing the batch; read the one {within}, which stands "
            "beside it.",
            found=text[:1].upper() + text[1:],
            measure=headline.name,
            within=headline.within_words,
        )
    ]
    if content.study.harmonisation.method == "combat":
        texts.append(say("ComBat may have removed some of the outcome's own signal."))
    title = say("Outcome and batch go together") if bound else say("Batch with one outcome")
    return Limit("limit-confounded", title, joined(texts, say))


def _small_batches(content: ReportContent) -> Limit | None:
    if content.confounding is None or not content.parts or content.study.harmonisation.method != "combat":
        return None
    say = content.say
    small = content.confounding[content.confounding["size"].isin(list(sizes_too_small(say)))]
    if small.empty:
        return None
    places = [
        say(
            "{set}: {sizes}",
            set=content.centers.get(row["level"], row["level"]) if row["batch"] == CENTER else row["level"],
            sizes=integer(row["patients"]),
        )
        for _, row in small.iterrows()
    ]
    text = say(
        "ComBat's estimates are uncertain for batches of fewer than 30 training patients ({places}).",
        places=say("; ").join(places),
    )
    return Limit("limit-batches", say("Small batches"), text, False)


def _not_external(content: ReportContent) -> Limit | None:
    if not content.parts or any(part.external for part in content.parts):
        return None
    say = content.say
    texts = [say("All results come from the hospitals that the models learned from.")]
    if content.study.validation.leave_one_center_out:
        texts.append(say("Hospitals that were left out in turn come nearest to a new one (section Resampling)."))
    return Limit("limit-internal", say("No external hospital"), joined(texts, say))


def _new_hospitals(content: ReportContent) -> Limit | None:
    if content.study.harmonisation.method != "combat" or not any(part.external for part in content.parts):
        return None
    say = content.say
    texts = [
        say(
            "ComBat knows the development hospitals only. External hospitals are predicted by the frozen models as "
            "they are, without any adaptation; differences of scanners remain in their predictions."
        )
    ]
    if content.study.harmonisation.new_center == "reference":
        texts.append(
            say(
                "This is the primary analysis; that of models adapted to a part of the hospital's patients is "
                "secondary."
            )
        )
    return Limit("limit-combat", say("New hospitals are not harmonised"), joined(texts, say), False)


def _threshold(content: ReportContent) -> Limit | None:
    if not content.parts or content.kind != "binary":
        return None
    rule, say = content.study.validation.threshold, content.say
    if rule == YOUDEN:
        chosen = say("that was chosen on training patients (Youden's index)")
    elif rule.risk is not None:
        chosen = say("that was stated before the study (a predicted risk of {risk})", risk=f"{rule.risk:g}")
    elif rule.sensitivity is not None:
        chosen = say("that was chosen on training patients (sensitivity {value})", value=f"{rule.sensitivity:g}")
    else:
        chosen = say("that was chosen on training patients (specificity {value})", value=f"{rule.specificity:g}")
    text = say(
        "Sensitivity, specificity and what follows from them hold for the threshold {chosen}. Precision and NPV depend "
        "on how common the outcome is in each set.",
        chosen=chosen,
    )
    return Limit("limit-threshold", say("One frozen threshold"), text, False)


def _one_outcome(content: ReportContent) -> Limit | None:
    outcome = content.study.outcome
    if outcome is None:
        return None
    say = content.say
    titles = {
        "binary": say("One yes-or-no outcome"),
        "classes": say("One outcome of several classes"),
        "continuous": say("One measured outcome"),
    }
    text = say(
        "'{column}' is taken from the participants table as it is; how it was measured, and whether all hospitals "
        "measured it alike, was not checked.",
        column=outcome.column,
    )
    return Limit("limit-outcome", titles[outcome.type], text, False)
