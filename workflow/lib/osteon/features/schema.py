"""The fixed order of features and columns, known without running an image."""

from __future__ import annotations

from itertools import product

from radiomics import getFeatureClasses

from osteon.features.filters import log_name, mean_name, recursive

PLAIN = {
    "Original": "original",
    "Square": "square",
    "SquareRoot": "squareroot",
    "Logarithm": "logarithm",
    "Exponential": "exponential",
    "Gradient": "gradient",
}
"""Image types of one image, by PyRadiomics' name of the filter."""


def image_types(parameters: dict) -> list[str]:
    """Names of the images that features are computed on, in the order in which `filters.filtered` makes them.

    Args:
        parameters: from `settings.pyradiomics_parameters`.

    Raises:
        ValueError: an image type that Osteon does not know how to name.
    """
    own = parameters["osteon"]
    names: list[str] = []
    for kind, options in parameters["imageType"].items():
        setting = {**parameters["setting"], **options}
        if kind in PLAIN:
            names.append(PLAIN[kind])
        elif kind == "LoG":
            dimensions = 3 if recursive(own) else own["filter_dimensions"]
            names += [log_name(sigma, dimensions) for sigma in setting["sigma"]]
        elif kind == "Wavelet":
            names += _wavelet_names(setting.get("level", 1), 2 if setting.get("force2D") else 3)
        elif kind == "LBP3D":
            names += [f"lbp-3D-m{degree + 1}" for degree in range(setting.get("lbp3DLevels", 2))] + ["lbp-3D-k"]
        else:
            raise ValueError(f"image type '{kind}' is not supported; allowed: {', '.join(PLAIN)}, LoG, Wavelet, LBP3D")
    if "mean_size" in own:
        names.append(mean_name(own["mean_size"], own["filter_dimensions"]))
    return names


def feature_names(parameters: dict) -> list[str]:
    """Ordered feature names as PyRadiomics returns them, for example 'original_glcm_Contrast'.

    Shape has no image type of its own: its names begin with 'original' and come first. Features that PyRadiomics
    marks as deprecated are not computed. A test compares the list with what an extraction returns.
    """
    classes = getFeatureClasses()
    active = {
        family: [
            name
            for name, deprecated in classes[family].getFeatureNames().items()
            if (name in members if members else not deprecated)
        ]
        for family, members in parameters["featureClass"].items()
    }
    names = [f"original_shape_{name}" for name in active.pop("shape", [])]
    names += [
        f"{image_type}_{family}_{name}"
        for image_type in image_types(parameters)
        for family, members in active.items()
        for name in members
    ]
    return names


def column_name(sequence: str, roi: str, feature: str) -> str:
    """Column of a wide table, for example 'T1_L1L3_original_shape_Elongation'."""
    return f"{sequence}_{roi}_{feature}"


def _wavelet_names(levels: int, dimensions: int) -> list[str]:
    """Of each level all decompositions with a high-pass filter; of the last level the low-pass one, too."""
    names = []
    for level in range(1, levels + 1):
        number = "" if level == 1 else str(level)
        names += [f"wavelet{number}-{''.join(passes)}" for passes in product("LH", repeat=dimensions)][1:]
    number = "" if levels == 1 else str(levels)
    return [*names, f"wavelet{number}-{'L' * dimensions}"]
