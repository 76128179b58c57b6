"""Figure of the training patients before and after ComBat, from the table that lies beside it."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from osteon.reporting.figures import ACROSS, PANEL, style
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import percent
from osteon.reporting.palette import GREY, look, marker

STAGES = ("before", "after")
LEGEND = 0.5
"""Room for the legend under the panels, inches."""


def components_figure(components: pd.DataFrame, centers: Mapping[str, str], say: Say = english) -> Figure:
    """First two principal components of the training patients, one panel per stage, colored by center.

    Args:
        components: stage, center, pc1, pc2, and share_1 and share_2, their shares of the variance.
        centers: name of each center, in the order of the legend.
        say: language of the words.

    Returns:
        The figure. Each panel has axes of its own: they are the components of the features of that stage.
    """
    titles = {"before": say("Before ComBat"), "after": say("After ComBat")}
    stages = {name: titles[name] for name in STAGES if name == "before" or name in set(components["stage"])}
    present = {code: name for code, name in centers.items() if code in set(components["center"])}
    with mpl.rc_context(style()):
        figure = Figure(figsize=(PANEL * len(stages), PANEL + LEGEND), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08, wspace=0.04)
        FigureCanvasAgg(figure)
        for position, (stage, title) in enumerate(stages.items(), start=1):
            axes = figure.add_subplot(1, len(stages), position)
            axes.set_title(title)
            own = components[components["stage"] == stage]
            if own.empty:
                axes.axis("off")
                axes.text(0.5, 0.5, say("No feature that could be drawn"), ha="center", va="center", color=GREY)
                continue
            for place, code in enumerate(present):
                points = own[own["center"] == code]
                axes.plot(
                    points["pc1"],
                    points["pc2"],
                    linestyle="none",
                    marker=marker(place),
                    markersize=4,
                    color=look(place)["color"],
                    markeredgecolor="white",
                    markeredgewidth=0.4,
                    alpha=0.8,
                    label=present[code],
                )
            first, second = own[["share_1", "share_2"]].iloc[0]
            axes.set_xlabel(say("Component 1 ({share} of the variance)", share=percent(first, 0)))
            axes.set_ylabel(say("Component 2 ({share})", share=percent(second, 0)))
        handles, labels = figure.axes[0].get_legend_handles_labels()
        if handles:
            figure.legend(
                handles, labels, loc="outside lower left", title=say("Hospital"), alignment="left", ncols=ACROSS
            )
    return figure
