"""A study's feature settings as PyRadiomics understands them, their fingerprint and the versions that run them."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from copy import deepcopy
from importlib.metadata import version

import pykwalify.core
from pykwalify.errors import PyKwalifyException
from radiomics import getFeatureClasses, getParameterValidationFiles
from radiomics.featureextractor import RadiomicsFeatureExtractor

from osteon.config.features import Features

# Distributions whose version can change a feature value.
PACKAGES = ("pyradiomics", "SimpleITK", "numpy", "PyWavelets", "scipy", "trimesh")

# Of PyRadiomics: everything but shape2D, which needs regions of one slice.
CLASSES = ("shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
# PyRadiomics' names of the image types, in the order of the columns.
IMAGE_TYPES = {
    "original": "Original",
    "log": "LoG",
    "wavelet": "Wavelet",
    "square": "Square",
    "gradient": "Gradient",
    "lbp3d": "LBP3D",
}


class SettingsError(ValueError):
    """Settings that PyRadiomics refuses; the message says which and why."""


def pyradiomics_parameters(features: Features) -> dict:
    """PyRadiomics' parameters for a study, and Osteon's own beside them.

    Args:
        features: the section of the study; `pyradiomics` holds the content of the user's file, if there is one.

    Returns:
        PyRadiomics' sections 'imageType', 'featureClass' and 'setting', and 'osteon' with

        - grid: centers, corners, native or whole (see `resampling.resample`);
        - mask_interpolator: linear or nearest;
        - one_level: refuse or report (see `discretisation.withheld`);
        - first_level_from: where the first grey level of the original image begins (fixed bin size and a range of
          values that has a lower end), else absent;
        - log_kernel, filter_dimensions, mean_size: of Osteon's own filters, absent for a user's file.

    Raises:
        SettingsError: PyRadiomics' own validation refuses them.
    """
    parameters = _of_file(features.pyradiomics) if features.pyradiomics else _of_section(features)
    parameters["osteon"]["one_level"] = features.one_level
    _validate(parameters)
    return parameters


def extractor(parameters: dict) -> RadiomicsFeatureExtractor:
    """PyRadiomics' extractor for parameters from `pyradiomics_parameters`."""
    for name in ("radiomics", "pykwalify"):  # their progress and advice; errors stay
        logging.getLogger(name).setLevel(logging.ERROR)
    return RadiomicsFeatureExtractor(deepcopy(_theirs(parameters)))


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


def _of_section(features: Features) -> dict:
    """The keys of a study's section.

    `additionalInfo` is off: PyRadiomics would hash every input image, which takes a quarter of the time and says
    nothing that the status files do not say.
    """
    setting: dict = {
        "interpolator": features.interpolator,
        "padDistance": features.pad_distance,
        "minimumROISize": features.minimum_voxels,
        "minimumROIDimensions": 2,
        "label": 1,
        "additionalInfo": False,
    }
    # without resampling PyRadiomics filters the whole image
    as_acquired = "whole" if features.grid == "corners" else "native"
    own: dict = {
        "grid": features.grid if features.spacing else as_acquired,
        "mask_interpolator": features.mask_interpolator,
        "log_kernel": features.log_kernel,
        "filter_dimensions": features.filter_dimensions,
    }
    if features.spacing:
        setting["resampledPixelSpacing"] = list(features.spacing)
    if features.bin_count is not None:
        setting["binCount"] = features.bin_count
    else:
        setting["binWidth"] = features.bin_width
    if features.directions == "merged":
        # one matrix from all directions; the default is the mean of the features of each direction's matrix
        setting["weightingNorm"] = "no_weighting"
    if features.value_range is not None:
        low, high = features.value_range.min, features.value_range.max
        setting["resegmentRange"] = _range(low, high)
        if low is not None and features.bin_count is None:
            own["first_level_from"] = low
    if "mean" in features.image_types:
        own["mean_size"] = features.mean_size
    options = {"log": {"sigma": list(features.log_sigma)}, "wavelet": {"wavelet": features.wavelet}}
    return {
        "imageType": {
            theirs: options.get(name, {}) for name, theirs in IMAGE_TYPES.items() if name in features.image_types
        },
        "featureClass": {name: [] for name in features.classes},
        "setting": setting,
        "osteon": own,
    }


def _of_file(content: object) -> dict:
    """The user's own file: its values as they are, and PyRadiomics' own resampling."""
    if not isinstance(content, Mapping):
        raise SettingsError(f"features.pyradiomics: the content of {content} was not read")
    theirs = deepcopy(dict(content))
    setting = dict(theirs.get("setting") or {})
    resampled = setting.get("resampledPixelSpacing") is not None and setting.get("interpolator", "") is not None
    if setting.get("resampledPixelSpacing", ...) is None:
        del setting["resampledPixelSpacing"]  # written as empty: PyRadiomics' schema knows no such value
    setting.setdefault("padDistance", 5)
    grid = "corners" if resampled else "native" if setting.get("preCrop") else "whole"
    classes = theirs.get("featureClass") or dict.fromkeys(CLASSES)
    return {
        "imageType": {name: options or {} for name, options in (theirs.get("imageType") or {"Original": {}}).items()},
        "featureClass": {name: list(members or []) for name, members in classes.items()},
        "setting": {**setting, "additionalInfo": False},
        "osteon": {"grid": grid, "mask_interpolator": "nearest"},
    }


def _range(low: float | None, high: float | None) -> list[float] | None:
    """The range in PyRadiomics' form: one threshold is a lower one."""
    if low is None and high is None:
        return None
    if high is None:
        return [low]
    return [-3e38 if low is None else low, high]


def _theirs(parameters: dict) -> dict:
    return {name: section for name, section in parameters.items() if name != "osteon"}


def _validate(parameters: dict) -> None:
    """Ask PyRadiomics' own schema."""
    logging.getLogger("pykwalify").setLevel(logging.CRITICAL)
    schema, functions = getParameterValidationFiles()
    try:
        pykwalify.core.Core(
            source_data=deepcopy(_theirs(parameters)), schema_files=[schema], extensions=[functions]
        ).validate()
    except (PyKwalifyException, ValueError, TypeError) as error:
        raise SettingsError(f"PyRadiomics refuses the settings: {getattr(error, 'msg', error)}") from None
    classes = getFeatureClasses()
    for family, members in parameters["featureClass"].items():
        known = classes[family].getFeatureNames()
        for name in members:
            if known[name]:
                raise SettingsError(
                    f"featureClass.{family}: PyRadiomics has deprecated {name}, another feature holds the same. "
                    f"Remove it; allowed: {', '.join(member for member, old in known.items() if not old)}"
                )
