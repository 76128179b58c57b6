"""Whether the files of a case changed: by name, size and time first, by content only where those differ.

Snakemake asks this for every case while it plans, so nothing heavy is imported here and no file is
opened unless its folder looks different from the last run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

ABSENT = "absent"


def files_below(folder: str | Path) -> Iterator[tuple[str, os.stat_result]]:
    """Every regular file at any depth, as (path relative to `folder` with '/', its stat).

    Links to folders are followed, each real folder once, so that a loop ends. Names that point
    nowhere and folders that may not be read are left out. The order is that of the file system.
    """
    folder = os.fspath(folder)
    seen: set[tuple[int, int]] = set()
    waiting = [("", folder)]
    while waiting:
        prefix, path = waiting.pop()
        try:
            state = os.stat(path)
            if (state.st_dev, state.st_ino) in seen:
                continue
            seen.add((state.st_dev, state.st_ino))
            entries = list(os.scandir(path))
        except OSError:
            continue
        for entry in entries:
            try:
                if entry.is_dir():
                    waiting.append((f"{prefix}{entry.name}/", entry.path))
                elif entry.is_file():
                    yield prefix + entry.name, entry.stat()
            except OSError:
                continue


def listing(folder: str | Path) -> str:
    """SHA-256 over the sorted (path, size, modification time in ns) of all files; 'absent' without the folder."""
    if not os.path.isdir(folder):
        return ABSENT
    lines = sorted(f"{name}\t{state.st_size}\t{state.st_mtime_ns}" for name, state in files_below(folder))
    return _digest(lines)


def content(folder: str | Path) -> str:
    """SHA-256 over the sorted (path, SHA-256 of the bytes) of all files; 'absent' without the folder."""
    if not os.path.isdir(folder):
        return ABSENT
    lines = []
    for name, _ in files_below(folder):
        try:
            with open(os.path.join(folder, name), "rb") as stream:
                lines.append(f"{name}\t{hashlib.file_digest(stream, 'sha256').hexdigest()}")
        except OSError:
            lines.append(f"{name}\tunreadable")
    return _digest(sorted(lines))


def record(folder: str | Path) -> dict[str, str]:
    """What the ingest script writes beside the case's status, for `source_fingerprint` to compare with."""
    return {"listing": listing(folder), "content": content(folder)}


def source_fingerprint(folder: str | Path, record_path: str | Path) -> str:
    """The state of a case's folder as a rule's param: it changes only if the content did.

    Args:
        folder: the case's source folder.
        record_path: the JSON written from `record` when the case was last ingested.

    Returns:
        The current listing; but where the listing differs from the recorded one while the bytes are
        the same (files touched or copied anew), the recorded listing, so that nothing reruns.
    """
    now = listing(folder)
    try:
        recorded = json.loads(Path(record_path).read_text(encoding="utf-8"))
        before, bytes_before = recorded["listing"], recorded["content"]
    except (OSError, ValueError, KeyError, TypeError):
        return now
    if now != before and now != ABSENT and content(folder) == bytes_before:
        return before
    return now


def _digest(lines: list[str]) -> str:
    # surrogateescape: a file name need not be valid text
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
