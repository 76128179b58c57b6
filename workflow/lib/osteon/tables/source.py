"""The files of a case: all below a folder, or those that a list names.

A hospital that exports everything into one folder has no folder per patient; the scan then writes, for each patient,
a list of files. The rest of the road does not see the difference. Nothing heavy is imported here, because Snakemake
asks while it plans.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from osteon.tables.files import write_text

# Snakemake leaves this empty file in every folder that a rule makes, as simulated hospitals are.
SNAKEMAKE_MARK = ".snakemake_timestamp"
LIST_SUFFIX = ".files"
"""Suffix of a list of files: the first line is the folder, each further line a path inside it."""


def write_file_list(path: str | Path, root: str | Path, names: Iterable[str]) -> None:
    """Write a list of files.

    Args:
        path: where; must end in '.files'.
        root: the folder to which the names are relative.
        names: paths inside it.

    Raises:
        ValueError: a name holds a line break, which a list cannot hold.
    """
    names = sorted(names)
    for name in (str(root), *names):
        if "\n" in name or "\r" in name:
            raise ValueError(f"the file name {name!r} holds a line break; rename the file")
    with_surrogates = "\n".join([str(root), *names]) + "\n"
    write_text(with_surrogates, path)


def root_of(source: str | Path) -> Path:
    """The folder to which the names of `files_of` are relative."""
    if not is_file_list(source):
        return Path(source)
    with open(source, encoding="utf-8", errors="surrogateescape") as stream:
        return Path(stream.readline().rstrip("\n"))


def is_file_list(source: str | Path) -> bool:
    """Whether a source is a list of files."""
    return str(source).endswith(LIST_SUFFIX) and os.path.isfile(source)


def files_of(source: str | Path) -> Iterator[tuple[str, os.stat_result]]:
    """Every file of a case as (path relative to `root_of(source)` with '/', its stat).

    Files that a list names and that are not there are left out, like names that point nowhere.
    """
    if not is_file_list(source):
        yield from files_below(source)
        return
    root = os.fspath(root_of(source))
    with open(source, encoding="utf-8", errors="surrogateescape") as stream:
        names = stream.read().split("\n")[1:]
    for name in filter(None, names):
        try:
            yield name, os.stat(os.path.join(root, name))
        except OSError:
            continue


def files_below(folder: str | Path, unreadable: list[str] | None = None) -> Iterator[tuple[str, os.stat_result]]:
    """Every regular file at any depth, as (path relative to `folder` with '/', its stat).

    Links to folders are followed, each real folder once, so that a loop ends. Names that point
    nowhere and folders that may not be read are left out; the folders are added to `unreadable`,
    if that is given. The order is that of the file system.
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
            if unreadable is not None:
                unreadable.append(prefix.rstrip("/"))
            continue
        for entry in entries:
            try:
                if entry.is_dir():
                    waiting.append((f"{prefix}{entry.name}/", entry.path))
                elif entry.is_file() and entry.name != SNAKEMAKE_MARK:
                    yield prefix + entry.name, entry.stat()
            except OSError:
                continue
