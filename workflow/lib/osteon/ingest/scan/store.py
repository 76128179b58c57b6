"""The header index of one center: what each file of its raw folder is, kept in SQLite between scans.

A file is read again only if its size or modification time changed. The header of a file that may still name a person
is not kept: of it the index holds a hash of the PatientID.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from osteon.ingest.header import Frame, Image

logger = logging.getLogger(__name__)

TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path BLOB UNIQUE, size INTEGER, mtime_ns INTEGER,
    kind TEXT, withheld INTEGER, person TEXT, identifier TEXT, study TEXT
);
CREATE TABLE headers (id INTEGER PRIMARY KEY, image TEXT);
CREATE TABLE patients (person TEXT PRIMARY KEY, state TEXT, facts TEXT);
"""


@dataclass(frozen=True)
class Record:
    """One file of a raw folder.

    `name` is its path inside the folder. `kind` is the name of its list in `index.Index`. `person` is a hash of the
    PatientID and `study` one of the StudyInstanceUID, empty where the header has none. `identifier` is the PatientID
    itself, normalised, and `image` the header as JSON (see `encode_image`), empty if there is none. Both stay empty if
    `withheld`: the file may name a person, and the study accepts no such files.
    """

    name: str
    size: int
    mtime_ns: int
    kind: str
    withheld: bool = False
    person: str = ""
    identifier: str = ""
    study: str = ""
    image: str = ""


def encode_image(image: Image) -> str:
    """A header as JSON; tuples become lists."""
    content = vars(image) | {"frames": [vars(frame) for frame in image.frames]}
    return json.dumps(content, allow_nan=False, separators=(",", ":"))


def decode_image(text: str) -> Image:
    """What `encode_image` was given."""
    content = json.loads(text)
    frames = tuple(Frame(**_with_tuples(frame)) for frame in content.pop("frames"))
    return Image(**_with_tuples(content), frames=frames)


def _with_tuples(value):
    if isinstance(value, dict):
        return {key: _with_tuples(item) for key, item in value.items()}
    return tuple(_with_tuples(item) for item in value) if isinstance(value, list) else value


class Store:
    """The index as a file.

    Args:
        path: the SQLite file; made if it is not there.
        about: what the content depends on (version of the code, raw folder, ...); an index that was made with anything
            else is made anew.

    `remade` says in a sentence why an index that was there could not be used, else it is empty.
    """

    def __init__(self, path: str | Path, about: dict[str, str]):
        self.path, self.remade = Path(path), ""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            self.remade = self._what_is_wrong(about)
        if self.remade:
            logger.warning("%s: %s", self.path, self.remade)
            for ending in ("", "-journal", "-wal", "-shm"):
                Path(f"{self.path}{ending}").unlink(missing_ok=True)
        new = not self.path.exists()
        self._connection = self._connect()
        if new:
            self._connection.executescript(TABLES)
            self._connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
            self._connection.commit()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_) -> None:
        self._connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path)
        connection.execute(
            "PRAGMA synchronous = OFF"
        )  # after a power cut the check finds the damage; all can be reread
        return connection

    def _what_is_wrong(self, about: dict[str, str]) -> str:
        connection = None
        try:
            connection = self._connect()
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                return "the header index is damaged; it was made anew"
            there = dict(connection.execute("SELECT key, value FROM about"))
        except sqlite3.DatabaseError:
            return "the header index is damaged; it was made anew"
        finally:
            if connection is not None:
                connection.close()
        changed = sorted(key for key in about if there.get(key) != about[key])
        return f"the header index was made with another {changed[0]}; it was made anew" if changed else ""

    def states(self) -> dict[str, tuple[int, int]]:
        """Size and modification time (ns) of every file in the index, by name."""
        rows = self._connection.execute("SELECT path, size, mtime_ns FROM files")
        return {os.fsdecode(path): (size, mtime) for path, size, mtime in rows}

    def records(self) -> Iterator[Record]:
        """Every file, without its header, in the order of the paths' bytes."""
        columns = "path, size, mtime_ns, kind, withheld, person, identifier, study"
        for path, size, mtime, kind, withheld, *rest in self._connection.execute(
            f"SELECT {columns} FROM files ORDER BY path"
        ):
            yield Record(os.fsdecode(path), size, mtime, kind, bool(withheld), *rest)

    def put(self, records: Iterable[Record]) -> None:
        """Add or replace files and commit."""
        for record in records:
            row = (os.fsencode(record.name), record.size, record.mtime_ns, record.kind, record.withheld)
            row += (record.person, record.identifier, record.study)
            self._drop(record.name)
            place = self._connection.execute(f"INSERT INTO files VALUES (NULL{', ?' * 8})", row).lastrowid
            if record.image:
                self._connection.execute("INSERT INTO headers VALUES (?, ?)", (place, record.image))
        self._connection.commit()

    def drop(self, names: Iterable[str]) -> None:
        """Remove files and commit."""
        for name in names:
            self._drop(name)
        self._connection.commit()

    def _drop(self, name: str) -> None:
        key = (os.fsencode(name),)
        self._connection.execute("DELETE FROM headers WHERE id = (SELECT id FROM files WHERE path = ?)", key)
        self._connection.execute("DELETE FROM files WHERE path = ?", key)

    def images(self, names: Iterable[str]) -> list[str]:
        """Headers of files as JSON, in the order of `names`; files without one are left out."""
        found = []
        for name in names:
            query = "SELECT image FROM headers JOIN files USING (id) WHERE path = ?"
            found += [text for (text,) in self._connection.execute(query, (os.fsencode(name),))]
        return found

    def facts(self) -> dict[str, tuple[str, dict]]:
        """By patient: the state of its files when it was judged, and the facts that came of it."""
        rows = self._connection.execute("SELECT person, state, facts FROM patients")
        return {person: (state, json.loads(facts)) for person, state, facts in rows}

    def put_facts(self, facts: dict[str, tuple[str, dict]]) -> None:
        """Keep facts for the next scan; those of all other patients are forgotten."""
        self._connection.execute("DELETE FROM patients")
        rows = [(person, state, json.dumps(found)) for person, (state, found) in facts.items()]
        self._connection.executemany("INSERT INTO patients VALUES (?, ?, ?)", rows)
        self._connection.commit()
