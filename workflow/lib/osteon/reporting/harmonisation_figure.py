"""Figure of the training patients before and after ComBat, from the table that lies beside it."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from osteon.reporting.figures import PANEL, style
from osteon.reporting.palette import GREY, look, marker

STAGES = {"before": "Before ComBat", "after": "After ComBat"}
LEGEND_WIDTH = 1.5
"""Room for the legend beside the panels, inches."""


def components_figure(components: pd.DataFrame, centers: Mapping[str, str]) -> Figure:
    """First two principal components of the training patients, one panel per stage, colored by center.

    Args:
        components: stage, center, pc1, pc2, and share_1 and share_2, their shares of the variance.
        centers: name of each center, in the order of the legend.

    Returns:
        The figure. Each panel has axes of its own: they are the components of the features of that stage.
    """
    stages = {name: title for name, title in STAGES.items() if name == "before" or name in set(components["stage"])}
    present = {code: name for code, name in centers.items() if code in set(components["center"])}
    with mpl.rc_context(style()):
        figure = Figure(figsize=(PANEL * len(stages) + LEGEND_WIDTH, PANEL), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08, wspace=0.04)
        FigureCanvasAgg(figure)
        for position, (stage, title) in enumerate(stages.items(), start=1):
            axes = figure.add_subplot(1, len(stages), position)
            axes.set_title(title)
            own = components[components["stage"] == stage]
            if own.empty:
                axes.axis("off")
                axes.text(0.5, 0.5, "No feature that could be drawn", ha="center", va="center", color=GREY)
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
            axes.set_xlabel(f"Component 1 ({first:.0%} of the variance)")
            axes.set_ylabel(f"Component 2 ({second:.0%})")
        handles, labels = figure.axes[0].get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="outside right upper", title="Hospital", alignment="left")
    return figure
