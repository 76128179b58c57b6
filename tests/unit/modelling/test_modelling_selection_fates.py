"""What becomes of features."""

from __future__ import annotations

from osteon.modelling.selection.chain import BLIND, INFORMED
from osteon.modelling.selection.fates import FATES, Fate


def test_every_fate_is_explained():
    assert set(FATES) == set(Fate)
    assert len(set(FATES.values())) == len(FATES)


def test_every_step_has_a_fate_of_its_own():
    fates = [fate for _, fate in (BLIND | INFORMED).values() if fate != Fate.KEPT]
    assert len(set(fates)) == len(fates)
