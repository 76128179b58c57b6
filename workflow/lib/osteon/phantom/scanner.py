"""From water and fat signal to a magnitude image: the k-space chain of one series."""

from __future__ import annotations

import numpy as np
from scipy import fft

from osteon.phantom.parameters import Hospital, Parameters, Preset, PulseSequence
from osteon.phantom.session import Session

REFERENCE_VOXEL = (280 / 320) * (280 / 224) * 3.0  # mm3, to which a hospital's noise refers
REFERENCE_SAMPLES = 320 * 224


def acquired_matrix(sequence: PulseSequence, preset: Preset) -> tuple[int, int]:
    """Readout and phase samples: the protocol's, times the preset's share, at most the image matrix, even."""
    return tuple(min(preset.matrix, 2 * round(n * preset.acquisition / 2)) for n in sequence.matrix)


def noise_level(hospital: Hospital, sequence: PulseSequence, matrix: tuple[int, int], thickness: float) -> float:
    """SD of the noise in the real and imaginary image.

    Signal to noise grows with the voxel's volume and with the root of the number of samples and averages.
    """
    readout, phase = matrix
    voxel = (hospital.fov / readout) * (hospital.fov / phase) * thickness
    samples = readout * phase * sequence.averages / 2
    return hospital.noise * (REFERENCE_VOXEL / voxel) * np.sqrt(REFERENCE_SAMPLES / samples)


def acquire(
    water: np.ndarray,
    fat: np.ndarray,
    sequence: PulseSequence,
    order: int,
    session: Session,
    hospital: Hospital,
    preset: Preset,
    parameters: Parameters,
    rng: np.random.Generator,
) -> np.ndarray:
    """Magnitude images (slices, rows, columns) of one series from model images (slices, fine rows, fine columns).

    Readout runs along columns, phase encoding along rows. In k-space: chemical shift of fat, motion against
    the other series, ghosts, cropping to the acquired matrix (truncation), a Fermi low-pass for the decay
    along the echo train, complex noise (Rician after the magnitude), zero filling to the image matrix.
    `order` is the series' place in the protocol.
    """
    fine, readout, phase = water.shape[-1], *acquired_matrix(sequence, preset)
    model_pixel = hospital.fov / fine
    frequency_x, frequency_y = (fft.fftshift(fft.fftfreq(n, 1 / n)) / fine for n in (readout, phase))
    fat_shift = parameters.chemical_shift_hz_per_tesla * hospital.field / hospital.bandwidth * fine / readout
    # Pixel middles of image and model differ by this many model pixels at index 0.
    alignment = (fine / preset.matrix - 1) / 2
    shift_x, shift_y = session.motion[order] / model_pixel - alignment

    k_space = _crop(water, phase, readout)
    k_space += _crop(fat, phase, readout) * _ramp(frequency_x, -fat_shift)
    k_space *= _ramp(frequency_y, shift_y)[:, None] * _ramp(frequency_x, shift_x)
    rows = np.arange(phase) - phase // 2
    slices = np.arange(len(water))
    ghost = np.sin(2 * np.pi * 0.19 * rows + session.ghost_phase + slices[:, None])
    k_space *= (1 + session.ghost * ghost).astype(np.float32)[:, :, None]
    k_space *= _fermi_filter(phase, readout, hospital.filter_cutoff)

    sd = noise_level(hospital, sequence, (readout, phase), session.thickness)
    noise = rng.standard_normal((2, *k_space.shape), dtype=np.float32)
    k_space += (noise[0] + 1j * noise[1]) * np.float32(sd * fine**2 / np.sqrt(readout * phase))
    image = np.abs(_zero_filled(k_space, preset.matrix)) * (preset.matrix / fine) ** 2
    return image * np.float32(session.gains[order])


def _crop(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Centered k-space of real images, cropped to (rows, columns), complex64."""
    spectrum = fft.fft(image.astype(np.complex64), axis=-1)
    spectrum = fft.fftshift(spectrum, axes=-1)[..., _middle(image.shape[-1], columns)]
    spectrum = fft.fft(spectrum, axis=-2)
    return fft.fftshift(spectrum, axes=-2)[..., _middle(image.shape[-2], rows), :]


def _zero_filled(k_space: np.ndarray, size: int) -> np.ndarray:
    """Complex images (slices, size, size) of centered k-space."""
    slices, rows, columns = k_space.shape
    padded = np.zeros((slices, size, size), np.complex64)
    padded[:, _middle(size, rows), _middle(size, columns)] = k_space
    return fft.ifft2(fft.ifftshift(padded, axes=(-2, -1)))


def _middle(size: int, kept: int) -> slice:
    """Slice that keeps `kept` samples around the zero frequency of a shifted spectrum."""
    start = size // 2 - kept // 2
    return slice(start, start + kept)


def _ramp(frequency: np.ndarray, pixels: float) -> np.ndarray:
    """Phase ramp that moves an image by `pixels` towards higher indices."""
    return np.exp(-2j * np.pi * frequency * pixels).astype(np.complex64)


def _fermi_filter(rows: int, columns: int, cutoff: float) -> np.ndarray:
    """Low-pass with a soft edge; `cutoff` is a share of the acquired radius."""
    y, x = (np.abs(np.arange(n) - n // 2) / (n / 2) for n in (rows, columns))
    return (1 / (1 + np.exp((np.hypot(y[:, None], x) - cutoff) / 0.07))).astype(np.float32)
