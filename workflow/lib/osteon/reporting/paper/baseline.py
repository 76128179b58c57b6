"""Baseline characteristics by set and outcome, each test named for what it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from osteon.reporting.language import Say, english
from osteon.reporting.numbers import ABSENT, integer, interval, is_absent, number, p_value
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.paper.words import reason_notes

BESIDE = 3
"""So many sets stand side by side; more stand below each other."""


@dataclass(frozen=True)
class NamedTest:
    """How a table calls a test: the symbol before its statistic, its decimals, and a footnote."""

    symbol: str
    digits: int
    note: str


def named_tests(say: Say) -> dict[str, NamedTest]:
    """The tests of `statistics.tests` by code. A test without a symbol has no statistic of its own."""
    return {
        "mann_whitney_u": NamedTest(
            "U",
            1,
            say("U: Mann-Whitney U test, normal approximation with corrections for ties and continuity."),
        ),
        "welch_t": NamedTest("t", 2, say("t: Welch's t test, which does not assume equal variances.")),
        "kruskal_wallis": NamedTest("H", 2, say("H: Kruskal-Wallis test.")),
        "welch_anova": NamedTest(
            "F", 2, say("F: Welch's analysis of variance, which does not assume equal variances.")
        ),
        "spearman": NamedTest("ρ", 2, say("ρ: Spearman's rank correlation with the outcome.")),
        "chi_square": NamedTest("χ²", 2, say("χ²: Pearson's chi-square test, without a continuity correction.")),
        "chi_square_yates": NamedTest(
            "χ²(Y)", 2, say("χ²(Y): Pearson's chi-square test of a 2 × 2 table with Yates' continuity correction.")
        ),
        "fisher_exact": NamedTest("", 0, say("Fisher: Fisher's exact test; it has no statistic.")),
    }


def baseline_table(baseline: pd.DataFrame, groups: Sequence[str], outcome: str, say: Say = english) -> PaperTable:
    """Clinical variables of each set of patients by outcome; 07_validation/*/baseline.tsv.

    Up to `BESIDE` sets stand side by side, each with a heading that spans its columns.

    Args:
        baseline: the sets under each other: column patients (name of the set) and those of `statistics.baseline`.
        groups: names of the outcome's groups in the order of their codes; none for a number.
        outcome: what is predicted.
        say: the reader's language.
    """
    known = named_tests(say)
    sets = list(dict.fromkeys(baseline["patients"]))
    variables = list(dict.fromkeys(baseline["variable"]))
    found = {(row["patients"], row["variable"]): row for _, row in baseline.iterrows()}
    if len(sets) <= BESIDE:
        rows = [
            Row(
                (
                    _name(baseline[baseline["variable"] == variable].iloc[0], say),
                    *(text for patients in sets for text in _cells(found.get((patients, variable)), groups, known)),
                )
            )
            for variable in variables
        ]
        columns = [
            Column(heading, patients)
            for patients in sets
            for heading in _headings(_sizes(baseline, patients, groups), groups, say)
        ]
    else:
        rows = []
        for patients in sets:
            sizes = [
                f"{name}, n = {size}"
                for name, size in zip(_names(groups, say), _sizes(baseline, patients, groups), strict=True)
            ]
            rows.append(Row((say("{patients}: {sizes}", patients=patients, sizes="; ".join(sizes)),), heading=True))
            rows += [
                Row((_name(row, say), *_cells(row, groups, known)), level=1)
                for variable in variables
                if (row := found.get((patients, variable))) is not None
            ]
        columns = [Column(heading) for heading in _headings(None, groups, say)]
    title = say("Baseline characteristics by {outcome}", outcome=outcome)
    notes = [known[code].note for code in known if code in set(baseline["test"])]
    notes += _missing_notes(baseline, groups, say)
    reasons = [
        (say("{variable}, {patients}", variable=row["label"], patients=row["patients"]), row["reason"])
        for _, row in baseline.iterrows()
    ]
    notes += reason_notes(reasons, say)
    return PaperTable("baseline", title, [Column(say("Variable"), words=True), *columns], rows, notes)


def _keys(groups: Sequence[str]) -> list[str]:
    """Suffixes of the columns that are shown: all patients only where the outcome has no groups."""
    return [str(place) for place in range(len(groups))] or ["all"]


def _names(groups: Sequence[str], say: Say) -> list[str]:
    return list(groups) or [say("All")]


def _sizes(baseline: pd.DataFrame, patients: str, groups: Sequence[str]) -> list[str]:
    """Number of patients of each group of a set, those who lack the variable included."""
    row = baseline[baseline["patients"] == patients].iloc[0]
    return [integer(row[f"n_{key}"] + row[f"missing_{key}"]) for key in _keys(groups)]


def _headings(sizes: Sequence[str] | None, groups: Sequence[str], say: Say) -> list[str]:
    names = _names(groups, say)
    if sizes:
        names = [say("{group} (n = {n})", group=name, n=size) for name, size in zip(names, sizes, strict=True)]
    return [*names, say("Statistic"), say("P")]


def _name(row: pd.Series, say: Say) -> str:
    """The variable with its unit and what its cells are."""
    name = str(row["label"]) if is_absent(row["unit"]) else f"{row['label']} ({row['unit']})"
    if row["summary"] == "count":
        return say("{variable}, n (%)", variable=name)
    if row["summary"] == "mean_sd":
        return say("{variable}, mean ± SD", variable=name)
    return say("{variable}, median (lower–upper quartile)", variable=name)


def _cells(row: pd.Series | None, groups: Sequence[str], known: dict[str, NamedTest]) -> list[str]:
    """Summaries of the groups, statistic and P; a set without the variable has none."""
    if row is None:
        return [ABSENT] * (len(_keys(groups)) + 2)
    return [*(_summary(row, key) for key in _keys(groups)), _statistic(row, known), p_value(row["p"])]


def _summary(row: pd.Series, key: str) -> str:
    if row["summary"] == "count":
        count, percent = row[f"count_{key}"], row[f"percent_{key}"]
        return ABSENT if is_absent(count) else f"{integer(count)} ({number(percent, 1)})"
    if row["summary"] == "mean_sd":
        if is_absent(row[f"mean_{key}"]):
            return ABSENT
        digits = _decimals(row["sd_all"])
        return f"{number(row[f'mean_{key}'], digits)} ± {number(row[f'sd_{key}'], digits)}"
    digits = _decimals(row["upper_quartile_all"] - row["lower_quartile_all"])
    between = interval(row[f"lower_quartile_{key}"], row[f"upper_quartile_{key}"], digits)
    return f"{number(row[f'median_{key}'], digits)} ({between})" if between else ABSENT


def _decimals(spread: float) -> int:
    """One decimal, or as many as show two digits of the spread of all patients."""
    return 1 if is_absent(spread) or spread <= 0 else max(1, 1 - math.floor(math.log10(spread)))


def _statistic(row: pd.Series, known: dict[str, NamedTest]) -> str:
    if is_absent(row["p"]):
        return ABSENT
    test = known[row["test"]]
    return f"{test.symbol} = {number(row['statistic'], test.digits)}" if test.symbol else "Fisher"


def _missing_notes(baseline: pd.DataFrame, groups: Sequence[str], say: Say) -> list[str]:
    """How many values each variable lacks in each set."""
    found = []
    for _, row in baseline.iterrows():
        missing = row["missing_all"]
        if not is_absent(missing) and missing > 0:
            found.append(
                say("{variable}, {patients}: {n}", variable=row["label"], patients=row["patients"], n=integer(missing))
            )
    return [say("Missing values, left out of counts, percentages and tests: {list}.", list="; ".join(found))] * bool(
        found
    )
