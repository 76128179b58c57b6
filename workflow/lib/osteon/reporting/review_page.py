"""The masks that a person should look at: one picture per case, why it is listed, and what to do."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from osteon.reporting.language import Say, english, joined, sentence
from osteon.reporting.numbers import integer
from osteon.reporting.palette import outline_colors
from osteon.reporting.templating import render
from osteon.tables.explanations import explained
from osteon.tables.mask_findings import CORRECTION, CORRECTION_OF_MANUAL, FOUND, UNNAMED_FOLDER
from osteon.tables.reasons import Reason

BETWEEN = "; "
"""Between the codes of a cell, and between what was found."""


@dataclass(frozen=True)
class Listed:
    """One case of the list."""

    subject: str
    center: str
    codes: list[str]
    picture: str
    """JPEG, base64."""
    source: str
    found: list[str]
    messages: list[str]
    """What else was found, in English, as the run has written it."""
    what: str
    action: str


def review_page(
    review: pd.DataFrame,
    quality: pd.DataFrame,
    pictures: str | Path,
    *,
    title: str,
    simulated: bool,
    centers: Mapping[str, str],
    labels: Mapping[str, int],
    corrections: str | None = None,
    say: Say = english,
) -> str:
    """A page that opens alone, its pictures inside.

    Args:
        review: from `segmentation.review.review_list`.
        quality: from `segmentation.quality.judge`.
        pictures: folder of the pictures that `review` names.
        title: of the study.
        simulated: whether the patients are.
        centers: name by code.
        labels: name and value of every structure, in the order of the study.
        corrections: folder in which corrected masks are looked for; None if the study names none.
        say: the reader's language.
    """
    flagged = dict(iter(quality[quality["flags"].fillna("") != ""].groupby("subject")))
    cases = [
        Listed(
            row["subject"],
            centers[row["center"]],
            row["codes"].split("; "),
            base64.b64encode(Path(pictures, row["picture"]).read_bytes()).decode("ascii"),
            *_words(row, flagged.get(row["subject"], quality[:0]), labels, corrections, say),
        )
        for row in review.to_dict("records")
    ]
    codes = Counter(code for case in cases for code in case.codes)
    return render(
        "review.html.j2",
        ("style.css", "contact.css", "review.css"),
        say,
        title=title,
        simulated=simulated,
        cases=cases,
        judged=int(quality["subject"].nunique()),
        codes=[(code, count, sentence(explained(code)[0], say)) for code, count in codes.most_common()],
        outlines=outline_colors(list(labels)),
        not_judged=_not_judged(quality, say),
    )


def _words(
    row: Mapping[str, str], flagged: pd.DataFrame, labels: Mapping[str, int], corrections: str | None, say: Say
) -> tuple[str, list[str], list[str], str, str]:
    """Source of the mask, what was found, other findings (in English, as the run has written them), meaning, action."""
    sources = {
        "predicted": say("predicted"),
        "manual": say("drawn by hand"),
        "corrected": say("corrected by hand"),
        "": say("no mask"),
    }
    entries = [(entry, code) for entry in flagged.to_dict("records") for code in entry["flags"].split("; ")]
    found = [_found(entry, code, say) for entry, code in entries]
    # the cell begins with these in English, and some of them hold the mark between two
    before = sum(_found(entry, code, english).count(BETWEEN) + 1 for entry, code in entries)
    explained_codes = [explained(code) for code in row["codes"].split(BETWEEN)]
    actions = dict.fromkeys(sentence(action, say) for _, action in explained_codes)
    correction = sentence(
        CORRECTION_OF_MANUAL if row["source"] == "manual" else CORRECTION,
        say,
        values=say(", ").join(f"{name} = {value}" for name, value in labels.items()),
        file=f"sub-{row['subject']}.nii.gz",
        folder=f"'{corrections}'" if corrections else sentence(UNNAMED_FOLDER, say),
    )
    return (
        sources.get(row["source"], row["source"]),
        found,
        row["found"].split(BETWEEN)[before:],
        joined([sentence(what, say) for what, _ in explained_codes], say),
        joined([*actions, correction], say),
    )


def _found(entry: Mapping[str, object], code: str, say: Say) -> str:
    values = {**entry, "components": integer(entry["components"]), "largest_percent": 100 * entry["largest_share"]}
    return sentence(FOUND[Reason(code)], say, **values)


def _not_judged(quality: pd.DataFrame, say: Say) -> list[str]:
    """What could not be compared with other cases, in sentences."""
    missing = Counter(name for cell in quality["not_judged"] for name in cell.split("; ") if name)
    why = say("too few cases to compare with, or too little difference between them.")

    def labels(name: str) -> str:
        return say("1 label") if missing[name] == 1 else say("{n} labels", n=missing[name])

    sentences = {
        "volume": say("The volume of {labels} is not judged: {why}", labels=labels("volume"), why=why),
        "spacing": say(
            "The distance to the next higher label of {labels} is not judged: {why}", labels=labels("spacing"), why=why
        ),
        "height": say("The height in the image of {labels} is not judged: {why}", labels=labels("height"), why=why),
    }
    return [text for name, text in sentences.items() if missing[name]]
