"""Figures of the validation by the kind of the outcome: classes and numbers have others than yes or no.

Each model has a row of panels and each set of patients a column, because the curves of one model fill a panel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from osteon.config.cohort import Outcome
from osteon.reporting.figures import (
    ACROSS,
    PANEL,
    calibration_figure,
    calibration_lines,
    decision_figure,
    finish,
    roc_figure,
    style,
    within,
)
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import SMALL, text_width, wrapped
from osteon.reporting.numbers import beside, estimated, integer, is_absent, percent, with_interval
from osteon.reporting.palette import COLORS, GREY, INK, look

SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", COLORS[0]])
# Cells darker than this have white numbers.
DARK = 0.55
MATRIX = 0.62
"""Share of a panel's width that a confusion matrix has."""
Draw = Callable[[Axes, str, str], bool]
"""Draws the panel of a model and a set; False if there is nothing to draw."""


def validation_figures(
    tables: Mapping[str, pd.DataFrame],
    outcome: Outcome,
    labels: Mapping[str, str],
    titles: Mapping[str, str],
    say: Say = english,
    across: int | None = None,
) -> dict[str, Figure]:
    """The figures of one part of the validation, by their names in `config.evaluation_files.FIGURES`.

    Args:
        tables: those of `config.evaluation_files.TABLES` for the kind of the outcome.
        outcome: kind, values, label and unit.
        labels: name of each model, in the order of the legends.
        titles: name of each set, in the order of the panels.
        say: language of the words.
        across: panels side by side; None has three, or where each model has panels of its own those of all sets.
    """
    shown = (labels, titles, say)
    if outcome.type == "classes":
        curve = tables["calibration_curve"]
        return {
            "roc": class_roc_figure(tables["roc"], tables["classes"], outcome.values, *shown, across),
            "confusion": confusion_figure(tables["confusion"], outcome.values, *shown, across),
            "calibration": class_calibration_figure(curve, outcome.values, *shown, across),
        }
    if outcome.type == "continuous":
        named = (outcome.label or outcome.column, outcome.unit)
        agreement, curve, performance = (tables[name] for name in ("agreement", "calibration_curve", "performance"))
        return {
            "scatter": scatter_figure(agreement, curve, performance, named, *shown, across),
            "bland_altman": bland_altman_figure(agreement, performance, named, *shown, across),
        }
    panels = (*shown, across or ACROSS)
    return {
        "roc": roc_figure(tables["roc"], tables["performance"], *panels),
        "calibration": calibration_figure(tables["calibration_curve"], *panels),
        "decision": decision_figure(tables["decision"], *panels),
    }


def class_roc_figure(
    roc: pd.DataFrame,
    classes: pd.DataFrame,
    values: list[str],
    labels: Mapping[str, str],
    titles: Mapping[str, str],
    say: Say = english,
    across: int | None = None,
) -> Figure:
    """ROC curves of each class against all others, with the AUC and its interval in the legend.

    Args:
        roc: set, model, class, false_positive_rate, true_positive_rate.
        classes: set, model, class, auc and auc_within_center with their intervals.
        values: the classes, in the order of the legend.
        labels: name of each model, in the order of the rows.
        titles: name of each set, in the order of the columns.
        say: language of the words.
        across: panels side by side, if not one for each set.
    """

    def draw(axes: Axes, model: str, name: str) -> bool:
        own, measured = _of(roc, model, name), _of(classes, model, name).set_index("class")
        for position, value in enumerate(values):
            curve = own[own["class"] == value]
            if curve.empty:
                continue
            row = measured.loc[value]
            text = f"{value}  {with_interval(row['auc'], row['auc_low'], row['auc_high'], 2)}{within(row, say)}"
            axes.plot(curve["false_positive_rate"], curve["true_positive_rate"], label=text, **look(position))
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, zorder=1)
        finish(axes, say("1 − specificity"), say("Sensitivity"), say("Against all others, AUC (95% CI)"))
        return len(own) > 0

    return _grid(draw, labels, titles, say, across)


def class_calibration_figure(
    curve: pd.DataFrame,
    values: list[str],
    labels: Mapping[str, str],
    titles: Mapping[str, str],
    say: Say = english,
    across: int | None = None,
) -> Figure:
    """Observed share of each class against its predicted probability: smoothed curves, and groups of patients.

    Args:
        curve: set, model, class, kind ('smooth' or 'group'), predicted, observed, low, high.
        values: the classes, in the order of the legend.
        labels: name of each model.
        titles: name of each set.
        say: language of the words.
        across: panels side by side, if not one for each set.
    """

    def draw(axes: Axes, model: str, name: str) -> bool:
        own = _of(curve, model, name)
        for position, value in enumerate(values):
            calibration_lines(axes, own[own["class"] == value], value, position)
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, zorder=1)
        finish(axes, say("Predicted probability"), say("Observed share"), None)
        return len(own) > 0

    return _grid(draw, labels, titles, say, across)


def confusion_figure(
    confusion: pd.DataFrame,
    values: list[str],
    labels: Mapping[str, str],
    titles: Mapping[str, str],
    say: Say = english,
    across: int | None = None,
    side: float = PANEL,
) -> Figure:
    """Numbers of patients by true and called class; the shade is the share of the true class.

    Args:
        confusion: set, model, true_class, called_class, n.
        values: the classes, in the order of rows and columns.
        labels: name of each model.
        titles: name of each set.
        say: language of the words.
        across: panels side by side, if not one for each set.
        side: width and height of a panel, inches.
    """

    def draw(axes: Axes, model: str, name: str) -> bool:
        own = _of(confusion, model, name)
        if own.empty:
            return False
        counts = (
            own.pivot(index="true_class", columns="called_class", values="n").loc[values, values].to_numpy(dtype=float)
        )
        sizes = counts.sum(axis=1, keepdims=True)
        shares = np.divide(counts, sizes, out=np.zeros_like(counts), where=sizes > 0)
        axes.imshow(shares, cmap=SHADES, vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(counts):
            text = integer(count) + (f"\n{percent(shares[row, column], 0)}" if sizes[row, 0] else "")
            color = "white" if shares[row, column] > DARK else INK
            axes.text(column, row, text, ha="center", va="center", color=color, fontsize=9)
        room = side * MATRIX / len(values)
        fits = all(text_width(word) <= room for value in values for word in value.split())
        called = [wrapped(value, room, SMALL, 3) for value in values] if fits else values
        axes.set_xticks(range(len(values)), called, rotation=0 if fits else 20, fontsize=SMALL)
        named = values if axes.get_subplotspec().is_first_col() else [""] * len(values)
        axes.set_yticks(range(len(values)), [wrapped(value, 1.0, SMALL, 3) for value in named], fontsize=SMALL)
        axes.set_xlabel(say("Called class"))
        if axes.get_subplotspec().is_first_col():
            axes.set_ylabel(say("True class"))
        axes.grid(False)
        return True

    return _grid(draw, labels, titles, say, across, side)


def scatter_figure(
    agreement: pd.DataFrame,
    curve: pd.DataFrame,
    performance: pd.DataFrame,
    outcome: tuple[str, str],
    labels: Mapping[str, str],
    titles: Mapping[str, str],
    say: Say = english,
    across: int | None = None,
) -> Figure:
    """Measured against predicted numbers with the line of identity, the smoothed curve, R² and mean absolute error.

    Args:
        agreement: set, model, outcome, predicted.
        curve: set, model, kind, predicted, observed.
        performance: set, model, r2, mae and their intervals.
        outcome: name and unit.
        labels: name of each model.
        titles: name of each set.
        say: language of the words.
        across: panels side by side, if not one for each set.
    """
    ends = _ends(agreement[["outcome", "predicted"]])

    def draw(axes: Axes, model: str, name: str) -> bool:
        own, smooth = _of(agreement, model, name), _of(curve, model, name)
        axes.plot(ends, ends, color=GREY, linewidth=0.8, label=say("Equal"))
        _points(axes, own["predicted"], own["outcome"])
        smooth = smooth[smooth["kind"] == "smooth"]
        if len(smooth):
            axes.plot(smooth["predicted"], smooth["observed"], color=COLORS[1], label=say("Smoothed"))
        axes.set(xlim=ends, ylim=ends, aspect="equal")
        axes.set(yticks=[tick for tick in axes.get_xticks() if ends[0] <= tick <= ends[1]], ylim=ends)
        axes.set(
            xlabel=_named(say("Predicted {name}", name=outcome[0]), outcome[1]),
            ylabel=_named(say("Measured {name}", name=outcome[0]), outcome[1]),
        )
        axes.legend(loc="lower right")
        if len(own):
            row = _of(performance, model, name).iloc[0]
            lines = [
                f"R²  {with_interval(row['r2'], row['r2_low'], row['r2_high'], 2)}",
                beside(row, "r2", "r2_within_center", say("against hospital means")),
                f"MAE  {estimated(row['mae'])}{_unit(outcome)}",
            ]
            axes.text(0.03, 0.97, "\n".join(filter(None, lines)), transform=axes.transAxes, va="top", fontsize=8.5)
        return len(own) > 0

    return _grid(draw, labels, titles, say, across)


def bland_altman_figure(
    agreement: pd.DataFrame,
    performance: pd.DataFrame,
    outcome: tuple[str, str],
    labels: Mapping[str, str],
    titles: Mapping[str, str],
    say: Say = english,
    across: int | None = None,
) -> Figure:
    """Prediction minus measurement against their mean, with bias, limits of agreement and their intervals.

    Args:
        agreement: set, model, mean, difference.
        performance: set, model, and bias, lower_limit, upper_limit with their intervals.
        outcome: name and unit.
        labels: name of each model.
        titles: name of each set.
        say: language of the words.
        across: panels side by side, if not one for each set.
    """
    horizontal = _ends(agreement[["mean"]])
    limits = performance.reindex(columns=["lower_limit_low", "upper_limit_high"])
    along = _ends(pd.concat([agreement["difference"], limits.stack()]).to_frame())

    def draw(axes: Axes, model: str, name: str) -> bool:
        own = _of(agreement, model, name)
        if own.empty:
            return False
        row = _of(performance, model, name).iloc[0]
        axes.axhline(0, color=GREY, linewidth=0.8)
        _points(axes, own["mean"], own["difference"])
        for measure, line in (("upper_limit", "--"), ("bias", "-"), ("lower_limit", "--")):
            if is_absent(row[measure]):
                continue
            axes.axhspan(row[f"{measure}_low"], row[f"{measure}_high"], color=COLORS[1], alpha=0.15, linewidth=0)
            axes.axhline(row[measure], color=COLORS[1], linestyle=line, linewidth=1.4)
            axes.annotate(
                estimated(row[measure]),
                (1, row[measure]),
                xycoords=("axes fraction", "data"),
                xytext=(-2, 2),
                textcoords="offset points",
                ha="right",
                va="bottom",
                fontsize=8.5,
            )
        axes.set(xlim=horizontal, ylim=along)
        axes.set_xlabel(_named(say("Mean of both"), outcome[1]))
        axes.set_ylabel(_named(say("Predicted − measured {name}", name=outcome[0]), outcome[1]))
        return True

    return _grid(draw, labels, titles, say, across)


def _grid(
    draw: Draw, labels: Mapping[str, str], titles: Mapping[str, str], say: Say, across: int | None, panel: float = PANEL
) -> Figure:
    """Panels of each model beside each other, at most `across`; the next model begins a new row."""
    columns = min(across or len(titles), len(titles))
    rows = -(-len(titles) // columns)
    with mpl.rc_context(style()):
        figure = Figure(figsize=(panel * columns, panel * rows * len(labels)), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08, wspace=0.04, hspace=0.04)
        FigureCanvasAgg(figure)
        for above, (model, label) in enumerate(labels.items()):
            for place, (name, title) in enumerate(titles.items(), start=1):
                axes = figure.add_subplot(rows * len(labels), columns, above * rows * columns + place)
                drawn = draw(axes, model, name)
                if not drawn:
                    axes.clear()
                    axes.axis("off")
                    words = say("Nothing to draw:\ntoo few patients")
                    axes.text(0.5, 0.5, words, ha="center", va="center", color=GREY, transform=axes.transAxes)
                axes.set_title(f"{label}\n{title}" if len(labels) > 1 else title)
    return figure


def _of(table: pd.DataFrame, model: str, name: str) -> pd.DataFrame:
    return table[(table["set"] == name) & (table["model"] == model)]


def _points(axes: Axes, x: pd.Series, y: pd.Series) -> None:
    axes.plot(x, y, linestyle="none", marker="o", markersize=4, color=COLORS[0], alpha=0.6, markeredgecolor="white")


def _ends(values: pd.DataFrame) -> tuple[float, float]:
    """Ends of an axis for all panels: the range of the values and a little more."""
    finite = values.to_numpy(dtype=float)
    finite = finite[np.isfinite(finite)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    margin = 0.04 * (high - low) or 0.5
    return low - margin, high + margin


def _named(words: str, unit: str) -> str:
    return f"{words} ({unit})" if unit else words


def _unit(outcome: tuple[str, str]) -> str:
    return f" {outcome[1]}" if outcome[1] else ""
