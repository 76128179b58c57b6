"""ComBat against the R output of its authors' imaging implementation, all parametric variants."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from osteon.harmonise.combat import ComBat

BATCH = ["1"] * 5 + ["2"] * 5
COVARIATE = np.array([[1.0, 0.0] * 5]).T


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "reference/combat_fortin"


def table(path):
    return pd.read_csv(path).to_numpy().T


@pytest.mark.parametrize(("adjusted", "eb", "mean_only", "reference"), product([False, True], repeat=4))
def test_r_variants(folder, adjusted, eb, mean_only, reference):
    name = "_".join(
        [
            "testdata_combat_parametric",
            "adjusted" if adjusted else "unadjusted",
            *(["noeb"] * (not eb)),
            *(["meanonly"] * mean_only),
            *(["batchref"] * reference),
            "r.csv",
        ]
    )
    values = table(folder / "inputData/testdata.csv")
    covariates = COVARIATE if adjusted else None
    combat = ComBat(eb=eb, mean_only=mean_only, reference_batch="1" if reference else None)
    found = combat.fit(values, BATCH, covariates).transform(values, BATCH, covariates)
    assert np.abs(found - table(folder / "outputData" / name)).max() < 1e-9


def test_r_application_to_other_rows(folder):
    """R fits with a covariate and applies without: the covariate is set to its training mean."""
    values = table(folder / "inputData/testdata.csv")
    rows = [0, 1, 5, 6]
    combat = ComBat().fit(values, BATCH, COVARIATE)
    found = combat.transform(values[rows], np.array(BATCH)[rows], np.full((4, 1), COVARIATE.mean()))
    assert np.abs(found - table(folder / "outputData/training_test_scenario2_r.csv")).max() < 1e-9
