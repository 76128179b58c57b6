"""Tables on masks: agreement with manual ones, between readers, and the targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.reporting.numbers import integer, is_absent, number, with_interval
from osteon.reporting.tables import DisplayTable
from osteon.tables.explanations import explained

ALL = "all"
HOW = {
    "unseen": "Not seen in training",
    "unknown": "Not known whether seen in training",
    "cross_validation": "Cross-validation",
}
KINDS = {"inter": "Two readers", "intra": "One reader twice"}
# Measure: heading and decimals.
AGREEMENT = {
    "dice": ("Dice", 3),
    "hd95_mm": ("HD95 (mm)", 2),
    "asd_mm": ("Surface distance (mm)", 2),
    "volume_error_percent": ("Volume error (%)", 1),
    "volume_error_abs_percent": ("Absolute (%)", 1),
}
READERS = {
    "dice": ("Dice", 3),
    "hd95_mm": ("HD95 (mm)", 2),
    "asd_mm": ("Surface distance (mm)", 2),
    "volume_difference_percent": ("Volume difference (%)", 1),
    "volume_difference_abs_percent": ("Absolute (%)", 1),
}
TARGETS = {"dice": "Dice", "hd95_mm": "HD95", "volume_error_abs_percent": "volume error"}
MEANS = (
    "Means over patients, 95% confidence intervals in parentheses (bootstrap of patients). Dice is 1 for identical "
    "masks and 0 for masks that do not touch. HD95: 95th percentile of the distance between the surfaces; surface "
    "distance: its mean."
)


def agreement_table(
    summary: pd.DataFrame,
    cases: pd.DataFrame | None,
    centers: Mapping[str, str],
    sources: Sequence[str] = (),
) -> DisplayTable:
    """Predicted against manual masks, per center and label, and whether the means reach their targets.

    Args:
        summary: from `segmentation.summary.agreement_summary`.
        cases: from `segmentation.evaluate.agreement`; says which cases are not evaluated.
        centers: name by code.
        sources: paths of the files.
    """
    rows = []
    for (how, center, label), group in _grouped(summary, ["how", "center", "label"]):
        words = [HOW.get(how, how), centers.get(center, "All hospitals"), _label(label), _reached(group)]
        rows.append([*words, integer(group.loc["dice", "patients"]), *_means(group, AGREEMENT)])
    columns = ["Prediction", "Hospital", "Structure", "Targets", "n", *(heading for heading, _ in AGREEMENT.values())]
    caption = "Predicted against manual masks."
    if len({row[0] for row in rows}) == 1:  # a column of one value says no more than a word in the caption
        caption = f"Predicted against manual masks: {rows[0][0].lower()}."
        columns, rows = columns[1:], [row[1:] for row in rows]
    notes = [
        f"{MEANS} Volume error: (predicted − manual) / manual.",
        *_target_notes(summary),
        *_missed_notes(summary),
        *_left_out(cases),
    ]
    return DisplayTable("agreement", caption, columns, rows, columns.index("n"), notes, sources)


def agreement_cases_table(
    agreement: pd.DataFrame, centers: Mapping[str, str], sources: Sequence[str] = ()
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
        "Dice of every case, the lowest first.",
        ["Case", "Hospital", *labels],
        rows,
        2,
        sources=sources,
    )


def readers_table(summary: pd.DataFrame, centers: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """Agreement between the readers of manual masks, and of a reader with himself."""
    rows = []
    for (kind, center, label), group in _grouped(summary, ["kind", "center", "label"]):
        cells = [centers.get(center, "All hospitals"), _label(label), integer(group.loc["dice", "patients"])]
        rows.append([KINDS[kind], *cells, *_means(group, READERS)])
    columns = ["Readings", "Hospital", "Structure", "n", *(heading for heading, _ in READERS.values())]
    notes = [f"{MEANS} Volume difference: second reading minus first, of their mean."]
    return DisplayTable("readers", "Manual masks of different readings.", columns, rows, 3, notes, sources)


def _grouped(summary: pd.DataFrame, keys: list[str]):
    """Each group in the order of the file, its rows by measure."""
    return ((key, group.set_index("measure")) for key, group in summary.groupby(keys, sort=False))


def _label(label: object) -> str:
    return "All" if label == ALL else str(label)


def _means(group: pd.DataFrame, measures: Mapping[str, tuple[str, int]]) -> list[str]:
    return [
        with_interval(*group.loc[measure, ["mean", "low", "high"]], digits) for measure, (_, digits) in measures.items()
    ]


def _reached(group: pd.DataFrame) -> str:
    """Which targets the means of a group reach."""
    words = []
    for measure, name in TARGETS.items():
        verdict = group.loc[measure, "verdict"]
        if verdict == "fail":
            words.append(f"{name} not reached")
        elif verdict == "voxels_too_large":
            words.append(f"{name} limited by voxels")
        elif is_absent(verdict):
            words.append(f"{name} not judged")
    text = "; ".join(words) or "all reached"
    return text[:1].upper() + text[1:]


def _target_notes(summary: pd.DataFrame) -> list[str]:
    given = summary.dropna(subset=["target"]).drop_duplicates("measure").set_index("measure")["target"]
    signs = {"dice": ("Dice at least", ""), "hd95_mm": ("HD95 below", " mm")}
    signs["volume_error_abs_percent"] = ("absolute volume error below", "%")
    said = [
        f"{words} {target:g}{unit}" for key, (words, unit) in signs.items() if (target := given.get(key)) is not None
    ]
    notes = [f"Targets of the means: {', '.join(said)}."] if said else []
    if (summary["verdict"] == "voxels_too_large").any():
        notes.append(
            "Limited by voxels: the target is smaller than the largest voxel edge of these images, and the mean is "
            "within one such edge."
        )
    return notes


def _missed_notes(summary: pd.DataFrame) -> list[str]:
    dice = summary[(summary["measure"] == "dice") & (summary["missed"] > 0)]
    count = dice[(dice["center"] != ALL) & (dice["label"] != ALL)]["missed"].sum()
    if not count:
        return []
    return [f"{integer(count)} drawn structures were not predicted: their Dice counts as 0, they have no distance."]


def _left_out(cases: pd.DataFrame | None) -> list[str]:
    """Cases with a manual mask that are not evaluated, by reason."""
    if cases is None:
        return []
    without = cases[cases["dice"].isna() & cases["reason"].isin(["trained_on", "mask_by_hand"])]
    counts = without.groupby("reason")["subject"].nunique()
    return [
        f"Not evaluated, {count} {'case' if count == 1 else 'cases'}: {explained(code)[0]}"
        for code, count in counts.items()
    ]
