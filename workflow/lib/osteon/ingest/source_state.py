"""Whether the files of a case changed: by name, size and time first, by content only where those differ.

Snakemake asks this for every case while it plans, so nothing heavy is imported here and no file is
opened unless its folder looks different from the last run.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from osteon.tables.source import files_of, root_of

ABSENT = "absent"


def listing(source: str | Path) -> str:
    """SHA-256 over the sorted (path, size, modification time in ns) of all files; 'absent' without the source."""
    if not os.path.exists(source):
        return ABSENT
    lines = sorted(f"{name}\t{state.st_size}\t{state.st_mtime_ns}" for name, state in files_of(source))
    return _digest(lines)


def content(source: str | Path) -> str:
    """SHA-256 over the sorted (path, SHA-256 of the bytes) of all files; 'absent' without the source."""
    if not os.path.exists(source):
        return ABSENT
    root, lines = root_of(source), []
    for name, _ in files_of(source):
        try:
            with open(os.path.join(root, name), "rb") as stream:
                lines.append(f"{name}\t{hashlib.file_digest(stream, 'sha256').hexdigest()}")
        except OSError:
            lines.append(f"{name}\tunreadable")
    return _digest(sorted(lines))


def record(source: str | Path) -> dict[str, str]:
    """What the ingest script writes beside the case's status, for `source_fingerprint` to compare with."""
    return {"listing": listing(source), "content": content(source)}


def source_fingerprint(source: str | Path, record_path: str | Path) -> str:
    """The state of a case's files as a rule's param: it changes only if the content did.

    Args:
        source: the case's source, a folder or a list of files.
        record_path: the JSON written from `record` when the case was last ingested.

    Returns:
        The current listing; but where the listing differs from the recorded one while the bytes are
        the same (files touched or copied anew), the recorded listing, so that nothing reruns.
    """
    now = listing(source)
    try:
        recorded = json.loads(Path(record_path).read_text(encoding="utf-8"))
        before, bytes_before = recorded["listing"], recorded["content"]
    except (OSError, ValueError, KeyError, TypeError):
        return now
    if now != before and now != ABSENT and content(source) == bytes_before:
        return before
    return now


def _digest(lines: list[str]) -> str:
    # surrogateescape: a file name need not be valid text
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
