"""Known answers of the geometry checks."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.ingest.geometry import Plane, check_declared_spacing, check_numbering, check_stack
from osteon.ingest.rules import Checks

SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def planes(heights, drift=0.0):
    """Sagittal planes at given x, mm, shifted along y by `drift` per slice."""
    return [
        Plane(f"{n:02d}", (float(x), -70.0 + n * drift, 60.0), SAGITTAL, (1.25, 1.5), 16, 20)
        for n, x in enumerate(heights)
    ]


def only(findings):
    (entry,) = findings
    return entry["code"], entry["severity"], entry["value"]


def test_affine_takes_column_row_slice_to_millimetres():
    stack, findings = check_stack(planes([-4, 4, -12, 0, -8]), Checks())
    assert findings == []
    assert stack.order == (1, 3, 0, 4, 2)  # the normal of this orientation points to the right
    assert stack.size == (20, 16, 5)
    assert stack.spacing == pytest.approx((1.5, 1.25, 4.0))
    assert stack.affine @ [0, 0, 0, 1] == pytest.approx([4, -70, 60, 1])
    assert stack.affine @ [2, 3, 1, 1] == pytest.approx([0, -70 + 2 * 1.5, 60 - 3 * 1.25, 1])


@pytest.mark.parametrize(
    ("heights", "expected"),
    [
        ([0, 4, 8, 16, 20], ("slice_missing", "exclude", 1)),
        ([0, 4, 8, 20, 24], ("slice_missing", "exclude", 2)),
        ([0, 4, 12], ("slice_missing", "exclude", 1)),
        ([0, 4, 8, 12.9, 16.9], ("spacing_irregular", "exclude", 0.9)),
        ([0, 4, 4, 8, 12], ("slice_duplicated", "exclude", 1)),
        ([0, 0, 4, 4, 8, 8], ("several_volumes", "exclude", 2)),
        ([5, 5, 5, 5], ("not_a_volume", "exclude", 1)),
        ([0, 4], ("not_a_volume", "exclude", 2)),
    ],
)
def test_uneven_positions(heights, expected):
    stack, findings = check_stack(planes(heights), Checks())
    assert stack is None
    assert only(findings) == expected


def test_files_beside_the_hole_are_named():
    _, findings = check_stack(planes([0, 4, 8, 16, 20]), Checks())
    assert findings[0]["files"] == ["02", "03"]


def test_tolerances_are_the_limits():
    assert check_stack(planes([0, 4, 8.049, 12]), Checks())[1] == []
    assert check_stack(planes([0, 4, 8.06, 12]), Checks())[1] != []
    assert check_stack(planes([0, 4, 8, 12], drift=0.033), Checks())[1] == []
    assert only(check_stack(planes([0, 4, 8, 12], drift=0.034), Checks())[1]) == ("slices_sheared", "exclude", 0.102)
    assert check_stack(planes([0, 4, 8.06, 12]), Checks(spacing_mm=0.1))[1] == []


def test_small_differences_that_add_up_are_seen():
    heights = np.r_[np.arange(100) * 0.9, 90 + np.arange(100) * 0.94]  # each step is within 0.05 mm of the others
    stack, findings = check_stack(planes(heights), Checks())
    assert stack is None
    assert only(findings)[:2] == ("spacing_irregular", "exclude")


def test_rounding_of_the_headers_is_told_and_moves_no_axis():
    stack, _ = check_stack(planes([0, 4, 8, 12]), Checks())
    assert stack.scatter == pytest.approx(0, abs=1e-9)
    rounded = [
        Plane(plane.file, plane.position, (0.0, 0.9998, 0.0, 0.0, 0.0, -0.9999), plane.spacing, 16, 20)
        for plane in planes([0, 4.01, 8, 12])
    ]
    stack, _ = check_stack(rounded, Checks())
    assert stack.scatter == pytest.approx(0.01)
    assert stack.spacing[:2] == pytest.approx((1.5, 1.25), abs=1e-12)


def test_siblings_of_another_orientation_show_a_mixed_series():
    axial = [Plane("x", (0.0, 0.0, 1.0 * n), (1.0, 0, 0, 0, 1, 0), (1.25, 1.5), 16, 20) for n in range(2)]
    stack, findings = check_stack(planes([0, 4, 8]), Checks(), axial)
    assert stack is None
    assert only(findings) == ("orientation_mixed", "exclude", 2)
    echoes = planes([0, 4, 8])
    assert check_stack(planes([0, 4, 8]), Checks(), echoes)[1] == []


@pytest.mark.parametrize(
    "plane",
    [
        Plane("a", None, SAGITTAL, (1.0, 1.0), 16, 20),
        Plane("a", (0.0, 0.0, 0.0), None, (1.0, 1.0), 16, 20),
        Plane("a", (0.0, 0.0, 0.0), SAGITTAL, None, 16, 20),
        Plane("a", (0.0, 0.0, 0.0), SAGITTAL, (0.0, 1.0), 16, 20),
        Plane("a", (0.0, 0.0, 0.0), (0, 1.0, 0, 0, 0.1, -1.0), (1.0, 1.0), 16, 20),
        Plane("a", (0.0, 0.0, 0.0), (0.0,) * 6, (1.0, 1.0), 16, 20),
    ],
)
def test_impossible_headers(plane):
    stack, findings = check_stack([*planes([4, 8, 12]), plane], Checks())
    assert stack is None
    assert only(findings) == ("geometry_missing", "exclude", 1)


@pytest.mark.parametrize(
    ("slices", "numbers", "promised", "images", "expected"),
    [
        (10, range(1, 11), 10, 10, []),
        (10, range(0, 10), None, 10, []),
        (10, range(1, 11), 1, 10, []),  # some vendors count something else
        (9, range(1, 10), 10, 9, [("exclude", 1)]),
        (9, range(2, 11), None, 9, [("exclude", 1)]),
        (4, range(112, 116), None, 4, [("review", 111)]),  # maybe a part of a longer numbering
        (9, [1, 2, 3, 4, 6, 7, 8, 9, 10], None, 9, [("review", 1)]),
        (10, [1] * 10, None, 10, []),  # the numbers do not count slices
        (10, [], None, 10, []),
    ],
)
def test_slices_missing_at_the_edge(slices, numbers, promised, images, expected):
    findings = check_numbering(slices, list(numbers), promised, images, Checks())
    assert [(entry["severity"], entry["value"]) for entry in findings] == expected
    assert {entry["code"] for entry in findings} <= {"slice_missing"}


def test_numbering_can_be_left_to_a_person():
    findings = check_numbering(9, list(range(2, 11)), 10, 9, Checks(numbering="review"))
    assert {entry["severity"] for entry in findings} == {"review"}


@pytest.mark.parametrize(
    ("step", "declared", "thickness", "expected"),
    [
        (4.0, 4.0, 3.6, []),
        (4.0, None, 3.6, []),
        (4.0, 0.0, 3.6, []),
        (4.0, 0.4, 3.6, []),  # the gap instead of the distance
        (8.0, 4.0, 3.6, [("slice_missing", "exclude")]),
        (12.0, 4.0, 3.6, [("slice_missing", "exclude")]),
        (4.0, 5.0, 3.6, [("spacing_irregular", "review")]),
    ],
)
def test_declared_distance(step, declared, thickness, expected):
    stack, _ = check_stack(planes(np.arange(5) * step), Checks())
    findings = check_declared_spacing(stack, declared, thickness, Checks())
    assert [(entry["code"], entry["severity"]) for entry in findings] == expected
