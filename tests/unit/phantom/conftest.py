"""Parameters and one small examination per hospital, made once."""

from __future__ import annotations

import pytest

from osteon.phantom.anatomy import draw_anatomy
from osteon.phantom.cohort import sample_cohort
from osteon.phantom.parameters import load_parameters
from osteon.phantom.simulate import simulate_patient


@pytest.fixture(scope="session")
def parameters(root):
    return load_parameters(root / "config" / "phantom" / "lumbar.yaml")


@pytest.fixture(scope="session")
def participant(parameters):
    return sample_cohort(parameters, "A", 2, seed=5).to_dict("records")[1]


@pytest.fixture(scope="session")
def anatomy(parameters, participant):
    return draw_anatomy(participant, parameters)


@pytest.fixture(scope="session")
def examinations(parameters, participant):
    """The same patient, examined at three hospitals."""
    return {
        name: simulate_patient(participant, parameters.hospital(name), parameters, parameters.preset("small"))
        for name in "ABC"
    }
