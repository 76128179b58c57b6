"""Counts of a printed table of patients: percentages, and the test that gives the printed statistic and p."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from osteon.printed.findings import Finding, Verdict
from osteon.printed.forms import Baseline
from osteon.printed.laws import FISHER, Law, family, laws_of_counts
from osteon.printed.numbers import Printed, parse

CELL = re.compile(
    r"(?P<count>\d[\d,]*)(?:\s*/\s*(?P<of>\d[\d,]*))?"
    r"(?:(?:\s*[(\[]\s*|\s+)(?P<share>\d+\.?\d*|\.\d+)\s*%?\s*[)\]]?)?"
)
# A p whose test the table does not name is called impossible only if it is this far from every test's p.
UNNAMED_FACTOR = 2
# With more sets, only each set and all together are tried.
MOST_JOINED = 4
# Laws whose numbers are shown: Yates, uncorrected, Fisher.
SHOWN = 3


@dataclass(frozen=True)
class Cell:
    """A count as printed, with the percentage that stands beside it."""

    count: int
    share: str = ""
    """The percentage without its sign; '' if none is printed."""
    of: int = 0
    """The number of patients that the cell itself names, as in 171/346; 0 if it names none."""


def read_count(text: str) -> Cell:
    """The count of a cell such as '171', '171 (49.4%)' or '171/346 (49.4)'.

    Raises:
        ValueError: no count stands there.
    """
    found = CELL.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise ValueError(f"'{text}' is no count. Write for example 171 or 171 (49.4%)")
    count, of = (int((found[name] or "0").replace(",", "")) for name in ("count", "of"))
    return Cell(count, found["share"] or "", of)


@dataclass(frozen=True)
class Counted:
    """All printed levels of one variable in one set: counts per level and outcome, and patients per outcome."""

    rows: tuple[Baseline, ...]
    cells: tuple[tuple[Cell, Cell], ...]
    sizes: tuple[int, int]

    @property
    def counts(self) -> np.ndarray:
        """Counts, one row per printed level, columns without and with the outcome."""
        return np.array([[one.count for one in pair] for pair in self.cells])

    def level(self, place: int) -> np.ndarray:
        """A level against all other patients, 2 x 2."""
        own = self.counts[place]
        return np.array([own, np.array(self.sizes) - own])

    def whole(self) -> list[np.ndarray]:
        """The tables of counts that all levels together may stand for."""
        if len(self.rows) == 1:
            return [self.level(0)]
        rest = np.array(self.sizes) - self.counts.sum(axis=0)
        if (rest < 0).any():  # levels that one patient can have together, such as diseases
            return []
        return [self.counts] + ([np.vstack([self.counts, rest])] if rest.any() else [])


def count_findings(rows: Sequence[Baseline], table: str) -> list[Finding]:
    """Check the lines of kind 'count' of a table of patients.

    Every law that can give the printed statistic and p is tried. Where several do within rounding, the one is named
    that gives most of the table.
    """
    variables, findings = counted(rows, table)
    jobs = []
    for variable in variables:
        findings += _cells(variable, table)
        if not _impossible_counts(variable):
            jobs += _tested(variable)
    tested = [(row, [law for counts in tables for law in laws_of_counts(counts)]) for row, tables in jobs]
    votes = Counter(law.name for row, laws in tested for law in _fitting(row, laws))
    for row, laws in tested:
        findings += _test(row, laws, votes, table)
    return findings


def counted(rows: Iterable[Baseline], table: str) -> tuple[list[Counted], list[Finding]]:
    """Lines of counts, joined to variables; lines that cannot be read become findings."""
    groups: dict[tuple[str, str], list[tuple[Baseline, tuple[Cell, Cell]]]] = {}
    findings = []
    for row in rows:
        if row.kind.lower() != "count":
            continue
        try:
            cells = read_count(row.negative_value), read_count(row.positive_value)
        except ValueError as error:
            findings.append(Finding(table, row.name, "counts", "", Verdict.CANNOT, str(error)))
            continue
        if not row.negative_n or not row.positive_n:
            how = "The numbers of patients are missing. Fill in negative_n and positive_n."
            findings.append(Finding(table, row.name, "counts", "", Verdict.CANNOT, how))
            continue
        groups.setdefault((row.set, row.variable), []).append((row, cells))
    variables = []
    for members in groups.values():
        own, cells = zip(*members, strict=True)
        sizes = (own[0].negative_n, own[0].positive_n)
        if all((row.negative_n, row.positive_n) == sizes for row in own):
            variables.append(Counted(own, cells, sizes))
        else:  # levels with patients of their own
            variables += [Counted((row,), (pair,), (row.negative_n, row.positive_n)) for row, pair in members]
    return variables, findings


def left_out(rows: Iterable[Baseline]) -> dict[str, int]:
    """By set: patients that an analysis of complete patients may leave out, because some variable has no value."""
    sizes: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        if row.negative_n and row.positive_n:
            sizes.setdefault(row.set, []).append((row.negative_n, row.positive_n))
    # the sum over variables: each may lack other patients
    return {
        name: sum(max(group) * len(group) - sum(group) for group in ([n for n, _ in own], [m for _, m in own]))
        for name, own in ((name, list(dict.fromkeys(pairs))) for name, pairs in sizes.items())
    }


def joined_sets(names: Sequence[str], stated: str) -> list[tuple[str, ...]]:
    """Sets, alone and together, that other printed numbers may be of: the stated one, then single ones, first."""
    sizes = range(1, len(names) + 1) if len(names) <= MOST_JOINED else (1, len(names))
    joined = [some for size in sizes for some in combinations(names, size)]
    return sorted(joined, key=lambda some: some != (stated,))


def same_name(first: str, second: str) -> bool:
    """Do two tables mean the same variable, level or set?"""
    return first.strip().casefold() == second.strip().casefold()


def _impossible_counts(variable: Counted) -> bool:
    return bool((variable.counts > np.array(variable.sizes)).any())


def _cells(variable: Counted, table: str) -> list[Finding]:
    """Counts against the number of patients, and percentages against counts."""
    findings = []
    for place, (row, pair) in enumerate(zip(variable.rows, variable.cells, strict=True)):
        printed = (row.negative_value, row.positive_value)
        for cell, size, text, group in zip(pair, variable.sizes, printed, ("without", "with"), strict=True):
            item = f"patients {group} the outcome"
            if cell.count > size:
                how = "A level cannot have more patients than its group."
                finding = Finding(table, row.name, item, text, Verdict.IMPOSSIBLE, how, f"{cell.count} > {size}")
                findings.append(finding)
            elif cell.share:
                findings.append(_percentage(variable, place, cell, size, Finding(table, row.name, item, text, "", "")))
    return findings


def _percentage(variable: Counted, place: int, cell: Cell, size: int, base: Finding) -> Finding:
    counts = variable.counts
    wholes = {"patients of the group": size, "patients with this level": int(counts[place].sum())}
    wholes |= {"all patients of the set": sum(variable.sizes)}
    if cell.count <= cell.of <= size:
        wholes |= {"patients that the cell names": cell.of}
    shown = [parse(f"{cell.share}%")]
    if float(cell.share) <= 1:  # may be a share of 1
        shown.append(parse(cell.share))
    arithmetic = "; ".join(
        f"{cell.count}/{whole} = {100 * cell.count / whole:.3f}%" for whole in wholes.values() if whole
    )
    for words, whole in wholes.items():
        if whole and any(one.holds(cell.count / whole) for one in shown):
            how, verdict = f"Count divided by the {words}.", Verdict.REPRODUCED
            return Finding(base.table, base.row, f"percentage, {base.item}", base.printed, verdict, how, arithmetic)
    how = "The count gives another percentage, of the group, of the level and of the set."
    return Finding(base.table, base.row, f"percentage, {base.item}", base.printed, Verdict.IMPOSSIBLE, how, arithmetic)


def _tested(variable: Counted) -> list[tuple[Baseline, list[np.ndarray]]]:
    """Which printed tests there are, each with the tables of counts that it may be of."""
    with_test = [place for place, row in enumerate(variable.rows) if row.statistic or row.p]
    if not with_test:
        return []
    printed = {(str(variable.rows[place].statistic), str(variable.rows[place].p)) for place in with_test}
    if len(printed) == 1 and (whole := variable.whole()):
        first = with_test[0]
        own = [] if len(variable.rows) == 1 or len(with_test) > 1 else [variable.level(first)]
        return [(variable.rows[first], whole + own)]
    return [(variable.rows[place], [variable.level(place)]) for place in with_test]


def _statistic(law: Law, printed: Printed) -> str:
    """What the printed statistic is under a law, as `family` names it; '' if it does not come out."""
    own = (kind for kind, value in law.statistics if printed.holds(value) or printed.holds(-value))
    return next(own, "")


def _fitting(row: Baseline, laws: Sequence[Law]) -> list[Law]:
    """Laws that give all that is printed."""
    return [
        law
        for law in laws
        if (row.statistic is None or _statistic(law, row.statistic)) and (row.p is None or row.p.holds(law.p))
    ]


def _test(row: Baseline, laws: list[Law], votes: Counter[str], table: str) -> list[Finding]:
    if not laws:
        how = "All patients have the same level: no test has a value."
        return [Finding(table, row.name, "test from the counts", str(row.p or ""), Verdict.CANNOT, how)]
    named, arithmetic = family(row.label), "; ".join(law.words for law in laws[:SHOWN])
    laws = sorted(laws, key=lambda law: -votes[law.name])  # stable: those used most stand first among equals
    findings, best = [], None
    if row.statistic is not None:
        fitting = [law for law in laws if _statistic(law, row.statistic)]
        # what the label says goes before what it does not say
        fitting.sort(key=lambda law: (row.p is not None and not row.p.holds(law.p), not _labelled(law, row, named)))
        best = fitting[0] if fitting else None
        findings.append(_statistic_finding(row, laws, best, named, table, arithmetic))
    if row.p is not None:
        findings.append(_p_finding(row, laws, best, named, table, arithmetic))
    return findings


def _labelled(law: Law, row: Baseline, named: str) -> bool:
    kind = _statistic(law, row.statistic)
    return not named or kind == named or {kind, named} <= {"chi2", "h"}


def _statistic_finding(
    row: Baseline, laws: Sequence[Law], best: Law | None, named: str, table: str, arithmetic: str
) -> Finding:
    item, printed = "statistic from the counts", f"{row.label} {row.statistic}".strip()
    if best is not None:
        how = best.name if _labelled(best, row, named) else f"only as {_kind(best, row)}, printed as {row.label}"
        return Finding(table, row.name, item, printed, Verdict.REPRODUCED, f"{how}.", arithmetic)
    # the statistic of Fisher's test of more than two levels is no odds ratio, and is not computed
    odds = all(law.statistics for law in laws if law.name == FISHER)
    if named in ("chi2", "z", "u", "w", "h") or (named == "fisher" and odds):
        how = "No test of these counts gives this statistic."
        return Finding(table, row.name, item, printed, Verdict.IMPOSSIBLE, how, arithmetic)
    how = "No known test of these counts gives it; the table does not name one that could be recomputed."
    return Finding(table, row.name, item, printed, Verdict.CANNOT, how, arithmetic)


def _kind(law: Law, row: Baseline) -> str:
    names = {
        "z": "z",
        "chi2": "chi-square",
        "u": "Mann-Whitney U",
        "w": "Wilcoxon's W",
        "h": "H",
        "fisher": "odds ratio",
    }
    return f"{names.get(_statistic(law, row.statistic), 't')} ({law.name})"


def _p_finding(
    row: Baseline, laws: Sequence[Law], best: Law | None, named: str, table: str, arithmetic: str
) -> Finding:
    p, item = row.p, "p from the counts"
    note = f" It is {p.note}; write <0.001." if p.note and p.value < 0.001 else ""
    first = next((law for law in ([best] if best else []) + list(laws) if p.holds(law.p)), None)
    if first is not None:
        how = f"{first.name}.{note}"
        return Finding(table, row.name, item, str(p), Verdict.REPRODUCED, how, arithmetic)
    far = p.low > UNNAMED_FACTOR * max(law.p for law in laws) or p.high < min(law.p for law in laws) / UNNAMED_FACTOR
    exact = any(law.name.startswith("Fisher") for law in laws)
    if (named and named != "fisher") or (named == "fisher" and exact) or far:
        how = "No test of these counts gives this p."
        return Finding(table, row.name, item, str(p), Verdict.IMPOSSIBLE, how, arithmetic)
    how = "No known test of these counts gives it, and the table names none that could be recomputed."
    return Finding(table, row.name, item, str(p), Verdict.CANNOT, how, arithmetic)
