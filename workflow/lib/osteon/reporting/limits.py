"""What a reader must not overlook, said from the facts of the study and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from osteon.reporting.content import ReportContent
from osteon.reporting.numbers import integer, interval, number, percent

# Fewer patients with or without the outcome than this make a validation imprecise (Vergouwe et al., 2005).
ENOUGH_EVENTS = 100
MANY_EXCLUDED = 0.1
LOW_DICE = 0.9
# An AUC this much lower outside than inside is worth a sentence.
DROP = 0.1


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
        _few_events(content),
        _chance(content),
        _drop(content),
        _not_external(content),
        _masks(content),
        _constant_textures(content),
        _excluded(content),
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
    """(name, first model's row) of every set of patients."""
    performance = content.stacked("performance")
    return (
        []
        if performance.empty
        else [(str(name), own.iloc[0]) for name, own in performance.groupby("patients", sort=False)]
    )


def _few_events(content: ReportContent) -> Limit | None:
    small = [(name, int(row["events"]), int(row["n"] - row["events"])) for name, row in _sets(content)]
    small = [(name, events, others) for name, events, others in small if min(events, others) < ENOUGH_EVENTS]
    if not small:
        return None
    counts = "; ".join(f"{name}: {events} with and {others} without" for name, events, others in small)
    return Limit(
        "limit-few",
        "Few patients",
        f"Fewer than {ENOUGH_EVENTS} patients with or without {content.outcome} ({counts}). Intervals are "
        "wide, and smoothed calibration curves are unreliable.",
    )


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
    tested = performance[performance["set"] != "train"]
    weak = tested[tested["auc_low"] <= 0.5]
    if weak.empty:
        return None
    cases = "; ".join(
        f"{content.models[row['model']]}, {row['patients']}: {interval(row['auc_low'], row['auc_high'], 2)}"
        for _, row in weak.iterrows()
    )
    return Limit(
        "limit-chance", "Not distinguishable from chance", f"The 95% interval of the AUC includes 0.5 ({cases})."
    )


def _drop(content: ReportContent) -> Limit | None:
    inside = {
        row["model"]: row["auc"]
        for part in content.parts
        if not part.external
        for _, row in part.performance.iterrows()
        if row["set"] == "test"
    }
    worse = [
        f"{content.models[row['model']]}, {part.name}: {number(row['auc'], 2)} after "
        f"{number(inside[row['model']], 2)} in the internal test"
        for part in content.parts
        if part.external
        for _, row in part.performance.iterrows()
        if inside.get(row["model"], 0) - row["auc"] > DROP
    ]
    return Limit("limit-drop", "Worse in a new hospital", f"The AUC falls ({'; '.join(worse)}).") if worse else None


def _not_external(content: ReportContent) -> Limit | None:
    if not content.parts or any(part.external for part in content.parts):
        return None
    return Limit(
        "limit-internal", "No external hospital", "All results come from the hospitals that the models learned from."
    )


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
    return Limit(
        "limit-combat",
        "New hospitals are not harmonised",
        "ComBat knows the development hospitals only. External hospitals are predicted by the frozen models "
        "as they are, without any adaptation; differences of scanners remain in their predictions.",
        False,
    )


def _threshold(content: ReportContent) -> Limit | None:
    if not content.parts:
        return None
    return Limit(
        "limit-threshold",
        "One frozen threshold",
        "Sensitivity, specificity and what follows from them hold for the threshold that was chosen on "
        "training patients (Youden's index). Precision and NPV depend on how common the outcome is in each "
        "set.",
        False,
    )


def _one_outcome(content: ReportContent) -> Limit | None:
    outcome = content.study.outcome
    if outcome is None:
        return None
    return Limit(
        "limit-outcome",
        "One yes-or-no outcome",
        f"'{outcome.column}' is taken from the participants table as it is; how it was measured, and whether "
        "all hospitals measured it alike, was not checked.",
        False,
    )
