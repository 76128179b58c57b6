"""A printed table of patients: every line by what it holds."""

from __future__ import annotations

from collections.abc import Sequence

from osteon.printed.continuous import continuous_findings
from osteon.printed.counts import count_findings
from osteon.printed.findings import Finding
from osteon.printed.forms import Baseline


def baseline_findings(rows: Sequence[Baseline], table: str) -> list[Finding]:
    """Check counts, medians and means of a table of patients, and the tests printed beside them.

    Args:
        rows: lines of the table.
        table: name of its file.

    Returns:
        Findings, in the order of the lines.
    """
    order = {row.name: place for place, row in reversed(list(enumerate(rows)))}
    found = [*count_findings(rows, table), *continuous_findings(rows, table)]
    return sorted(found, key=lambda one: order[one.row])
