"""The images that features are computed on: the resampled image and its filter responses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import SimpleITK as sitk
from radiomics import imageoperations
from scipy.ndimage import gaussian_filter, uniform_filter

# IBSI cuts the kernel of the Laplacian of Gaussian off at so many sigmas.
CUTOFF = 4.0
# Axes of an array (z, y, x) that a filter of so many dimensions works on.
AXES = {2: (1, 2), 3: (0, 1, 2)}

Filtered = tuple[sitk.Image, str, dict]


def filtered(box: sitk.Image, mask: sitk.Image, parameters: dict) -> list[Filtered]:
    """Every image type of the settings, in the order of `schema.image_types`.

    Args:
        box: from `resampling.resample`: the regions and what filters need around them.
        mask: the regions' union on the same grid (1 inside). Local binary patterns are computed inside it alone.
        parameters: from `settings.pyradiomics_parameters`.

    Returns:
        (image, name as in the columns, PyRadiomics' settings for it), on the box's grid. A Laplacian of Gaussian that
        PyRadiomics cannot compute on so small a box is missing.

    Original, wavelet, square, gradient and the recursive Laplacian of Gaussian are PyRadiomics' functions. The other
    Laplacian and the mean filter follow IBSI 2 and are verified against its response maps (tests/reference).
    """
    own = parameters["osteon"]
    images: list[Filtered] = []
    for kind, options in parameters["imageType"].items():
        setting = {**parameters["setting"], **options}
        if kind == "Original":
            images.append((box, "original", _with_first_level(setting, own, box, mask)))
        elif kind == "LBP3D":
            images += _patterns(box, mask, setting)
        elif kind == "LoG" and not recursive(own):
            images += _laplacians(box, setting, own)
        else:
            images += getattr(imageoperations, f"get{kind}Image")(box, mask, **setting)
    if "mean_size" in own:
        size, dimensions = own["mean_size"], own["filter_dimensions"]
        images.append((mean_image(box, size, dimensions), mean_name(size, dimensions), dict(parameters["setting"])))
    return images


def mean_image(image: sitk.Image, size: int, dimensions: int) -> sitk.Image:
    """Mean over a cube (or, in two dimensions, a square within the slice) of `size` voxels a side, an odd number.

    Beyond its edge the image goes on as its edge. IBSI reference manual, filters (arXiv 2006.05470), section 3.1.
    """
    values = sitk.GetArrayViewFromImage(image).astype(np.float64)
    return _like(image, uniform_filter(values, size, mode="nearest", axes=AXES[dimensions]))


def mean_name(size: int, dimensions: int) -> str:
    """Name of the mean filter's image in the columns."""
    return f"mean-{size}-{dimensions}D"


def log_name(sigma: float, dimensions: int = 3) -> str:
    """Name of a Laplacian of Gaussian in the columns, as PyRadiomics writes it."""
    return f"log-sigma-{str(sigma).replace('.', '-')}-mm-{dimensions}D"


def recursive(own: dict) -> bool:
    """Whether the Laplacian of Gaussian is PyRadiomics' own (always with a user's file)."""
    return own.get("log_kernel", "recursive") == "recursive"


def log_image(image: sitk.Image, sigma: float, dimensions: int, scaled: bool) -> sitk.Image:
    """Laplacian of Gaussian with the sampled kernel that IBSI 2 defines; it is cut off at 4 sigma.

    Beyond its edge the image is mirrored.

    Args:
        image: any spacing; sigma becomes a number of voxels on each axis.
        sigma: mm.
        dimensions: 3, or 2 for the plane of the first two axes (the slice).
        scaled: times sigma squared, as PyRadiomics has it: the response of a structure that is as wide as the kernel
            does not depend on its width. False: IBSI's response, derivatives per voxel.

    IBSI reference manual, filters (arXiv 2006.05470), section 3.2. Verified against response maps 2.a, 2.b, 2.c.
    """
    spacing = np.array(image.GetSpacing())[::-1]
    axes = AXES[dimensions]
    sigmas = [sigma / spacing[axis] for axis in axes]
    values = sitk.GetArrayViewFromImage(image).astype(np.float64)
    response = np.zeros_like(values)
    for place, width in enumerate(sigmas):
        order = [2 if other == place else 0 for other in range(len(axes))]
        derivative = gaussian_filter(values, sigmas, order=order, mode="reflect", truncate=CUTOFF, axes=axes)
        response += derivative * width**2 if scaled else derivative
    return _like(image, response)


def _laplacians(box: sitk.Image, setting: dict, own: dict) -> Iterator[Filtered]:
    dimensions = own["filter_dimensions"]
    for sigma in setting["sigma"]:
        yield log_image(box, sigma, dimensions, own["log_kernel"] == "sampled"), log_name(sigma, dimensions), setting


def _patterns(box: sitk.Image, mask: sitk.Image, setting: dict) -> Iterator[Filtered]:
    """Local binary patterns. The module is imported here because trimesh takes two seconds, and few studies use it."""
    from osteon.features.lbp import local_binary_patterns

    patterns = local_binary_patterns(
        sitk.GetArrayViewFromImage(box),
        sitk.GetArrayViewFromImage(mask) > 0,
        setting.get("lbp3DLevels", 2),
        setting.get("lbp3DIcosphereRadius", 1),
        setting.get("lbp3DIcosphereSubdivision", 1),
    )
    for name, values in patterns.items():
        yield _like(box, values), name, setting


def _with_first_level(setting: dict, own: dict, box: sitk.Image, mask: sitk.Image) -> dict:
    """The settings with grey levels that begin at the lower end of the range of values, as IBSI defines fixed bin size.

    PyRadiomics would call the region's lowest level 1, and so make every feature that weighs grey levels depend on a
    single voxel. It takes a list of edges in the place of a number of bins. Levels below the region's lowest stay
    empty, which PyRadiomics provides for.
    """
    lowest = own.get("first_level_from")
    inside = sitk.GetArrayViewFromImage(box)[sitk.GetArrayViewFromImage(mask) > 0]
    if lowest is None or inside.size == 0:
        return setting
    width = setting["binWidth"]
    levels = max(int(np.floor((inside.max() - lowest) / width)), 0) + 1
    return {**setting, "binCount": [lowest + width * level for level in range(levels + 1)]}


def _like(image: sitk.Image, values: np.ndarray) -> sitk.Image:
    result = sitk.GetImageFromArray(values)
    result.CopyInformation(image)
    return result
