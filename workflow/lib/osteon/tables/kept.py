"""Finished cases of a batch, kept beside its outputs, so that a batch never does a case twice.

Snakemake deletes a job's outputs before it runs the job again. Where one case of a batch has changed, or the job was
killed in the middle, the other cases' results come from here: under the case's name, with the fingerprint of all that
went into them. Nothing here is an input of any rule, and the folder may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from osteon.tables.files import read_json, write_json

RECORD = "kept.json"


def fingerprint(parts: object) -> str:
    """SHA-256 (hexadecimal) of everything that a result depends on, as JSON; the order of keys does not matter."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Kept:
    """The kept results of one stage.

    Args:
        folder: where they lie; made when the first case is kept.
        rest: what the results depend on besides the case: settings, code, versions, model.
    """

    def __init__(self, folder: str | Path, rest: object):
        self.folder = Path(folder)
        self.rest = rest

    def key(self, inputs: object) -> str:
        """Fingerprint of a case's result, from what it is made of (hashes of its files, never their paths)."""
        return fingerprint({"inputs": inputs, "rest": self.rest})

    def restore(self, name: str, key: str, targets: Mapping[str, Path]) -> bool:
        """Copy a kept result to its places; False, with nothing written, if there is none of this fingerprint.

        Args:
            name: the case, as a relative path, for example center-A/sub-A0001.
            key: from `key`.
            targets: where each file of the result goes, by its name in `keep`.
        """
        place = self.folder / name
        try:
            record = read_json(place / RECORD)
        except (OSError, ValueError):
            return False
        files = {part: place / kept for part, kept in record.get("files", {}).items()}
        if record.get("key") != key or set(files) != set(targets) or not all(map(Path.is_file, files.values())):
            return False
        for part, target in targets.items():
            _copy(files[part], target)
        return True

    def keep(self, name: str, key: str, files: Mapping[str, Path]) -> None:
        """Keep a case's finished files. The record that makes them count is written last."""
        place = self.folder / name
        place.mkdir(parents=True, exist_ok=True)
        (place / RECORD).unlink(missing_ok=True)
        for path in files.values():
            _copy(path, place / path.name)
        write_json({"key": key, "files": {part: path.name for part, path in files.items()}}, place / RECORD)


def _copy(source: Path, target: Path) -> None:
    """Copy to a temporary name, then rename."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{os.getpid()}.{target.name}")
    try:
        shutil.copyfile(source, temporary)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
