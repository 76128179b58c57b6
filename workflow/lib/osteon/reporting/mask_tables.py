"""Tables on masks: agreement with manual ones, between readers, and the targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.reporting.language import Say, english, joined, sentence
from osteon.reporting.numbers import integer, is_absent, number, with_interval
from osteon.reporting.tables import DisplayTable
from osteon.tables.explanations import explained

ALL = "all"
Measures = Mapping[str, tuple[str, int]]
"""Heading and decimals of each measure."""


def agreement_table(
    summary: pd.DataFrame,
    cases: pd.DataFrame | None,
    centers: Mapping[str, str],
    sources: Sequence[str] = (),
    say: Say = english,
) -> DisplayTable:
    """Predicted against manual masks, per center and label, and whether the means reach their targets.

    Args:
        summary: from `segmentation.summary.agreement_summary`.
        cases: from `segmentation.evaluate.agreement`; says which cases are not evaluated.
        centers: name by code.
        sources: paths of the files.
        say: the reader's language.
    """
    ways = {
        "unseen": say("Not seen in training"),
        "unknown": say("Not known whether seen in training"),
        "cross_validation": say("Cross-validation"),
    }
    captions = {
        "unseen": say("Predicted against manual masks: not seen in training."),
        "unknown": say("Predicted against manual masks: not known whether seen in training."),
        "cross_validation": say("Predicted against manual masks: cross-validation."),
    }
    measures = {
        **_distances(say),
        "volume_error_percent": (say("Volume error (%)"), 1),
        "volume_error_abs_percent": (say("Absolute (%)"), 1),
    }
    rows = []
    for (how, center, label), group in _grouped(summary, ["how", "center", "label"]):
        words = [ways[how], centers.get(center, say("All hospitals")), _label(label, say), _reached(group, say)]
        rows.append([*words, integer(group.loc["dice", "patients"]), *_means(group, measures)])
    words = [say("Prediction"), say("Hospital"), say("Structure"), say("Targets")]
    columns = [*words, say("n"), *(heading for heading, _ in measures.values())]
    caption, leading = say("Predicted against manual masks."), len(words)
    if summary["how"].nunique() == 1:  # a column of one value says no more than a word in the caption
        caption, leading = captions[summary["how"].iloc[0]], leading - 1
        columns, rows = columns[1:], [row[1:] for row in rows]
    notes = [
        joined([_means_note(say), say("Volume error: (predicted − manual) / manual.")], say),
        *_target_notes(summary, say),
        *_missed_notes(summary, say),
        *_left_out(cases, say),
    ]
    return DisplayTable("agreement", caption, columns, rows, leading, notes, sources)


def agreement_cases_table(
    agreement: pd.DataFrame, centers: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """Dice of every evaluated case and structure, the case with the lowest value first."""
    labels = list(dict.fromkeys(agreement["label"]))
    judged = agreement[agreement["dice"].notna()]
    wide = judged.pivot(index=["subject", "center"], columns="label", values="dice").reindex(columns=labels)
    order = wide.min(axis=1).sort_values(kind="stable").index
    rows = [
        [str(subject), centers[center], *(number(value, 3) for value in wide.loc[(subject, center)])]
        for subject, center in order
    ]
    return DisplayTable(
        "agreement-cases",
        say("Dice of every case, the lowest first."),
        [say("Case"), say("Hospital"), *labels],
        rows,
        2,
        sources=sources,
    )


def readers_table(
    summary: pd.DataFrame, centers: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """Agreement between the readers of manual masks, and of a reader with himself."""
    kinds = {"inter": say("Two readers"), "intra": say("One reader twice")}
    measures = {
        **_distances(say),
        "volume_difference_percent": (say("Volume difference (%)"), 1),
        "volume_difference_abs_percent": (say("Absolute (%)"), 1),
    }
    rows = []
    for (kind, center, label), group in _grouped(summary, ["kind", "center", "label"]):
        place = centers.get(center, say("All hospitals"))
        cells = [place, _label(label, say), integer(group.loc["dice", "patients"])]
        rows.append([kinds[kind], *cells, *_means(group, measures)])
    words = [say("Readings"), say("Hospital"), say("Structure"), say("n")]
    columns = [*words, *(heading for heading, _ in measures.values())]
    notes = [joined([_means_note(say), say("Volume difference: second reading minus first, of their mean.")], say)]
    return DisplayTable("readers", say("Manual masks of different readings."), columns, rows, 3, notes, sources)


def _distances(say: Say) -> dict[str, tuple[str, int]]:
    return {
        "dice": (say("Dice"), 3),
        "hd95_mm": (say("HD95 (mm)"), 2),
        "asd_mm": (say("Surface distance (mm)"), 2),
    }


def _means_note(say: Say) -> str:
    return say(
        "Means over patients, 95% confidence intervals in parentheses (bootstrap of patients). Dice is 1 for identical "
        "masks and 0 for masks that do not touch. HD95: 95th percentile of the distance between the surfaces; surface "
        "distance: its mean."
    )


def _grouped(summary: pd.DataFrame, keys: list[str]):
    """Each group in the order of the file, its rows by measure."""
    return ((key, group.set_index("measure")) for key, group in summary.groupby(keys, sort=False))


def _label(label: object, say: Say) -> str:
    return say("All") if label == ALL else str(label)


def _means(group: pd.DataFrame, measures: Measures) -> list[str]:
    return [
        with_interval(*group.loc[measure, ["mean", "low", "high"]], digits) for measure, (_, digits) in measures.items()
    ]


def _reached(group: pd.DataFrame, say: Say) -> str:
    """Which targets the means of a group reach."""
    words = []
    names = {"dice": say("Dice"), "hd95_mm": say("HD95"), "volume_error_abs_percent": say("volume error")}
    for measure, name in names.items():
        verdict = group.loc[measure, "verdict"]
        if verdict == "fail":
            words.append(say("{measure} not reached", measure=name))
        elif verdict == "voxels_too_large":
            words.append(say("{measure} limited by voxels", measure=name))
        elif is_absent(verdict):
            words.append(say("{measure} not judged", measure=name))
    text = say("; ").join(words)
    return text[:1].upper() + text[1:] if text else say("All reached")


def _target_notes(summary: pd.DataFrame, say: Say) -> list[str]:
    given = summary.dropna(subset=["target"]).drop_duplicates("measure").set_index("measure")["target"]
    texts = {
        key: f"{given[key]:g}" if key in given.index else "" for key in ("dice", "hd95_mm", "volume_error_abs_percent")
    }
    asked = [
        say("Dice at least {target}", target=texts["dice"]) if texts["dice"] else "",
        say("HD95 below {target} mm", target=texts["hd95_mm"]) if texts["hd95_mm"] else "",
        say("absolute volume error below {target}%", target=texts["volume_error_abs_percent"])
        if texts["volume_error_abs_percent"]
        else "",
    ]
    listed = say(", ").join(filter(None, asked))
    notes = [say("Targets of the means: {targets}.", targets=listed)] if listed else []
    if (summary["verdict"] == "voxels_too_large").any():
        notes.append(
            say(
                "Limited by voxels: the target is smaller than the largest voxel edge of these images, and the mean "
                "is within one such edge."
            )
        )
    return notes


def _missed_notes(summary: pd.DataFrame, say: Say) -> list[str]:
    dice = summary[(summary["measure"] == "dice") & (summary["missed"] > 0)]
    count = dice[(dice["center"] != ALL) & (dice["label"] != ALL)]["missed"].sum()
    if not count:
        return []
    text = say(
        "{n} drawn structures were not predicted: their Dice counts as 0, they have no distance.", n=integer(count)
    )
    return [text]


def _left_out(cases: pd.DataFrame | None, say: Say) -> list[str]:
    """Cases with a manual mask that are not evaluated, by reason."""
    if cases is None:
        return []
    without = cases[cases["dice"].isna() & cases["reason"].isin(["trained_on", "mask_by_hand"])]
    counts = without.groupby("reason")["subject"].nunique()
    return [
        say(
            "Not evaluated, {cases}: {why}",
            cases=say("1 case") if count == 1 else say("{n} cases", n=count),
            why=sentence(explained(code)[0], say),
        )
        for code, count in counts.items()
    ]
