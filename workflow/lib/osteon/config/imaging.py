"""From DICOM to features: sequences, regions, preprocessing, segmentation, extraction."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from osteon.config.base import Section


class Sequence(Section):
    """One role that a series can play in the study."""

    description: str = ""
    """Name in tables and figures."""


class BiasCorrection(Section):
    """N4 bias-field correction (SimpleITK)."""

    enabled: bool = True
    """Correct the slow intensity drift of surface coils."""
    shrink: int = Field(4, ge=1, le=8)
    """Factor by which the image is shrunk for the fit of the field."""
    iterations: list[int] = [50, 50, 50, 50]
    """Iterations per resolution level."""


class Intensity(Section):
    """Intensity normalisation."""

    method: Literal["none", "minmax", "zscore", "robust"] = "robust"
    """none; minmax to 0-1; z-score; robust: (x - median) / IQR of the foreground, then scale and shift."""
    scale: float = Field(100.0, gt=0)
    """Multiplied after normalisation, so that a bin width has the usual size (zscore and robust)."""
    shift: float = 300.0
    """Added after scaling, so that first-order energies stay positive (zscore and robust)."""


class Preprocess(Section):
    """What is done to each image before features."""

    bias_correction: BiasCorrection = BiasCorrection()
    """N4 settings."""
    intensity: Intensity = Intensity()
    """Normalisation settings."""


class Training(Section):
    """How the segmentation network is trained (rule train_segmentation)."""

    configuration: str = "2d"
    """nnU-Net configuration."""
    trainer: str = "nnUNetTrainerNoMirroring"
    """Trainer class that ships with nnunetv2, so that the model loads anywhere."""
    epochs: int = Field(250, ge=1)
    """Training epochs."""
    iterations: int = Field(250, ge=1)
    """Iterations per epoch."""
    folds: int = Field(5, ge=2)
    """Number of parts that the case list is divided into, center by center; part 0 is kept for validation."""
    batch_size: int | None = Field(None, ge=1)
    """Overrides nnU-Net's planned batch size."""
    spacing: list[float] | None = None
    """Overrides the spacing that images are resampled to, mm, slice axis first (two numbers in 2d)."""
    patch: list[int] | None = None
    """Overrides nnU-Net's planned patch, voxels, in the same order."""
    channels: list[int] | None = None
    """Overrides nnU-Net's planned feature channels per stage; a shorter list makes a shallower network."""
    rotation: float | None = Field(None, ge=0, le=180)
    """Largest augmentation angle in the slice, degrees. nnU-Net turns square 2d patches by up to 180."""
    shift: float | None = Field(None, ge=0, le=1)
    """Largest random displacement, as a share of the patch. nnU-Net allows about 0.2 (3d) to 0.3 (2d)."""
    optimizer: Literal["sgd", "adamw"] = "sgd"
    """sgd is nnU-Net's own; adamw learns faster where the budget is small."""
    learning_rate: float | None = Field(None, gt=0)
    """Overrides the initial learning rate, which falls polynomially to zero."""
    bfloat16: bool = False
    """Train in bfloat16 on CPUs that have it (on a GPU, nnU-Net mixes precisions by itself)."""
    loader_workers: int = Field(0, ge=0)
    """Background processes that augment; 0 augments in the training process, which a seed can repeat."""


class Segmentation(Section):
    """Where the masks come from."""

    method: Literal["nnunet", "masks"] = "masks"
    """nnunet: predict with a trained model; masks: use the given manual masks."""
    sequence: str | None = None
    """Sequence that is segmented; masks reach the others through physical space. Default: the first one."""
    model: str | None = None
    """Exported nnU-Net model (zip)."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto takes a GPU where there is one."""
    step: float = Field(0.5, gt=0, le=1)
    """Step of the sliding window, as a share of the patch."""
    train: Training | None = None
    """If given, rule train_segmentation makes a model from this study's manual masks."""

    @model_validator(mode="after")
    def _model(self):
        if self.method == "nnunet" and not self.model:
            raise ValueError("method 'nnunet' needs 'model: path/to/model.zip'")
        return self


class Features(Section):
    """PyRadiomics settings, in IBSI's terms."""

    spacing: list[float] = Field([1.0, 1.0, 1.0], min_length=3, max_length=3)
    """Voxel spacing after resampling, mm."""
    interpolator: Literal["sitkBSpline", "sitkLinear", "sitkNearestNeighbor"] = "sitkBSpline"
    """Image interpolation; masks are always interpolated by nearest neighbour."""
    bin_width: float | None = Field(None, gt=0)
    """Fixed bin size discretisation; give this or bin_count."""
    bin_count: int | None = Field(None, ge=2)
    """Fixed bin number discretisation."""
    log_sigma: list[float] = [1.0, 2.0, 3.0]
    """Sigmas of the Laplacian of Gaussian, mm; empty for none."""
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
    pad_distance: int = Field(15, ge=0)
    """Voxels kept around the region for filters; 15 suffices for sigma 3 mm at 1 mm."""
    minimum_voxels: int = Field(64, ge=1)
    """Regions with fewer voxels after resampling are excluded."""

    @model_validator(mode="after")
    def _one_discretisation(self):
        if (self.bin_width is None) == (self.bin_count is None):
            raise ValueError("write either 'bin_width: 25' or 'bin_count: 32', not both and not neither")
        return self
