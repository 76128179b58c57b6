"""The checks of models know the same classifiers as the fits do."""

from __future__ import annotations

from osteon.config.validation_checks import UNCALIBRATED
from osteon.modelling.classifiers import NAMES, needs_calibration


def test_calibrated_classifiers_are_those_of_the_fit():
    assert {name for name in NAMES if needs_calibration(name)} == UNCALIBRATED
