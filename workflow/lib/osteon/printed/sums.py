"""Numbers that must add up or agree: the flow of patients, shares of a whole, a number printed at several places."""

from __future__ import annotations

from collections.abc import Sequence

from osteon.printed.findings import Finding, Verdict
from osteon.printed.forms import Baseline, Flow, Repeated, Share
from osteon.printed.laws import Range
from osteon.printed.numbers import FUZZ, Printed

TOTAL = ("total", "sum", "all", "合计", "总计")


def flow_findings(rows: Sequence[Flow], baseline: Sequence[Baseline], table: str) -> list[Finding]:
    """Check that the parts of every box add up to it, its percentages, and the sets against the table of patients."""
    counts = {row.step: row.n for row in rows if row.n is not None}
    findings = []
    for whole in dict.fromkeys(row.of for row in rows if row.of):
        parts = [row for row in rows if row.of == whole]
        item = "sum of its parts"
        if whole not in counts or any(row.n is None for row in parts):
            how = f"A number is missing. Give '{whole}' and all of its parts a line with n."
            findings.append(Finding(table, whole, item, str(counts.get(whole, "")), Verdict.CANNOT, how))
            continue
        total = sum(row.n for row in parts)
        arithmetic = f"{' + '.join(str(row.n) for row in parts)} = {total}"
        if total == counts[whole]:
            verdict, how = Verdict.REPRODUCED, "The parts add up."
        else:
            verdict = Verdict.IMPOSSIBLE
            how = "The parts do not add up, unless one is left out here or a patient is counted in two."
            arithmetic += f", printed {counts[whole]} ({total - counts[whole]:+d})"
        findings.append(Finding(table, whole, item, str(counts[whole]), verdict, how, arithmetic))
    findings += _flow_shares(rows, counts, table)
    return findings + _sets(counts, baseline, table)


def _flow_shares(rows: Sequence[Flow], counts: dict[str, int], table: str) -> list[Finding]:
    parents = {row.step: row.of for row in reversed(rows)}
    findings = []
    for row in rows:
        wholes = [name for name in _above(row.step, parents) if counts.get(name)]
        if row.percent is None or row.n is None or not wholes:
            continue
        shares = {name: row.n / counts[name] for name in wholes}
        good = [name for name, share in shares.items() if _is_percent(row.percent, share)]
        verdict = Verdict.REPRODUCED if good else Verdict.IMPOSSIBLE
        words = " and of ".join(f"'{name}'" for name in wholes)
        how = f"Count divided by '{good[0]}'." if good else f"The count is another percentage of {words}."
        arithmetic = "; ".join(f"{row.n}/{counts[name]} = {100 * share:.3f}%" for name, share in shares.items())
        findings.append(Finding(table, row.name, "percentage", str(row.percent), verdict, how, arithmetic))
    return findings


def _is_percent(printed: Printed, share: float) -> bool:
    return printed.holds(share) or ("%" not in printed.text and printed.holds(100 * share))


def _above(step: str, parents: dict[str, str]) -> list[str]:
    """The box that a box is a part of, the box that this one is a part of, and so on."""
    found: list[str] = []
    while (step := parents.get(step, "")) and step not in found:
        found.append(step)
    return found


def _sets(counts: dict[str, int], baseline: Sequence[Baseline], table: str) -> list[Finding]:
    """Sets of the flow against the sizes of their groups; variables with missing values have fewer patients."""
    sizes: dict[str, int] = {}
    for row in baseline:
        if row.negative_n and row.positive_n:
            sizes[row.set] = max(sizes.get(row.set, 0), row.negative_n + row.positive_n)
    findings = []
    for name, size in sizes.items():
        if name not in counts:
            continue
        item, printed, arithmetic = "patients of the set", str(counts[name]), f"{size} in the table of patients"
        if size == counts[name]:
            found = Verdict.REPRODUCED, "The groups of the table of patients add up to it."
        elif size < counts[name]:
            found = Verdict.CONSISTENT, "The table of patients has fewer; values may be missing."
        else:
            found = Verdict.IMPOSSIBLE, "The table of patients has more than the set."
        findings.append(Finding(table, name, item, printed, *found, arithmetic))
    return findings


def share_findings(rows: Sequence[Share], table: str) -> list[Finding]:
    """Check that shares add to 100%, and the shares of groups to their printed sums."""
    groups = [name for name in dict.fromkeys(row.group for row in rows) if name]
    items = [row for row in rows if row.item.lower() not in TOTAL and row.item not in groups and row.share]
    if not items:
        return [Finding(table, "", "shares", "", Verdict.CANNOT, "No line has a share. Fill in the column share.")]
    hundred = 1.0 if any("%" in row.share.text for row in items) else _scale([row.share for row in items])
    findings = []
    printed = {row.item.lower(): row.share for row in rows if row.item.lower() in TOTAL and row.share}
    total = next(iter(printed.values()), None)
    if any(row.share is None for row in rows):
        how = "A line has no share, so that nothing is known of the sum. Fill it in or leave the line out."
        findings.append(Finding(table, "all shares", "sum of shares", "", Verdict.CANNOT, how))
    else:
        findings.append(_sum(items, total, hundred, table, "all shares"))
    for group in groups:
        own = [row for row in items if row.group == group]
        given = next((row.share for row in rows if row.item == group and row.share), None)
        if given is not None and own and all(row.share is not None for row in rows if row.group == group):
            findings.append(_sum(own, given, None, table, group))
    return findings


def _scale(shares: Sequence[Printed]) -> float:
    """1 or 100, whichever is nearer to the sum of shares without a percent sign."""
    total = sum(share.value for share in shares)
    return 1.0 if abs(total - 1) < abs(total - 100) else 100.0


def _sum(rows: Sequence[Share], given: Printed | None, whole: float | None, table: str, name: str) -> Finding:
    """Shares against their sum as printed, and against the whole that they must add to (None for a group)."""
    between = Range(sum(row.share.low for row in rows), sum(row.share.high for row in rows))
    middle = sum(row.share.value for row in rows)
    text = " + ".join(str(row.share) for row in rows)
    percent = "%" in rows[0].share.text
    scale, sign = (100, "%") if percent else (1, "")
    rounding = f"{scale * between.low:.4g} to {scale * between.high:.4g}{sign}"
    arithmetic = f"{text} = {scale * middle:.4g}{sign}; with rounding {rounding}"
    good, printed = True, "100%" if whole else str(given)
    if whole is not None:
        good = Printed("", whole, whole, 0).meets(between.low, between.high)
    if given is not None:
        good, printed = good and given.meets(between.low, between.high), str(given)
    verdict = Verdict.REPRODUCED if good else Verdict.IMPOSSIBLE
    how = "The shares add up within rounding." if good else "The shares do not add up, however they were rounded."
    return Finding(table, name, "sum of shares", printed, verdict, how, arithmetic)


def repeated_findings(rows: Sequence[Repeated], table: str) -> list[Finding]:
    """Check that a number is the same wherever it is printed; more digits at one place are no contradiction."""
    findings = []
    for item in dict.fromkeys(row.item for row in rows):
        own = [row for row in rows if row.item == item and row.value is not None]
        if len(own) < 2:
            how = "It stands at one place only. Add a line for each other place."
            findings.append(Finding(table, item, "same number everywhere", "", Verdict.CANNOT, how))
            continue
        printed = "; ".join(f"{row.value} ({row.place})" for row in own)
        low, high = max(row.value.low for row in own), min(row.value.high for row in own)
        agree = low <= high + FUZZ
        if agree and len({row.value.text for row in own}) == 1:
            found = Verdict.REPRODUCED, "The same at every place."
        elif agree:
            tie = f"Only if it is exactly {low:.6g}, rounded up at one place and down at another."
            found = Verdict.CONSISTENT, "Roundings of one number." if low < high - FUZZ else tie
        else:
            found = Verdict.IMPOSSIBLE, "No number rounds to all of these: one of them is wrong."
        findings.append(Finding(table, item, "same number everywhere", printed, *found))
    return findings
