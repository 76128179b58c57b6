"""Figure of the null run, from the tables beside it: scores in shuffled outcomes, and that in the real ones."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from osteon.reporting.figures import PANEL, style
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import number, significant
from osteon.reporting.palette import COLORS, GREY, INK

WIDTH, HEIGHT = 2 * PANEL, 1.5
"""Of the panel of a model, inches; the axis below and the legend need `MARGIN` more."""
MARGIN = 0.75
# More shuffles than this are a histogram; fewer are dots, one for each shuffle.
DOTS = 50
BINS = 40
"""Of the whole axis; dots in the same bin are stacked."""


def null_figure(
    scores: pd.DataFrame, summary: pd.DataFrame, labels: Mapping[str, str], measure: str, say: Say = english
) -> Figure:
    """One panel per model over the same axis.

    Args:
        scores: model, repeat, score.
        summary: model, low and high (99.9 % interval of the mean), nothing (score of no knowledge), score (of the real
            outcomes).
        labels: name of each model, in the order of the panels; models that are not in `summary` have none.
        measure: name of the score.
        say: language of the words.
    """
    own = summary.set_index("model")
    shown = [model for model in labels if model in own.index]
    edges = _edges(np.concatenate([scores["score"], own[["low", "high", "nothing", "score"]].to_numpy().ravel()]))
    with mpl.rc_context(style() | {"axes.spines.left": False, "axes.grid": False}):
        figure = Figure(figsize=(WIDTH, HEIGHT * len(shown) + MARGIN), layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
        for axes, model in zip(panels, shown, strict=True):
            _panel(
                axes, scores.loc[scores["model"] == model, "score"].to_numpy(dtype=float), own.loc[model], edges, say
            )
            axes.set_title(labels[model])
        panels[-1].set_xlabel(say("{measure} of out-of-fold predictions", measure=measure))
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _panel(axes: Axes, scores: np.ndarray, row: pd.Series, edges: np.ndarray, say: Say) -> None:
    shuffled, nothing = say("Shuffled outcomes"), say("{value}: nothing known", value=significant(row["nothing"]))
    axes.axvspan(
        row["low"], row["high"], color=COLORS[0], alpha=0.12, linewidth=0, label=say("99.9% interval of the mean")
    )
    axes.axvline(row["nothing"], color=GREY, linestyle="--", linewidth=1.2, label=nothing)
    if len(scores) > DOTS:
        axes.hist(scores, bins=edges, color=COLORS[0], edgecolor="white", linewidth=0.5, label=shuffled)
        axes.set_ylabel(say("Shuffles"))
    else:
        x, y = _stacked(scores, edges)
        axes.plot(
            x, y, linestyle="none", marker="o", markersize=5, color=COLORS[0], markeredgecolor="white",
            label=shuffled,
        )  # fmt: skip
        axes.set_ylim(0, max(y.max(initial=1), 5) + 1)
        axes.set_yticks([])
    axes.axvline(row["score"], color=COLORS[1], linewidth=2, label=say("Real outcomes"))
    right = row["score"] > edges[len(edges) // 2]
    axes.annotate(
        number(row["score"], 2),
        (row["score"], 0.97),
        xycoords=("data", "axes fraction"),
        xytext=(-4 if right else 4, 0),
        textcoords="offset points",
        ha="right" if right else "left",
        va="top",
        fontsize=9,
        color=INK,
    )
    axes.set_xlim(edges[0], edges[-1])


def _edges(values: np.ndarray) -> np.ndarray:
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    margin = 0.04 * (high - low) or 0.05
    return np.linspace(low - margin, high + margin, BINS + 1)


def _stacked(scores: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Dots at their own score, those of the same bin above each other."""
    x = np.sort(scores[np.isfinite(scores)])
    bins = np.digitize(x, edges)
    y = np.array([np.sum(bins[: place + 1] == bins[place]) for place in range(len(x))], dtype=float)
    return x, y
