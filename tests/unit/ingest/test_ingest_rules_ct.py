"""CT series by kernel, slice thickness and contrast agent, in the spelling of every vendor."""

from __future__ import annotations

import pytest

from helpers.decisions import ct_series, series_of
from helpers.dicom_series import AXIAL, CORONAL, SAGITTAL
from osteon.ingest.rules import load_rules
from osteon.ingest.select import decide


@pytest.fixture(scope="module")
def rules(root):
    return load_rules(root / "config" / "series_rules" / "ct.yaml", ["CT", "CTB"])


def decided(rules, **tags):
    return decide(series_of(ct_series(**tags)), rules, "A")


SOFT = {
    "Siemens": ["B10f", "B20s", "B30f", "B31s", "B40f", "B41f", "B45f", "H31s", "D20f", "D30f", "I26f", "I44f"]
    + ["Br36d", "Br40", "Br44f", "Hr36", "Hr40h", "Qr40", "Qr44", "Bv36", "Bv40d", ["I31f", "3"], ["Br40d", "3"]],
    "GE": ["SOFT", "STANDARD", "Standard"],
    "Philips": ["A", "B", "C", "EB", "EC"],
    "Canon": ["FC00", "FC03", "FC08", "FC08-H", "FC10", "FC18", "FC19"],
    "United Imaging": ["B_SOFT_A", "B_SOFT_B", "B_SOFT_C"],
}
BONE = {
    "Siemens": ["B50f", "B60s", "B70f", "B80s", "H60s", "I50f", "I70f", "Br54", "Br59d", "Br64", "Br69", "Hr60", "Hr68"]
    + ["Qr59", "U70u", "U90u", ["I70f", "2"]],
    "GE": ["BONE", "BONEPLUS", "EDGE", "ULTRA"],
    "Philips": ["D", "E", "YA", "YB", "YC", "YD", "YE"],
    "Canon": ["FC30", "FC35", "FC80", "FC81", "FC85"],
    "United Imaging": ["B_SHARP_A", "B_SHARP_C"],
}
LUNG = ["Bl57d", "Bl64", "LUNG", "CHST", "L", "LA", "FC51", "FC52", "FC86", "L_SHARP_C"]
BETWEEN = ["B46f", "Br49", "DETAIL", "FC26", "UA", "unheard of", None]


def each(kernels):
    return [(vendor, kernel) for vendor, names in kernels.items() for kernel in names]


@pytest.mark.slow
@pytest.mark.parametrize(("vendor", "kernel"), each(SOFT))
def test_soft_kernels(rules, vendor, kernel):
    found = decided(rules, Manufacturer=vendor, ConvolutionKernel=kernel)
    assert (found.verdict, found.role) == ("accept", "CT")


@pytest.mark.slow
@pytest.mark.parametrize(("vendor", "kernel"), each(BONE))
def test_bone_kernels(rules, vendor, kernel):
    found = decided(rules, Manufacturer=vendor, ConvolutionKernel=kernel)
    assert (found.verdict, found.role) == ("accept", "CTB")


@pytest.mark.parametrize("kernel", LUNG)
def test_lung_kernels_are_dropped(rules, kernel):
    assert decided(rules, ConvolutionKernel=kernel).reason == "lung kernel"


@pytest.mark.parametrize("kernel", BETWEEN)
def test_other_kernels_are_left_to_a_person(rules, kernel):
    assert decided(rules, ConvolutionKernel=kernel).verdict == "unknown"


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"Modality": "MR"}, "no CT image"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "topogram, derived or secondary image"),
        ({"ImageType": ["DERIVED", "SECONDARY", "MPR"]}, "topogram, derived or secondary image"),
        ({"ImageType": ["DERIVED", "PRIMARY", "AXIAL"]}, "topogram, derived or secondary image"),
        ({"SeriesDescription": "Topogram 0.6 T20f"}, "topogram, bolus test or dose report by its text"),
        ({"SeriesDescription": "Dose Report"}, "topogram, bolus test or dose report by its text"),
        ({"SeriesDescription": "PreMonitoring"}, "topogram, bolus test or dose report by its text"),
        ({"SeriesDescription": "定位像"}, "topogram, bolus test or dose report by its text"),
        ({"SeriesDescription": "Sagittal MPR"}, "topogram, bolus test or dose report by its text"),
        ({"orientation": SAGITTAL}, "not axial"),
        ({"orientation": CORONAL}, "not axial"),
        ({"count": 9}, "fewer than 10 slices"),
        ({"ContrastBolusAgent": "OMNIPAQUE 350"}, "contrast agent given"),
        ({"SliceThickness": "7.5"}, "slices thicker than 5 mm"),
    ],
)
def test_what_is_dropped_says_why(rules, tags, reason):
    found = decided(rules, **tags)
    assert (found.verdict, found.reason) == ("drop", reason)


@pytest.mark.parametrize(
    "tags",
    [
        {"SliceThickness": "5"},
        {"SliceThickness": "0.625"},
        {"SliceThickness": None},
        {"count": 10},
        {"SeriesDescription": "low dose L-spine"},
        {"SeriesDescription": "bone density"},
        {"SeriesDescription": "骨盆 平扫"},
        *({"ContrastBolusAgent": agent} for agent in ("", "NONE", "No", "N/A", "without", "无", "平扫")),
    ],
)
def test_what_must_not_be_lost(rules, tags):
    assert decided(rules, **tags).role == "CT"


@pytest.mark.parametrize(
    ("kernel", "text"),
    [("Br40", "Bone 1.0"), ("B", "骨窗"), ("FC18", "增强 动脉期"), ("STANDARD", "portal venous")]
    + [("BONE", "soft tissue"), ("B60f", "软组织"), ("YC", "肺窗"), ("Br59", "post contrast")],
)
def test_text_against_the_kernel_is_for_review(rules, kernel, text):
    found = decided(rules, ConvolutionKernel=kernel, SeriesDescription=text)
    assert found.verdict == "review"


def test_conditions_of_ct_can_be_combined(rules):
    own = {"name": "thin bone of the lumbar spine", "role": "CTB", "body_part": "spine", "kernel": "^q"}
    own |= {"slice_thickness": {"min": 0.5, "max": 1.5}, "contrast": True, "plane": {"any": ["axial"]}}
    changed = rules.model_validate(rules.model_dump() | {"centers": {"A": {"rules": [own]}}})
    agent = {"ContrastBolusAgent": "Ultravist"}
    fits = {"ConvolutionKernel": "Qr40", "orientation": AXIAL, **agent}
    assert decided(changed, **fits).role == "CTB"
    for misfit in ({"SliceThickness": "2"}, {"BodyPartExamined": "HEAD"}, {"ConvolutionKernel": "B40"}):
        assert decided(changed, **(fits | misfit)).reason == "contrast agent given"
    assert decided(changed, **(fits | {"ContrastBolusAgent": None})).role == "CT"
