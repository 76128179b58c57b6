"""Which files are a case's manual masks: one pattern per reading, in the case's source or in a folder of masks.

Nothing heavy is imported here, because Snakemake asks while it plans.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from osteon.config.delivery import MaskReading
from osteon.tables.source import files_of, is_file_list, root_of

SUBJECT = "{subject}"
# Labels of cases are letters and digits: next to one of these a label goes on.
GOES_ON = "[A-Za-z0-9]"


@dataclass(frozen=True)
class MaskFiles:
    """The files that fit the pattern of one reading: sorted paths inside `folder`, with '/'."""

    reading: MaskReading
    folder: Path
    names: tuple[str, ...]


def find_masks(source: str | Path, reading: MaskReading, subject: str) -> MaskFiles:
    """Find the files of one reading of a case.

    Args:
        source: the case's source, a folder or a list of files; searched where the reading has no folder of its own.
        reading: pattern, and folder if the masks lie elsewhere. The pattern is a glob ('*', '?', '[...]', and '**'
            for any number of folders); '{subject}' stands for the case's label, and a wildcard beside it never for
            more letters or digits, so that A1 does not find the mask of A10.
        subject: the case's label.

    Returns:
        The files, none if nothing fits or the folder is missing. In a list of files only those that it names count.
    """
    parts = _parts(reading.pattern, subject)
    if reading.folder is None and is_file_list(source):
        folder = root_of(source)
        names = [name for name, _ in files_of(source)]
    else:
        folder = Path(source if reading.folder is None else reading.folder)
        found = (path for path in folder.glob(reading.pattern.replace(SUBJECT, subject)) if path.is_file())
        names = [path.relative_to(folder).as_posix() for path in found]
    return MaskFiles(reading, folder, tuple(sorted(name for name in names if _fits(parts, name.split("/")))))


def masks_outside(readings: Iterable[MaskReading], subject: str) -> dict[str, Path]:
    """The case's mask files in folders that are not its source, by a name that tells the readings apart."""
    return {
        f"{reading.reader}/{reading.reading}/{name}": Path(reading.folder, name)
        for reading in readings
        if reading.folder is not None
        for name in find_masks(reading.folder, reading, subject).names
    }


def _parts(pattern: str, subject: str) -> list[re.Pattern[str] | None]:
    """The pattern's parts between '/', as expressions; None for '**'."""
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    return [None if part == "**" else re.compile(_expression(part, subject)) for part in parts]


def _expression(part: str, subject: str) -> str:
    before, *after = part.split(SUBJECT)
    result = _wildcards(before)
    for piece in after:
        left = f"(?<!{GOES_ON})" if before.endswith(("*", "?", "]")) else ""
        right = f"(?!{GOES_ON})" if piece.startswith(("*", "?", "[")) else ""
        result += left + re.escape(subject) + right + _wildcards(piece)
        before = piece
    return result


def _wildcards(piece: str) -> str:
    return fnmatch.translate(piece).removesuffix(r"\Z")


def _fits(parts: list[re.Pattern[str] | None], names: list[str]) -> bool:
    """Whether a path, given by its components, fits the pattern as it would for Path.glob."""
    if not parts or not names:
        return not parts and not names
    if parts[0] is None:
        return any(_fits(parts[1:], names[skipped:]) for skipped in range(len(names)))
    return parts[0].fullmatch(names[0]) is not None and _fits(parts[1:], names[1:])
