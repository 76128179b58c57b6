"""A frozen model of simulated patients, with all that it knows of its inputs, and tables of patients who come later."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from helpers.tables import cohort, recipe, split
from osteon.config.extraction import extraction_of
from osteon.config.study import Study
from osteon.modelling.bundle import Bundle
from osteon.modelling.crossfit import fit_model
from osteon.modelling.patients import join_patients

VARIABLES = {
    "age": {"type": "continuous", "unit": "years"},
    "sex": {"type": "binary", "positive": "male"},
}
OUTCOME = {"column": "fracture", "type": "binary", "positive": "yes", "negative": "no"}


def extraction(**features) -> dict:
    """What settings.json says of a study with the regions of these tables; `features` are keys of its section."""
    study = Study.model_validate(
        {
            "study": {"name": "x"},
            "cases": "cases.tsv",
            "centers": {"A": {"role": "development", "source": "dicom", "masks": "*.nii.gz"}},
            "sequences": {"T1": {}, "T2": {}},
            "labels": {"L1": 1, "L3": 3},
            "rois": {"L1L3": ["L1", "L3"]},
            "features": features,
        }
    )
    return extraction_of(study) | {"software": {"pyradiomics": "3.1.0"}}


def everyone() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Participants and features of A (50 in training, 12 later), B (all in training) and Z (all later)."""
    people, tables = cohort({"A": 62, "B": 40, "Z": 30}, 6)
    return people, pd.concat(tables, ignore_index=True)


def bundle() -> Bundle:
    """A fitted model of centers A and B."""
    people, features = everyone()
    earlier = [*range(50), *range(62, 102)]
    patients = join_patients(people.iloc[earlier], [features.iloc[earlier]])
    fitted = fit_model(recipe(), patients, split(people.iloc[earlier], 0.2, 2)).bundle
    units = dict.fromkeys(fitted.model.feature_columns, "mm^3")
    known = {"variables": VARIABLES, "outcome": OUTCOME, "extraction": extraction(), "units": units}
    return replace(fitted, inputs=known)


def newcomers() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features, and participants in words, of the patients who come later."""
    people, features = everyone()
    later = [*range(50, 62), *range(102, 132)]
    words = people.assign(
        fracture=people["outcome"].map({1: "yes", 0: "no"}), sex=people["sex"].map({1.0: "male", 0.0: "female"})
    )[["subject", "center", "age", "sex", "fracture"]]
    return features.iloc[later].reset_index(drop=True), words.iloc[later].reset_index(drop=True)
