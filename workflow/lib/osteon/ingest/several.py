"""One volume of a series that holds several: time points, b-values, echoes, in many files or in one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from osteon.ingest.enhanced import Frame
from osteon.ingest.header import Image
from osteon.tables.reasons import Reason

Slice = tuple[Image, Frame]

# What tells volumes apart, tried in this order and then together. Two volumes never share one of these numbers
# by chance, because each candidate must give every volume every position exactly once.
MARKS = ("TemporalPositionIdentifier", "AcquisitionNumber", "DiffusionBValue", "EchoTime", "ImageType")
PLACE_DIGITS = 2


class NotDivisible(ValueError):
    """The volume that was asked for cannot be told from the others, or is not there; `reason` is its code."""

    def __init__(self, reason: Reason, message: str):
        super().__init__(message)
        self.reason = reason


def one_volume(images: tuple[Image, ...], number: int) -> tuple[Image, ...]:
    """Keep the slices of one volume.

    Args:
        images: whole files of a series, without identical copies.
        number: which volume, from 1, in the order of time, acquisition, b-value, echo time (the first that tells them
            apart); where nothing but the numbering of the images does, the order of their numbers at each position.

    Returns:
        The files that hold the volume, each with the frames that belong to it and with that volume's own tags.

    Raises:
        NotDivisible: there are fewer volumes, nothing tells them apart, or the volume lacks positions of the others.

    Verified against: the two volumes of each mosaic series of dcm_qa_nih, voxel for voxel.
    """
    slices = [(image, frame) for image in images for frame in image.frames]
    if any(frame.position is None for _, frame in slices):
        return images  # the geometry checks say so
    places = [tuple(np.round(frame.position, PLACE_DIGITS) + 0.0) for _, frame in slices]
    volumes = _by_marks(slices, places) or _by_number(slices, places)
    if not volumes:
        raise NotDivisible(Reason.SEVERAL_VOLUMES, "nothing in the headers tells which slice belongs to which volume")
    if number > len(volumes):
        raise NotDivisible(
            Reason.SEVERAL_VOLUMES, f"the rule asks for volume {number}, the series holds {len(volumes)}"
        )
    chosen = volumes[number - 1]
    lacking = len(set(places)) - len(chosen)
    if lacking:
        raise NotDivisible(Reason.SLICE_MISSING, f"volume {number} lacks {lacking} position(s) that other volumes have")
    kept: dict[str, list[Frame]] = defaultdict(list)
    for i in chosen:
        kept[slices[i][0].file].append(slices[i][1])
    return tuple(
        replace(image, frames=tuple(kept[image.file]), tags={**image.tags, **_own_tags(kept[image.file])})
        for image in images
        if image.file in kept
    )


def _own_tags(frames: list[Frame]) -> dict[str, object]:
    """Tags of the volume's frames that stand for it; a slice's number does not."""
    return {keyword: value for keyword, value in frames[0].tags.items() if keyword != "InstanceNumber"}


def _mark(one: Slice, keyword: str) -> object:
    image, frame = one
    return frame.tags.get(keyword, image.tags.get(keyword))


def _by_marks(slices: list[Slice], places: list[tuple]) -> list[list[int]]:
    """The volumes as lists of indices, by the first mark that gives no volume a position twice."""
    varying = [keyword for keyword in MARKS if len({_mark(one, keyword) for one in slices}) > 1]
    for keywords in [*((keyword,) for keyword in varying), tuple(varying)]:
        volumes: dict[tuple, list[int]] = defaultdict(list)
        for i, one in enumerate(slices):
            volumes[tuple(_mark(one, keyword) for keyword in keywords)].append(i)
        repeated = any(len({places[i] for i in members}) < len(members) for members in volumes.values())
        absent = any(mark is None for marks in volumes for mark in marks)
        # a mark that changes from slice to slice would make each slice a volume
        if not repeated and not absent and max(map(len, volumes.values())) == len(set(places)):
            return [volumes[marks] for marks in sorted(volumes)]
    return [list(range(len(slices)))] if len(set(places)) == len(slices) else []


def _by_number(slices: list[Slice], places: list[tuple]) -> list[list[int]]:
    """The volumes by the order of the images' numbers at each position, if all positions have equally many."""
    at: dict[tuple, list[tuple[float, int]]] = defaultdict(list)
    for i, one in enumerate(slices):
        number = one[0].tags.get("InstanceNumber") if len(one[0].frames) == 1 else None
        if not isinstance(number, float):
            return []
        at[places[i]].append((number, i))
    counts = {len(members) for members in at.values()}
    different = len({number for members in at.values() for number, _ in members}) == len(slices)
    if len(counts) != 1 or not different:
        return []
    return [[sorted(members)[rank][1] for members in at.values()] for rank in range(counts.pop())]
