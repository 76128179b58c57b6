"""From the regions that a study asks for to the ones that are extracted, each once, and how the others follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from osteon.config.features import Roi
from osteon.config.regions import regions_of, side_of
from osteon.tables.reasons import Reason

SAME, MEAN, DIFFERENCE = "same", "mean", "difference"


@dataclass(frozen=True)
class Base:
    """A region that is extracted: a union of labels, or the ring around it.

    Attributes:
        labels: names of the labels, sorted.
        ring: where the ring begins and ends, mm from the union's surface; None for the union itself.
    """

    labels: tuple[str, ...]
    ring: tuple[float, float] | None = None

    @property
    def name(self) -> str:
        """What the log and the table of grey levels call it where no output has its values unchanged."""
        return "".join(self.labels) + ("ring" if self.ring else "")


@dataclass(frozen=True)
class Output:
    """A region of the table.

    Attributes:
        name: as in the columns.
        rule: same (the values of the one base), mean (of all bases' values, feature by feature), difference (first
            minus second).
        of: the bases.
        reason: why this case cannot have it, known before anything is computed.
    """

    name: str
    rule: str
    of: tuple[Base, ...]
    reason: str | None = None


def planned(rois: Mapping[str, Roi], row: Mapping[str, str]) -> list[Output]:
    """The regions of one case, in the order of `config.features.region_names`.

    Args:
        rois: the study's regions by name.
        row: the case's further columns of cases.tsv, for regions that need the diseased side.
    """
    return [output for name, roi in rois.items() for output in _outputs(name, roi, row)]


def bases_of(outputs: Iterable[Output]) -> list[Base]:
    """What has to be extracted for them, each once, in their order."""
    return list(dict.fromkeys(base for output in outputs if output.reason is None for base in output.of))


def _outputs(name: str, roi: Roi, row: Mapping[str, str]) -> list[Output]:
    names = regions_of(name, roi)
    singles = tuple(_union([label]) for label in roi.labels)
    if roi.scheme == "each":
        return [Output(label, SAME, (single,)) for label, single in zip(names, singles, strict=True)]
    if roi.scheme == "mean":
        return [Output(name, MEAN, singles)]
    if roi.scheme == "sides":
        return _two_sides(names, roi, row)
    return [Output(name, SAME, (_union(roi.labels, roi.distances if roi.scheme == "ring" else None),))]


def _two_sides(names: list[str], roi: Roi, row: Mapping[str, str]) -> list[Output]:
    first, second = _union(roi.left), _union(roi.right)
    reason = None
    if roi.column:
        side = side_of(row.get(roi.column, ""))
        reason = str(Reason.SIDE_UNKNOWN) if side is None else None
        if side == "right":
            first, second = second, first
    rules = ((SAME, (first,)), (SAME, (second,)), (DIFFERENCE, (first, second)))
    return [Output(name, rule, of, reason) for name, (rule, of) in zip(names, rules, strict=True)]


def _union(labels: Iterable[str], ring: tuple[float, float] | None = None) -> Base:
    return Base(tuple(sorted(labels)), ring)
