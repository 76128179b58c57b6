"""Rigid registration of two sequences of one patient, for patients who moved between them.

Mattes' mutual information (IEEE Trans. Med. Imaging 22, 120 (2003)), as in SimpleITK, from coarse to fine, of the
edges in the two images: the size of the gradient of the logarithm. Mutual information of the intensities themselves
is led astray by what both images have from the coil and not from the patient: on phantoms, a fat-suppressed image
that had not moved at all was placed 20 mm away. Everything that could differ from run to run is fixed: the sampled
voxels by a seed, the order of sums by one thread.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import SimpleITK as sitk

from osteon.images.threads import one_thread

LEVELS_MM = (8.0, 4.0, 2.0)
"""Voxel edges from the coarsest to the finest level, mm; edges that are longer stay as they are."""
FAR_MM = (15.0, 30.0, 45.0)
"""Shifts along each image axis that are tried at the coarsest level, so that a large displacement is found and refused
and not taken for the next vertebra that looks alike."""
WITHIN = 0.35
"""Of these, only shifts up to this share of the image's extent: what overlaps must still be an image."""
SAMPLED = 0.5
SEED = 1
BINS = 32


class RegistrationFailed(ValueError):
    """The images do not overlap, or the optimiser lost them."""


@dataclass(frozen=True)
class Rigid:
    """A rotation about `center` and a shift: where a point of the reference image's space lies in the other's.

    Attributes:
        angles_degrees: about the x, y and z axis of the patient (ITK's Euler3DTransform, order Z X Y).
        shift_mm: displacement of the reference image's center.
        center: of the reference image, mm.
        metric_before: negative mutual information of the images as they lie; lower is better.
        metric_after: the same with this transform.
    """

    angles_degrees: tuple[float, ...]
    shift_mm: tuple[float, ...]
    center: tuple[float, ...]
    metric_before: float
    metric_after: float

    def entry(self) -> dict:
        """As a status file keeps it; `rigid_transform` reads it."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @property
    def shift(self) -> float:
        """Displacement of the reference image's center, mm."""
        return float(np.linalg.norm(self.shift_mm))

    @property
    def angle(self) -> float:
        """Angle of the rotation as a whole, degrees."""
        matrix = np.reshape(rigid_transform(self.entry()).GetMatrix(), (3, 3))
        return float(np.degrees(np.arccos(np.clip((np.trace(matrix) - 1) / 2, -1, 1))))


def rigid_transform(entry: dict | None) -> sitk.Euler3DTransform | None:
    """The transform of an entry under 'registration' of a status file; None if there is none.

    It takes a physical point of the reference image to the same place of the body in the other image.
    """
    if entry is None:
        return None
    transform = sitk.Euler3DTransform()
    transform.SetCenter(entry["center"])
    transform.SetRotation(*np.radians(entry["angles_degrees"]).tolist())
    transform.SetTranslation(entry["shift_mm"])
    return transform


@one_thread()
def register_rigid(reference: sitk.Image, other: sitk.Image) -> Rigid:
    """Find where the other image shows what the reference image shows.

    Args:
        reference: image of the sequence that masks are drawn on, any grid.
        other: another sequence of the same patient and position, any grid and contrast.

    Returns:
        The transform with the metric before and after, both on the same samples of the finest level. It is not judged
        here: `refusal` does that.

    Raises:
        RegistrationFailed: the images do not overlap, or the optimiser left them.

    Verified on phantoms that were moved by a known transform (tests/unit/images/test_images_registration.py).
    """
    middle = [(size - 1) / 2 for size in reference.GetSize()]
    still = sitk.Euler3DTransform()
    still.SetCenter(reference.TransformContinuousIndexToPhysicalPoint(middle))
    try:
        pyramid = [(_edges(reference, edge), _edges(other, edge)) for edge in LEVELS_MM]
        starts = [still, _farther(*pyramid[0], still)]
        found = min((_optimised(*pyramid[0], start) for start in starts), key=lambda pair: pair[1])[0]
        for level in pyramid[1:]:
            found, _ = _optimised(*level, found)
        before, after = (_metric(*pyramid[-1], transform) for transform in (still, found))
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise RegistrationFailed(f"the registration failed ({reason})") from error
    angles = np.degrees([found.GetAngleX(), found.GetAngleY(), found.GetAngleZ()])
    return Rigid(
        tuple(round(angle, 6) for angle in angles.tolist()),
        tuple(round(part, 6) for part in found.GetTranslation()),
        tuple(round(part, 6) for part in found.GetCenter()),
        round(before, 6),
        round(after, 6),
    )


def refusal(found: Rigid, max_shift_mm: float, max_angle: float) -> str | None:
    """Why a registration must not be used; None if it may."""
    if found.shift > max_shift_mm:
        return f"the shift of {found.shift:.1f} mm is larger than 'max_shift_mm: {max_shift_mm:g}'"
    if found.angle > max_angle:
        return f"the rotation by {found.angle:.1f} degrees is larger than 'max_angle: {max_angle:g}'"
    if found.metric_after >= found.metric_before:
        return (
            f"the images agree no better with it (mutual information {-found.metric_before:.4f} before, "
            f"{-found.metric_after:.4f} after)"
        )
    return None


def _edges(image: sitk.Image, edge: float) -> sitk.Image:
    """Size of the gradient of the image's logarithm, on voxels of about `edge` mm where they are shorter than that.

    In the logarithm, an edge is as strong in the shade of a coil as near it. The mean is added before, so that the
    noise of the air makes none.
    """
    values = sitk.GetArrayViewFromImage(image).astype(np.float64)
    lowest = float(np.percentile(values, 0.5))
    above = sitk.Clamp(sitk.Cast(image, sitk.sitkFloat32) - lowest, sitk.sitkFloat32, lowerBound=0.0)
    height = float(sitk.GetArrayViewFromImage(above).mean(dtype=np.float64))
    strength = sitk.GradientMagnitudeRecursiveGaussian(sitk.Log(above + height), edge / 2)
    factors = [max(1, int(edge / spacing + 0.01)) for spacing in image.GetSpacing()]
    return sitk.Shrink(strength, factors)


def _farther(fixed: sitk.Image, moving: sitk.Image, still: sitk.Euler3DTransform) -> sitk.Euler3DTransform:
    """The best of the far shifts along the image's axes."""
    axes = np.reshape(fixed.GetDirection(), (3, 3)).T
    extents = np.multiply(fixed.GetSize(), fixed.GetSpacing())
    tried = []
    for axis, extent in zip(axes, extents, strict=True):
        for length in (sign * step for step in FAR_MM for sign in (1, -1) if step <= WITHIN * extent):
            transform = sitk.Euler3DTransform(still)
            transform.SetTranslation((axis * length).tolist())
            tried.append((_metric(fixed, moving, transform), transform))
    return min(tried, key=lambda pair: pair[0])[1] if tried else still


def _metric(fixed: sitk.Image, moving: sitk.Image, transform: sitk.Transform) -> float:
    method = _method(transform)
    return float(method.MetricEvaluate(fixed, moving))


def _optimised(
    fixed: sitk.Image, moving: sitk.Image, start: sitk.Euler3DTransform
) -> tuple[sitk.Euler3DTransform, float]:
    """The transform that one level comes to from `start`, and its metric."""
    transform = sitk.Euler3DTransform(start)
    method = _method(transform)
    edge = min(fixed.GetSpacing())
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=edge, minStep=edge / 200, numberOfIterations=150, relaxationFactor=0.6
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.Execute(fixed, moving)
    return transform, float(method.GetMetricValue())


def _method(transform: sitk.Transform) -> sitk.ImageRegistrationMethod:
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(SAMPLED, SEED)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetInitialTransform(transform, inPlace=True)
    return method
