"""Printed tables under their numbers, each printed cell beside the one of this study, with what the audit says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from osteon.config.published import Layout, PrintedTable
from osteon.config.sheets import read_sheet
from osteon.config.validation_parts import INTERNAL
from osteon.printed.findings import Finding, Verdict
from osteon.printed.forms import FORMS, columns_of, headers_of
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import ABSENT, DASH, integer, is_absent
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.paper.words import reason_notes, split_codes
from osteon.reporting.published_values import OwnNumbers, own_cell, own_row

MARKS = ("*", "†", "‡", "§", "‖", "¶")
"""Marks of impossible printed numbers, in the order of the notes."""
WHERE: dict[str, tuple[str, ...]] = {
    "confusion matrix": ("sensitivity", "specificity", "accuracy", "precision", "npv"),
    "F1": ("f1",),
    "AUC": ("auc",),
    "odds ratio": ("odds_ratio",),
    "statistic": ("statistic",),
    "p from": ("p",),
    "sign of z": ("z",),
    "standard error": ("z",),
    "percentage": ("negative_value", "positive_value"),
}
"""By a part of what was checked, the columns that a mark stands in; otherwise it stands beside the row's name."""
WITH_LIMITS = ("odds_ratio", "auc")
"""Columns whose interval stands in the same cell."""
SAID = ("all", "auc", "sensitivity", "specificity", "accuracy", "ppv", "npv", "f1", "balanced_accuracy")
"""Measures whose missing values are explained in a note."""


def printed_rows(path: str | Path, kind: str) -> list[dict[str, str]]:
    """Rows of a printed table as text, by the columns of its form and any others that it has.

    Raises:
        ValueError: no CSV of that form.
    """
    known = headers_of(FORMS[kind])
    columns, rows = read_sheet(path)
    return [{known.get(name, name): row[name] for name in columns} for row in rows]


def beside_table(
    table: PrintedTable,
    layout: Layout,
    rows: Sequence[Mapping[str, str]],
    own: OwnNumbers,
    findings: Sequence[Finding],
    say: Say = english,
) -> PaperTable:
    """A printed table with this study's numbers beside it.

    Args:
        table: what is shown of it.
        layout: with the paper's source and names.
        rows: from `printed_rows`.
        own: this study's numbers.
        findings: of the audit, for all tables.
        say: the reader's language.

    Returns:
        A table whose key and caption have the printed number. Each printed column is two: printed, and this study.
    """
    audited = [finding for finding in findings if finding.table == table.file]
    impossible = [finding for finding in audited if finding.verdict is Verdict.IMPOSSIBLE]
    items = list(dict.fromkeys(finding.item for finding in impossible))
    marks = {item: MARKS[place % len(MARKS)] * (1 + place // len(MARKS)) for place, item in enumerate(items)}
    made, heading, lacking, reasons = [], "", [], []
    for row in rows:
        above, name = _names(table, layout, row, own, say)
        if above != heading:
            made.append(Row((above,), heading=True))
            heading = above
        wrong = [finding for finding in impossible if finding.row == _audited_name(table.kind, row)]
        found = own_row(own, table, layout, row)
        cells = [_marked(name, [marks[one.item] for one in wrong if not _columns(one, table)])]
        for column in table.columns:
            printed = _printed(row, column)
            shown = own_cell(table.kind, column, found, row.get(column, ""), say)
            own_marks = [marks[one.item] for one in wrong if column in _columns(one, table)]
            cells += [_marked(printed or ABSENT, own_marks), shown]
        full = say("{first}, {second}", first=above, second=name) if above else name
        if found is None:
            lacking.append(full)
        elif not is_absent(found.get("reason")):
            reasons += [(full, code) for measure, code in split_codes(found["reason"]) if measure in SAID]
        made.append(Row(tuple(cells), level=bool(above)))
    ours = say("Simulated") if own.content.study.study.simulated else say("This study")
    heads = [(heading, word) for heading in table.columns.values() for word in (say("Printed"), ours)]
    columns = [Column(_row_heading(table.kind, say), words=True), *(Column(word, group) for group, word in heads)]
    notes = [*table.notes, *_sizes(table, layout, rows, own, say), *_audit_notes(audited, items, marks, say)]
    if lacking:
        notes.append(say("Without a number of this study: {rows}.", rows=say("; ").join(lacking)))
    notes += reason_notes(reasons, say)
    label = say("Table {number}", number=table.number) if table.number else ""
    caption = say("Table {number}. {title}", number=table.number, title=table.title) if table.number else table.title
    key = f"table_{table.number.lower()}" if table.number else f"numbers_{table.kind}"
    sources = own.sources.get(table.kind, ())
    banner = own.content.banner
    return PaperTable(key, table.title, columns, made, notes, sources, banner, table.number, caption, label)


def _names(table: PrintedTable, layout: Layout, row: Mapping[str, str], own: OwnNumbers, say: Say) -> tuple[str, str]:
    """Heading above a row ('' for none) and the row's own name, in the words of this study."""
    content = own.content

    def model(column: str) -> str:
        name = layout.named(row[column])
        return content.models.get(name, name)

    def variable(printed: str) -> str:
        known = content.study.variables.get(layout.named(printed))
        return (known.label or printed) if known else printed

    match table.kind:
        case "protocol":
            center = layout.named(row["center"])
            return content.centers.get(center, center), row["sequence"]
        case "baseline":
            return set_name(row["set"], layout, own), variable(row["variable"])
        case "logistic":
            analyses = {"univariable": say("Univariable"), "multivariable": say("Multivariable")}
            return analyses.get(row["analysis"], row["analysis"]), variable(row["variable"])
        case "performance":
            return model("model"), set_name(row["set"], layout, own)
        case "delong":
            pair = say("{first} and {second}", first=model("model_1"), second=model("model_2"))
            return set_name(row["set"], layout, own), pair
    return "", variable(row.get("item") or row["variable"])


def set_name(printed: str, layout: Layout, own: OwnNumbers) -> str:
    """What this study calls a printed set of patients."""
    name = layout.named(printed)
    if name in ("train", "test"):
        return next((part.patients(name) for part in own.content.parts if part.key == INTERNAL), name)
    return own.content.centers.get(name, name)


def _sizes(
    table: PrintedTable, layout: Layout, rows: Sequence[Mapping[str, str]], own: OwnNumbers, say: Say
) -> list[str]:
    """Patients without and with the outcome of each set, printed and of this study: a note for each set."""
    if table.kind != "baseline":
        return []
    notes = []
    for printed in dict.fromkeys(row["set"] for row in rows):
        row = next(row for row in rows if row["set"] == printed)
        found = own_row(own, table, layout, row)
        here = ABSENT if found is None else f"{integer(found['n_0'])} + {integer(found['n_1'])}"
        notes.append(
            say(
                "{patients}, without + with the outcome: printed {printed}, here {here}.",
                patients=set_name(printed, layout, own),
                printed=f"{row['negative_n']} + {row['positive_n']}",
                here=here,
            )
        )
    return notes


def _printed(row: Mapping[str, str], column: str) -> str:
    """A cell as it is printed, with the name of its statistic or its interval."""
    cell = row.get(column, "")
    if column == "statistic" and row.get("label"):
        return f"{row['label']} {cell}"
    if column in WITH_LIMITS and row.get("low"):
        return f"{cell} ({row['low']}{DASH}{row['high']})"
    return cell


def _marked(text: str, marks: Sequence[str]) -> str:
    return " ".join([text, *marks])


def _columns(finding: Finding, table: PrintedTable) -> list[str]:
    """The shown columns that a finding is about."""
    places = next((columns for part, columns in WHERE.items() if part in finding.item), ())
    return [column for column in places if column in table.columns]


def _audited_name(kind: str, row: Mapping[str, str]) -> str:
    """What the audit calls a row."""
    texts = {name for name, column in columns_of(FORMS[kind]).items() if column.kind == "text"}
    return FORMS[kind](**{name: cell for name, cell in row.items() if name in texts}).name


def _audit_notes(audited: Sequence[Finding], items: Sequence[str], marks: Mapping[str, str], say: Say) -> list[str]:
    """How many printed numbers have which verdict, then each kind of impossible one with its first arithmetic."""
    verdicts = [finding.verdict for finding in audited]
    notes = [
        say(
            "Audit of the printed numbers: {reproduced} reproduced, {consistent} consistent, {impossible} impossible, "
            "{unchecked} cannot be checked.",
            reproduced=verdicts.count(Verdict.REPRODUCED),
            consistent=verdicts.count(Verdict.CONSISTENT),
            impossible=verdicts.count(Verdict.IMPOSSIBLE),
            unchecked=verdicts.count(Verdict.CANNOT),
        )
    ]
    for item in items:
        own = [one for one in audited if one.item == item and one.verdict is Verdict.IMPOSSIBLE]
        notes.append(
            say(
                "{mark} Impossible as printed ({n} rows; {item}). For example {row}: {how}",
                mark=marks[item],
                n=len(own),
                item=item,
                row=own[0].row,
                how=f"{own[0].how} ({own[0].arithmetic})" if own[0].arithmetic else own[0].how,
            )
        )
    return notes


def _row_heading(kind: str, say: Say) -> str:
    return {
        "protocol": say("Hospital and sequence"),
        "baseline": say("Patients and variable"),
        "logistic": say("Variable"),
        "performance": say("Model and patients"),
        "delong": say("Patients and models"),
    }.get(kind, say("Term"))
