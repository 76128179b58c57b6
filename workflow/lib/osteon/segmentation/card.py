"""The model card: what a trained model is, what it learned from, how good it was, what it is not for.

`model_card` is the content, which also goes into the model's file; `card_text` is the same for a person to read.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.config.segmentation import Training
from osteon.tables.explanations import EXPLANATIONS
from osteon.tables.reasons import Reason

FORMAT = "osteon-model-card-1"
MEASURES = {
    "dice": ("Dice", "{:.3f}"),
    "hd95_mm": ("HD95, mm", "{:.2f}"),
    "volume_error_abs_percent": ("Volume error, %", "{:.1f}"),
}


def model_card(
    plan: Mapping,
    settings: Training,
    seed: int,
    labels: Mapping[str, int],
    sequence: str,
    software: Mapping[str, str],
    summary: pd.DataFrame,
    limits: Sequence[str],
) -> dict:
    """The card as plain values; the same training gives the same card.

    Args:
        plan: `cases` from `planning.plan_training`, and `left_out`, the annotated cases that cannot be learned from.
        settings: of the training.
        seed: of the study.
        labels: integer of each structure in the masks.
        sequence: what the images are.
        software: versions.
        summary: from `summary.agreement_summary`, of the predictions in cross-validation.
        limits: sentences.
    """
    return {
        "format": FORMAT,
        "network": "nnU-Net v2",
        "configuration": settings.configuration,
        "trainer": settings.trainer,
        "sequence": sequence,
        "labels": dict(labels),
        "folds": settings.folds,
        "trained_folds": settings.trained,
        "seed": seed,
        "software": dict(software),
        "settings": {key: value for key, value in settings.model_dump(mode="json").items() if value is not None},
        "cases": [_case(entry, settings.trained) for entry in plan["cases"]],
        "left_out": [
            {"case": f"{case['center']}-{case['subject']}", "reason": case["reason"]} for case in plan["left_out"]
        ],
        "cross_validation": _agreement(summary),
        "limits": list(limits),
    }


def _case(entry: Mapping, trained: Sequence[int]) -> dict:
    fold = entry["fold"]
    return {
        "case": f"{entry['center']}-{entry['subject']}",
        "center": entry["center"],
        "image_sha256": entry["image_sha256"],
        "mask_sha256": entry["mask_sha256"],
        "kept_in_fold": fold if fold in trained else None,
        "learned": any(other != fold for other in trained),
    }


def _agreement(summary: pd.DataFrame) -> list[dict]:
    columns = ["center", "label", "measure", "n", "missed", "mean", "low", "high", "worst"]
    return [
        {name: _number(value) for name, value in zip(columns, row, strict=True)}
        for row in summary.loc[summary["measure"].isin(list(MEASURES)), columns].itertuples(index=False)
    ]


def _number(value: object) -> object:
    """JSON's value: no NaN, and no more digits than mean something."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or (hasattr(value, "dtype") and value.dtype.kind in "iu"):
        return int(value)
    return None if math.isnan(value) else round(float(value), 4)


def card_text(card: Mapping, title: str, sha256: str) -> str:
    """The card as Markdown; `title` is the study's, `sha256` that of the model's file."""
    facts = {
        "Network": f"{card['network']}, configuration {card['configuration']}, trainer {card['trainer']}",
        "Images": card["sequence"],
        "Labels": ", ".join(f"{name} = {value}" for name, value in card["labels"].items()),
        "Folds": f"{_listed(card['trained_folds'])} of {card['folds']}; the model averages them",
        "Software": ", ".join(f"{name} {version}" for name, version in card["software"].items()),
        "Seed": card["seed"],
        "SHA-256 of the file": f"`{sha256}`",
    }
    lines = [f"# {title}", "", "| | |", "|---|---|", *(f"| {key} | {value} |" for key, value in facts.items())]
    lines += ["", "## Agreement in cross-validation", ""]
    lines += ["Every case was predicted by the fold that did not learn from it and compared with its manual mask.", ""]
    lines += _table(card["cross_validation"])
    lines += ["", "## Limits", "", *(f"- {limit}" for limit in card["limits"])]
    lines += ["", "## Cases", "", *_cases(card)]
    lines += ["", "## Settings", "", "```yaml", *(f"{key}: {_yaml(value)}" for key, value in card["settings"].items())]
    return "\n".join([*lines, "```", ""])


def _table(rows: Sequence[Mapping]) -> list[str]:
    """Mean with interval, and worst, per center and label."""
    if not rows:
        return ["No prediction could be compared."]
    head = " | ".join(f"{title} (95 % CI) | Worst" for title, _ in MEASURES.values())
    lines = [f"| Center | Label | Masks | Missed | {head} |", "|---|---|" + "---|" * (2 + 2 * len(MEASURES))]
    found = {(row["center"], row["label"], row["measure"]): row for row in rows}
    for center, label in dict.fromkeys((row["center"], row["label"]) for row in rows):
        own = {measure: found.get((center, label, measure)) for measure in MEASURES}
        first = next(row for row in own.values() if row)
        cells = [cell for measure, row in own.items() for cell in _cells(row, MEASURES[measure][1])]
        lines.append(f"| {center} | {label} | {first['n']} | {first['missed']} | {' | '.join(cells)} |")
    return lines


def _cells(row: Mapping | None, form: str) -> tuple[str, str]:
    if row is None or row["mean"] is None:
        return "-", "-"
    interval = "" if row["low"] is None else f" ({form.format(row['low'])} to {form.format(row['high'])})"
    return form.format(row["mean"]) + interval, "-" if row["worst"] is None else form.format(row["worst"])


def _cases(card: Mapping) -> list[str]:
    centers = Counter(case["center"] for case in card["cases"])
    told = ", ".join(f"{count} of {center}" for center, count in sorted(centers.items()))
    lines = [f"{len(card['cases'])} cases: {told}.", ""]
    lines += ["| Case | Kept for validation in fold | SHA-256 of the image |", "|---|---|---|"]
    for case in card["cases"]:
        fold = "-" if case["kept_in_fold"] is None else case["kept_in_fold"]
        lines.append(f"| {case['case']} | {fold} | `{case['image_sha256']}` |")
    if card["left_out"]:
        lines += ["", "Annotated, but not learned from:", ""]
        lines += [f"- {entry['case']}: {_sentence(entry['reason'])}" for entry in card["left_out"]]
    return lines


def _sentence(code: str) -> str:
    return EXPLANATIONS[Reason(code)][0] if code in set(Reason) else code


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _yaml(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value
