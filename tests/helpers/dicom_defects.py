"""Defects of a stack of slices: functions that take the slices of a clean series and give those of a broken one."""

from __future__ import annotations

from helpers.dicom_series import AXIAL, make_series, shift


def without(numbers):
    return lambda slices: [item for item in slices if item.InstanceNumber - 1 not in numbers]


def uncounted(change):
    def apply(slices):
        for item in slices:
            del item.ImagesInAcquisition
        return change(slices)

    return apply


def moved(along, distance, numbers):
    def apply(slices):
        for item in slices:
            if item.InstanceNumber - 1 in numbers:
                shift(item, along, distance)
        return slices

    return apply


def sheared(slices):
    for number, item in enumerate(slices):
        shift(item, 1, 0.6 * number)
    return slices


def with_other_pixels(slices):
    twin = make_series(seed=9)[3]
    twin.SeriesInstanceUID = slices[0].SeriesInstanceUID
    return [*slices, twin]


def turned(slices):
    slices[-1].ImageOrientationPatient = list(AXIAL)
    return slices


def smaller(slices):
    other = make_series(rows=8, columns=8)[-1]
    return [*slices[:-1], other]


def twice(slices):
    again = make_series(seed=5, SeriesInstanceUID=slices[0].SeriesInstanceUID, AcquisitionNumber=2)
    return [*slices, *again]


def unplaced(slices):
    for item in slices:
        del item.ImagePositionPatient
    return slices


def constant(slices):
    for item in slices:
        item.PixelData = bytes(len(item.PixelData))
    return slices


def undeclared_half(slices):
    """Every second slice, nothing counted, numbered anew; only SpacingBetweenSlices still tells."""
    kept = uncounted(lambda items: items[::2])(slices)
    for number, item in enumerate(kept, start=1):
        item.InstanceNumber = number
    return kept


DEFECTS = {
    "inner slice missing": (without({6}), "slice_missing"),
    "two inner slices missing": (without({3, 6}), "slice_missing"),
    "first slice missing": (without({0}), "slice_missing"),
    "last slice missing": (without({9}), "slice_missing"),
    "first slice missing, nothing counted": (uncounted(without({0})), "slice_missing"),
    "every second slice missing": (undeclared_half, "slice_missing"),
    "slices further apart from the middle on": (moved(2, 0.9, {5, 6, 7, 8, 9}), "spacing_irregular"),
    "one slice moved along the normal": (moved(2, 0.4, {4}), "spacing_irregular"),
    "one slice moved in its plane": (moved(0, 0.5, {4}), "slices_sheared"),
    "gantry tilt": (sheared, "slices_sheared"),
    "other pixels at one position": (with_other_pixels, "slice_duplicated"),
    "one slice turned": (turned, "orientation_mixed"),
    "one slice of another matrix": (smaller, "orientation_mixed"),
    "two time points": (twice, "several_volumes"),
    "no positions": (unplaced, "geometry_missing"),
    "constant image": (constant, "intensity_constant"),
}
