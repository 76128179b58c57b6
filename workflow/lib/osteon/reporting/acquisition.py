"""How the images were acquired, per center and sequence, and what ingest found in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from osteon.config.headers import VALUES, Facts
from osteon.reporting.numbers import ABSENT, DASH, significant
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, finding

QUALITY_COLUMNS = ["center", "subject", "stage", "code", "severity", "value", "files", "message"]

COLUMNS = ["center", "sequence", "n", *VALUES]


def acquisition_table(statuses: Iterable[CaseStatus]) -> pd.DataFrame:
    """One row per center and sequence: number of series, and each parameter as one value or a range.

    Args:
        statuses: of ingest. Facts are taken from `extra['sequences'][sequence]` of the cases that passed.

    Returns:
        center, sequence, n, then text columns. A number that varies is given as its range, a text that varies with
        the number of series of each value; a parameter that no header holds is an en dash.
    """
    facts: dict[tuple[str, str], list[Facts]] = {}
    for status in statuses:
        if status.ok:
            for sequence, values in status.extra.get("sequences", {}).items():
                facts.setdefault((status.center, sequence), []).append(values)
    rows = [
        [center, sequence, len(series), *(_summary([value(one) for one in series]) for value in VALUES.values())]
        for (center, sequence), series in facts.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def quality_table(statuses: Iterable[CaseStatus]) -> pd.DataFrame:
    """One row per finding, and one per exclusion that no finding explains, of every case.

    Returns:
        center, subject, stage, code, severity (exclude, review, note), value, files (separated by '; ') and message.
    """
    rows = [
        [
            status.center,
            status.subject,
            status.stage,
            entry["code"],
            entry["severity"],
            entry["value"],
            "; ".join(entry["files"]),
            entry["message"],
        ]
        for status in statuses
        for entry in [*_unexplained(status), *status.findings]
    ]
    return pd.DataFrame(rows, columns=QUALITY_COLUMNS)


def _unexplained(status: CaseStatus) -> list[dict]:
    """The exclusion of a case as a finding, where none of its findings has that code and severity."""
    explained = {(entry["code"], entry["severity"]) for entry in status.findings}
    if status.ok or (status.reason, "exclude") in explained:
        return []
    return [finding(Reason(status.reason), "exclude", status.detail or "")]


def _summary(values: list[object]) -> str:
    known = [value for value in values if value not in (None, "")]
    if not known:
        return ABSENT
    if all(isinstance(value, (int, float)) for value in known):
        low, high = significant(min(known), 4), significant(max(known), 4)
        text = low if low == high else f"{low}{DASH}{high}"
    else:
        counts = Counter(map(str, known))
        text = (
            next(iter(counts))
            if len(counts) == 1
            else ", ".join(
                f"{value} ({count})" for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            )
        )
    return text if len(known) == len(values) else f"{text} (known for {len(known)})"
