"""The audit of a folder of printed tables: every check on every form, in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from osteon.printed.baseline import baseline_findings
from osteon.printed.correlations import correlation_findings
from osteon.printed.delong import delong_findings
from osteon.printed.findings import Finding, Verdict
from osteon.printed.logistic import logistic_findings
from osteon.printed.performance import performance_findings
from osteon.printed.reading import Forms, Table, read_forms
from osteon.printed.settings import settings_findings
from osteon.printed.sums import flow_findings, repeated_findings, share_findings


def audit(folder: str | Path) -> list[Finding]:
    """Check every printed table of a folder.

    Args:
        folder: CSV files, one per table, that are forms (`osteon.printed.forms`).

    Returns:
        Findings by file, in the order of the files' names; what cannot be read is among them.

    Raises:
        NoTables: there is no folder, or nothing in it that can be audited.
    """
    forms = read_forms(folder)
    findings = list(forms.problems)
    for table in forms.tables:
        findings += table_findings(table, forms)
    order = sorted({finding.table for finding in findings})
    return sorted(findings, key=lambda finding: order.index(finding.table))


def table_findings(table: Table, forms: Forms) -> list[Finding]:
    """Check one table; the others are at hand, because some numbers follow from another table's."""
    rows, file = table.rows, table.file
    match table.kind:
        case "baseline":
            return baseline_findings(rows, file)
        case "logistic":
            return logistic_findings(rows, forms.rows("baseline"), file)
        case "performance":
            return performance_findings(rows, file)
        case "delong":
            return delong_findings(rows, forms.rows("performance"), file)
        case "flow":
            return flow_findings(rows, forms.rows("baseline"), file)
        case "shares":
            return share_findings(rows, file)
        case "correlations":
            return correlation_findings(rows, forms.rows("baseline"), file)
        case "settings":
            return settings_findings(rows, file)
        case "repeated":
            return repeated_findings(rows, file)
    how = "Nothing in a table of acquisition can be recomputed."
    return [Finding(file, "", "acquisition", "", Verdict.CANNOT, how)]


def summary(findings: Sequence[Finding]) -> str:
    """The number of findings of each verdict, and a line for each that is impossible."""
    verdicts = [finding.verdict for finding in findings]
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict.replace('_', ' ')}" for verdict in Verdict)
    lines = [
        f"  {finding.table}: {finding.row}: {finding.item}: {finding.printed}"
        for finding in findings
        if finding.verdict is Verdict.IMPOSSIBLE
    ]
    return "\n".join([f"{len(findings)} checks: {counts}.", *lines])
