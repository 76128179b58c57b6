"""What a model's predictions rest on: shares of mean |SHAP|, also beside correlations; from the tables beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from osteon.modelling.explanation_codes import CLINICAL, Scale
from osteon.reporting.figures import ACROSS, style
from osteon.reporting.language import Say, english
from osteon.reporting.lettering import PAGE, SMALL, blank_figure, text_width, wrapped
from osteon.reporting.numbers import ABSENT, interval_in_words, is_absent, number, percent, with_interval
from osteon.reporting.palette import COLORS, GREY, INK

MOST = 20
"""Terms with a bar of their own; the others share the last one."""
ROWS = (0.27, 0.33)
"""Height of a bar with its space, inches, beside names of one line and of two."""
NAMES = 2.3
"""Largest width of the names, inches; longer ones have two lines."""
TITLE = 10.5
"""Size of the titles, as in `figures.style`."""
OTHERS = ""
"""Instead of a term: all that have no bar of their own."""
LIGHT = "#f3c9a8"
"""Ground of the hatched bars of clinical variables."""
STEPS = (0.02, 0.05, 0.1, 0.2, 0.25, 0.5)
"""Between two ticks."""


def importance_figure(
    importance: pd.DataFrame,
    titles: Mapping[str, str],
    terms: Mapping[str, str] | None = None,
    say: Say = english,
) -> Figure:
    """Share of each term in the sum of mean |SHAP|, one panel per set in the same order, so that ranks can be compared.

    Args:
        importance: of one model (and one class): set, term, kind, share, as `modelling.explain` gives it.
        titles: name of each set, in the order of the panels. The first set orders the terms.
        terms: name of each term; others are called by their columns.
        say: language of the words.
    """
    order = ranked(importance, list(titles))
    rows, rest = _rows(order)
    if not rows:
        return blank_figure(say("Nothing to draw: no term has an effect"))
    names = [_name(term, len(rest), terms, say) for term in rows]
    left = name_width(names) + 0.2
    across, down = min(ACROSS, len(titles)), -(-len(titles) // ACROSS)
    wide, tall = (PAGE - left) / across, _row(names) * len(rows)
    heads = [wrapped(title, wide - 0.3, TITLE, 2, bold=True) for title in titles.values()]
    head = 0.3 + 0.18 * max(text.count("\n") + 1 for text in heads)
    height = down * (tall + head + 0.5) + 0.4
    longest = importance.loc[importance["term"].isin(rows), "share"].max()
    reach = max(longest, _shares(importance, rest).max()) * 1.3
    with mpl.rc_context(style() | {"hatch.linewidth": 0.6}):
        figure = Figure(figsize=(PAGE, height))
        FigureCanvasAgg(figure)
        for place, (name, title) in enumerate(zip(titles, heads, strict=True)):
            row, column = divmod(place, ACROSS)
            bottom = height - (row + 1) * (tall + head + 0.5) + 0.5
            box = ((left + column * wide) / PAGE, bottom / height, (wide - 0.2) / PAGE, tall / height)
            axes = figure.add_axes(box, label=name)
            own = importance[importance["set"] == name]
            _bars(axes, own, rows, rest, reach)
            axes.set_yticks(range(len(rows)), names if column == 0 else [], fontsize=SMALL)
            axes.set_title(title, pad=18)
            axes.text(0, 1, _sums(own, say), fontsize=SMALL, color=INK, va="bottom", transform=_above(axes))
            axes.set_xlabel(say("Share of mean |SHAP|"), fontsize=SMALL)
        _key(figure, importance, say, 0.12 / height)
    return figure


def joint_figure(
    importance: pd.DataFrame,
    correlations: pd.DataFrame,
    terms: Mapping[str, str] | None = None,
    *,
    point_biserial: bool = True,
    say: Say = english,
) -> Figure:
    """Shares of mean |SHAP| beside the correlation of each term with the outcome in the same patients.

    Args:
        importance: of one model, set (and class): term, kind, share.
        correlations: variable, r, low, high of the terms, as `statistics.correlation` gives them; a term
            without one has a dash.
        terms: name of each term.
        point_biserial: whether the outcome has two classes, which gives the correlation that name.
        say: language of the words.
    """
    order = list(importance.sort_values("share", ascending=False, kind="stable")["term"])
    rows = order[:MOST] if importance["share"].notna().all() else []
    if not rows:
        return blank_figure(say("Nothing to draw: no term has an effect"))
    names = [_name(term, 0, terms, say) for term in rows]
    found = correlations.set_index("variable").reindex(rows)
    numbers = [_correlation(row, say) for _, row in found.iterrows()]
    left = name_width(names) + 0.2
    right = max(map(text_width, [*numbers, say("r (95% CI)")])) + 0.25
    tall = _row(names) * 1.15 * len(rows)
    height, wide = tall + 1.35, (PAGE - left - right - 0.35) / 2
    with mpl.rc_context(style() | {"hatch.linewidth": 0.6}):
        figure = Figure(figsize=(PAGE, height))
        FigureCanvasAgg(figure)
        boxes = [((left + place * (wide + 0.35)) / PAGE, 0.8 / height, wide / PAGE, tall / height) for place in (0, 1)]
        shares = figure.add_axes(boxes[0], label="shares")
        _bars(shares, importance, rows, [], importance["share"].max() * 1.22)
        shares.set_yticks(range(len(rows)), names, fontsize=SMALL)
        shares.set_xlabel(say("Share of mean |SHAP|"), fontsize=SMALL)
        shares.set_title(say("Importance in the model"), pad=18)
        shares.text(0, 1, _sums(importance, say), fontsize=SMALL, va="bottom", transform=_above(shares))
        axes = figure.add_axes(boxes[1], label="correlations")
        _correlations(axes, found, numbers, say)
        axes.set_title(say("Association with the outcome"), pad=18)
        words = say("Point-biserial correlation") if point_biserial else say("Correlation")
        axes.set_xlabel(words, fontsize=SMALL)
        _key(figure, importance, say, 0.1 / height)
    return figure


def ranked(importance: pd.DataFrame, sets: Sequence[str]) -> list[str]:
    """Terms by their share in the first of the sets that has shares, the largest first; [] where none has."""
    for name in sets:
        own = importance[(importance["set"] == name) & importance["share"].notna()]
        if len(own):
            return list(own.sort_values("share", ascending=False, kind="stable")["term"])
    return []


def term_name(term: str, terms: Mapping[str, str] | None) -> str:
    """The name of a term beside its row, in up to two lines; without a name of its own that of its column."""
    return wrapped((terms or {}).get(term, term), NAMES)


def name_width(names: Sequence[str]) -> float:
    """Width of the widest line, inches."""
    return max(text_width(line) for name in names for line in name.split("\n"))


def unit_of(scale: str, say: Say = english) -> str:
    """What SHAP values on a scale of `modelling.attribution` are measured in."""
    return {
        Scale.LOG_ODDS: say("log-odds"),
        Scale.CLASS_SCORE: say("score of the class"),
        Scale.PROBABILITY: say("probability"),
        Scale.DECISION_VALUE: say("decision value"),
        Scale.OUTCOME: say("unit of the outcome"),
    }[Scale(scale)]


def _rows(order: list[str]) -> tuple[list[str], list[str]]:
    """Terms with bars, and those that share the last one."""
    if len(order) <= MOST:
        return order, []
    return [*order[: MOST - 1], OTHERS], order[MOST - 1 :]


def _name(term: str, others: int, terms: Mapping[str, str] | None, say: Say) -> str:
    if term == OTHERS:
        return say("{n} other terms", n=others)
    return term_name(term, terms)


def _row(names: list[str]) -> float:
    return ROWS["\n" in "".join(names)]


def _shares(importance: pd.DataFrame, rest: list[str]) -> pd.Series:
    """What the terms without a bar have together, by set."""
    if "set" not in importance.columns:
        return pd.Series([0.0])
    summed = importance[importance["term"].isin(rest)].groupby("set")["share"].sum()
    return summed if len(summed) else pd.Series([0.0])


def _bars(axes: Axes, own: pd.DataFrame, rows: list[str], rest: list[str], reach: float) -> None:
    """Bars of one set with their percentages; a dash where the set has no shares."""
    by_term = own.set_index("term")
    shares = by_term["share"].reindex(rows)
    if rest:
        shares[OTHERS] = by_term.loc[by_term.index.isin(rest), "share"].sum(min_count=1)
    kinds = by_term["kind"].reindex(rows)
    for y, term in enumerate(rows):
        share = shares[term]
        if term == OTHERS:
            looks = {"color": GREY}
        elif kinds[term] == CLINICAL:
            looks = {"facecolor": LIGHT, "edgecolor": COLORS[1], "hatch": "////", "linewidth": 0.6}
        else:
            looks = {"facecolor": COLORS[0], "edgecolor": COLORS[0], "linewidth": 0.6}
        if not is_absent(share):
            axes.barh(y, share, height=0.66, **looks)
        axes.text(*((0 if is_absent(share) else share) + 0.015 * reach, y, percent(share)), va="center", fontsize=SMALL)
    step = next((step for step in STEPS if reach / step <= 4.5), 1.0)
    ticks = np.arange(int(reach / step) + 1) * step
    axes.set_xticks(ticks, [percent(tick, 0) for tick in ticks], fontsize=SMALL)
    axes.set(xlim=(0, reach), ylim=(len(rows) - 0.45, -0.55))
    axes.tick_params(axis="y", length=0)
    axes.grid(False, axis="y")


def _sums(own: pd.DataFrame, say: Say) -> str:
    """What clinical variables and radiomics have together, where there are both."""
    clinical = own["kind"] == CLINICAL
    if clinical.all() or not clinical.any() or own["share"].isna().any():
        return ""
    parts = own["share"].groupby(clinical).sum()
    return say(
        "Radiomics {radiomics}, clinical {clinical}", radiomics=percent(parts[False]), clinical=percent(parts[True])
    )


def _above(axes: Axes) -> mpl.transforms.Transform:
    """Coordinates of the axes, a little above them."""
    return axes.transAxes + mpl.transforms.ScaledTranslation(0, 4 / 72, axes.figure.dpi_scale_trans)


def _correlations(axes: Axes, found: pd.DataFrame, numbers: list[str], say: Say) -> None:
    y, r = np.arange(len(found)), found["r"].to_numpy(dtype=float)
    low, high = found["low"].to_numpy(dtype=float), found["high"].to_numpy(dtype=float)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.hlines(y, low, high, color=INK, linewidth=1.2)
    for sign, face in ((r >= 0, COLORS[0]), (r < 0, "white")):
        axes.plot(
            *(r[sign], y[sign]),
            linestyle="none",
            marker="o" if face != "white" else "D",
            markersize=6,
            markerfacecolor=face,
            markeredgecolor=COLORS[0] if face != "white" else COLORS[1],
            markeredgewidth=1.4,
            zorder=3,
        )
    for row, text in enumerate(numbers):
        axes.text(1.03, row, text, va="center", fontsize=SMALL, transform=axes.get_yaxis_transform())
    axes.text(*(1.03, 1, say("r (95% CI)")), va="bottom", fontsize=SMALL, weight="bold", transform=_above(axes))
    ends = np.concatenate([[-0.1, 0.1], r, low, high])
    reach = float(np.nanmax(np.abs(ends))) * 1.08
    step = next((step for step in (0.05, *STEPS[2:]) if reach / step < 3), 1.0)
    ticks = np.arange(-int(reach / step), int(reach / step) + 1) * step
    axes.set_xticks(ticks, [number(tick, 2 if step < 0.1 or step == 0.25 else 1) for tick in ticks], fontsize=SMALL)
    axes.set(xlim=(-reach, reach), ylim=(len(found) - 0.45, -0.55))
    axes.set_yticks(y, [])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _correlation(row: pd.Series, say: Say) -> str:
    if is_absent(row["r"]):
        return ABSENT
    return interval_in_words(with_interval(row["r"], row["low"], row["high"], 2), say)


def _key(figure: Figure, importance: pd.DataFrame, say: Say, bottom: float) -> None:
    """Legend of the kinds of terms that there are."""
    clinical = importance["kind"] == CLINICAL
    handles = []
    if not clinical.all():
        handles.append(Patch(facecolor=COLORS[0], label=say("Radiomics")))
    if clinical.any():
        handles.append(
            Patch(facecolor=LIGHT, edgecolor=COLORS[1], hatch="////", linewidth=0.6, label=say("Clinical variables"))
        )
    figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0.01, bottom), ncols=2, fontsize=SMALL, borderpad=0
    )
