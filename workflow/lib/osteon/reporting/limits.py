"""What a reader must not overlook, said from the facts of the study and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from osteon.config.harmonisation import CENTER
from osteon.config.modelling import YOUDEN
from osteon.reporting.content import ReportContent
from osteon.reporting.harmonisation_tables import MEASURES, SIZES, batch_name
from osteon.reporting.numbers import integer, interval, number, percent
from osteon.reporting.outcome_tables import HEADLINES, Headline

# Fewer patients with or without the outcome than this make a validation imprecise (Vergouwe et al., 2005).
ENOUGH_EVENTS = 100
MANY_EXCLUDED = 0.1
LOW_DICE = 0.9
# A headline measure this much lower outside than inside is worth a sentence.
DROP = 0.1
# Sets that results are read from first; the others are trained on, or a secondary analysis.
PRIMARY = ("test", "external")


@dataclass(frozen=True)
class Limit:
    """One limit.

    Attributes:
        key: id on the page.
        title: a few words.
        text: one or two sentences with the numbers.
        serious: True if it belongs on the first screen.
    """

    key: str
    title: str
    text: str
    serious: bool = True


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
        _masks(content),
        _constant_textures(content),
        _excluded(content),
        _small_batches(content),
        _new_hospitals(content),
        _threshold(content),
        _one_outcome(content),
    ]
    always = Limit(
        "limit-research",
        "For research only",
        "Osteon is not a medical device. Nothing on this page may guide the care of a patient.",
        False,
    )
    return [limit for limit in [*found, always] if limit]


def _simulated(content: ReportContent) -> Limit | None:
    if not content.study.study.simulated:
        return None
    return Limit(
        "limit-simulated",
        "The patients are simulated",
        "How strongly the images depend on the disease is a setting of the simulation. The numbers show that "
        "the pipeline runs; they say nothing about MRI.",
    )


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
    who, what = {
        "binary": (f"patients with or without {content.outcome}", "smoothed calibration curves are unreliable"),
        "classes": ("patients of a class", "smoothed calibration curves are unreliable"),
        "continuous": ("patients", "single patients decide R² and the limits of agreement"),
    }[content.kind]
    sizes = [(name, _sizes(content, row)) for name, row in _sets(content)]
    joint = " and " if content.kind == "binary" else ", "
    small = [
        f"{name}: {joint.join(f'{count} {group}' for group, count in groups.items())}"
        for name, groups in sizes
        if min(groups.values()) < ENOUGH_EVENTS
    ]
    if not small:
        return None
    return Limit(
        "limit-few",
        "Few patients",
        f"Fewer than {ENOUGH_EVENTS} {who} ({'; '.join(small)}). Intervals are wide, and {what}.",
    )


def _sizes(content: ReportContent, row: pd.Series) -> dict[str, int]:
    """How many patients a set has of each group that must not be small."""
    if content.kind == "binary":
        return {"with": int(row["events"]), "without": int(row["n"] - row["events"])}
    if content.kind == "classes":
        return {value: int(row[f"n_{value}"]) for value in content.study.outcome.values}
    return {"patients": int(row["n"])}


def _leaks(content: ReportContent) -> Limit | None:
    if content.audit is None or not (leaks := int((content.audit["verdict"] == "leak").sum())):
        return None
    return Limit(
        "limit-leak",
        "Leakage found",
        f"{leaks} of {len(content.audit)} fitted objects have seen patients that they were judged on. "
        "Do not use the results.",
    )


def _chance(content: ReportContent) -> Limit | None:
    performance = content.stacked("performance")
    if performance.empty:
        return None
    headline = HEADLINES[content.kind]
    low, high = f"{headline.measure}_low", f"{headline.measure}_high"
    tested = performance[performance["set"].isin(PRIMARY)]
    weak = tested[tested[low] <= headline.useless]
    if weak.empty:
        return None
    cases = "; ".join(
        f"{content.models[row['model']]}, {row['patients']}: {interval(row[low], row[high], 2)}{_beside(row, headline)}"
        for _, row in weak.iterrows()
    )
    return Limit(
        "limit-chance",
        "Not distinguishable from knowing nothing"
        if content.kind == "continuous"
        else "Not distinguishable from chance",
        f"The 95% interval of the {headline.name} includes {headline.useless:g} ({cases}).",
    )


def _drop(content: ReportContent) -> Limit | None:
    headline = HEADLINES[content.kind]
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
                    f"{content.models[row['model']]}, {part.patients(row['set'])}: {number(row[measure], 2)} after "
                    f"{number(inside[measure], 2)}{_beside(inside, headline)} in the internal test"
                )
    if not worse:
        return None
    return Limit("limit-drop", "Worse in a new hospital", f"The {headline.name} falls ({'; '.join(worse)}).")


def _beside(row: pd.Series, headline: Headline) -> str:
    words = headline.beside(row)
    return f", {words}" if words else ""


def _confounded(content: ReportContent) -> Limit | None:
    if content.confounding is None or not content.parts:
        return None
    found = []
    for batch, own in content.confounding.groupby("batch", sort=False):
        name, whole = batch_name(batch), own[own["flag"] == "association"]
        levels = own.loc[own["flag"] == "one_class", "level"]
        if len(whole):
            row = whole.iloc[0]
            found.append(
                f"{name} and {content.outcome} go together ({MEASURES[row['measure']]} {number(row['association'], 2)})"
            )
        if len(levels):
            names = [content.centers.get(level, level) if batch == CENTER else f"{batch} {level}" for level in levels]
            found.append(f"all training patients of {', '.join(names)} have the same outcome")
    if not found:
        return None
    headline, text = HEADLINES[content.kind], "; ".join(found)
    harmonised = content.study.harmonisation.method == "combat"
    lost = " ComBat may have removed some of the outcome's own signal." if harmonised else ""
    return Limit(
        "limit-confounded",
        "Batch with one outcome" if text.startswith("all") else "Outcome and batch go together",
        f"{text[:1].upper()}{text[1:]}. The {headline.name} of all patients rewards guessing the batch; read the one "
        f"{headline.within_words}, which stands beside it.{lost}",
    )


def _small_batches(content: ReportContent) -> Limit | None:
    if content.confounding is None or not content.parts or content.study.harmonisation.method != "combat":
        return None
    small = content.confounding[content.confounding["size"].isin(list(SIZES))]
    if small.empty:
        return None
    places = "; ".join(
        f"{content.centers.get(row['level'], row['level']) if row['batch'] == CENTER else row['level']}: "
        f"{integer(row['patients'])}"
        for _, row in small.iterrows()
    )
    return Limit(
        "limit-batches",
        "Small batches",
        f"ComBat's estimates are uncertain for batches of fewer than 30 training patients ({places}).",
        False,
    )


def _not_external(content: ReportContent) -> Limit | None:
    if not content.parts or any(part.external for part in content.parts):
        return None
    text = "All results come from the hospitals that the models learned from."
    if content.study.validation.leave_one_center_out:
        text += " Hospitals that were left out in turn come nearest to a new one (section Resampling)."
    return Limit("limit-internal", "No external hospital", text)


def _masks(content: ReportContent) -> Limit | None:
    if content.agreement is None:
        return None
    dice = content.agreement[content.agreement["measure"] == "dice"]
    low = dice[(dice["mean"] < LOW_DICE) & dice["center"].isin(list(content.centers)) & (dice["label"] != "all")]
    places = "; ".join(
        f"{content.centers[row['center']]}, {row['label']}: {number(row['mean'], 3)}" for _, row in low.iterrows()
    )
    return (
        Limit(
            "limit-masks",
            "Inaccurate masks",
            f"Mean Dice below {LOW_DICE} ({places}). Features of these regions describe other tissue, too.",
        )
        if places
        else None
    )


def _constant_textures(content: ReportContent) -> Limit | None:
    if content.levels is None:
        return None
    errors = content.levels[content.levels["verdict"] == "error"]
    if errors.empty:
        return None
    places = dict.fromkeys(
        f"{content.centers.get(row['center'], row['center'])}, {row['sequence']}" for _, row in errors.iterrows()
    )
    settings = " and ".join(dict.fromkeys(str(value) for value in errors["setting"].dropna() if value))
    because = f" with '{settings}'" if settings else ""
    return Limit(
        "limit-levels",
        "Textures are constants",
        f"Regions have a single grey level{because} ({'; '.join(places)}), so their texture features say nothing. "
        "The section Features says what to write instead.",
    )


def _excluded(content: ReportContent) -> Limit | None:
    listed = content.flow[content.flow["step"] == "listed"].set_index("center")["n"]
    out = content.flow[content.flow["kind"] == "out"].groupby("center")["n"].sum()
    many = [
        f"{content.centers[center]}: {integer(count)} of {integer(listed[center])}"
        for center, count in out.items()
        if count / listed[center] > MANY_EXCLUDED
    ]
    return (
        Limit(
            "limit-excluded",
            "Many excluded cases",
            f"More than {percent(MANY_EXCLUDED, 0)} of the cases left ({'; '.join(many)}). Those who stayed may "
            "differ from those who left.",
        )
        if many
        else None
    )


def _new_hospitals(content: ReportContent) -> Limit | None:
    if content.study.harmonisation.method != "combat" or not any(part.external for part in content.parts):
        return None
    text = (
        "ComBat knows the development hospitals only. External hospitals are predicted by the frozen models as they "
        "are, without any adaptation; differences of scanners remain in their predictions."
    )
    if content.study.harmonisation.new_center == "reference":
        text += (
            " This is the primary analysis; that of models adapted to a part of the hospital's patients is secondary."
        )
    return Limit("limit-combat", "New hospitals are not harmonised", text, False)


def _threshold(content: ReportContent) -> Limit | None:
    if not content.parts or content.kind != "binary":
        return None
    rule = content.study.validation.threshold
    if rule == YOUDEN:
        chosen = "that was chosen on training patients (Youden's index)"
    elif rule.risk is not None:
        chosen = f"that was stated before the study (a predicted risk of {rule.risk:g})"
    else:
        chosen = f"that was chosen on training patients ({rule.words})"
    return Limit(
        "limit-threshold",
        "One frozen threshold",
        f"Sensitivity, specificity and what follows from them hold for the threshold {chosen}. Precision and NPV "
        "depend on how common the outcome is in each set.",
        False,
    )


def _one_outcome(content: ReportContent) -> Limit | None:
    outcome = content.study.outcome
    if outcome is None:
        return None
    return Limit(
        "limit-outcome",
        {"binary": "One yes-or-no outcome", "classes": "One outcome of several classes"}.get(
            outcome.type, "One measured outcome"
        ),
        f"'{outcome.column}' is taken from the participants table as it is; how it was measured, and whether "
        "all hospitals measured it alike, was not checked.",
        False,
    )
