"""How often the selection took each feature when the patients changed, from the table that lies beside it."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from osteon.modelling.selection.fates import IN_USE
from osteon.reporting.figures import style
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import PAGE, SMALL, blank_figure, shortened, text_width
from osteon.reporting.numbers import integer
from osteon.reporting.palette import COLORS, INK
from osteon.reporting.selection_tables import scores

MOST = 30
"""Bars of a figure."""
ROW = 0.19
"""Height of a bar with its space, inches."""
HEADING = 0.36
"""Height of the name of a score above its bars, inches."""
NAMES = 4.0
"""Largest width of the names, inches; longer ones lose their middle."""


def selection_frequencies(
    selection: pd.DataFrame, models: Mapping[str, str], most: int = MOST, say: Say = english
) -> pd.DataFrame:
    """The features that the other fits selected most often, those of each score together.

    Args:
        selection: model, and columns of `modelling.crossfit.ModelFit.selection`: signature, feature, fate, coefficient,
            selected, resamples.
        models: name of each model.
        most: rows of all scores together; each has the same share, and what one does not need goes to the others.
        say: language of the names of the scores.

    Returns:
        score, feature, selected, resamples, share (selected / resamples), in_use ('yes' or 'no'), more (features of the
        score that were selected at least once, or are in use, but have no row). Most often first, then those in use,
        then the largest coefficient, then by name. Scores that no other fit selected for have no rows.
    """
    parts = {}
    for name, own in scores(selection, models, say):
        used = own["fate"].isin(IN_USE)
        shown = own.assign(score=name, in_use=np.where(used, "yes", "no"), size=-own["coefficient"].abs().fillna(0))
        shown = shown[(used | (own["selected"] > 0)) & (own["resamples"] > 0)]
        shown = shown.assign(share=shown["selected"] / shown["resamples"])
        shown = shown.assign(less=-shown["share"], other=shown["in_use"] == "no")
        parts[name] = shown.sort_values(["less", "other", "size", "feature"], kind="stable")
    rooms = _shared([len(part) for part in parts.values()], most)
    rows = [part.head(room).assign(more=len(part) - room) for part, room in zip(parts.values(), rooms, strict=True)]
    columns = ["score", "feature", "selected", "resamples", "share", "in_use", "more"]
    return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)


def selection_figure(
    frequencies: pd.DataFrame, features: Mapping[str, str] | None = None, say: Say = english
) -> Figure:
    """Bars of the shares, grouped by score; features in the final score are dark. For the width of a page.

    Args:
        frequencies: from `selection_frequencies`.
        features: name of each feature; others are called by their columns.
        say: language of the words.
    """
    features = features or {}
    groups = list(frequencies.groupby("score", sort=False))
    if not groups:
        return blank_figure(say("Nothing to draw: no feature was selected in other fits"))
    wanted = max(text_width(features.get(name, name)) for name in frequencies["feature"])
    left, right = min(wanted, NAMES) + 0.2, 0.75
    height = sum(HEADING + ROW * len(own) for _, own in groups) + 0.95
    with mpl.rc_context(style() | {"hatch.linewidth": 0.6}):
        figure = Figure(figsize=(PAGE, height))
        FigureCanvasAgg(figure)
        y = height - 0.4
        for place, (score, own) in enumerate(groups):
            tall = ROW * len(own)
            y -= HEADING if place else 0.26
            y -= tall
            axes = figure.add_axes(
                (left / PAGE, y / height, 1 - (left + right) / PAGE, tall / height), label=str(place)
            )
            used = (own["in_use"] == "yes").to_numpy()
            rows = np.arange(len(own))
            for mine, face, hatch in ((used, COLORS[0], None), (~used, "white", "////")):
                share = own["share"].to_numpy()[mine]
                axes.barh(rows[mine], share, height=0.7, color=face, hatch=hatch, edgecolor=COLORS[0], linewidth=0.7)
            for row, (_, one) in zip(rows, own.iterrows(), strict=True):
                text = say("{selected} of {fits}", selected=integer(one["selected"]), fits=integer(one["resamples"]))
                axes.text(1.015, row, text, va="center", fontsize=SMALL, transform=axes.get_yaxis_transform())
            axes.set(xlim=(0, 1), ylim=(len(own) - 0.5, -0.5))
            names = [shortened(features.get(name, name), NAMES, SMALL) for name in own["feature"]]
            axes.set_yticks(rows, names, fontsize=SMALL)
            axes.tick_params(axis="y", length=0)
            axes.grid(False, axis="y")
            last = place == len(groups) - 1
            axes.set_xticks(
                np.linspace(0, 1, 6), [f"{tick:.0%}" for tick in np.linspace(0, 1, 6)] if last else [""] * 6
            )
            more = int(own["more"].iloc[0])
            title = say("{score} ({n} more in the file)", score=score, n=more) if more else str(score)
            axes.set_title(title, x=(0.1 - left) / (PAGE - left - right), ha="left", loc="left", pad=4)
        axes.set_xlabel(say("Share of the other fits that selected the feature"))
        handles = [
            Patch(facecolor=COLORS[0], label=say("In the final score")),
            Patch(facecolor="white", hatch="////", edgecolor=COLORS[0], label=say("Not in the final score")),
        ]
        figure.legend(handles=handles, loc="upper right", bbox_to_anchor=(1, 1), ncols=2, labelcolor=INK)
    return figure


def _shared(sizes: list[int], most: int) -> list[int]:
    """How many rows each of several lists may show, if `most` are shared evenly among those that can fill them."""
    rooms = [0] * len(sizes)
    while sum(rooms) < min(most, sum(sizes)):
        hungry = [place for place, size in enumerate(sizes) if rooms[place] < size]
        for place in hungry[: most - sum(rooms)]:
            rooms[place] += 1
    return rooms
