"""The study's own tables under the checks for printed tables: the files of results, and the manuscript's CSV as it is
printed, read back cell by cell."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from osteon.printed.baseline import baseline_findings
from osteon.printed.delong import delong_findings
from osteon.printed.findings import Finding, Verdict
from osteon.printed.forms import Flow, Performance
from osteon.printed.logistic import logistic_findings
from osteon.printed.numbers import parse
from osteon.printed.own import (
    comparison_row,
    logistic_row,
    own_findings,
    patients_row,
    performance_row,
    points_of,
    two_groups,
)
from osteon.printed.performance import performance_findings
from osteon.printed.reading import split_interval
from osteon.printed.sums import flow_findings
from osteon.reporting.content import ReportContent
from osteon.reporting.flow import SETS, step_names
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import ABSENT
from osteon.reporting.paper.csv import first_row
from osteon.reporting.paper.study import Further, paper_table
from osteon.reporting.paper.table import PaperTable
from osteon.statistics.names import MULTIVARIABLE, UNIVARIABLE

AUDITED = ("exclusions", "baseline", "logistic", "performance", "comparisons")
"""Tables of the manuscript for which there are checks."""
SHOWN = 20
"""So many impossible numbers stand in the message of a run that fails."""


class ImpossibleNumbersError(Exception):
    """A table of this study holds a number that cannot be true; the message names each with its arithmetic."""


def audit_study(content: ReportContent, further: Further, folder: str | Path, say: Say = english) -> list[Finding]:
    """All checks on the study's own tables.

    Args:
        content: flow, performance, pairwise, baseline.
        further: logistic.
        folder: the CSV files of the manuscript, 09_paper/tables.
        say: the language in which they are written.

    Returns:
        Findings on the results (with all digits, rounded to three) and on the printed tables: whether each printed cell
        is the one that the results give, and whether the numbers can be true together.
    """
    results = own_findings(
        _with_names(content.stacked("performance")),
        _with_names(content.stacked("pairwise")),
        _with_names(content.stacked("baseline")),
        further.logistic,
        content.flow,
    )
    return [*results, *printed_findings(content, further, folder, say)]


def require_possible(findings: Sequence[Finding]) -> None:
    """Nothing if every number can be true.

    Raises:
        ImpossibleNumbersError: one cannot; table, row, item, what is printed and the arithmetic of each.
    """
    wrong = [one for one in findings if one.verdict is Verdict.IMPOSSIBLE]
    if not wrong:
        return
    lines = [
        f"  {one.table}: {one.row}: {one.item}: {one.printed}. {one.how} {one.arithmetic}".rstrip()
        for one in wrong[:SHOWN]
    ]
    more = [f"  and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
    first = f"{len(wrong)} numbers in this study's own tables cannot be true, so that nothing is published:"
    raise ImpossibleNumbersError("\n".join([first, *lines, *more]))


def printed_findings(content: ReportContent, further: Further, folder: str | Path, say: Say = english) -> list[Finding]:
    """The checks on the manuscript's CSV files; of tables that the study does not have none."""
    tables = {key: paper_table(key, content, further, say) for key in AUDITED}
    cells = {
        key: printed_cells(Path(folder) / f"{key}.csv", table) for key, table in tables.items() if table is not None
    }
    findings = [found for key, printed in cells.items() for found in _cell_findings(tables[key], printed)]
    rows: list[Performance] = []
    if content.kind == "binary":
        if "performance" in cells:
            table = content.stacked("performance")
            rows = list(_performance(tables["performance"], cells["performance"], table, say))
            points = [part for row, (_, own) in zip(rows, _grouped(table), strict=True) for part in points_of(row, own)]
            findings += performance_findings(points, "tables/performance.csv")
        if "comparisons" in cells:
            compared = [
                comparison_row(row, cell[2], cell[3], "patients")
                for cell, (_, row) in zip(
                    _data(tables["comparisons"], cells["comparisons"]),
                    _grouped(content.stacked("pairwise")),
                    strict=True,
                )
            ]
            compared = [row for row in compared if row.z is not None]
            findings += delong_findings(compared, rows, "tables/comparisons.csv")
    patients = []
    if "baseline" in cells and two_groups(content.stacked("baseline")):
        patients = list(_patients(tables["baseline"], cells["baseline"], content.stacked("baseline")))
        findings += baseline_findings(patients, "tables/baseline.csv")
    if "logistic" in cells:
        odds = list(_odds(tables["logistic"], cells["logistic"], further.logistic))
        findings += logistic_findings(odds, patients, "tables/logistic.csv")
    if "exclusions" in cells:
        charts = _charts(tables["exclusions"], cells["exclusions"], content.flow)
        findings += [found for chart in charts for found in flow_findings(chart, (), "tables/exclusions.csv")]
    return findings


def printed_cells(path: Path, table: PaperTable) -> list[list[str]]:
    """The rows of a CSV file of the manuscript, headings of rows among them, in the order of the table's.

    Raises:
        ValueError: the file does not have the rows and columns of the table.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    start = first_row(table) - 1
    rows = lines[start : start + len(table.rows)]
    if len(rows) < len(table.rows) or any(len(row) != len(table.columns) for row in rows):
        raise ValueError(f"{path} is not the table that the results give: other rows or columns. Make it again.")
    return rows


def _with_names(table: pd.DataFrame) -> pd.DataFrame:
    """Sets by the names that they have in the manuscript: those of several external hospitals are called alike."""
    return table.assign(set=table["patients"]) if "patients" in table.columns else table


def _cell_findings(table: PaperTable, printed: Sequence[Sequence[str]]) -> Iterator[Finding]:
    """One finding for each row: are its cells those that the results give?"""
    name = f"tables/{table.key}.csv"
    for row, cells in zip(table.rows, printed, strict=True):
        own = ["  " * row.level + row.cells[0], *row.cells[1:]]
        own += [""] * (len(cells) - len(own))
        wrong = [(cell, given) for cell, given in zip(cells, own, strict=True) if cell != given]
        item, words = "cells against the results", "; ".join(cell for cell, _ in wrong)
        if wrong:
            proof = "; ".join(f"'{cell}' printed, '{given}' from the results" for cell, given in wrong)
            how = "The file does not say what the results say."
            yield Finding(name, row.cells[0], item, words, Verdict.IMPOSSIBLE, how, proof)
        elif not row.heading:
            yield Finding(name, row.cells[0], item, "", Verdict.REPRODUCED, "Every cell comes from the results.")


def _grouped(table: pd.DataFrame) -> list[tuple]:
    """Rows as the manuscript has them: set after set."""
    return [row for _, own in table.groupby("patients", sort=False) for row in own.iterrows()]


def _data(table: PaperTable, printed: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Rows that are no headings."""
    return [cells for row, cells in zip(table.rows, printed, strict=True) if not row.heading]


def _performance(
    table: PaperTable, printed: Sequence[Sequence[str]], results: pd.DataFrame, say: Say
) -> Iterator[Performance]:
    fields = {
        say("AUC"): "auc",
        say("Sensitivity"): "sensitivity",
        say("Specificity"): "specificity",
        say("Accuracy"): "accuracy",
        say("PPV"): "precision",
        say("NPV"): "npv",
        say("F1"): "f1",
    }
    columns = {place: fields[one.heading] for place, one in enumerate(table.columns) if one.heading in fields}
    for (_, row), cells in zip(_grouped(results), _data(table, printed), strict=True):
        texts = {}
        for place, field in columns.items():
            value, low, high = split_interval(cells[place])
            texts |= {field: value} | ({"low": low, "high": high} if field == "auc" else {})
        yield performance_row(row, texts, "patients")


def _patients(table: PaperTable, printed: Sequence[Sequence[str]], results: pd.DataFrame) -> Iterator:
    """Lines of patients; sets stand side by side, or below each other with a heading each."""
    sets = list(dict.fromkeys(results["patients"]))
    variables = list(dict.fromkeys(results["variable"]))
    known = {(row["patients"], row["variable"]): row for _, row in results.iterrows()}
    if table.grouped:
        places = {
            (name, variable): printed[line][1 + 4 * at : 5 + 4 * at]
            for line, variable in enumerate(variables)
            for at, name in enumerate(sets)
        }
    else:
        keys = [(name, variable) for name in sets for variable in variables if (name, variable) in known]
        places = {key: cells[1:5] for key, cells in zip(keys, _data(table, printed), strict=True)}
    for key, row in known.items():
        first, second, statistic, p = places[key]
        if ABSENT in (first, second):
            continue  # a group without a value
        _, equals, value = statistic.partition("=")
        texts = {"negative_value": first, "positive_value": second, "statistic": value if equals else "", "p": p}
        yield patients_row(row, texts, "patients")


def _odds(table: PaperTable, printed: Sequence[Sequence[str]], results: pd.DataFrame) -> Iterator:
    keys = ["variable", "level", "reference"]
    analyses = [name for name in (UNIVARIABLE, MULTIVARIABLE) if name in set(results["analysis"])]
    terms = results[keys].astype(object).where(results[keys].notna(), "")
    known = {(row["analysis"], *terms.loc[place]): row for place, row in results.iterrows()}
    for cells, term in zip(_data(table, printed), dict.fromkeys(map(tuple, terms.to_numpy())), strict=True):
        for at, analysis in enumerate(analyses):
            row = known.get((analysis, *term))
            value, low, high = split_interval(cells[1 + 3 * at])
            if row is not None and low:
                z, p = cells[2 + 3 * at : 4 + 3 * at]
                yield logistic_row(row, {"odds_ratio": value, "low": low, "high": high, "z": z, "p": p})


def _charts(table: PaperTable, printed: Sequence[Sequence[str]], results: pd.DataFrame) -> Iterator[list[Flow]]:
    """The boxes of every column: each step is what is left of the step before; those excluded stand above it."""
    inside = set(results.loc[results["kind"] != "out", "step"])
    steps = iter([step for step in step_names() if step in inside])
    total = "excluded"  # the last row adds up all who left
    keys = ["" if row.level else next(steps, total) for row in table.rows]
    for place, column in enumerate(table.columns[1:], start=1):
        rows, left, before, waiting = [], [], "", []
        for key, cells in zip(keys, printed, strict=True):
            number = parse(cells[place])
            if number is None or key == total:
                continue
            box, n = f"{column.heading}: {key or cells[0].strip()}", round(number.value)
            if not key:
                waiting.append(Flow(f"{box}, before step {len(rows)}", n, before))
                left.append(Flow(f"{box}, of all who left, {len(left)}", n, f"{column.heading}: {total}"))
                continue
            rows += [*waiting, Flow(box, n, before)]
            before, waiting = before if key in SETS else box, []
        gone = parse(printed[-1][place])
        yield [*rows, *left, *([Flow(f"{column.heading}: {total}", round(gone.value), "")] if left and gone else [])]
