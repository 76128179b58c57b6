"""A printed table of odds ratios: its numbers against each other, and against the counts of the table of patients."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from operator import attrgetter

import numpy as np
from scipy import stats

from osteon.printed.counts import Counted, counted, joined_sets, left_out, same_name
from osteon.printed.findings import Finding, Verdict
from osteon.printed.forms import Baseline, Logistic
from osteon.printed.numbers import Printed
from osteon.printed.odds import QUANTILE, Odds, odds_of
from osteon.printed.wald import SHIFT_BY_ERROR, follows, parts_of, possible, ratio

UNIVARIABLE = ("uni", "crude", "unadjusted", "单")
# So many rows of a table must come out from a set before another that does not is called impossible.
AGREEING = 2
JOINED = " + "
# Room, in standard errors, for 1.96 in place of 1.959964 and for iterations that stop early.
FIT = 2e-4


def logistic_findings(rows: Sequence[Logistic], baseline: Sequence[Baseline], table: str) -> list[Finding]:
    """Check a table of odds ratios.

    Args:
        rows: lines of the table.
        baseline: lines of the table of patients, () if there is none.
        table: name of the file.
    """
    from_counts = _from_counts(rows, baseline, table)
    proven = {one.row for one in from_counts if one.verdict is Verdict.REPRODUCED}
    findings = []
    for row in rows:
        findings += _row(row, _smallest(row, baseline), table, row.name in proven)
    return findings + from_counts


def _smallest(row: Logistic, baseline: Sequence[Baseline]) -> int | None:
    """Patients of the rarer outcome, or with the level of this variable, if they are fewer; None if it is unknown."""
    sizes = [n for line in baseline for n in (line.negative_n, line.positive_n) if n]
    variables, _ = counted([line for line in baseline if same_name(line.variable, row.variable)], "")
    for one in variables:
        levels = one.counts.sum(axis=1)
        sizes += [n for level in levels for n in (int(level), int(sum(one.sizes) - level)) if n > 0]
    return min(sizes, default=None)


def _row(row: Logistic, smallest: int | None, table: str, proven: bool) -> list[Finding]:
    """The numbers of a row against each other; `proven`: they all come out from counts."""
    parts = parts_of(row)
    item, printed = "odds ratio, interval, z and p against each other", _printed(parts)
    if row.low and row.high and (row.low.low > row.high.high or not _inside(row)):
        how = "An odds ratio lies inside its interval."
        return [Finding(table, row.name, item, printed, Verdict.IMPOSSIBLE, how)]
    limits = len({"lower limit", "upper limit"} & parts.keys())
    if len(parts) - limits + bool(limits) < 2:
        how = "One number alone says nothing about itself."
        return [Finding(table, row.name, item, printed, Verdict.CANNOT, how)]
    arithmetic = _wald_arithmetic(parts)
    if follows(parts):
        how = "Wald's interval and p from coefficient and z."
        return [Finding(table, row.name, item, printed, Verdict.REPRODUCED, how, arithmetic)]
    if possible(parts):
        how = "Possible within rounding as Wald's interval, z and p."
        return [Finding(table, row.name, item, printed, Verdict.CONSISTENT, how, arithmetic)]
    if possible(parts, smallest, profile=True):
        how = "Not as Wald's interval; possible for an interval or a p of the profile likelihood."
        return [Finding(table, row.name, item, printed, Verdict.CONSISTENT, how, arithmetic)]
    if _univariable(row) and possible(parts, smallest, profile=True, exact=True):
        how = "Not as Wald's interval; possible for the exact interval of two groups or for Fisher's p."
        return [Finding(table, row.name, item, printed, Verdict.CONSISTENT, how, arithmetic)]
    if proven:
        how = "Not from one coefficient and standard error, but the counts of the table of patients give all of them."
        return [Finding(table, row.name, item, printed, Verdict.CONSISTENT, how, arithmetic)]
    how = "No coefficient and standard error give all of these numbers."
    return [
        Finding(table, row.name, item, printed, Verdict.IMPOSSIBLE, how, "; ".join(_proof(parts, smallest, arithmetic)))
    ]


def _univariable(row: Logistic) -> bool:
    return row.analysis.lower().startswith(UNIVARIABLE)


def _inside(row: Logistic) -> bool:
    return row.odds_ratio is None or (row.low.low <= row.odds_ratio.high and row.odds_ratio.low <= row.high.high)


def _printed(parts: dict[str, Printed]) -> str:
    return ", ".join(f"{name} {part}" for name, part in parts.items())


def _wald_arithmetic(parts: dict[str, Printed]) -> str:
    """What the coefficient (or OR) and z, or the interval, give."""
    if "coefficient" not in parts and ("OR" not in parts or parts["OR"].value <= 0):
        return ""
    b = parts["coefficient"].value if "coefficient" in parts else math.log(parts["OR"].value)
    if "SE" in parts:
        se, source = parts["SE"].value, "SE as printed"
    elif "z" in parts and parts["z"].value * b > 0:
        se, source = b / parts["z"].value, "SE = b / z"
    elif {"lower limit", "upper limit"} <= parts.keys() and 0 < parts["lower limit"].value < parts["upper limit"].value:
        se = math.log(parts["upper limit"].value / parts["lower limit"].value) / 3.92
        source = "SE = ln(upper / lower) / 3.92"
    else:
        return ""
    if se <= 0:
        return ""
    p = 2 * stats.norm.sf(abs(b / se))
    limits = f"{ratio(b - 1.96 * se):.3f} to {ratio(b + 1.96 * se):.3f}"
    return f"b = {b:.4f}, {source} = {se:.4f}: OR {ratio(b):.3f} ({limits}), z = {b / se:.3f}, p = {p:.4g}"


def _proof(parts: dict[str, Printed], smallest: int | None, arithmetic: str) -> Iterator[str]:
    """The arithmetic, and which numbers the others agree without."""
    if arithmetic:
        yield arithmetic
    alone = []
    for name in parts:
        rest = {other: part for other, part in parts.items() if other != name}
        if len(rest) >= 2 and possible(rest, smallest, profile=True):
            alone.append(name)
    if alone:
        yield f"the others agree without {' or without '.join(alone)}"


def _from_counts(rows: Sequence[Logistic], baseline: Sequence[Baseline], table: str) -> list[Finding]:
    """Univariable rows against the counts of one set of patients."""
    variables, _ = counted(baseline, table)
    sources = {}
    for row in rows:
        if _univariable(row):
            found = list(_candidates(row, variables))
            if found:
                sources[row] = found
    fits = {row: [name for name, odds in found if _fits(row, odds)] for row, found in sources.items()}
    votes: dict[str, int] = {}
    for names in fits.values():
        for name in dict.fromkeys(names):
            votes[name] = votes.get(name, 0) + 1
    # dicts keep their order, in which single sets stand before joined ones
    agreed = max(votes, key=votes.get) if votes else ""
    absent = left_out(baseline)
    missing = sum(absent[name] for name in agreed.split(JOINED)) if agreed else 0
    return [
        _count_finding(row, sources[row], fits[row], (agreed, votes.get(agreed, 0), missing), table) for row in sources
    ]


def _count_finding(
    row: Logistic,
    found: list[tuple[str, Odds]],
    fitting: list[str],
    consensus: tuple[str, int, int],
    table: str,
) -> Finding:
    """A row against counts.

    Args:
        row: the row.
        found: (set, odds ratio) of all counts that it may be of.
        fitting: sets that give it.
        consensus: the set that gives most rows, how many, and how many of its patients have a missing value somewhere.
        table: name of the file.
    """
    agreed, agreeing, missing = consensus
    item, printed = "odds ratio, interval, z and p from the counts", _printed(parts_of(row))
    if fitting:
        name = agreed if agreed in fitting else fitting[0]
        odds = next(odds for source, odds in found if source == name and _fits(row, odds))
        stated = row.set and row.set != name
        only = f"only from the counts of {_words(name)}, printed for {row.set}" if stated else ""
        how = only or f"from the counts of {_words(name)}"
        how += f", {odds.note}" if odds.note else ""
        return Finding(table, row.name, item, printed, Verdict.REPRODUCED, f"{how}.", _odds_words(name, odds))
    near = [(name, odds, list(_misfits(row, odds))) for name, odds in found if name == agreed and not odds.note]
    by_ratio = [one for one in near if "OR" not in one[2]]
    shown = by_ratio or near or [(name, odds, []) for name, odds in found if not odds.note]
    arithmetic = "; ".join(dict.fromkeys(_odds_words(name, odds) for name, odds, _ in shown[:2]))
    if any(_may_fit(row, odds, missing) for _, odds, _ in near):
        how = f"Possible if the patients of {_words(agreed)} who have a missing value were left out."
        return Finding(table, row.name, item, printed, Verdict.CONSISTENT, how, arithmetic)
    if by_ratio and agreeing >= 1:
        how = (
            f"The odds ratio comes from the counts of {_words(agreed)}, which do not give: {', '.join(by_ratio[0][2])}."
        )
        return Finding(table, row.name, item, printed, Verdict.IMPOSSIBLE, how, arithmetic)
    if near and agreeing >= AGREEING and len(near) <= 2:
        how = f"Other rows come from the counts of {_words(agreed)}; the counts of no set give this one."
        return Finding(table, row.name, item, printed, Verdict.IMPOSSIBLE, how, arithmetic)
    how = "No set's counts give it: it may be of other patients, or of other levels."
    return Finding(table, row.name, item, printed, Verdict.CANNOT, how, arithmetic)


def _words(name: str) -> str:
    return f"set {name}" if JOINED not in name else f"sets {name} together"


def _odds_words(name: str, odds: Odds) -> str:
    low, high = map(ratio, odds.wald)
    test = "" if math.isnan(odds.z) else f", z = {odds.z:.3f}, p = {2 * stats.norm.sf(abs(odds.z)):.4g}"
    return f"{name}: OR {ratio(odds.b):.4f} ({low:.3f} to {high:.3f}){test}"


def _misfits(row: Logistic, odds: Odds) -> Iterator[str]:
    """What is printed and does not come out from the counts, as Wald's or as profile-likelihood inference."""
    # on the log scale an error of the fit is an error relative to the odds ratio
    slack = FIT * odds.se

    def fits(name: str, part: Printed) -> bool:
        match name:
            case "OR":
                return part.holds(ratio(odds.b), slack * ratio(odds.b))
            case "lower limit" | "upper limit":
                end = int(name == "upper limit")
                found = (ratio(of(odds)[end]) for of in (attrgetter("wald"), attrgetter("profile")))
                return any(part.holds(limit, slack * limit) for limit in found)
            case "p":
                return any(part.holds(p) for p in odds.ps)
        value = {"coefficient": odds.b, "SE": odds.se, "z": odds.z, "Wald chi-square": odds.z**2}[name]
        return part.holds(value, slack * max(1.0, abs(value)))

    return (name for name, part in parts_of(row).items() if not fits(name, part))


def _fits(row: Logistic, odds: Odds) -> bool:
    return next(_misfits(row, odds), None) is None


def _may_fit(row: Logistic, odds: Odds, missing: int) -> bool:
    """Could the row come from the counts less up to so many patients? Ranges are wide rather than narrow."""
    if not missing:
        return False
    (b_low, b_high), (se_low, se_high) = odds.without(missing)
    if math.isinf(b_high):
        return True
    room = FIT + SHIFT_BY_ERROR * se_high**2  # a profile interval is shifted
    parts = parts_of(row)
    ranges = {
        "OR": (ratio(b_low), ratio(b_high)),
        "coefficient": (b_low, b_high),
        "lower limit": (
            ratio(b_low - QUANTILE * se_high - room),
            ratio(b_high - QUANTILE * se_low + room),
        ),
        "upper limit": (
            ratio(b_low + QUANTILE * se_low - room),
            ratio(b_high + QUANTILE * se_high + room),
        ),
        "SE": (se_low, se_high),
        "z": (min(b_low / se_low, b_low / se_high), max(b_high / se_low, b_high / se_high)),
    }
    return all(parts[name].meets(*ends) for name, ends in ranges.items() if name in parts)


def _candidates(row: Logistic, variables: Sequence[Counted]) -> Iterator[tuple[str, Odds]]:
    """(set, odds ratio) for every set and every way round, single sets first."""
    own = {one.rows[0].set: one for one in variables if same_name(one.rows[0].variable, row.variable)}
    for names in joined_sets(list(own), row.set):
        for counts in _contrasts([own[name] for name in names], row.level):
            for either in (counts, counts[::-1]):
                yield from ((JOINED.join(names), odds) for odds in odds_of(either))


def _contrasts(members: Sequence[Counted], level: str) -> Iterator[np.ndarray]:
    """2 x 2 tables of joined sets: each printed level against the rest and against each other level."""
    levels = [[row.level for row in one.rows] for one in members]
    shared = [name for name in levels[0] if all(name in own for own in levels)]
    stacks = {
        name: sum(one.level(own.index(name)) for one, own in zip(members, levels, strict=True)) for name in shared
    }
    wanted = [name for name in shared if level and same_name(name, level)] or shared
    for name in wanted:
        yield stacks[name]
        if len(shared) > 2:
            yield from (np.array([stacks[name][0], stacks[other][0]]) for other in shared if other != name)
