"""ComBat against the R output of its authors' imaging implementation: every file, every variant.

The tolerance is that of rounding, for variants with a covariate too: with the same stopping rule the iteration ends
at the same step.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from osteon.harmonise.combat import ComBat

BATCH = ["1"] * 5 + ["2"] * 5
SCENARIO = "training_test_scenario2_r.csv"
TOLERANCE = 1e-9
COVARIATE = np.array([[1.0, 0.0] * 5]).T


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "reference/combat_fortin"


def table(path):
    return pd.read_csv(path).to_numpy().T


def variants():
    """(name of the file, prior, mean only, reference, adjusted) of the 33 files that R made from the same table."""
    for prior in ("parametric", "non_parametric"):
        for adjusted in (False, True):
            for eb in (True, False):
                for mean_only in (False, True):
                    for reference in (False, True):
                        parts = [
                            prior.replace("_", ""),
                            "adjusted" if adjusted else "unadjusted",
                            *(["noeb"] * (not eb)),
                            *(["meanonly"] * mean_only),
                            *(["batchref"] * reference),
                        ]
                        yield "_".join(parts), prior if eb else "none", mean_only, reference, adjusted
    # The same once more, under a name with a slip of the pen.
    yield "nonparametric_unadjusted_meanonl_batchref", "non_parametric", True, True, False


@pytest.mark.parametrize(("name", "prior", "mean_only", "reference", "adjusted"), variants())
def test_r_variants(folder, name, prior, mean_only, reference, adjusted):
    values = table(folder / "inputData/testdata.csv")
    covariates = COVARIATE if adjusted else None
    combat = ComBat(prior=prior, mean_only=mean_only, reference_batch="1" if reference else None)
    found = combat.fit(values, BATCH, covariates).transform(values, BATCH, covariates)
    assert np.abs(found - table(folder / "outputData" / f"testdata_combat_{name}_r.csv")).max() < TOLERANCE


def test_no_r_output_is_left_out(folder):
    named = {f"testdata_combat_{name}_r.csv" for name, *_ in variants()} | {SCENARIO}
    assert {path.name for path in (folder / "outputData").iterdir()} == named


def test_r_application_to_other_rows(folder):
    """R fits with a covariate and applies without: the covariate is set to its training mean."""
    values = table(folder / "inputData/testdata.csv")
    rows = [0, 1, 5, 6]
    combat = ComBat().fit(values, BATCH, COVARIATE)
    found = combat.transform(values[rows], np.array(BATCH)[rows], np.full((4, 1), COVARIATE.mean()))
    assert np.abs(found - table(folder / "outputData" / SCENARIO)).max() < TOLERANCE
