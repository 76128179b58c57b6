"""Atomic reading and writing of tables and JSON: a file is there whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; rename it to `path` when the block ends without error.

    The temporary name keeps all suffixes, because image writers choose the format by them.
    On an error the temporary file is removed and `path` is left as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(text: str, path: str | Path) -> None:
    """Write `text` as UTF-8; bytes of file names that are no text (surrogate escapes) stay as they are."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="surrogateescape", newline="\n")


def write_json(content: object, path: str | Path) -> None:
    """Write JSON with two spaces, keys in the order given; NaN and infinity are refused."""
    write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def read_json(path: str | Path) -> dict:
    """Read a JSON object."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a TSV without index; numbers keep all their digits, missing values are empty."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, lineterminator="\n", encoding="utf-8")


def read_table(path: str | Path, text: tuple[str, ...] = ("subject", "center", "person")) -> pd.DataFrame:
    """Read a TSV; the columns named in `text` stay text, so that leading zeros and the label NA survive."""
    # imported here: jobs that read no table should not pay for it, and there are thousands of those
    import pandas as pd

    header = pd.read_csv(path, sep="\t", nrows=0, encoding="utf-8").columns
    # a converter and no dtype: with that, pandas takes NA, null, None for missing values
    kinds = {column: str for column in text if column in header}
    return pd.read_csv(path, sep="\t", converters=kinds, encoding="utf-8", float_precision="round_trip")


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a file's content, hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
