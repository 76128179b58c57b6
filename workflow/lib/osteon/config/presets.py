"""Named defaults of the sections `preprocess` and `features`; what a study writes itself goes before them."""

from __future__ import annotations

from copy import deepcopy

PRESETS: dict[str, dict[str, dict]] = {
    "recommended": {
        "preprocess": {"bias_correction": {"enabled": True}, "intensity": {"method": "robust"}},
        "features": {"bin_count": 32, "pad_distance": 15},
    },
    "as_published": {
        "preprocess": {"bias_correction": {"enabled": True}, "intensity": {"method": "minmax"}},
        "features": {
            "bin_width": 25.0,
            "pad_distance": 5,
            "grid": "corners",
            "mask_interpolator": "nearest",
            "directions": "averaged",
            "log_kernel": "recursive",
            "minimum_voxels": 1,
            "one_level": "report",
        },
    },
    "ibsi": {
        "preprocess": {"bias_correction": {"enabled": False}, "intensity": {"method": "none"}},
        "features": {
            "bin_width": 10.0,
            "value_range": {"min": 0.0},
            "image_types": ["original"],
            "log_kernel": "ibsi",
        },
    },
}
"""Sections by preset. What a preset leaves out has the section's own default, which follows IBSI."""

# Of these, null is a value: no range. A section that is null is one without keys.
NULL_COUNTS = ("value_range",)
# Of these, a study that writes one does not want the preset's other.
EITHER = ("bin_width", "bin_count")


def with_preset(values: object) -> object:
    """The content of a study file with the defaults of its preset filled in; anything that is wrong stays as it is."""
    if not isinstance(values, dict) or not isinstance(values.get("features") or {}, dict):
        return values
    written = values.get("features") or {}
    name = written.get("preset", "recommended")
    if not isinstance(name, str) or name not in PRESETS:
        return values
    preset = deepcopy(PRESETS[name])
    if any(name in written for name in EITHER):
        preset["features"] = {key: value for key, value in preset["features"].items() if key not in EITHER}
    if written.get("pyradiomics"):
        preset["features"] = {}
    return {**values, **{name: _filled(values.get(name), section) for name, section in preset.items()}}


def _filled(written: object, defaults: dict) -> object:
    """`defaults` with what is written put over them, level by level."""
    if written is None:
        return defaults
    if not isinstance(written, dict):
        return written
    merged = {**defaults, **written}
    for key, value in defaults.items():
        if isinstance(value, dict) and key in written and not (key in NULL_COUNTS and written[key] is None):
            merged[key] = _filled(written[key], value)
    return merged
