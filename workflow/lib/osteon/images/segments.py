"""Named structures of a mask file: which of them is which label of the study, and what becomes of overlaps."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol, TypeVar

import numpy as np

from osteon.tables.reasons import Reason
from osteon.tables.status import finding

# A message lists at most this many names of a mask file.
NAMES_SHOWN = 12


class MaskRefused(ValueError):
    """A mask file that cannot be used; `reason` is the code, the message what was found."""

    def __init__(self, reason: Reason, message: str, value: object = None):
        super().__init__(message)
        self.reason, self.value = reason, value


class Named(Protocol):
    """Anything that a mask file gives names; the first counts most."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Segment:
    """One structure of a mask file: its names, and its voxels on the file's grid, Boolean (z, y, x)."""

    names: tuple[str, ...]
    inside: np.ndarray


Item = TypeVar("Item", bound=Named)


def find_named(items: Sequence[Item], label: str) -> list[Item]:
    """Structures called `label`: by exact name first, else by letters and digits alone, ignoring case."""
    for position in range(max((len(item.names) for item in items), default=0)):
        exact = [item for item in items if item.names[position : position + 1] == (label,)]
        if exact:
            return exact
    return [item for item in items if _plain(label) in {_plain(name) for name in item.names}]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).lower()


def match_labels(items: Sequence[Item], labels: Mapping[str, int]) -> tuple[dict[str, Item], list[dict]]:
    """The structure of each label, by name and never by value.

    Args:
        items: the structures of a mask file.
        labels: name and value of every structure that the study knows.

    Returns:
        The structures by label, without labels that have none; and a note on the names that were not used, if a
        label has no structure.

    Raises:
        MaskRefused: two structures have the name of one label, or none has the name of any.
    """
    drawn = {label: find_named(items, label) for label in labels}
    twice = [label for label, hits in drawn.items() if len(hits) > 1]
    if twice:
        raise MaskRefused(Reason.MASK_AMBIGUOUS, f"several structures are called '{twice[0]}'", twice)
    found = {label: hits[0] for label, hits in drawn.items() if hits}
    used = {id(item) for item in found.values()}
    others = [item.names[0] if item.names else "(no name)" for item in items if id(item) not in used]
    listed = ", ".join(others[:NAMES_SHOWN]) + (", ..." if len(others) > NAMES_SHOWN else "")
    if not found:
        raise MaskRefused(
            Reason.MASK_LABELS, f"the file has the structures {listed or 'none'}; the study knows {', '.join(labels)}"
        )
    findings = []
    if others and len(found) < len(labels):
        findings.append(finding(Reason.MASK_LABELS, "note", f"structures without a label of the study: {listed}"))
    return found, findings


def overlaps(inside: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Number of voxels that two labels share, by 'first and second'; only pairs that share any."""
    shared = {
        f"{first} and {second}": int(np.count_nonzero(inside[first] & inside[second]))
        for first, second in combinations(inside, 2)
    }
    return {pair: count for pair, count in shared.items() if count}


def label_array(segments: Sequence[Segment], labels: Mapping[str, int]) -> tuple[np.ndarray, list[dict]]:
    """One array of label values (UInt16; z, y, x) from the segments that have a label's name, and findings.

    Raises:
        MaskRefused: as `match_labels`, or two labels share voxels.
    """
    found, findings = match_labels(segments, labels)
    inside = {label: segment.inside for label, segment in found.items()}
    shared = overlaps(inside)
    if shared:
        pairs = ", ".join(f"{pair} share {count} voxels" for pair, count in shared.items())
        raise MaskRefused(Reason.MASK_OVERLAP, pairs, shared)
    array = np.zeros(segments[0].inside.shape, dtype=np.uint16)
    for label, voxels in inside.items():
        array[voxels] = labels[label]
    return array, findings
