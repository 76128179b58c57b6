"""Figures on patients and images: flow, masks, harmonisation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from PIL import Image

from osteon.reporting.flow_diagram import flow_figure
from osteon.reporting.harmonisation_figure import components_figure
from osteon.reporting.language import Say
from osteon.reporting.numbers import integer, is_absent, number
from osteon.reporting.overlay_figure import Panel, overlay_figure
from osteon.reporting.palette import outline_colors
from osteon.reporting.paper.drawn import Drawn, Material


def flow(material: Material, say: Say) -> Iterator[Drawn]:
    """The cohort flow."""
    content = material.content
    listed = content.flow[(content.flow["step"] == "listed") & (content.flow["kind"] == "in")]
    caption = [
        say(
            "Flow of the {n} patients of {hospitals} hospitals: boxes count those who remain, lines beside them those "
            "who left and why.",
            n=integer(listed["n"].sum()),
            hospitals=len(content.centers),
        )
    ]
    figure = flow_figure(content.flow, content.centers, say)
    yield Drawn("flow", figure, {"": content.flow}, say("Patients of the study"), caption)


def overlays(material: Material, say: Say) -> Iterator[Drawn]:
    """Masks on images: the segmented sequence of all hospitals, then all sequences of each hospital."""
    table, study = material.overlays, material.content.study
    if table is None or table.empty or material.pictures is None:
        return
    colors, centers = outline_colors(study.labels), material.content.centers
    reference = table[table["sequence"] == study.segmented_sequence]
    rows = {
        centers[center]: [_panel(material, row, _choice(row, say)) for row in own.to_dict("records")]
        for center, own in reference.groupby("center", sort=False)
    }
    manual = bool((reference["manual"] == "yes").any())
    figure = overlay_figure(rows, colors, manual, say)
    title = say("Masks of {labels} on {sequence}", labels=", ".join(colors), sequence=study.segmented_sequence)
    yield Drawn("overlays", figure, {"": reference}, title, _about(reference, say))
    if len(study.sequences) < 2:
        return
    for center, own in table.groupby("center", sort=False):
        rows = {}
        for _, case in own.groupby("subject", sort=False):
            cells = case.to_dict("records")
            rows[_choice(cells[0], say)] = [_panel(material, row, row["sequence"]) for row in cells]
        manual = bool((own["manual"] == "yes").any())
        figure = overlay_figure(rows, colors, manual, say)
        title = say("Masks on all sequences, {hospital}", hospital=centers[center])
        yield Drawn(f"overlays_{center}", figure, {"": own}, title, _about(own, say), supplement=True)


def _panel(material: Material, row: dict, title: str) -> Panel:
    if is_absent(row["picture"]):
        return Panel(title, None)
    with Image.open(material.pictures / row["picture"]) as picture:
        return Panel(title, np.asarray(picture.convert("RGB")))


def _choice(row: dict, say: Say) -> str:
    """Case, and why it is shown."""
    subject, dice = row["subject"], number(row["dice"], 2)
    words = {
        "best": say("{subject}: best, Dice {dice}", subject=subject, dice=dice),
        "median": say("{subject}: median, Dice {dice}", subject=subject, dice=dice),
        "worst": say("{subject}: worst, Dice {dice}", subject=subject, dice=dice),
        "first": str(subject),
    }
    return words[row["choice"]]


def _about(table: pd.DataFrame, say: Say) -> list[str]:
    sentences = [say("The slice with the largest area of the mask, cut to its surroundings, with its outline.")]
    if (table["choice"] != "first").any():
        sentences.append(
            say(
                "Cases with the best, the median and the worst agreement of the predicted with the manual mask in each "
                "hospital (Dice, mean over the labels); white: the manual mask, where it differs."
            )
        )
    if (table["choice"] == "first").any():
        sentences.append(say("Without manual masks to compare with: the first cases of the hospital."))
    return sentences


def harmonisation(material: Material, say: Say) -> Iterator[Drawn]:
    """The training patients before and after ComBat."""
    table = material.components
    if table is None or table.empty:
        return
    centers = {code: name for code, name in material.content.centers.items() if code in set(table["center"])}
    n = table.loc[table["stage"] == "before", "subject"].nunique()
    caption = [
        say(
            "First two principal components of the features of the {n} training patients; each mark is a patient, its "
            "form and color the hospital.",
            n=n,
        ),
        say("Each panel has axes of its own: the components of the features at that stage."),
    ]
    title = say("Features before and after harmonisation")
    if "after" not in set(table["stage"]):
        title = say("Features of the hospitals, not harmonised")
    yield Drawn("harmonisation", components_figure(table, centers, say), {"": table}, title, caption)
