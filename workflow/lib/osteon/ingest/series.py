"""Files grouped into series, and what the headers of a series say about it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from osteon.ingest.geometry import Plane
from osteon.ingest.header import Image

AXES = ("sagittal", "coronal", "axial")
# A plane is named after an axis if its normal is within about 32 degrees of it.
NAMED_PLANE = 0.85
SAME_ECHO_MS = 0.1


@dataclass(frozen=True)
class Series:
    """Images of one SeriesInstanceUID with one echo time and one image type.

    `images` are whole files, `damaged` ones have lost pixel data. `siblings` are whole images with the same
    SeriesInstanceUID in other groups (further echoes, magnitude and phase).
    """

    uid: str
    images: tuple[Image, ...]
    damaged: tuple[Image, ...] = ()
    siblings: tuple[Image, ...] = ()

    @property
    def key(self) -> str:
        """Sixteen hexadecimal digits that stand for the series in every table, so that no UID leaves the center."""
        return series_key(self.uid)

    @property
    def head(self) -> dict[str, object]:
        """Tags of the first image."""
        return (self.images or self.damaged)[0].tags

    def number(self, keyword: str) -> float | None:
        """A tag of the first image as a number."""
        value = self.head.get(keyword)
        return value if isinstance(value, float) else None

    def words(self, keyword: str) -> tuple[str, ...]:
        """A tag of the first image as upper-case words."""
        value = self.head.get(keyword, ())
        return (value.upper(),) if isinstance(value, str) else value

    @property
    def text(self) -> str:
        """Description, protocol and sequence name in lower case, punctuation turned into spaces."""
        joined = " ".join(
            str(self.head.get(keyword, "")) for keyword in ("SeriesDescription", "ProtocolName", "SequenceName")
        )
        return " ".join(re.sub(r"[\W_]+", " ", joined.lower()).split())

    @property
    def positions(self) -> int:
        """Number of different slice positions."""
        return len(
            {
                tuple(np.round(frame.position, 2))
                for image in self.images or self.damaged
                for frame in image.frames
                if frame.position
            }
        )

    @property
    def plane(self) -> str:
        """'sagittal', 'coronal', 'axial', 'oblique'; 'mixed' if no orientation has the majority; '' if unknown."""
        names = Counter(
            _plane_name(frame.orientation) for image in self.images or self.damaged for frame in image.frames
        )
        if not names:
            return ""
        ((name, count),) = names.most_common(1)
        return name if count > sum(names.values()) / 2 else "mixed"


def planes_of(images: tuple[Image, ...]) -> list[Plane]:
    """The slices of whole images, for the geometry checks."""
    return [
        Plane(
            image.file,
            frame.position,
            frame.orientation,
            frame.spacing,
            int(image.tags["Rows"]) // image.tiles,
            int(image.tags["Columns"]) // image.tiles,
        )
        for image in images
        for frame in image.frames
    ]


def series_key(uid: str) -> str:
    """The sixteen hexadecimal digits that stand for a SeriesInstanceUID."""
    return hashlib.sha256(uid.encode()).hexdigest()[:16]


def group_series(images: list[Image]) -> list[Series]:
    """Group images by SeriesInstanceUID, echo time and image type, in the order of series number and UID.

    Echo times less than 0.1 ms apart are one.

    Orientation and matrix do not divide a series: slices that differ in them are a defect, which the
    geometry checks name. All three keys stand early in a header, so truncated files are grouped like whole ones.
    """
    echoes = _echoes(images)
    groups: dict[tuple, list[Image]] = {}
    for image in images:
        echo = echoes[image.series_uid].get(image.tags.get("EchoTime"))
        groups.setdefault((image.series_uid, echo, image.tags.get("ImageType", ())[2:]), []).append(image)
    result = []
    for key, members in groups.items():
        siblings = [
            image
            for other, group in groups.items()
            if other != key and other[0] == key[0]
            for image in group
            if not image.damage
        ]
        result.append(
            Series(
                key[0],
                tuple(image for image in members if not image.damage),
                tuple(image for image in members if image.damage),
                tuple(siblings),
            )
        )
    return sorted(
        result,
        key=lambda series: (
            series.number("SeriesNumber") or 0.0,
            series.uid,
            series.number("EchoTime") or 0.0,
            series.words("ImageType"),
        ),
    )


def _echoes(images: list[Image]) -> dict[str, dict[object, int]]:
    """By series, the number of the echo that each echo time belongs to; the same ones may be written differently."""
    times: dict[str, set[float]] = {image.series_uid: set() for image in images}
    for image in images:
        if isinstance(image.tags.get("EchoTime"), float):
            times[image.series_uid].add(image.tags["EchoTime"])
    numbers = {}
    for uid, found in times.items():
        ordered = sorted(found)
        new = [later - earlier >= SAME_ECHO_MS for earlier, later in pairwise(ordered)]
        numbers[uid] = dict(zip(ordered, accumulate(new, initial=0), strict=False))
    return numbers


def _plane_name(orientation: tuple[float, ...] | None) -> str:
    if orientation is None:
        return ""
    row, column = np.reshape(orientation, (2, 3))
    normal = np.abs(np.cross(row, column))
    axis = int(np.argmax(normal))
    return AXES[axis] if normal[axis] > NAMED_PLANE else "oblique"
