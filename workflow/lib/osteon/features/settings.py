"""A study's feature settings as PyRadiomics understands them, their fingerprint and the versions that run them."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version

from osteon.config.features import Features

# Distributions whose version can change a feature value.
PACKAGES = ("pyradiomics", "SimpleITK", "numpy", "PyWavelets")


def pyradiomics_parameters(features: Features) -> dict:
    """PyRadiomics' parameter dictionary (its keys 'imageType', 'featureClass' and 'setting') for a study.

    `additionalInfo` is off: PyRadiomics would hash every input image, which takes a quarter of the time and says
    nothing that the status files do not say.
    """
    image_types: dict[str, dict] = {"Original": {}}
    if "log" in features.image_types:
        image_types["LoG"] = {"sigma": list(features.log_sigma)}
    discretisation = (
        {"binCount": features.bin_count} if features.bin_count is not None else {"binWidth": features.bin_width}
    )
    return {
        "imageType": image_types,
        "featureClass": {name: [] for name in features.classes},
        "setting": {
            "resampledPixelSpacing": list(features.spacing),
            "interpolator": features.interpolator,
            **discretisation,
            "padDistance": features.pad_distance,
            "minimumROISize": features.minimum_voxels,
            "minimumROIDimensions": 2,
            "label": 1,
            "additionalInfo": False,
        },
    }


def settings_hash(parameters: dict) -> str:
    """Sixteen hexadecimal digits that change when any setting does; the order of keys does not matter."""
    text = json.dumps(parameters, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sidecar(parameters: dict) -> dict:
    """What belongs beside a feature table: parameters, their hash and the software versions."""
    return {
        "settings_hash": settings_hash(parameters),
        "parameters": parameters,
        "software": {name: version(name) for name in PACKAGES},
    }
