"""Values of headers by name, and the numbers in them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from osteon.config.headers import DICOM_ONLY, TEXTS, VALUES, header_value, number_in, number_text

FACTS = {
    "Manufacturer": "GE",
    "ManufacturersModelName": "SIGNA Architect",
    "MagneticFieldStrength": 3.0,
    "RepetitionTime": 0.726,
    "EchoTime": 0.0104,
    "InversionTime": 0.2,
    "FlipAngle": 111.0,
    "EchoTrainLength": 12.0,
    "SliceThickness": 3.0,
    "SpacingBetweenSlices": 3.3,
    "PixelSpacing": [0.8750001, 0.875],
    "Matrix": [320, 12345, 15],
    "AcquisitionMatrix": [320, 224],
    "KVP": 120.0,
    "ConvolutionKernel": ["I70f", "2"],
}


def test_every_value_as_text():
    assert {name: header_value(FACTS, name) for name in VALUES} == {
        "scanner": "GE SIGNA Architect",
        "field_t": "3",
        "repetition_time_ms": "726",
        "echo_time_ms": "10.4",
        "slice_thickness_mm": "3",
        "slice_spacing_mm": "3.3",
        "pixel_spacing_mm": "0.875×0.875",
        "matrix": "320×12345×15",
        "acquired_matrix": "320×224",
        "manufacturer": "GE",
        "model": "SIGNA Architect",
        "inversion_time_ms": "200",
        "echo_train_length": "12",
        "flip_angle_deg": "111",
        "tube_voltage_kv": "120",
        "kernel": "I70f 2",
    }


def test_what_no_header_says_is_empty():
    assert {header_value({}, name) for name in VALUES} == {""}


def test_texts_and_numbers_are_told_apart():
    texts = [name for name in VALUES if number_in(header_value(FACTS, name)) is None]
    assert sorted(texts) == sorted(TEXTS)


def test_images_without_dicom_lack_what_is_said():
    """What ingest can write of an image that came as NIfTI, whatever its own sidecar says."""
    import SimpleITK as sitk

    from osteon.ingest.sidecar import image_facts

    facts = image_facts(sitk.Image(8, 8, 8, sitk.sitkInt16), FACTS)
    absent = [name for name in VALUES if not header_value(facts, name)]
    assert sorted(absent) == sorted(DICOM_ONLY)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.50", "1.5"),
        (" 3T", "3"),
        ("１．５ mm", "1.5"),
        ("120 kVp", "120"),
        ("1E2", "100"),
        ("0.10", "0.1"),
        ("+2", "2"),
        ("12345678901234567", "12345678901234567"),
        ("007", None),
        ("3D", None),
        ("1,5", None),
        ("1e999", None),
        ("nan", None),
        ("", None),
        ("3 cm", None),
    ],
)
def test_numbers_as_people_write_them(text, number):
    found = number_in(text)
    assert (number_text(found) if found is not None else None) == number


def test_equal_numbers_have_one_text():
    assert number_text(Decimal("-0.00")) == "0"
    assert number_text(Decimal("1.0e-5")) == "0.00001"
