"""Where masks come from, how a network is trained and used, and when a mask is looked at again."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from osteon.config.base import Plain, Section


class TrainOn(Section):
    """The annotated cases that a network learns from; it then segments the others."""

    column: Plain
    """Column of cases.tsv that marks the annotated cases. They must be cases of development centers, because external
    centers are locked away until validation."""
    value: Plain = "yes"
    """What stands in the column for an annotated case."""


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
    """Number of parts that the case list is divided into, center by center, for cross-validation."""
    train_folds: list[int] | None = None
    """Folds that are trained; each keeps the part of its number for validation. Default: all. All trained folds go
    into the model, which averages them."""
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

    @property
    def trained(self) -> list[int]:
        """Numbers of the folds that are trained."""
        return list(range(self.folds)) if self.train_folds is None else sorted(self.train_folds)

    @property
    def untrained(self) -> list[int]:
        """Numbers of the folds that are not."""
        return [number for number in range(self.folds) if number not in self.trained]

    @model_validator(mode="after")
    def _numbers_of_folds(self):
        chosen = self.train_folds
        if chosen is not None and (not chosen or sorted(set(chosen) & set(range(self.folds))) != sorted(chosen)):
            raise ValueError(f"'train_folds' is {chosen}; write different numbers from 0 to {self.folds - 1}")
        return self


class Targets(Section):
    """What predicted masks should reach against manual ones; shown as pass or fail, never used to choose."""

    dice: float = Field(0.9, gt=0, le=1)
    """Mean Dice at least."""
    hd95_mm: float = Field(2.0, gt=0)
    """Mean 95th percentile of the surface distance (Hausdorff) below, mm."""
    volume_error_percent: float = Field(10.0, gt=0)
    """Mean absolute volume error below, per cent."""


class MaskQuality(Section):
    """When a mask is put on the review list, without a manual mask to compare with."""

    volume_z: float = Field(3.5, gt=0)
    """Robust z value (median, MAD) of the logarithm of a label's volume among the study's cases, and of its ratio to
    the case's other labels. With fewer than ten cases nothing is judged."""
    spacing_z: float = Field(3.5, gt=0)
    """The same for the distance between neighbouring labels, and for the height in the image among a center's cases
    (levels that are shifted or left out). The order is that of `mask_checks: head_to_foot`."""
    disagreement: float = Field(0.85, ge=0, le=1)
    """Least Dice of a label between the folds of the model, or with a mirrored prediction."""
    compare: Literal["none", "folds", "mirrored"] = "none"
    """What a prediction is compared with: the model's folds, each by itself, or a prediction of the left-right mirrored
    image. Costs a second prediction."""


class Segmentation(Section):
    """Where the masks come from."""

    method: Literal["nnunet", "masks"] = "masks"
    """nnunet: predict with a trained model; masks: use the given manual masks."""
    sequence: str | None = None
    """Sequence that is segmented; masks reach the others through physical space. Default: the first one."""
    model: str | None = None
    """Exported nnU-Net model (zip)."""
    train_on: TrainOn | None = None
    """Instead of `model`: train on this study's annotated cases. These keep their manual masks."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto takes a GPU where there is one."""
    step: float = Field(0.5, gt=0, le=1)
    """Step of the sliding window, as a share of the patch."""
    mirroring: Literal["trained", "none"] = "trained"
    """trained: average over the axes that the network was trained to mirror, as nnUNetv2_predict does."""
    largest_piece: bool = False
    """Of each predicted label only the largest connected piece is kept (nnU-Net's postprocessing). Cross-validation
    shows the network without it."""
    corrections: str | None = None
    """Folder with corrected masks, named like the case: sub-A0001*.nii.gz or .nrrd. One replaces the prediction."""
    train: Training | None = None
    """How the network is trained. Without `train_on`, rule train_segmentation makes a model from all manual masks."""
    targets: Targets = Targets()
    """What predicted masks should reach."""
    quality: MaskQuality = MaskQuality()
    """When a mask goes to the review list."""

    @model_validator(mode="before")
    @classmethod
    def _training_settings(cls, values):
        if isinstance(values, dict) and values.get("train_on") and not values.get("train"):
            values = {**values, "train": {}}
        return values

    @model_validator(mode="after")
    def _model(self):
        if self.method == "nnunet" and not self.model and not self.train_on:
            raise ValueError("method 'nnunet' needs 'model: path/to/model.zip' or 'train_on: {column: annotated}'")
        if self.model and self.train_on:
            raise ValueError("write 'model' or 'train_on', not both")
        if self.method == "masks" and self.train_on:
            raise ValueError("'train_on' needs 'method: nnunet'")
        return self
