"""The masks that a person should look at: one picture per case, why it is listed, and what to do."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from osteon.reporting.palette import outline_colors
from osteon.reporting.templating import render
from osteon.tables.explanations import explained

SOURCES = {"predicted": "predicted", "manual": "drawn by hand", "corrected": "corrected by hand", "": "no mask"}
NOT_JUDGED = {
    "volume": "The volume of",
    "spacing": "The distance to the next higher label of",
    "height": "The height in the image of",
}


@dataclass(frozen=True)
class Listed:
    """One case of the list."""

    subject: str
    center: str
    source: str
    codes: list[str]
    found: list[str]
    what: str
    action: str
    picture: str
    """JPEG, base64."""


def review_page(
    review: pd.DataFrame,
    quality: pd.DataFrame,
    pictures: str | Path,
    *,
    title: str,
    simulated: bool,
    centers: Mapping[str, str],
    labels: Sequence[str],
) -> str:
    """A page that opens alone, its pictures inside.

    Args:
        review: from `segmentation.review.review_list`.
        quality: from `segmentation.quality.judge`.
        pictures: folder of the pictures that `review` names.
        title: of the study.
        simulated: whether the patients are.
        centers: name by code.
        labels: names of the structures, in the order of the study.
    """
    cases = [_listed(row, centers, Path(pictures)) for row in review.to_dict("records")]
    codes = Counter(code for case in cases for code in case.codes)
    return render(
        "review.html.j2",
        ("style.css", "contact.css", "review.css"),
        title=title,
        simulated=simulated,
        cases=cases,
        judged=int(quality["subject"].nunique()),
        codes=[(code, count, explained(code)[0]) for code, count in codes.most_common()],
        outlines=outline_colors(labels),
        not_judged=_not_judged(quality),
    )


def _listed(row: Mapping[str, str], centers: Mapping[str, str], pictures: Path) -> Listed:
    return Listed(
        row["subject"],
        centers[row["center"]],
        SOURCES.get(row["source"], row["source"]),
        row["codes"].split("; "),
        row["found"].split("; "),
        row["what"],
        row["action"],
        base64.b64encode((pictures / row["picture"]).read_bytes()).decode("ascii"),
    )


def _not_judged(quality: pd.DataFrame) -> list[str]:
    """What could not be compared with other cases, in sentences."""
    missing = [name for cell in quality["not_judged"] for name in cell.split("; ") if name]
    return [
        f"{words} {count} {'label' if count == 1 else 'labels'} is not judged: too few cases to compare with, or too "
        "little difference between them."
        for name, words in NOT_JUDGED.items()
        if (count := missing.count(name))
    ]
