"""Random stacks of slices in any orientation: whole ones pass, one random mutation never does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.ingest.geometry import Plane, check_numbering, check_stack
from osteon.ingest.rules import Checks

MUTATIONS = ("drop", "duplicate", "move", "shift", "shear", "turn", "resize")


@st.composite
def stacks(draw):
    """Planes of one regular stack in random order, rotation, spacing and position, with instance numbers."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    row, column = rotation[0], rotation[1]
    normal = np.cross(row, column)
    count, step = draw(st.integers(4, 40)), draw(st.floats(0.6, 8.0))
    spacing = (draw(st.floats(0.3, 2.0)), draw(st.floats(0.3, 2.0)))
    corner = rng.uniform(-200, 200, size=3)
    orientation = tuple(round(float(value), 6) for value in (*row, *column))
    planes = [
        Plane(f"{number:03d}", tuple(np.round(corner + number * step * normal, 6)), orientation, spacing, 64, 48)
        for number in range(count)
    ]
    order = draw(st.permutations(range(count)))
    return [planes[i] for i in order], [i + 1 for i in order], step, normal, row


def changed(plane, **values):
    return Plane(**{**plane.__dict__, **values})


def mutate(planes, numbers, step, normal, row, kind, where, amount):
    """One defect at the slice `where`; returns what an export with it would hold."""
    planes, numbers = list(planes), list(numbers)
    hit = planes[where]
    sign = 1 if where % 2 else -1
    if kind == "drop":
        del planes[where], numbers[where]
    elif kind == "duplicate":
        planes.append(hit)
        numbers.append(max(numbers) + 1)
    elif kind == "move":
        distance = max(0.06, 0.02 * step) + amount * step
        planes[where] = changed(hit, position=tuple(np.array(hit.position) + sign * distance * normal))
    elif kind == "shift":
        planes[where] = changed(hit, position=tuple(np.array(hit.position) + (0.5 + amount) * row))
    elif kind == "shear":
        first = min(numbers)
        planes = [
            changed(plane, position=tuple(np.array(plane.position) + (0.2 + amount) * (number - first) * row))
            for plane, number in zip(planes, numbers, strict=True)
        ]
    elif kind == "turn":
        turned = np.reshape(hit.orientation, (2, 3))
        turned = np.array(
            [turned[0] * np.cos(0.05) + turned[1] * np.sin(0.05), turned[1] * np.cos(0.05) - turned[0] * np.sin(0.05)]
        )
        planes[where] = changed(hit, orientation=tuple(turned.ravel()))
    else:
        planes[where] = changed(hit, columns=hit.columns // 2)
    return planes, numbers


def findings_of(planes, numbers, promised):
    stack, findings = check_stack(planes, Checks())
    return stack, [*findings, *check_numbering(len(planes), numbers, promised, len(planes), Checks())]


@settings(max_examples=60)
@given(stacks())
def test_whole_stack_passes_and_its_affine_gives_every_position(made):
    planes, numbers, step, _, _ = made
    stack, findings = findings_of(planes, numbers, len(planes))
    assert findings == []
    assert np.isclose(stack.spacing[2], step, atol=1e-4)
    for height, index in enumerate(stack.order):
        corner = stack.affine @ [0, 0, height, 1]
        assert np.allclose(corner[:3], planes[index].position, atol=1e-4)


@pytest.mark.slow
@settings(max_examples=150)
@given(stacks(), st.sampled_from(MUTATIONS), st.integers(0, 10**6), st.floats(0, 0.9))
def test_one_defect_is_never_accepted(made, kind, where, amount):
    planes, numbers, step, normal, row = made
    whole = len(planes)
    planes, numbers = mutate(planes, numbers, step, normal, row, kind, where % whole, amount)
    _, findings = findings_of(planes, numbers, whole)
    assert any(entry["severity"] == "exclude" for entry in findings), kind


@settings(max_examples=60)
@given(stacks())
def test_affine_of_any_stack_is_that_of_its_header(made):
    planes, _, step, normal, row = made
    stack, _ = check_stack(planes, Checks())
    down, across = planes[0].spacing
    column = np.reshape(planes[0].orientation, (2, 3))[1]
    expected = np.column_stack([row * across, column * down, normal * step])
    assert np.allclose(stack.affine[:3, :3], expected, atol=1e-4)
    assert stack.size == (48, 64, len(planes))


@settings(max_examples=60)
@given(stacks(), st.randoms(use_true_random=False))
def test_order_of_the_files_never_matters(made, random):
    planes = made[0]
    shuffled = list(planes)
    random.shuffle(shuffled)
    first, second = (check_stack(order, Checks())[0] for order in (planes, shuffled))
    assert np.array_equal(first.affine, second.affine)
    assert [planes[i] for i in first.order] == [shuffled[i] for i in second.order]


@pytest.mark.slow
@settings(max_examples=100)
@given(stacks(), st.data())
def test_any_inner_slices_that_are_lost_are_missed_without_a_count(made, data):
    planes, numbers, *_ = made
    inner = sorted(numbers)[1:-1]
    # every second slice lost leaves a regular stack, which only a count or SpacingBetweenSlices can tell
    lost = data.draw(st.sets(st.sampled_from(inner), min_size=1, max_size=max(1, len(inner) // 2 - 1)))
    left = [(plane, number) for plane, number in zip(planes, numbers, strict=True) if number not in lost]
    steps = np.diff(sorted(number for _, number in left))
    if len(left) < Checks().minimum_slices or len(set(steps)) == 1:
        return
    stack, findings = check_stack([plane for plane, _ in left], Checks())
    assert stack is None
    assert findings[0]["code"] in ("slice_missing", "spacing_irregular")


@pytest.mark.slow
@settings(max_examples=100)
@given(stacks(), st.integers(0, 10**6), st.floats(0, 2 * np.pi), st.floats(1.05, 50))
def test_any_shift_within_the_plane_beyond_the_tolerance_is_refused(made, where, angle, times):
    planes, _, step, normal, row = made
    checks = Checks()
    tolerance = max(checks.shear_mm, checks.shear_share * step * (len(planes) - 1))
    direction = np.cos(angle) * row + np.sin(angle) * np.cross(normal, row)
    hit = planes[where % len(planes)]
    moved = changed(hit, position=tuple(np.array(hit.position) + times * tolerance * direction))
    planes = [moved if plane is hit else plane for plane in planes]
    stack, findings = check_stack(planes, checks)
    assert stack is None
    assert [entry["code"] for entry in findings] == ["slices_sheared"]


@settings(max_examples=60)
@given(stacks(), st.integers(0, 10**6), st.floats(-0.9, 0.9), st.floats(-0.9, 0.9))
def test_deviations_within_the_tolerances_are_accepted(made, where, along, within):
    planes, _, step, normal, row = made
    checks = Checks()
    hit = planes[where % len(planes)]
    spacing = max(checks.spacing_mm, checks.spacing_share * step)
    offset = along * 0.9 * spacing * normal + within * 0.9 * checks.shear_mm * row
    planes = [changed(hit, position=tuple(np.array(hit.position) + offset)) if p is hit else p for p in planes]
    stack, findings = check_stack(planes, checks)
    assert findings == []
    assert stack is not None
