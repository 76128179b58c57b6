"""Signals: what a fast spin-echo sequence makes of a tissue map, water and fat apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.phantom.canvas import TissueMap
from osteon.phantom.parameters import Parameters, PulseSequence, Relaxation, Tissue


def spin_echo(
    density: np.ndarray | float,
    t1: np.ndarray | float,
    t2: np.ndarray | float,
    sequence: PulseSequence,
    fast_recovery: bool = False,
) -> np.ndarray | float:
    """Spin-echo signal: density (1 - exp(-TR/T1)) exp(-TE/T2); times in ms.

    With fast recovery (driven equilibrium) part of the transverse magnetisation that is left at the end is
    flipped back, which brightens tissues with a long T2.
    """
    recovery, decay = np.exp(-sequence.tr / t1), np.exp(-sequence.te / t2)
    signal = density * (1 - recovery) * decay
    return signal * (1 + 0.45 * decay * recovery) if fast_recovery else signal


@dataclass(frozen=True)
class Signals:
    """Signals of one sequence in one patient at one field strength.

    `water` has one value per Tissue; `fat` is the signal of pure fat.
    """

    sequence: PulseSequence
    water: np.ndarray
    fat: float
    disc: Relaxation
    disc_times: tuple[float, float]
    disc_hydration_t2: float

    def images(self, canvas: TissueMap) -> tuple[np.ndarray, np.ndarray]:
        """Water and fat signal at the points of a tissue map, flat."""
        water = self.water[canvas.tissue]
        discs = np.flatnonzero(canvas.tissue == Tissue.DISC)
        hydration, (t1, t2) = canvas.hydration[discs], self.disc_times
        water[discs] = spin_echo(
            self.disc.density * (0.85 + 0.15 * hydration),
            t1,
            t2 + self.disc_hydration_t2 * hydration,
            self.sequence,
            self.sequence.fast_recovery,
        )
        rooted = np.flatnonzero(canvas.roots)
        share = canvas.roots[rooted]
        water[rooted] = (1 - share) * self.water[Tissue.FLUID] + share * self.water[Tissue.ROOT]
        fat = canvas.marrow * canvas.fat
        return water * (canvas.marrow - fat), fat * np.float32(self.fat)


def tissue_signals(sequence: PulseSequence, field: float, density_seen: float, parameters: Parameters) -> Signals:
    """Signals of all tissues; `density_seen` (mg/cm3) is the bone density as the marrow shows it.

    Bone takes room from the marrow and shortens its T2 by susceptibility, more at higher field.
    """
    water = np.zeros(len(Tissue), np.float32)
    for tissue in Tissue:
        relaxation = parameters.tissues[tissue.name.lower()]
        density, (t1, t2) = relaxation.density, relaxation.times(field)
        if tissue in (Tissue.VERTEBRAL_BODY, Tissue.POSTERIOR_ELEMENT):
            density *= 1 - 0.0011 * density_seen
            t2 = 1 / (1 / t2 + density_seen * (5e-5 if field < 2 else 7e-5))
        if tissue is Tissue.MUSCLE and sequence.echo_train > 1:
            density *= 0.92  # incidental magnetisation transfer of the refocusing train
        water[tissue] = spin_echo(density, t1, t2, sequence, sequence.fast_recovery)
    fat = parameters.fat
    disc = parameters.tissues["disc"]
    return Signals(
        sequence,
        water,
        float(spin_echo(fat.density, *fat.times(field), sequence)),
        disc,
        disc.times(field),
        parameters.disc_hydration_t2_ms,
    )
