"""Regions, radiomic features, and what else is computed beside them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from osteon.config.base import Label, Plain, Range, Section
from osteon.config.pyradiomics import content_problems


class Roi(Section):
    """A region for features. A list of labels is short for their union."""

    scheme: Literal["union", "each", "mean", "ring", "sides"] = "union"
    """union of the labels; each label by itself (the region is then called by the label); mean of the labels' feature
    values; ring around their union; two sides, compared."""
    labels: list[str] = []
    """Names of the labels (all schemes but sides)."""
    inner_mm: float = Field(0.0, ge=0)
    """ring: distance from the region's edge at which the ring begins, mm."""
    outer_mm: float = Field(5.0, gt=0)
    """ring: distance at which it ends, mm. Other labels are never part of it."""
    left: list[str] = []
    """sides: labels of the left side."""
    right: list[str] = []
    """sides: labels of the right side."""
    column: Plain | None = None
    """sides: column of cases.tsv with the diseased side (left or right). The regions are then <name>index, its partner
    <name>partner and <name>difference (index minus partner); without it <name>left, <name>right and <name>difference
    (left minus right)."""

    @model_validator(mode="after")
    def _complete(self):
        if self.scheme == "sides":
            if not self.left or not self.right or self.labels:
                raise ValueError("scheme 'sides' needs 'left: [...]' and 'right: [...]' instead of 'labels'")
        elif not self.labels or self.left or self.right or self.column:
            raise ValueError(f"scheme '{self.scheme}' needs 'labels: [...]' and nothing of 'sides'")
        if self.scheme == "ring" and self.inner_mm >= self.outer_mm:
            raise ValueError("'outer_mm' must be larger than 'inner_mm'")
        if self.scheme != "ring" and self.model_fields_set & {"inner_mm", "outer_mm"} and self.distances != (0.0, 5.0):
            raise ValueError(f"scheme '{self.scheme}' has no 'inner_mm' and 'outer_mm'; write 'scheme: ring'")
        twice = sorted({label for label in self.members if self.members.count(label) > 1})
        if twice:
            raise ValueError(f"names {', '.join(twice)} twice; each label belongs to it once")
        return self

    @property
    def members(self) -> list[str]:
        """All labels that it names."""
        return [*self.labels, *self.left, *self.right]

    @property
    def distances(self) -> tuple[float, float]:
        """Where a ring begins and ends, mm."""
        return self.inner_mm, self.outer_mm


Rois = dict[Label, Roi]


BESIDE_A_FILE = ("preset", "one_level", "levels")
"""Keys of `features` that may stand beside a PyRadiomics file of the user's own."""


class Features(Section):
    """PyRadiomics settings, in IBSI's terms."""

    preset: Literal["recommended", "as_published", "ibsi"] = "recommended"
    """Where the defaults of this section and of `preprocess` come from (docs/how-to/presets.md). recommended: for MRI;
    as_published: 0-1 scaling and bin width 25, as in many papers; ibsi: as IBSI's reference data were computed."""
    pyradiomics: str | dict[str, Any] | None = None
    """A PyRadiomics parameter file (YAML) of your own, or its content, instead of all other keys of this section."""
    spacing: list[Annotated[float, Field(ge=0)]] | None = Field([1.0, 1.0, 1.0], min_length=3, max_length=3)
    """Voxel spacing after resampling, mm; null: as acquired. 0 keeps an axis as it is."""
    interpolator: Literal["sitkBSpline", "sitkLinear", "sitkNearestNeighbor"] = "sitkBSpline"
    """Image interpolation."""
    grid: Literal["centers", "corners"] = "centers"
    """Where the resampled voxels lie: centers of both grids aligned (IBSI), or their first corners (PyRadiomics)."""
    mask_interpolator: Literal["linear", "nearest"] = "linear"
    """Of masks: linear, inside from 0.5 on (IBSI), or nearest neighbour (PyRadiomics)."""
    bin_width: float | None = Field(None, gt=0)
    """Fixed bin size discretisation; give this or bin_count."""
    bin_count: int | None = Field(None, ge=2)
    """Fixed bin number discretisation."""
    levels: tuple[int, int] = (16, 128)
    """Grey levels that a region should have after discretisation; outside, the center and sequence are warned of."""
    one_level: Literal["refuse", "report"] = "refuse"
    """What happens where a region has a single grey level, so that its textures are constants: they have no value and a
    reason, and the study stops if that is the rule; or they are kept and reported."""
    value_range: Range | None = None
    """Voxels outside the range are left out of the region, not of its shape (re-segmentation). With bin_width, the
    original image's first grey level begins at its lower end (IBSI); without, levels count from the region's lowest."""
    image_types: list[Literal["original", "log", "wavelet", "square", "gradient", "lbp3d", "mean"]] = [
        "original",
        "log",
    ]
    """Images that features are computed on."""
    log_sigma: list[Annotated[float, Field(gt=0)]] = Field([1.0, 2.0, 3.0], min_length=1)
    """Sigmas of the Laplacian of Gaussian, mm."""
    log_kernel: Literal["sampled", "recursive", "ibsi"] = "sampled"
    """sampled: Laplacian of Gaussian with IBSI's kernel, which ends at 4 sigma, times sigma squared as PyRadiomics has
    it; recursive: PyRadiomics' approximation, which reaches to the edge of the box; ibsi: IBSI's response itself."""
    mean_size: int = Field(3, ge=3)
    """Side of the mean filter's cube, voxels; an odd number."""
    filter_dimensions: Literal[2, 3] = 3
    """Of the mean filter and the Laplacian of Gaussian: 2 filters each slice by itself."""
    wavelet: str = Field("coif1", pattern=r"^(haar|dmey|(db|sym|coif)[0-9]{1,2}|(bior|rbio)[0-9]\.[0-9])$")
    """Wavelet (PyWavelets' name)."""
    classes: list[Literal["shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]] = [
        "shape",
        "firstorder",
        "glcm",
        "glrlm",
        "glszm",
        "gldm",
        "ngtdm",
    ]
    """Feature classes."""
    directions: Literal["merged", "averaged"] = "merged"
    """GLCM and GLRLM: one matrix of all directions (IBSI 'merged'), or the mean over the directions' features."""
    pad_distance: int = Field(15, ge=0)
    """Voxels kept around the regions for filters; 15 suffices for sigma 3 mm at 1 mm."""
    minimum_voxels: int = Field(64, ge=1)
    """Regions with fewer voxels after resampling are excluded."""

    @model_validator(mode="after")
    def _one_discretisation(self):
        if self.pyradiomics:
            extra = sorted(self.model_fields_set - {"pyradiomics", *BESIDE_A_FILE})
            if extra:
                raise ValueError(f"'pyradiomics' stands alone: remove {', '.join(extra)}, or write them into that file")
        elif (self.bin_width is None) == (self.bin_count is None):
            raise ValueError("write either 'bin_width: 25' or 'bin_count: 32', not both and not neither")
        return self

    @model_validator(mode="after")
    def _lists_have_sense(self):
        for name in ("image_types", "classes", "log_sigma"):
            values = getattr(self, name)
            twice = [value for place, value in enumerate(values) if value in values[:place]]
            if twice:
                raise ValueError(f"'{name}' names {twice[0]} twice; write each once")
            if not values:
                raise ValueError(f"'{name}' is empty, so there is no feature; write at least one, or leave it out")
        low, high = self.levels
        if not 1 <= low <= high:
            raise ValueError(f"'levels: [{low}, {high}]' holds no number; write the smaller one first, as [16, 128]")
        limits = self.value_range
        if limits and limits.min is not None and limits.max is not None and limits.min >= limits.max:
            raise ValueError(
                f"'value_range' from {limits.min:g} to {limits.max:g} is empty; write the lower end as min"
            )
        return self

    @model_validator(mode="after")
    def _filters_agree(self):
        if self.mean_size % 2 == 0:
            raise ValueError(f"'mean_size: {self.mean_size}' has no middle voxel; write an odd number")
        if self.filter_dimensions == 2 and "log" in self.image_types and self.log_kernel == "recursive":
            raise ValueError("'filter_dimensions: 2' needs 'log_kernel: sampled'; the recursive one is in 3D")
        return self

    @model_validator(mode="after")
    def _content_is_sound(self):
        if isinstance(self.pyradiomics, dict):
            problems = content_problems(self.pyradiomics)
            if problems:
                raise ValueError("; ".join(f"{one.where} {one.what} {one.write}".rstrip(". ") for one in problems))
        return self


LEAST_PERTURBED = 5
"""An ICC of fewer patients says nothing."""
LEAST_IN_FOLD = 3
"""An ICC of fewer patients cannot be computed, and every fold has its own."""


class Robustness(Section):
    """Which features stay the same if readers, positions and contours differ: ICC on each fold's training patients."""

    cases: int = Field(0, ge=0)
    """Number of development patients whose image and mask are perturbed; 0 for none. About 20 to 30 are needed, beside
    those that fall into the internal test set or the held-out fold, who do not count."""
    perturbations: list[Literal["translate", "rotate", "noise", "grow", "shrink", "randomise"]] = [
        "translate",
        "rotate",
        "noise",
        "randomise",
    ]
    """What is done to each of them; every one is a variant of its own, and all are compared with the original."""
    readers: bool = False
    """Features of every reader's mask, where centers deliver several readings."""
    threshold: float = Field(0.75, gt=0, lt=1)
    """Features with a lower ICC do not enter a signature."""
    bound: Literal["value", "lower"] = "lower"
    """What must reach the threshold: the ICC, or the lower limit of its 95 % interval."""
    filter: bool = True
    """false: the ICC is reported and nothing is left out."""

    @model_validator(mode="after")
    def _enough(self):
        if 0 < self.cases < LEAST_PERTURBED:
            raise ValueError(f"'cases' is {self.cases}; write 0, or {LEAST_PERTURBED} and more, about 20 to 30")
        if self.cases and not self.perturbations:
            raise ValueError("'cases' needs 'perturbations: [...]'; write at least one, or 'cases: 0'")
        twice = sorted({name for name in self.perturbations if self.perturbations.count(name) > 1})
        if twice:
            raise ValueError(f"'perturbations' names {twice[0]} twice; write each once")
        return self

    @property
    def active(self) -> bool:
        """Whether there is anything to compute."""
        return self.cases > 0 or self.readers


class Deep(Section):
    """Features from the segmentation network: its encoder's channels, averaged inside the region."""

    enabled: bool = False
    """Compute them for the segmented sequence; columns deep_<sequence>_<roi>_..."""
    stage: int = -1
    """Stage of the encoder: -1 is the deepest."""
    pooling: Literal["mean", "max"] = "mean"
    """How a channel becomes one number in the region."""


class Controls(Section):
    """Negative controls, to be modelled beside the real features."""

    shuffled: bool = False
    """Features of the same regions with their voxels shuffled; models with `features: shuffled` learn from them."""
    models: list[Literal["volume", "clinical", "shuffled"]] = []
    """Models to add for comparison: the volume alone, all clinical variables alone, and every radiomics model once more
    with shuffled voxels."""
