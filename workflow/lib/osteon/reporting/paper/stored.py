"""A table on its way from the job that makes it to the one that numbers and prints all of them: as JSON."""

from __future__ import annotations

import logging
from dataclasses import asdict
from pathlib import Path

from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.tables.files import read_json, write_json

log = logging.getLogger(__name__)


def store(table: PaperTable | None, path: str | Path, lacking: str = "") -> None:
    """Write a table as JSON, for the job that numbers all of them and writes them.

    Args:
        table: None where the study has nothing for it.
        path: where.
        lacking: why there is none.
    """
    write_json({"nothing": lacking} if table is None else asdict(table), path)


def restore(path: str | Path) -> PaperTable | None:
    """Read what `store` wrote; None, and a line in the log with the reason, where the study has no such table."""
    content = read_json(path)
    if "nothing" in content:
        log.info("no table %s: %s", Path(path).stem, content["nothing"])
        return None
    columns = [Column(**column) for column in content.pop("columns")]
    rows = [Row(tuple(row.pop("cells")), **row) for row in content.pop("rows")]
    return PaperTable(columns=columns, rows=rows, **content)
