"""What an audit of printed numbers says about one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

import pandas as pd


class Verdict(StrEnum):
    """What can be said about a printed number.

    'impossible' needs certainty: rounding of every printed input is taken at its widest, and every law that an honest
    paper could have used is tried.
    """

    REPRODUCED = "reproduced"
    CONSISTENT = "consistent"
    IMPOSSIBLE = "impossible"
    CANNOT = "cannot_be_checked"


@dataclass(frozen=True)
class Finding:
    """One checked number.

    Attributes:
        table: name of the file.
        row: what the row is called, for example 'clinical, internal'.
        item: what was checked, for example 'F1 from precision and recall'.
        printed: the number or numbers as printed.
        verdict: what was found.
        how: one sentence: the law or rule that gave the verdict.
        arithmetic: the numbers that prove it.
    """

    table: str
    row: str
    item: str
    printed: str
    verdict: Verdict
    how: str
    arithmetic: str = ""


def findings_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Findings as a table, one row each, columns as the attributes of `Finding`; verdicts as their words."""
    rows = [asdict(finding) | {"verdict": str(finding.verdict)} for finding in findings]
    return pd.DataFrame(rows, columns=[field.name for field in fields(Finding)])
