"""How the penalty of LASSO and elastic net was chosen, and what it leaves; from the tables beside the figure."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from osteon.reporting.figures import style
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import PAGE, SMALL, blank_figure, shortened
from osteon.reporting.palette import COLORS, GREY, INK, STYLES

TALL = 2.5
"""Height of a panel, inches."""
GAP = 1.35
"""Between two rows of panels, inches: names of the axes, title, and numbers of features."""
SIDE, MIDDLE = 0.75, 0.85
"""Left of the panels and between them, inches."""
DOTS_PER_INCH = 200
"""Lines of features that are not taken are a picture inside the SVG file; there may be hundreds."""
COUNTS = 8
"""Numbers of features above a panel."""
GROUP = ["signature", "step", "class"]
YES = "yes"
SQUARED = "squared"
MARKS = {"least": COLORS[1], "one_se": COLORS[2]}
"""Columns that mark a penalty, with the color of its line."""


def penalty_figure(
    path: pd.DataFrame, cv: pd.DataFrame, names: Mapping[str, str] | None = None, say: Say = english
) -> Figure:
    """One row of panels for each penalty that was chosen: errors of the cross-validation, and coefficients.

    Args:
        path: of one model: signature, step, class, lambda, feature, coefficient, as `modelling.lasso_path` gives it.
        cv: of the same: signature, step, class, loss, lambda, mean, se, features, least, one_se, chosen.
        names: name of each signature; others are called as they are.
        say: language of the words.
    """
    groups = list(cv.fillna({"class": ""}).groupby(GROUP, sort=False))
    if not groups:
        return blank_figure(say("Nothing to draw: no step of the selection has a penalty"))
    paths = dict(list(path.fillna({"class": ""}).groupby(GROUP, sort=False)))
    steps = cv.groupby("signature")["step"].nunique()
    height, wide = len(groups) * (TALL + GAP) + 0.35, (PAGE - SIDE - MIDDLE - 0.15) / 2
    with mpl.rc_context(style()):
        figure = Figure(figsize=(PAGE, height), dpi=DOTS_PER_INCH)
        FigureCanvasAgg(figure)
        for place, (key, errors) in enumerate(groups):
            title = _title(*key, steps[key[0]] > 1, names or {}, say)
            bottom = (height - (place + 1) * (TALL + GAP) + 0.6) / height
            panels = [
                figure.add_axes(
                    ((SIDE + column * (wide + MIDDLE)) / PAGE, bottom, wide / PAGE, TALL / height),
                    label=f"{place} {column}",
                )
                for column in (0, 1)
            ]
            _errors(panels[0], errors, say)
            _path(panels[1], paths.get(key, path.iloc[:0]), errors, say)
            for axes in panels:
                _marks(axes, errors)
                _counts(axes, errors)
            panels[0].set_title(shortened(title, PAGE - SIDE - 0.2, 10.5, bold=True), pad=32)
            panels[0].annotate(
                *(say("Features with a coefficient"), (0, 1)),
                xycoords="axes fraction",
                xytext=(0, 18),
                textcoords="offset points",
                fontsize=SMALL,
                va="bottom",
            )
        figure.legend(
            handles=_key(say), loc="lower left", bbox_to_anchor=(0.01, 0.06 / height), ncols=3, fontsize=SMALL
        )
    return figure


def _title(signature: str, step: int, name: str, several: bool, names: Mapping[str, str], say: Say) -> str:
    """Signature, with the class and the place of the step where there are several."""
    title = names.get(signature, signature)
    if name:
        title = say("{signature}, class {name}", signature=title, name=name)
    return say("{signature}, step {step}", signature=title, step=step) if several else title


def _errors(axes: Axes, errors: pd.DataFrame, say: Say) -> None:
    x = np.log(errors["lambda"].to_numpy(dtype=float))
    axes.errorbar(
        *(x, errors["mean"]),
        yerr=errors["se"],
        linestyle="none",
        marker="o",
        markersize=2.6,
        color=COLORS[0],
        ecolor=GREY,
        elinewidth=0.6,
        capsize=1.2,
        capthick=0.6,
    )
    squared = errors["loss"].iloc[0] == SQUARED
    axes.set_ylabel(say("Mean squared error") if squared else say("Mean log loss"), fontsize=SMALL)
    _frame(axes, x, say)


def _path(axes: Axes, path: pd.DataFrame, errors: pd.DataFrame, say: Say) -> None:
    """Features that were taken have colors and styles in turn, the others are grey."""
    lambdas = errors["lambda"].to_numpy(dtype=float)
    x = np.log(lambdas)
    table = path.pivot(index="lambda", columns="feature", values="coefficient").reindex(lambdas).fillna(0.0)
    chosen = float(errors.loc[errors["chosen"] == YES, "lambda"].iloc[0])
    at = table.loc[chosen] if len(table.columns) else pd.Series(dtype=float)
    others = [np.column_stack([x, table[name]]) for name in at.index[at == 0]]
    axes.axhline(0, color=INK, linewidth=0.8, zorder=1)
    axes.add_collection(LineCollection(others, colors=GREY, linewidths=0.5, alpha=0.5, zorder=2, rasterized=True))
    order = at[at != 0].abs().sort_values(ascending=False, kind="stable").index
    for place, name in enumerate(order):
        color, line = COLORS[place % len(COLORS)], STYLES[place // len(COLORS) % len(STYLES)]
        axes.plot(x, table[name], color=color, linestyle=line, linewidth=1.2, zorder=3)
    axes.set_ylabel(say("Coefficient"), fontsize=SMALL)
    reach = float(np.abs(table.to_numpy()).max(initial=0)) or 1.0
    axes.set_ylim(-1.08 * reach, 1.08 * reach)
    _frame(axes, x, say)


def _frame(axes: Axes, x: np.ndarray, say: Say) -> None:
    margin = 0.03 * float(np.ptp(x))
    axes.set_xlim(x.min() - margin, x.max() + margin)
    axes.set_xlabel(say("log λ (stronger penalty to the right)"), fontsize=SMALL)
    axes.tick_params(labelsize=SMALL)


def _marks(axes: Axes, errors: pd.DataFrame) -> None:
    """Both penalties that a rule may take; the one that was taken is drawn through, the other dashed."""
    for mark, color in MARKS.items():
        row = errors[errors[mark] == YES].iloc[0]
        line = "-" if row["chosen"] == YES else "--"
        axes.axvline(np.log(row["lambda"]), color=color, linestyle=line, linewidth=1.3, zorder=2.5)


def _key(say: Say) -> list[Line2D]:
    return [
        Line2D([], [], color=MARKS["least"], linestyle="--", label=say("Least error")),
        Line2D([], [], color=MARKS["one_se"], linestyle="--", label=say("Largest λ within one standard error of it")),
        Line2D([], [], color=INK, linestyle="-", label=say("Drawn through: the one that was taken")),
    ]


def _counts(axes: Axes, errors: pd.DataFrame) -> None:
    """Numbers of features on top, at some of the penalties."""
    x = np.log(errors["lambda"].to_numpy(dtype=float))
    wanted = np.linspace(x.min(), x.max(), COUNTS)
    rows = sorted({int(np.abs(x - one).argmin()) for one in wanted})
    top = axes.secondary_xaxis("top")
    top.set_xticks(x[rows], [str(int(count)) for count in errors["features"].to_numpy()[rows]], fontsize=SMALL)
    top.tick_params(length=2)
    top.spines["top"].set_visible(False)
