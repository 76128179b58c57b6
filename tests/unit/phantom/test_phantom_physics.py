"""The spin-echo equation and the contrast it gives."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.phantom.canvas import TissueMap
from osteon.phantom.parameters import PulseSequence, Tissue
from osteon.phantom.physics import spin_echo, tissue_signals


def sequence(tr: float, te: float, **more) -> PulseSequence:
    return PulseSequence(tr=tr, te=te, matrix=(128, 128), echo_train=8, description="test", **more)


def test_known_answers_of_the_spin_echo_equation():
    assert spin_echo(1.0, 1e-3, 1e9, sequence(1e6, 1e-9)) == pytest.approx(1)
    assert spin_echo(0.8, 1000, 1e12, sequence(1000 * np.log(2), 1e-6)) == pytest.approx(0.4)
    assert spin_echo(1.0, 1e-3, 80, sequence(1e6, 80)) == pytest.approx(np.exp(-1))


def test_fast_recovery_brightens_long_t2():
    fluid, muscle = (
        (spin_echo(1, t1, t2, sequence(3000, 100), True) / spin_echo(1, t1, t2, sequence(3000, 100)))
        for t1, t2 in ((4000, 1600), (1000, 44))
    )
    assert fluid == pytest.approx(1 + 0.45 * np.exp(-100 / 1600) * np.exp(-3000 / 4000))
    assert fluid > muscle


def marrow_and_fluid(parameters, te: float) -> tuple[float, float]:
    protocol = parameters.hospital("B").sequences["T1"].model_copy(update={"te": te})
    signals = tissue_signals(protocol, 1.5, 80, parameters)
    marrow = 0.55 * signals.fat + 0.45 * signals.water[Tissue.VERTEBRAL_BODY]
    return marrow, signals.water[Tissue.FLUID]


def test_the_te_printed_for_center_b_gives_no_t1_image(parameters):
    """Marrow is several times as bright as fluid in a T1 image; with TE 160 ms it is not."""
    protocol = parameters.hospital("B").sequences["T1"]
    marrow, fluid = marrow_and_fluid(parameters, protocol.te)
    assert marrow > 3.5 * fluid
    marrow, fluid = marrow_and_fluid(parameters, protocol.te_published)
    assert marrow < 2 * fluid


def test_fluid_is_brightest_in_t2(parameters):
    for hospital in parameters.hospitals.values():
        water = tissue_signals(hospital.sequences["T2"], hospital.field, 80, parameters).water
        assert water.argmax() == Tissue.FLUID


def test_bone_darkens_the_water_of_the_marrow(parameters):
    protocol = parameters.hospital("A").sequences["T2"]
    dense, porous = (tissue_signals(protocol, 3.0, seen, parameters).water for seen in (150, 40))
    assert dense[Tissue.VERTEBRAL_BODY] < porous[Tissue.VERTEBRAL_BODY]
    assert dense[Tissue.MUSCLE] == porous[Tissue.MUSCLE]


def test_images_mix_water_and_fat(parameters):
    signals = tissue_signals(sequence(600, 10), 1.5, 80, parameters)
    canvas = TissueMap.blank(5)
    canvas.fill(np.array([0, 1]), Tissue.VERTEBRAL_BODY, np.array([0.0, 1.0]))
    canvas.fill(np.array([2]), Tissue.FLUID, 0)
    canvas.roots[2] = 0.25
    canvas.fill(np.array([3, 4]), Tissue.DISC, 0)
    canvas.hydration[4] = 1
    canvas.marrow[0] = 0.9
    water, fat = signals.images(canvas)
    body, fluid, root = (signals.water[t] for t in (Tissue.VERTEBRAL_BODY, Tissue.FLUID, Tissue.ROOT))
    assert water[0] == pytest.approx(0.9 * body)
    assert (water[1], fat[0]) == (0, 0)
    assert fat[1] == pytest.approx(signals.fat)
    assert water[2] == pytest.approx(0.75 * fluid + 0.25 * root)
    assert water[4] > water[3] > 0
