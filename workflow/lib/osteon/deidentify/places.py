"""Where a run may read and write, checked before it begins."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import osteon
from osteon.deidentify.pseudonyms import Pseudonyms
from osteon.deidentify.refusals import UsageError
from osteon.tables.files import write_json

MARKER = "deidentification.json"
"""Says, in the target folder, which key was used, by its fingerprint."""


def work_tree(path: Path) -> Path | None:
    """The git work tree that a path lies in."""
    path = path.resolve()
    return next((folder for folder in (path, *path.parents) if (folder / ".git").exists()), None)


def check_secret(path: Path, what: str, target: Path | None = None, source: Path | None = None) -> None:
    """Refuse a place for a key or a link table from which it could leave the center.

    Raises:
        UsageError: it lies inside a git work tree, the target, or the source.
    """
    tree = work_tree(path.parent)
    if tree:
        raise UsageError(
            f"{what} {path} lies inside the repository {tree}, from where it could be committed. "
            "Put it into a folder of its own that only the center sees."
        )
    if target and _inside(path, target):
        raise UsageError(f"{what} {path} lies inside {target}, which is given away. Put it somewhere else.")
    if source and _inside(path, source):
        raise UsageError(f"{what} {path} lies inside {source}, where nothing is written. Put it somewhere else.")


def check_folders(source: Path, target: Path) -> None:
    """Refuse a source that is not there, and two folders of which one holds the other.

    Raises:
        UsageError: with what to type instead.
    """
    if not source.is_dir():
        raise UsageError(f"the source folder {source} is not there")
    if _inside(source, target) or _inside(target, source):
        raise UsageError(f"{source} and {target}: one lies inside the other. Choose a target folder beside the source.")
    if target.exists() and not target.is_dir():
        raise UsageError(f"the target {target} is a file. Give a folder.")


def check_links(source: Path, names: Iterable[str], target: Path) -> None:
    """Refuse a source from which a link leads into the target: pseudonyms would get pseudonyms.

    Raises:
        UsageError: with the first such name.
    """
    for name in names:
        if _inside(source / name, target):
            raise UsageError(f"a link leads from {source / name} into the target {target}. Remove the link.")


def claim_target(target: Path, pseudonyms: Pseudonyms) -> None:
    """Mark the target folder with the key's fingerprint, or find it marked with the same one.

    Raises:
        UsageError: it holds other things, or what another key made: one patient would get two pseudonyms there.
    """
    marker = target / MARKER
    if marker.is_file():
        try:
            fingerprint = json.loads(marker.read_text(encoding="utf-8")).get("key_fingerprint")
        except (ValueError, AttributeError):
            fingerprint = None
        if fingerprint != pseudonyms.fingerprint:
            raise UsageError(
                f"{target} was made with another key, so its pseudonyms are others. "
                "Use that key, or give a new target folder."
            )
        return
    if target.is_dir() and any(target.iterdir()):
        raise UsageError(f"{target} is not empty and was not made by this command. Give a new target folder.")
    write_json({"osteon": osteon.__version__, "key_fingerprint": pseudonyms.fingerprint}, marker)


def _inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
