"""Where a number of the page comes from: the cell of its table, the files with all digits, and the jobs behind them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from osteon.reporting.language import Say, english
from osteon.reporting.tables import DisplayTable

TABLES = "09_paper/page"
"""Folder of the page's tables, relative to the page; each is <key>.csv."""
MOST_SETTINGS = 4000
"""Characters of a job's settings on the page; the record has all."""


def read_records(logs: str | Path, folder: str | Path) -> dict[str, dict]:
    """What the jobs wrote down beside their logs (`osteon.jobs.record_job`), by the files that they made.

    Args:
        logs: folder of the logs.
        folder: where the page lies; paths inside it become relative to it.

    Returns:
        Path of each output -> rule, wildcards, inputs (path and SHA-256), settings (text), code, record (path).
    """
    found: dict[str, dict] = {}
    for path in sorted(Path(logs).rglob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        entry = {
            "rule": record["rule"],
            "wildcards": record["wildcards"],
            "inputs": [[inside(name, folder), digest] for name, digest in record["inputs"].items()],
            "settings": _shortened(record["settings"]),
            "code": record["code"],
            "record": inside(path, folder),
        }
        found |= {inside(name, folder): entry for name in record["outputs"]}
    return found


def inside(path: str | Path, folder: str | Path) -> str:
    """A path relative to a folder, if it lies in it; any other as it is."""
    path = Path(path)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()


def trace_of(tables: Sequence[DisplayTable], records: Mapping[str, dict], say: Say = english) -> dict:
    """What the page says of the cells of its tables.

    Args:
        tables: the tables of the page.
        records: from `read_records`.
        say: the reader's language.

    Returns:
        tables: by key, caption and sources; files: by source, the record of the job that made it; words: the texts of
        trace.js by name.
    """
    sources = dict.fromkeys(source for table in tables for source in table.sources)
    return {
        "tables": {table.key: {"caption": table.caption, "sources": list(table.sources)} for table in tables},
        "files": {source: records[source] for source in sources if source in records},
        "words": {
            "digits": say("All digits"),
            "unrecorded": say("It was made by a run that kept no records."),
            "rule": say("Rule"),
            "code": say("Code"),
            "record": say("Record"),
            "none": say("none"),
            "inputs": say("Inputs"),
            "untabled": say("no table"),
            "settings": say("Settings"),
            "table": say("Table"),
            "cell": say("Cell"),
            "file": say("File"),
            "software": say("Software"),
            "study": say("Settings of the study"),
        },
    }


def file_of(key: str, folder: str = TABLES) -> str:
    """Path of a table's CSV in the folder of a page's tables, relative to the page."""
    return f"{folder}/{key}.csv"


def _shortened(settings: dict) -> str:
    text = json.dumps(settings, indent=1, ensure_ascii=False)
    return text if len(text) <= MOST_SETTINGS else text[:MOST_SETTINGS] + " ..."
