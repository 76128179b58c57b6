"""Segmentation accuracy and agreement of readers, of masks and of features."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from osteon.reporting.language import Say, english
from osteon.reporting.mask_tables import ALL
from osteon.reporting.numbers import integer, interval, number, percent, with_interval
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.paper.words import reason_notes
from osteon.statistics.no_agreement import SENTENCES

DISTANCES = ("dice", "hd95_mm", "asd_mm")
"""Measures of every comparison of masks."""


def segmentation_table(summary: pd.DataFrame, centers: Mapping[str, str], say: Say = english) -> PaperTable:
    """Predicted against manual masks, per center and structure; 03_segmentations/agreement_summary.tsv.

    Args:
        summary: from `segmentation.summary.agreement_summary`.
        centers: name of each center.
        say: the reader's language.
    """
    headings = {
        "unseen": say("Patients not seen in training"),
        "unknown": say("Not known whether seen in training"),
        "cross_validation": say("Cross-validation"),
    }
    notes = [
        *_means_note(say),
        say("Volume error: (predicted − manual) / manual; absolute: without its sign."),
    ]
    dice = summary[(summary["measure"] == "dice") & (summary["center"] != ALL) & (summary["label"] != ALL)]
    if missed := int(dice["missed"].sum()):
        notes.append(say("Drawn structures that were not predicted, with a Dice of 0 and no distance: {n}.", n=missed))
    title = say("Segmentation accuracy: predicted against manual masks")
    table = _agreement(
        summary, "how", headings, [*DISTANCES, "volume_error_percent", "volume_error_abs_percent"], centers, say
    )
    return PaperTable("segmentation", title, *table, notes + _reasons(summary, centers, say))


def readers_table(summary: pd.DataFrame, centers: Mapping[str, str], say: Say = english) -> PaperTable:
    """Manual masks of two readers, and of one reader twice; 03_segmentations/readers_summary.tsv."""
    headings = {"inter": say("Two readers"), "intra": say("One reader twice")}
    notes = [*_means_note(say), say("Volume difference: second reading minus first, of their mean.")]
    title = say("Agreement of manual masks")
    table = _agreement(
        summary,
        "kind",
        headings,
        [*DISTANCES, "volume_difference_percent", "volume_difference_abs_percent"],
        centers,
        say,
    )
    return PaperTable("mask_readers", title, *table, notes + _reasons(summary, centers, say))


def reliability_table(robustness: pd.DataFrame, threshold: float, bound: str, say: Say = english) -> PaperTable:
    """Features whose ICC is high enough, per comparison, sequence and family; 04_features/robustness.tsv.

    Args:
        robustness: from `modelling.robustness.measure`.
        threshold: least ICC of a feature that may enter a score.
        bound: 'value' where the ICC itself is judged; else the lower limit of its 95% interval.
        say: the reader's language.
    """
    kinds = {"perturbation": say("Perturbations"), "inter": say("Between readers")}
    rows = []
    for kind, of_kind in _families(robustness).groupby("kind", sort=False):
        kind = str(kind)
        rows.append(
            Row((kinds.get(kind) or say("One reader twice ({reader})", reader=kind.split()[-1]),), heading=True)
        )
        for (sequence, family), own in of_kind.groupby(["sequence", "family"], sort=False):
            rows.append(_reliable(f"{sequence} {family}", own))
        rows.append(_reliable(say("All features"), of_kind))
    columns = [
        Column(say("Comparison and features"), words=True),
        Column(say("Patients")),
        Column(say("Features")),
        Column(say("Reliable, n (%)")),
        Column(say("ICC, median (lower–upper quartile)")),
    ]
    limit = number(threshold, 2)
    notes = [
        say("ICC(A,1): two-way random effects, absolute agreement, one measurement. Training patients only."),
        say("Reliable: the ICC is at least {limit}.", limit=limit)
        if bound == "value"
        else say(
            "Reliable: the lower limit of the 95% confidence interval of the ICC is at least {limit}.", limit=limit
        ),
    ]
    codes = {str(code): text for code, text in SENTENCES.items()}
    found = [(say("No ICC"), code) for code in robustness["reason"] if str(code) in codes]
    title = say("Reliability of the features (intraclass correlation)")
    return PaperTable("reliability", title, columns, rows, notes + reason_notes(found, say, codes))


def _families(robustness: pd.DataFrame) -> pd.DataFrame:
    """With the sequence and the family of each feature, which are the ends of its name."""
    parts = robustness["column"].str.rsplit("_", n=2, expand=True)
    return robustness.assign(family=parts[1], sequence=robustness["column"].str.split("_", n=1).str[0])


def _reliable(name: str, own: pd.DataFrame) -> Row:
    kept, icc = int((own["keep"] == "yes").sum()), own["icc"].dropna()
    between = interval(icc.quantile(0.25), icc.quantile(0.75), 2)
    cells = (
        integer(own["subjects"].max()),
        integer(len(own)),
        f"{integer(kept)} ({percent(kept / len(own)).removesuffix('%')})",
        f"{number(icc.median(), 2)} ({between})" if between else number(icc.median(), 2),
    )
    return Row((name, *cells), level=1)


def _agreement(
    summary: pd.DataFrame,
    division: str,
    headings: Mapping[str, str],
    measures: list[str],
    centers: Mapping[str, str],
    say: Say,
) -> tuple[list[Column], list[Row]]:
    """Columns and rows: a heading for each kind of comparison, then centers and structures."""
    names = {
        "dice": (say("Dice"), 3),
        "hd95_mm": (say("HD95 (mm)"), 2),
        "asd_mm": (say("Surface distance (mm)"), 2),
        "volume_error_percent": (say("Volume error (%)"), 1),
        "volume_error_abs_percent": (say("Absolute volume error (%)"), 1),
        "volume_difference_percent": (say("Volume difference (%)"), 1),
        "volume_difference_abs_percent": (say("Absolute volume difference (%)"), 1),
    }
    rows = []
    for kind, of_kind in summary.groupby(division, sort=False):
        rows.append(Row((headings.get(str(kind), str(kind)),), heading=True))
        for (center, label), own in of_kind.groupby(["center", "label"], sort=False):
            found = own.set_index("measure")
            means = (with_interval(*found.loc[key, ["mean", "low", "high"]], names[key][1]) for key in measures)
            cells = (_center(center, centers, say), _label(label, say), integer(found.loc["dice", "patients"]), *means)
            rows.append(Row(cells, level=1))
    columns = [
        Column(say("Hospital"), words=True),
        Column(say("Structure"), words=True),
        Column(say("Patients")),
        *(Column(names[key][0]) for key in measures),
    ]
    return columns, rows


def _reasons(summary: pd.DataFrame, centers: Mapping[str, str], say: Say) -> list[str]:
    found = [
        (
            say(
                "{center}, {structure}",
                center=_center(row["center"], centers, say),
                structure=_label(row["label"], say),
            ),
            row["reason"],
        )
        for _, row in summary.iterrows()
    ]
    return reason_notes(found, say)


def _center(center: object, centers: Mapping[str, str], say: Say) -> str:
    return say("All hospitals") if center == ALL else centers.get(str(center), str(center))


def _label(label: object, say: Say) -> str:
    return say("All") if label == ALL else str(label)


def _means_note(say: Say) -> list[str]:
    return [
        say("Means over patients, 95% confidence intervals in parentheses (bootstrap of patients)."),
        say(
            "Dice is 1 for identical masks and 0 for masks that do not touch. HD95: 95th percentile of the distance "
            "between the surfaces; surface distance: its mean."
        ),
    ]
