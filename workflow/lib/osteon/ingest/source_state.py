"""Whether the files of a case changed: by name, size and time first, by content only where those differ.

Snakemake asks this for every case while it plans, so nothing heavy is imported here and no file is
opened unless its folder looks different from the last run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from osteon.tables.source import files_of, root_of

ABSENT = "absent"


def listing(source: str | Path) -> str:
    """SHA-256 over the sorted (path, size, modification time in ns) of all files; 'absent' without the source."""
    if not os.path.exists(source):
        return ABSENT
    return _listing(files_of(source))


def content(source: str | Path) -> str:
    """SHA-256 over the sorted (path, SHA-256 of the bytes) of all files; 'absent' without the source."""
    if not os.path.exists(source):
        return ABSENT
    root = root_of(source)
    return _content((name, root / name) for name, _ in files_of(source))


def record(source: str | Path, masks: Mapping[str, Path] | None = None) -> dict[str, object]:
    """What the ingest script writes beside the case's status, for `source_fingerprint` to compare with.

    Args:
        source: the case's source, a folder or a list of files.
        masks: its mask files in other folders, by name (see `mask_files.masks_outside`).
    """
    state: dict[str, object] = {"listing": listing(source), "content": content(source)}
    if masks:
        state["masks"] = {"listing": _mask_listing(masks), "content": _content(masks.items())}
    return state


def source_fingerprint(source: str | Path, record_path: str | Path, masks: Mapping[str, Path] | None = None) -> str:
    """The state of a case's files as a rule's param: it changes only if the content did.

    Args:
        source: the case's source, a folder or a list of files.
        record_path: the JSON written from `record` when the case was last ingested.
        masks: the case's mask files in other folders, by name (see `mask_files.masks_outside`).

    Returns:
        The current listing, and after it that of the masks if there are any; but where a listing differs from the
        recorded one while the bytes are the same (files touched or copied anew), the recorded listing, so that
        nothing reruns.
    """
    try:
        recorded = json.loads(Path(record_path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        recorded = None
    state = _settled(listing(source), lambda: content(source), recorded)
    if not masks:
        return state
    recorded = recorded.get("masks") if isinstance(recorded, dict) else None
    return f"{state}+{_settled(_mask_listing(masks), lambda: _content(masks.items()), recorded)}"


def _settled(now: str, content_now: Callable[[], str], recorded: object) -> str:
    try:
        before, bytes_before = recorded["listing"], recorded["content"]
    except (KeyError, TypeError):
        return now
    if now not in (before, ABSENT) and content_now() == bytes_before:
        return before
    return now


def _mask_listing(masks: Mapping[str, Path]) -> str:
    states = []
    for name, path in masks.items():
        try:
            states.append((name, os.stat(path)))
        except OSError:  # it was there a moment ago
            continue
    return _listing(states)


def _listing(files: Iterable[tuple[str, os.stat_result]]) -> str:
    return _digest(sorted(f"{name}\t{state.st_size}\t{state.st_mtime_ns}" for name, state in files))


def _content(files: Iterable[tuple[str, Path]]) -> str:
    lines = []
    for name, path in files:
        try:
            with open(path, "rb") as stream:
                lines.append(f"{name}\t{hashlib.file_digest(stream, 'sha256').hexdigest()}")
        except OSError:
            lines.append(f"{name}\tunreadable")
    return _digest(sorted(lines))


def _digest(lines: list[str]) -> str:
    # surrogateescape: a file name need not be valid text
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
