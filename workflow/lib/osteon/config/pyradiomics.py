"""A user's own PyRadiomics parameter file, read and checked without PyRadiomics, before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from osteon.config.base import Section
from osteon.config.explain import Problem, problems_of

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]

# What PyRadiomics knows and Osteon does otherwise, and what to do about it.
ELSEWHERE = {
    "label": "Osteon's 'labels' and 'rois' say which voxels a region has. Remove it",
    "label_channel": "Osteon's masks have one channel. Remove it",
    "minimumROIDimensions": "Osteon always asks for regions of two dimensions and more. Remove it",
}
# Values of these that change nothing.
WITHOUT_EFFECT = {"label": 1, "label_channel": 0, "minimumROIDimensions": 2}


class Setting(Section):
    """PyRadiomics' settings, under its own names; `correctMask`, `geometryTolerance` and `additionalInfo` are taken
    and have no effect: masks always come to the image's grid, and provenance is written by the workflow."""

    minimumROISize: Count | None = None
    geometryTolerance: Positive | None = None
    correctMask: bool = False
    additionalInfo: bool = True
    binWidth: Positive = 25
    binCount: Count | None = None
    normalize: bool = False
    normalizeScale: Positive = 1
    removeOutliers: Positive | None = None
    resampledPixelSpacing: list[Annotated[float, Field(ge=0)]] | None = Field(None, min_length=3, max_length=3)
    interpolator: str | int | None = "sitkBSpline"
    padDistance: Annotated[int, Field(ge=0)] = 5
    preCrop: bool = False
    distances: list[Count] = [1]
    force2D: bool = False
    force2Ddimension: Literal[0, 1, 2] = 0
    resegmentRange: list[float] | None = Field(None, min_length=1, max_length=2)
    resegmentMode: Literal["absolute", "relative", "sigma"] = "absolute"
    resegmentShape: bool = False
    sigma: list[Positive] = []
    start_level: Annotated[int, Field(ge=0)] = 0
    level: Count = 1
    wavelet: str = "coif1"
    gradientUseSpacing: bool = True
    lbp3DLevels: Count = 2
    lbp3DIcosphereRadius: Positive = 1
    lbp3DIcosphereSubdivision: Annotated[int, Field(ge=0)] = 1
    voxelArrayShift: int = 0
    symmetricalGLCM: bool = True
    weightingNorm: Literal["euclidean", "manhattan", "infinity", "no_weighting"] | None = None
    gldm_a: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="before")
    @classmethod
    def _not_elsewhere(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        for key, remedy in ELSEWHERE.items():
            if values.get(key, WITHOUT_EFFECT[key]) != WITHOUT_EFFECT[key]:
                raise ValueError(f"'{key}: {values[key]}' cannot be honoured: {remedy}")
        return {key: value for key, value in values.items() if key not in ELSEWHERE}


class ImageTypes(Section):
    """Images that features are computed on, each with settings of its own or {}."""

    Original: Setting | None = None
    LoG: Setting | None = None
    Wavelet: Setting | None = None
    Square: Setting | None = None
    SquareRoot: Setting | None = None
    Logarithm: Setting | None = None
    Exponential: Setting | None = None
    Gradient: Setting | None = None
    LBP3D: Setting | None = None

    @model_validator(mode="before")
    @classmethod
    def _three_dimensions(cls, values: Any) -> Any:
        if isinstance(values, dict) and "LBP2D" in values:
            raise ValueError("'LBP2D' is not offered: write LBP3D, or leave it out")
        return values


class Classes(Section):
    """Feature classes, each with the names of its features, or nothing for all of them."""

    shape: list[str] | None = None
    firstorder: list[str] | None = None
    glcm: list[str] | None = None
    glrlm: list[str] | None = None
    glszm: list[str] | None = None
    gldm: list[str] | None = None
    ngtdm: list[str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _three_dimensions(cls, values: Any) -> Any:
        if isinstance(values, dict) and "shape2D" in values:
            raise ValueError("'shape2D' describes regions of one slice, which Osteon does not make: leave it out")
        return values


class ParameterFile(Section):
    """The content of a PyRadiomics parameter file."""

    setting: Setting = Setting()
    imageType: ImageTypes = ImageTypes(Original=Setting())
    featureClass: Classes = Classes()

    @model_validator(mode="before")
    @classmethod
    def _by_region(cls, values: Any) -> Any:
        if isinstance(values, dict) and "voxelSetting" in values:
            raise ValueError("'voxelSetting' is for feature maps; Osteon computes one value per region: remove it")
        return values

    @model_validator(mode="after")
    def _with_sigma(self):
        images = self.imageType
        if "LoG" in images.model_fields_set and not ((images.LoG and images.LoG.sigma) or self.setting.sigma):
            raise ValueError("'LoG' needs a width. Write: LoG: {sigma: [1.0, 3.0]}")
        widths = images.LoG.sigma if images.LoG and images.LoG.sigma else self.setting.sigma
        twice = [width for place, width in enumerate(widths) if width in widths[:place]]
        if twice:
            raise ValueError(f"'sigma' names {twice[0]} twice. Write each width once")
        return self


def parameter_file(path: str | Path) -> dict:
    """The content of a parameter file as it is written, without the keys that have no effect.

    Raises:
        ValueError: it cannot be read as YAML.
        OSError: it cannot be opened.
    """
    content = _content(path)
    if isinstance(content.get("setting"), dict):
        content["setting"] = {key: value for key, value in content["setting"].items() if key not in ELSEWHERE}
    return content


def parameter_problems(path: str | Path) -> list[Problem]:
    """What is wrong with a parameter file, as far as PyRadiomics itself is not needed to see it.

    PyRadiomics' own validation follows in the first jobs of the workflow that use it.
    """
    if not Path(path).is_file():
        return [Problem("features.pyradiomics", f"the file {path} does not exist.")]
    try:
        content = _content(path)
    except ValueError as error:
        return [Problem(str(path), f"{error}.")]
    return [Problem(f"{path}: {problem.where}", problem.what, problem.write) for problem in content_problems(content)]


def content_problems(content: dict) -> list[Problem]:
    """The same for the content of such a file."""
    if not content:
        return [Problem("features.pyradiomics", "is empty.", "Write at least: imageType: {Original: {}}")]
    try:
        ParameterFile.model_validate(content)
    except ValidationError as error:
        return problems_of(error, ParameterFile)
    return []


def _content(path: str | Path) -> dict:
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1} " if mark else ""
        raise ValueError(f"{where}is not valid YAML: {getattr(error, 'problem', error)}") from None
    except UnicodeDecodeError:
        raise ValueError("is not text in UTF-8") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ValueError("has no keys 'imageType', 'featureClass' and 'setting'")
    return content
