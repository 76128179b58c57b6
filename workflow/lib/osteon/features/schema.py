"""The fixed order of features and columns, known without running an image."""

from __future__ import annotations

from radiomics import getFeatureClasses


def image_types(parameters: dict) -> list[str]:
    """Names of the images that features are computed on: 'original', then one per Laplacian of Gaussian.

    Raises:
        ValueError: an image type that Osteon does not know how to name.
    """
    names = []
    for kind, options in parameters["imageType"].items():
        if kind == "Original":
            names.append("original")
        elif kind == "LoG":
            names += [f"log-sigma-{str(sigma).replace('.', '-')}-mm-3D" for sigma in options["sigma"]]
        else:
            raise ValueError(f"image type '{kind}' is not supported; allowed: Original, LoG")
    return names


def feature_names(parameters: dict) -> list[str]:
    """Ordered feature names as PyRadiomics returns them, for example 'original_glcm_Contrast'.

    Shape has no image type of its own: its names begin with 'original' and come first. Features that PyRadiomics
    marks as deprecated are not computed. A test compares the list with what an extraction returns.
    """
    classes = getFeatureClasses()
    active = {
        family: [name for name, deprecated in classes[family].getFeatureNames().items() if not deprecated]
        for family in parameters["featureClass"]
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
