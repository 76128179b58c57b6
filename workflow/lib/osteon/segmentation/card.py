"""The model card: what a trained model is, what it learned from, how good it was, what it is not for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version

import pandas as pd

from osteon.config.segmentation import Training
from osteon.segmentation.evaluate import summarise_agreement
from osteon.segmentation.train import TrainedModel


def model_card(
    title: str,
    trained: TrainedModel,
    settings: Training,
    labels: Mapping[str, int],
    seed: int,
    results: Mapping[str, pd.DataFrame],
    limits: Sequence[str],
    date: str = "",
) -> str:
    """Markdown. `results` are tables of `evaluate.agreement` by heading; no case is named.

    `date` is written if given; without it the same training gives the same card.
    """
    learned, kept = (Counter(case.center for case in cases) for cases in (trained.training, trained.validation))
    lines = [
        f"# {title}",
        "",
        "| | |",
        "|---|---|",
        f"| Network | nnU-Net {version('nnunetv2')}, configuration {settings.configuration}, "
        f"trainer {settings.trainer} |",
        f"| Labels | {', '.join(f'{name} = {value}' for name, value in labels.items())} |",
        f"| Epochs | {settings.epochs}, each of {settings.iterations} iterations |",
        f"| Software | torch {version('torch')}, SimpleITK {version('SimpleITK')}, numpy {version('numpy')} |",
        f"| Seed | {seed} |",
    ]
    lines += [f"| Date | {date} |"] if date else []
    lines += ["", "## Cases", "", "| Center | Training | Validation |", "|---|---|---|"]
    lines += [f"| {center} | {learned[center]} | {kept[center]} |" for center in sorted(learned | kept)]
    for heading, table in results.items():
        lines += ["", f"## {heading}", "", *_agreement(table)]
    lines += [
        "",
        "## Settings",
        "",
        "```yaml",
        *(f"{key}: {_yaml(value)}" for key, value in settings.model_dump(mode="json").items() if value is not None),
        "```",
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in limits),
        "",
    ]
    return "\n".join(lines)


def _agreement(table: pd.DataFrame) -> list[str]:
    """Dice per center and label, and over all."""
    lines = ["| Center | Label | Cases | Mean Dice | Median | Lowest | Volume bias |", "|---|---|---|---|---|---|---|"]
    everything = summarise_agreement(table.assign(center="all", label="all"))
    for row in pd.concat([summarise_agreement(table), everything]).itertuples():
        count = table["subject"].nunique() if row.center == "all" else row.cases
        lines.append(
            f"| {row.center} | {row.label} | {count} | {row.dice_mean:.3f} | {row.dice_median:.3f} | "
            f"{row.dice_min:.3f} | {row.bias_percent:+.1f} % |"
        )
    return lines


def _yaml(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value
