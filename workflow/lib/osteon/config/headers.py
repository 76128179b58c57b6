"""Values of the image headers that have a name: the columns of acquisition.tsv, of which batches may be made."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from osteon.config.sheets import normalised

Facts = Mapping[str, object]
"""What the sidecar of one series says, under the keys and in the units of BIDS: s, mm, T."""

VALUES: dict[str, Callable[[Facts], object]] = {
    "scanner": lambda facts: " ".join(
        str(facts[key]) for key in ("Manufacturer", "ManufacturersModelName") if facts.get(key)
    ),
    "field_t": lambda facts: facts.get("MagneticFieldStrength"),
    "repetition_time_ms": lambda facts: _in_ms(facts.get("RepetitionTime")),
    "echo_time_ms": lambda facts: _in_ms(facts.get("EchoTime")),
    "slice_thickness_mm": lambda facts: facts.get("SliceThickness"),
    "slice_spacing_mm": lambda facts: facts.get("SpacingBetweenSlices"),
    "pixel_spacing_mm": lambda facts: _product(facts.get("PixelSpacing")),
    "matrix": lambda facts: _product(facts.get("Matrix")),
    "acquired_matrix": lambda facts: _product(facts.get("AcquisitionMatrix")),
    "manufacturer": lambda facts: facts.get("Manufacturer"),
    "model": lambda facts: facts.get("ManufacturersModelName"),
    "inversion_time_ms": lambda facts: _in_ms(facts.get("InversionTime")),
    "echo_train_length": lambda facts: facts.get("EchoTrainLength"),
    "flip_angle_deg": lambda facts: facts.get("FlipAngle"),
    "tube_voltage_kv": lambda facts: facts.get("KVP"),
    "kernel": lambda facts: " ".join(facts.get("ConvolutionKernel") or []),
}
"""How each value is made; None or '' where the headers do not say it."""

TEXTS = ("scanner", "manufacturer", "model", "pixel_spacing_mm", "matrix", "acquired_matrix", "kernel")
"""Those that are text; the others are numbers."""
DICOM_ONLY = ("acquired_matrix", "kernel")
"""Those that images delivered as NIfTI never have."""

# A leading zero makes an id of a number: 007 is not 7. Units are those of headers, none a multiple of another, so that
# leaving them out confuses nothing.
_UNIT = r"(?:T|mm|ms|kV|kVp|mAs|deg|°)?"
_NUMBER = re.compile(rf"([+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d{{1,2}})?)\s*{_UNIT}", re.IGNORECASE)


def header_value(facts: Facts, name: str) -> str:
    """One value of `VALUES` as text, '' where it is not known; a number has six significant digits.

    >>> header_value({"EchoTime": 0.0104, "Manufacturer": "GE"}, "echo_time_ms")
    '10.4'
    """
    value = VALUES[name](facts)
    if value is None or isinstance(value, str):
        return value or ""
    return _rounded(value, 6)


def number_in(text: str) -> Decimal | None:
    """The number that a cell or a header holds, without the unit of a header; None if it is no number.

    >>> number_in("1.50 T"), number_in("3e0"), number_in("007"), number_in("B30f")
    (Decimal('1.50'), Decimal('3'), None, None)
    """
    found = _NUMBER.fullmatch(normalised(text))
    return Decimal(found[1]) if found else None


def number_text(number: Decimal) -> str:
    """A number in its shortest form with all its digits, so that equal numbers have one text and others never.

    >>> number_text(Decimal("1.50")), number_text(Decimal("3e2")), number_text(Decimal("-0.0"))
    ('1.5', '300', '0')
    """
    return format(number.normalize() + 0, "f")


def _in_ms(seconds: object) -> float | None:
    return None if seconds is None else float(seconds) * 1000


def _product(values: object) -> str | None:
    return "\N{MULTIPLICATION SIGN}".join(_rounded(value, 4) for value in values) if values else None


def _rounded(value: float, digits: int) -> str:
    return number_text(Decimal(value if isinstance(value, int) else f"{value:.{digits}g}"))
