"""Reading the headers of many files in parallel, in bounded memory."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import pydicom

from osteon.config.sheets import normalised
from osteon.ingest.elements import get, text
from osteon.ingest.header import BoundedReader
from osteon.ingest.index import read_one
from osteon.ingest.scan.store import Record, encode_image

logger = logging.getLogger(__name__)

CHUNK = 200
# Tasks that wait for each process: enough that none is idle, few enough that memory stays small.
WAITING = 4

Task, Result = TypeVar("Task"), TypeVar("Result")
File = tuple[str, int, int]
"""Path inside the raw folder, size, modification time in ns."""


def read_files(root: str, files: Iterable[File], withhold: bool, threads: int) -> Iterator[list[Record]]:
    """Read headers in chunks.

    Args:
        root: the raw folder.
        files: what to read; taken up as the reading goes on.
        withhold: whether headers that are not marked as de-identified stay out of the records.
        threads: number of processes; with 1, this one reads.

    Yields:
        Records of a chunk. Files that cannot be opened have the kind 'vanished' (see `index.Index` for the others).
    """
    waiting = iter(files)
    chunks = iter(lambda: list(islice(waiting, CHUNK)), [])
    yield from in_parallel(partial(read_chunk, root, withhold=withhold), chunks, threads)


def in_parallel(function: Callable[[Task], Result], tasks: Iterable[Task], threads: int) -> Iterator[Result]:
    """Results of a function, in the order of the tasks; only a few tasks are taken up ahead of the results.

    Args:
        function: of a module, so that other processes find it.
        tasks: one argument each.
        threads: number of processes; with 1, no other is started.
    """
    if threads <= 1:
        yield from map(function, tasks)
        return
    tasks = iter(tasks)
    with ProcessPoolExecutor(threads) as pool:
        running = deque(pool.submit(function, task) for task in islice(tasks, WAITING * threads))
        while running:
            result = running.popleft().result()
            running += [pool.submit(function, task) for task in islice(tasks, 1)]
            yield result


def read_chunk(root: str, files: list[File], withhold: bool) -> list[Record]:
    """Read the headers of some files; no file stops the others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of every value that strays from the standard
        return [read_file(root, file, withhold) for file in files]


def read_file(root: str, file: File, withhold: bool) -> Record:
    """Read one file's header; see `Record` for what comes back."""
    name, size, mtime_ns = file
    path = Path(os.path.join(root, name))
    kind, image = read_one(path, name) if size else ("broken", None)
    owner = image.tags if image is not None else _owner(path, kind)
    if not owner:
        return Record(name, size, mtime_ns, kind)
    identifier = normalised(str(owner.get("PatientID", "")).strip("\0"))
    person, study = hashed(identifier), hashed(str(owner.get("StudyInstanceUID", "")))
    if withhold and str(owner.get("PatientIdentityRemoved", "")).upper() != "YES":
        return Record(name, size, mtime_ns, kind, True, person, "", study)
    header = encode_image(image) if image is not None else ""
    return Record(name, size, mtime_ns, kind, False, person, identifier, study, header)


def _owner(path: Path, kind: str) -> dict[str, str]:
    """Whose contours a file holds; empty if it holds none, or cannot be read again."""
    if kind != "contours":
        return {}
    tags = ("PatientID", "StudyInstanceUID", "PatientIdentityRemoved")
    try:
        with BoundedReader(io.FileIO(path)) as stream:
            dataset = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=list(tags), force=True)
        return {tag: get(dataset, tag, text) or "" for tag in tags}
    except Exception as error:  # what was read once may be gone, or may be malformed in what was not looked at then
        logger.info("%s: the owner cannot be read: %r", path, error)
        return {}


def hashed(text: str) -> str:
    """Sixteen hexadecimal digits that stand for an identifier; empty for an empty one."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16] if text else ""
