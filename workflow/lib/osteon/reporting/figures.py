"""Figures of the validation, each from the table that lies beside it; same table, same bytes."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from osteon.reporting.language import Say, english
from osteon.reporting.numbers import beside, with_interval
from osteon.reporting.palette import FAINT, GREY, INK, look, marker
from osteon.tables.files import atomic_path

log = logging.getLogger(__name__)

# Western letters first; the others draw Chinese names where the first has no glyph.
CHINESE_FONTS = ["Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "SimHei"]
FONTS = ["DejaVu Sans", *CHINESE_FONTS]
CHINESE = re.compile("[\u4e00-\u9fff]")
PANEL = 4.2
"""Width and height of a panel, inches."""
ACROSS = 3
"""Panels side by side; more go into further rows, because letters must stay large enough to be read."""
TICKS = [0, 0.25, 0.5, 0.75, 1]
REFERENCES = {
    "all": {"color": GREY, "linestyle": "-", "linewidth": 1.0},
    "none": {"color": INK, "linestyle": "-", "linewidth": 1.0},
}


def style() -> dict[str, object]:
    """Matplotlib settings of every figure. Text stays text in SVG, and ids in SVG depend on the content alone."""
    installed = set(font_manager.get_font_names())
    return {
        "font.family": [name for name in FONTS if name in installed],
        "font.size": 9.5,
        "axes.edgecolor": GREY,
        "axes.labelcolor": INK,
        "axes.titlesize": 10.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.8,
        "axes.grid": True,
        "grid.color": FAINT,
        "grid.linewidth": 0.5,
        "axes.axisbelow": True,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "text.color": INK,
        "lines.linewidth": 1.8,
        # curves that run under a legend are dimmed there, so that it can be read
        "legend.framealpha": 0.8,
        "legend.edgecolor": "none",
        "legend.facecolor": "white",
        "legend.fontsize": 8.5,
        "svg.fonttype": "none",
        "svg.hashsalt": "osteon",
    }


def save_figure(figure: Figure, stem: str | Path) -> None:
    """Write <stem>.svg and <stem>.png (300 dpi), without date or program, so that the bytes depend on the data.

    Chinese letters without a font for them become boxes in the PNG, which the log says.
    """
    if lacks_letters(figure, style()["font.family"]):
        log.warning(
            "%s: no font on this machine has Chinese letters, the PNG shows boxes in their place; install one of %s "
            "(Debian: fonts-noto-cjk), and make the figure again",
            Path(stem).name,
            ", ".join(CHINESE_FONTS),
        )
    with mpl.rc_context(style()):
        with atomic_path(f"{stem}.svg") as path:
            figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        with atomic_path(f"{stem}.png") as path:
            figure.savefig(path, format="png", dpi=300, metadata={"Software": None})


def lacks_letters(figure: Figure, families: Sequence[str]) -> bool:
    """Whether a figure has Chinese letters and none of the font families has them."""
    texts = (text.get_text() for text in figure.findobj(Text))
    return not set(CHINESE_FONTS) & set(families) and any(CHINESE.search(text) for text in texts)


def roc_figure(
    roc: pd.DataFrame,
    performance: pd.DataFrame,
    labels: Mapping[str, str],
    titles: Mapping[str, str],
    say: Say = english,
    across: int = ACROSS,
) -> Figure:
    """ROC curves with the AUC and its interval in the legend; one panel per set.

    Args:
        roc: set, model, false_positive_rate, true_positive_rate.
        performance: set, model, auc and auc_within_center with their intervals, and sensitivity and specificity at the
            frozen threshold, which are drawn as a point.
        labels: name of each model, in the order of the legend.
        titles: name of each set, in the order of the panels.
        say: language of the words.
        across: panels side by side.
    """

    def draw(axes: Axes, panel: pd.DataFrame, name: str) -> None:
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
        own = performance[performance["set"] == name].set_index("model")
        for position, (model, label) in enumerate(labels.items()):
            curve = panel[panel["model"] == model]
            if curve.empty:
                continue
            row = own.loc[model]
            text = f"{label}  {with_interval(row['auc'], row['auc_low'], row['auc_high'], 2)}{within(row, say)}"
            axes.plot(curve["false_positive_rate"], curve["true_positive_rate"], label=text, **look(position))
            axes.plot(
                [1 - row["specificity"]],
                [row["sensitivity"]],
                marker=marker(position),
                markersize=6,
                color=look(position)["color"],
                markeredgecolor="white",
            )
        finish(axes, say("1 − specificity"), say("Sensitivity"), say("AUC (95% CI)"))

    return _panels(roc, draw, titles, say, across)


def within(row: pd.Series, say: Say = english) -> str:
    """A second line of a legend: the AUC within hospitals, where it is another one."""
    words = beside(row, "auc", "auc_within_center", say("within hospitals"))
    return f"\n{words}" if words else ""


def calibration_figure(
    curve: pd.DataFrame,
    labels: Mapping[str, str],
    titles: Mapping[str, str],
    say: Say = english,
    across: int = ACROSS,
) -> Figure:
    """Observed against predicted risk: smoothed curves with their bands, and groups of patients with 95 % intervals.

    Args:
        curve: set, model, kind ('smooth' or 'group'), predicted, observed, low, high; a smoothed curve without low and
            high has no band.
        labels: name of each model.
        titles: name of each set.
        say: language of the words.
        across: panels side by side.
    """

    def draw(axes: Axes, panel: pd.DataFrame, name: str) -> None:
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
        for position, (model, label) in enumerate(labels.items()):
            calibration_lines(axes, panel[panel["model"] == model], label, position)
        finish(axes, say("Predicted risk"), say("Observed share"), None)

    return _panels(curve, draw, titles, say, across)


def calibration_lines(axes: Axes, table: pd.DataFrame, label: str, position: int) -> None:
    """One smoothed curve and its groups of patients (rows of kind 'smooth' and 'group') in the look of `position`."""
    smooth, groups = table[table["kind"] == "smooth"], table[table["kind"] == "group"]
    color = look(position)["color"]
    if not smooth.empty:
        axes.plot(smooth["predicted"], smooth["observed"], label=label, **look(position))
    if smooth["low"].notna().any():
        axes.fill_between(
            *(smooth["predicted"], smooth["low"], smooth["high"]), color=color, alpha=0.15, linewidth=0, zorder=1
        )
    axes.vlines(groups["predicted"], groups["low"], groups["high"], color=color, linewidth=0.8, alpha=0.6)
    axes.plot(
        groups["predicted"],
        groups["observed"],
        linestyle="none",
        marker=marker(position),
        markersize=5,
        color=color,
        markeredgecolor="white",
        label=label if smooth.empty and len(groups) else None,
    )


def decision_figure(
    decision: pd.DataFrame,
    labels: Mapping[str, str],
    titles: Mapping[str, str],
    say: Say = english,
    across: int = ACROSS,
) -> Figure:
    """Net benefit over the range of threshold probabilities, with the strategies 'treat all' and 'treat none'.

    Args:
        decision: set, model (also 'all' and 'none'), threshold, net_benefit.
        labels: name of each model.
        titles: name of each set.
        say: language of the words.
        across: panels side by side.
    """

    names = {"all": say("Treat all"), "none": say("Treat none")}

    def draw(axes: Axes, panel: pd.DataFrame, name: str) -> None:
        for position, (model, label) in enumerate(labels.items()):
            own = panel[panel["model"] == model]
            axes.plot(own["threshold"], own["net_benefit"], label=label, **look(position))
        for model, line in REFERENCES.items():
            own = panel[panel["model"] == model]
            axes.plot(own["threshold"], own["net_benefit"], label=names[model], zorder=1, **line)
        finish(axes, say("Threshold probability"), say("Net benefit"), None, square=False)
        top = max(panel["net_benefit"].max(), 0.05)
        # 'Treat all' falls without bound; what matters lies above a little less than zero.
        axes.set_ylim(-0.15 * top, 1.1 * top)
        axes.set_xlim(0, panel["threshold"].max())

    return _panels(decision, draw, titles, say, across)


def _panels(
    table: pd.DataFrame,
    draw: Callable[[Axes, pd.DataFrame, str], None],
    titles: Mapping[str, str],
    say: Say,
    across: int,
) -> Figure:
    """One panel per set, at most `across` side by side; a set without data says so."""
    across = min(across, len(titles))
    down = -(-len(titles) // across)
    with mpl.rc_context(style()):
        figure = Figure(figsize=(PANEL * across, PANEL * down), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08, wspace=0.04)
        FigureCanvasAgg(figure)
        for position, (name, title) in enumerate(titles.items(), start=1):
            axes = figure.add_subplot(down, across, position)
            axes.set_title(title)
            panel = table[table["set"] == name]
            if panel.empty:
                axes.axis("off")
                words = say("No curve: too few patients\nor one outcome only")
                axes.text(0.5, 0.5, words, ha="center", va="center", color=GREY)
            else:
                draw(axes, panel, name)
    return figure


def finish(axes: Axes, x: str, y: str, legend: str | None, square: bool = True) -> None:
    """Names of the axes, from 0 to 1 where `square`, and the legend with its title, where it hides least."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if square:
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
        axes.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="best", title=legend, title_fontsize=8.5, alignment="left")
