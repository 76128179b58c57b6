"""Medians and means of a printed table of patients: what statistic and p say about each other and about them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scipy import stats

from osteon.printed.findings import Finding, Verdict
from osteon.printed.forms import Baseline
from osteon.printed.laws import Range, family, p_of_rank_sum, smallest_p_of_rank_sum, t_of_means
from osteon.printed.numbers import Printed, parse

NUMBERS = re.compile(r"[+\-−]?\d+(?:\.\d+)?|[+\-−]?\.\d+")
# In '60-72' the dash is no sign.
QUARTILES = re.compile(r"\d+(?:\.\d+)?")
# Quartiles that are apart are apart by half a step at least.
FEWEST = 0.5
# '67 (60-72)', without negative numbers, whose signs look like dashes.
BETWEEN = re.compile(
    r"(?P<median>\d+(?:\.\d+)?)\s*[(\[]\s*(?P<low>\d+(?:\.\d+)?)\s*(?:[-\u2013\u2014~,;]|to|\u81f3)\s*"
    r"(?P<high>\d+(?:\.\d+)?)\s*[)\]]"
)
MEANS, MEDIANS = ("mean_sd", "mean"), ("median_iqr", "median")
# Largest share of patients with the same value. With quartiles apart at all, no more than three quarters can share
# one; if the median is apart from both quartiles, no more than half. Where only the distance of the quartiles is
# printed, a median that is not 0 is taken as apart from quartiles that are some steps of the scale apart: values that
# many share are zeros (pack-years, counts of lesions).
MOST_TIED, HALF_TIED = 0.75, 0.5
STEPS_APART = 4
# Correlation of matched partners.
PAIRED_CORRELATION = (-0.5, 0.9)
NAMES = {"z": "z", "t": "t", "u": "Mann-Whitney U", "w": "Wilcoxon's W", "f": "F", "h": "Kruskal-Wallis H"}


@dataclass(frozen=True)
class Reading:
    """What a printed statistic would be under one law, and the p values that go with it."""

    kind: str
    ps: tuple[Range, ...]
    """Ranges of p that software prints with it."""
    possible: Range
    """p that it can have at all, where something is unknown (ties)."""
    arithmetic: str


def continuous_findings(rows: Sequence[Baseline], table: str) -> list[Finding]:
    """Check the lines of kind 'median_iqr' and 'mean_sd' of a table of patients."""
    findings = []
    for row in rows:
        kind = row.kind.lower()
        if kind == "count":
            continue
        if kind not in MEANS + MEDIANS:
            how = f"'{row.kind}' is no kind. Write count, median_iqr or mean_sd."
            findings.append(Finding(table, row.name, "column 'kind'", row.kind, Verdict.CANNOT, how))
        elif not row.negative_n or not row.positive_n:
            how = "The numbers of patients are missing. Fill in negative_n and positive_n."
            findings.append(Finding(table, row.name, "test", "", Verdict.CANNOT, how))
        else:
            findings += _row(row, kind in MEANS, table)
    return findings


def _row(row: Baseline, means: bool, table: str) -> list[Finding]:
    findings, t = [] if means else _order(row, table), None
    if means:
        t = _t_readings(row)
        if t is None:
            how = "Mean and standard deviation cannot be read. Write for example 67.0 (10.0) or 67.0 ± 10.0."
            printed = f"{row.negative_value}; {row.positive_value}"
            findings.append(Finding(table, row.name, "means", printed, Verdict.CANNOT, how))
        elif row.statistic is not None:
            findings += _statistic_of_means(row, t, table)
    if row.statistic is not None and row.p is not None:
        findings.append(_p_of_statistic(row, means, table))
    elif row.p is not None and t is not None and family(row.label) in ("t", "f", "z", ""):
        findings.append(_p_of_means(row, t, table))
    elif not (means and findings) and (row.p is not None or row.statistic is not None):
        how = "Medians, or means without the test's own statistic, do not give this test."
        printed = str(row.p or row.statistic)
        findings.append(Finding(table, row.name, "test", printed, Verdict.CANNOT, how))
    return findings


def _p_of_statistic(row: Baseline, means: bool, table: str) -> Finding:
    """Which law connects the printed statistic with the printed p."""
    named, item = family(row.label), "p from the printed statistic"
    printed = f"{row.label} {row.statistic}, p {row.p}".strip()
    readings = list(_readings(row, means))
    readings.sort(key=lambda one: one.kind != named)  # stable: what the table says goes first
    note = f" It is {row.p.note}; write <0.001." if row.p.note and row.p.value < 0.001 else ""
    for one in readings:
        if any(row.p.meets(p.low, p.high) for p in one.ps):
            words = NAMES[one.kind]
            how = f"only as {words}, printed as {row.label}" if named and one.kind != named else f"from {words}"
            return Finding(table, row.name, item, printed, Verdict.REPRODUCED, f"{how}.{note}", one.arithmetic)
    arithmetic = "; ".join(one.arithmetic for one in readings)
    if any(row.p.meets(one.possible.low, one.possible.high) for one in readings):
        how = "Possible if many patients share the same values, which the table does not show."
        return Finding(table, row.name, item, printed, Verdict.CONSISTENT, how, arithmetic)
    if named in NAMES:
        how = "This statistic has another p, as what it is called and as any other statistic it may be."
        return Finding(table, row.name, item, printed, Verdict.IMPOSSIBLE, how, arithmetic)
    how = "The table does not name a statistic from which p follows."
    return Finding(table, row.name, item, printed, Verdict.CANNOT, how, arithmetic)


def _readings(row: Baseline, means: bool) -> Iterator[Reading]:
    """Every law under which the printed statistic is possible with these patients."""
    n, m = row.negative_n, row.positive_n
    total, printed = n + m, row.statistic
    size = _size(printed)
    # A rank statistic of N patients is at most as large as that of two separated groups with all values tied.
    ranks_at_most = total - 1 if not means else math.inf
    if size.low**2 <= ranks_at_most:
        yield _reading("z", size, lambda x: 2 * stats.norm.sf(x))
    if means or size.low**2 <= ranks_at_most:
        yield _reading(
            "t", size, *(lambda x, df=df: 2 * stats.t.sf(x, df) for df in (total - 2, max(1, min(n, m) - 1)))
        )
    if printed.high >= 0 and size.low <= ranks_at_most:
        yield _reading("h", size, lambda x: stats.chi2.sf(x, 1))
    if means and printed.high >= 0:
        yield _reading("f", size, lambda x: stats.f.sf(x, 1, total - 2))
    offsets = {"u": (0.0,), "w": (n * (n + 1) / 2, m * (m + 1) / 2)}
    for kind, starts in offsets.items():
        for start in dict.fromkeys(starts):
            yield from _rank_sum(row, kind, start, means)


def _size(printed: Printed) -> Range:
    """Absolute values that round to a printed number."""
    ends = abs(printed.low), abs(printed.high)
    return Range(0.0 if printed.low <= 0 <= printed.high else min(ends), max(ends))


def _reading(kind: str, size: Range, *tails) -> Reading:
    """A law with one p for each way to choose its degrees of freedom; values in between are possible (Welch)."""
    ps = [Range(float(tail(size.high)), float(tail(size.low))) for tail in tails]
    possible = Range(min(p.low for p in ps), max(p.high for p in ps))
    middle = float(tails[0]((size.low + size.high) / 2))
    arithmetic = f"as {NAMES[kind]}: p = {middle:.4g}"
    # a Welch test has degrees of freedom between those two
    return Reading(kind, (possible,), possible, arithmetic)


def _rank_sum(row: Baseline, kind: str, start: float, means: bool) -> Iterator[Reading]:
    n, m = row.negative_n, row.positive_n
    # half steps are all that a rank sum can have
    low = max(0, math.ceil(2 * (max(row.statistic.low, 0) - start)))
    high = math.floor(2 * (min(row.statistic.high, start + n * m) - start))
    if low > high:
        return
    ends = sorted({low / 2, high / 2})
    laws = [law for u in ends for law in p_of_rank_sum(u, n, m)]
    u = (low + high) // 2 / 2
    tie = 1.0 if means else max(_largest_tie(row.negative_value), _largest_tie(row.positive_value))
    least = min(smallest_p_of_rank_sum(end, n, m, tie) for end in ends)
    share = max(u, n * m - u) / (n * m)
    shown = "; ".join(f"{law.name}: p = {law.p:.4g}" for law in p_of_rank_sum(u, n, m))
    arithmetic = f"U = {u:g} of {n} x {m} = {n * m}; {shown}; AUC of {row.variable} alone = {share:.3f}"
    possible = Range(least, max(law.p for law in laws))
    between = low < high  # several U round to the print: every p between is one of theirs
    exact = Range(min(law.p for law in laws), possible.high)
    yield Reading(kind, (exact,) if between else tuple(Range(law.p, law.p) for law in laws), possible, arithmetic)


def _largest_tie(text: str) -> float:
    """The largest share of a group with one value, by '67.0 (10.0)' or '67 (60-72)'; 1 if that does not tell.

    A step of the scale is 1 where all numbers are whole or halves of whole ones, as the medians of whole numbers are.
    """
    numbers = [float(one) for one in QUARTILES.findall(unicodedata.normalize("NFKC", text))]
    if len(numbers) not in (2, 3):
        return 1.0
    whole = all(2 * one == round(2 * one) for one in numbers)
    steps = abs(numbers[-1] - (numbers[-2] if len(numbers) == 3 else 0.0)) * (1 if whole else 10)
    if steps < FEWEST:
        return 1.0
    middle, *ends = numbers
    apart = middle not in ends if len(ends) == 2 else middle != 0 and steps >= STEPS_APART
    return HALF_TIED if apart else MOST_TIED


def _order(row: Baseline, table: str) -> list[Finding]:
    """A median lies between its quartiles, and within its range."""
    findings = []
    for text, group in ((row.negative_value, "without"), (row.positive_value, "with")):
        found = BETWEEN.fullmatch(unicodedata.normalize("NFKC", text).strip())
        if found is None:
            continue
        middle, *ends = (parse(found[name]) for name in ("median", "low", "high"))
        ends.sort(key=lambda one: one.value)  # some tables print the upper quartile first
        if middle.high < ends[0].low or middle.low > ends[1].high:
            how = "The median lies outside its quartiles."
            item = f"median, patients {group} the outcome"
            findings.append(Finding(table, row.name, item, text, Verdict.IMPOSSIBLE, how))
    return findings


def _t_readings(row: Baseline) -> dict[str, tuple[Range, Range]] | None:
    """|t| and degrees of freedom by what the printed means and deviations may be; None if they cannot be read."""
    cells = [_mean(row.negative_value), _mean(row.positive_value)]
    sizes = (row.negative_n, row.positive_n)
    if None in cells or min(sizes) < 2:
        return None
    means, deviations = zip(*cells, strict=True)
    errors = tuple(
        Range(one.low * math.sqrt(n), one.high * math.sqrt(n)) for one, n in zip(deviations, sizes, strict=True)
    )
    return {
        "Student's t test": t_of_means(means, deviations, sizes, welch=False),
        "Welch's t test": t_of_means(means, deviations, sizes, welch=True),
        "Student's t test, only if the printed deviations are standard errors": t_of_means(means, errors, sizes, False),
        "Welch's t test, only if the printed deviations are standard errors": t_of_means(means, errors, sizes, True),
    }


def _paired(row: Baseline) -> Range | None:
    """|t| of matched pairs, for any usual correlation of the partners; None if the groups differ in size."""
    cells = [_mean(row.negative_value), _mean(row.positive_value)]
    if row.negative_n != row.positive_n or None in cells:
        return None
    (mean, deviation), (other, other_deviation) = cells
    near = max(0.0, mean.low - other.high, other.low - mean.high)
    far = max(mean.high - other.low, other.high - mean.low)

    def error(one: float, two: float, correlation: float) -> float:
        return math.sqrt((one * one + two * two - 2 * correlation * one * two) / row.negative_n)

    largest = error(deviation.high, other_deviation.high, PAIRED_CORRELATION[0])
    smallest = error(deviation.low, other_deviation.low, PAIRED_CORRELATION[1])
    return Range(near / largest if largest > 0 else math.inf, far / smallest if smallest > 0 else math.inf)


def _mean(text: str) -> tuple[Range, Range] | None:
    found = NUMBERS.findall(text.replace("±", " ± "))
    if len(found) != 2:
        return None
    mean, deviation = parse(found[0], signed=True), parse(found[1])
    return Range(mean.low, mean.high), Range(max(0.0, deviation.low), deviation.high)


def _statistic_of_means(row: Baseline, readings: dict[str, tuple[Range, Range]], table: str) -> list[Finding]:
    named, item, printed = family(row.label), "statistic from the means", f"{row.label} {row.statistic}".strip()
    if named not in ("t", "z", "f", ""):
        how = "Means and standard deviations do not give a rank test."
        return [Finding(table, row.name, item, printed, Verdict.CANNOT, how)]
    size = _size(row.statistic)
    arithmetic = "; ".join(f"{name}: {_shown(t, named)}" for name, (t, _) in list(readings.items())[:2])
    for name, (t, _) in readings.items():
        low, high = (t.low**2, t.high**2) if named == "f" else (t.low, t.high)
        if Printed("", size.low, size.high, 0).meets(low, high):
            return [Finding(table, row.name, item, printed, Verdict.REPRODUCED, f"{name}.", arithmetic)]
    pairs = _paired(row)
    if named == "t" and pairs and Printed("", size.low, size.high, 0).meets(pairs.low, pairs.high):
        how = "No t test of two groups; possible as a paired t test of matched patients."
        return [Finding(table, row.name, item, printed, Verdict.CONSISTENT, how, arithmetic)]
    if named in ("t", "f"):
        how = "No t test of these means and standard deviations gives this statistic."
        return [Finding(table, row.name, item, printed, Verdict.IMPOSSIBLE, how, arithmetic)]
    how = "Not a t test of these means; the table names no test that could be recomputed."
    return [Finding(table, row.name, item, printed, Verdict.CANNOT, how, arithmetic)]


def _shown(t: Range, named: str) -> str:
    low, high = (t.low**2, t.high**2) if named == "f" else (t.low, t.high)
    return f"{low:.3f} to {high:.3f}"


def _p_of_means(row: Baseline, readings: dict[str, tuple[Range, Range]], table: str) -> Finding:
    item = "p from the means"
    ranges = {
        name: Range(float(2 * stats.t.sf(t.high, freedom.high)), float(2 * stats.t.sf(t.low, freedom.low)))
        for name, (t, freedom) in readings.items()
    }
    arithmetic = "; ".join(f"{name}: p {p.low:.4g} to {p.high:.4g}" for name, p in list(ranges.items())[:2])
    for name, p in ranges.items():
        if row.p.meets(p.low, p.high):
            return Finding(table, row.name, item, str(row.p), Verdict.REPRODUCED, f"{name}.", arithmetic)
    pairs, freedom = _paired(row), row.negative_n - 1
    if pairs and row.p.meets(*(float(2 * stats.t.sf(t, freedom)) for t in (pairs.high, pairs.low))):
        how = "No t test of two groups; possible as a paired t test of matched patients."
        return Finding(table, row.name, item, str(row.p), Verdict.CONSISTENT, how, arithmetic)
    if family(row.label) in ("t", "f"):
        how = "No t test of these means and standard deviations gives this p."
        return Finding(table, row.name, item, str(row.p), Verdict.IMPOSSIBLE, how, arithmetic)
    how = "Not a t test of these means; the table names no test that could be recomputed."
    return Finding(table, row.name, item, str(row.p), Verdict.CANNOT, how, arithmetic)
