"""Was a sequence acquired as its center declared? Differences are noted, never silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from osteon.config.base import Range
from osteon.config.delivery import Protocol
from osteon.tables.reasons import Reason
from osteon.tables.status import finding
from osteon.tables.vocabulary import model_name, vendor

TOLERANCE = 0.05
"""Share by which a number may differ from the declared one."""

Facts = Mapping[str, object]

# Key of the protocol: where its value is among the facts of a sidecar (BIDS: s, mm, T), in the protocol's unit.
FOUND: dict[str, Callable[[Facts], object]] = {
    "manufacturer": lambda facts: facts.get("Manufacturer"),
    "model": lambda facts: facts.get("ManufacturersModelName"),
    "field_strength": lambda facts: facts.get("MagneticFieldStrength"),
    "repetition_time": lambda facts: _in_ms(facts.get("RepetitionTime")),
    "echo_time": lambda facts: _in_ms(facts.get("EchoTime")),
    "inversion_time": lambda facts: _in_ms(facts.get("InversionTime")),
    "echo_train_length": lambda facts: facts.get("EchoTrainLength"),
    "flip_angle": lambda facts: facts.get("FlipAngle"),
    "slice_thickness": lambda facts: facts.get("SliceThickness"),
    "slice_distance": lambda facts: facts.get("SpacingBetweenSlices"),
    "pixel_spacing": lambda facts: facts.get("PixelSpacing"),
    "field_of_view": lambda facts: _longer_side(facts),
    "matrix": lambda facts: (facts.get("Matrix") or [])[:2],
    "slices": lambda facts: (facts.get("Matrix") or [None] * 3)[2],
    "kvp": lambda facts: facts.get("KVP"),
    "kernel": lambda facts: facts.get("ConvolutionKernel"),
    "body_part": lambda facts: facts.get("BodyPartExamined"),
}


def protocol_findings(facts: Facts, declared: Protocol) -> list[dict]:
    """Compare the facts of one sequence with what the center declared.

    A number is met within 5 %, a range within its limits, a name without regard to case; of several declared names one
    must be met. In-plane spacing must be met in both directions.

    Args:
        facts: as in the sidecar.
        declared: only what is written in it is compared.

    Returns:
        One note per deviation, with the value 'key: found ..., declared ...'.
    """
    findings = []
    for key, value_of in FOUND.items():
        wanted = getattr(declared, key)
        if wanted is None or wanted == []:
            continue
        found = value_of(facts)
        if found in (None, "", []):
            text = f"{key}: not in the headers, declared {_written(wanted)}"
        elif not _met(key, found, wanted):
            text = f"{key}: found {_written(found)}, declared {_written(wanted)}"
        else:
            continue
        findings.append(finding(Reason.PROTOCOL_DEVIATION, "note", text, text))
    return findings


def _met(key: str, found: object, wanted: object) -> bool:
    if key == "manufacturer":
        return str(found).casefold() == vendor(str(wanted)).casefold()
    if key == "matrix":
        return list(found) == list(wanted)
    if isinstance(wanted, (str, list)):
        names = {model_name(name).casefold() for name in ([wanted] if isinstance(wanted, str) else wanted)}
        return any(str(one).casefold() in names for one in (found if isinstance(found, list) else [found]))
    return all(_number_met(float(one), wanted) for one in (found if isinstance(found, list) else [found]))


def _number_met(found: float, wanted: float | Range) -> bool:
    return wanted.holds(found) if isinstance(wanted, Range) else abs(found - wanted) <= TOLERANCE * abs(wanted)


def _written(value: object) -> str:
    if isinstance(value, Range):
        low, high = (_written(end) if end is not None else "" for end in (value.min, value.max))
        return f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"
    if isinstance(value, list):
        return (", " if isinstance(value[0], str) else " x ").join(map(_written, value))
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def _in_ms(seconds: object) -> float | None:
    return None if seconds is None else round(float(seconds) * 1000, 6)


def _longer_side(facts: Facts) -> float | None:
    matrix, spacing = facts.get("Matrix"), facts.get("PixelSpacing")
    return max(matrix[0] * spacing[1], matrix[1] * spacing[0]) if matrix and spacing else None
