"""The IBSI-1 digital phantom: which features are IBSI's, and that the dictionary says where they are not."""

from __future__ import annotations

import pandas as pd
import pytest
import SimpleITK as sitk

from osteon.config.features import Features, Roi
from osteon.features.dictionary import definitions
from osteon.features.extract import extract_case
from osteon.features.ibsi import AVERAGED, MERGED
from osteon.features.settings import pyradiomics_parameters

DIRECTIONS = {"merged": MERGED, "averaged": AVERAGED}


def tags(ending: str) -> dict[tuple[str, str], str]:
    """IBSI's tag by family and name, with the given ending where directions are put together."""
    table = definitions()
    table = table[table["ibsi_tag"] != ""]
    return {
        (family, name): tag.removesuffix(MERGED) + ending if tag.endswith(MERGED) else tag
        for family, name, tag in zip(table["family"], table["name"], table["ibsi_tag"], strict=True)
    }


@pytest.fixture(scope="module", params=list(DIRECTIONS))
def directions(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def values(shared, directions) -> dict[tuple[str, str], float]:
    folder = shared / "reference" / "ibsi1_digital_phantom" / "nifti"
    image = sitk.ReadImage(str(folder / "image" / "phantom.nii.gz"), sitk.sitkFloat64)
    mask = sitk.ReadImage(str(folder / "mask" / "mask.nii.gz"), sitk.sitkUInt8)
    settings = Features(bin_width=1, spacing=None, image_types=["original"], minimum_voxels=1, directions=directions)
    parameters = pyradiomics_parameters(settings)
    rows = extract_case({"S": image}, mask, {"R": 1}, {"R": Roi(labels=["R"])}, parameters).features
    keys = [tuple(feature.split("_")[1:]) for feature in rows["feature"]]
    return dict(zip(keys, rows["value"], strict=True))


@pytest.fixture(scope="module")
def reference(shared) -> pd.DataFrame:
    path = shared / "reference" / "ibsi1_digital_phantom" / "ibsi_1_dig_phantom.csv"
    return pd.read_csv(path, sep=";").set_index("tag")


def test_features_with_an_ibsi_code_are_compared():
    table = definitions()
    coded = {(row.family, row.name_) for row in table.rename(columns={"name": "name_"}).itertuples() if row.ibsi}
    assert coded == set(tags(MERGED))


def test_values_are_ibsis_except_where_the_dictionary_says_so(values, reference, directions):
    deviating = set()
    for key, tag in tags(DIRECTIONS[directions]).items():
        row = reference.loc[tag]
        tolerance = max(row["tolerance"], 0.005 * abs(row["reference value"]))
        if abs(values[key] - row["reference value"]) > tolerance:
            deviating.add(key)
    table = definitions()
    declared = {
        (family, name)
        for family, name, deviation in zip(table["family"], table["name"], table["ibsi_deviation"], strict=True)
        if deviation
    }
    # the longest axis of the phantom deviates too, but less than its tolerance
    assert deviating == declared - {("shape", "MajorAxisLength")}


def test_deviations_are_what_the_dictionary_says(values, reference):
    expected = reference["reference value"]
    assert values["firstorder", "Kurtosis"] == pytest.approx(expected["stat_kurt"] + 3, abs=0.005)
    voxels = 74
    for name, tag in (("MajorAxisLength", "maj"), ("MinorAxisLength", "min"), ("LeastAxisLength", "least")):
        by_n_minus_1 = values["shape", name] * (voxels / (voxels - 1)) ** 0.5
        assert by_n_minus_1 == pytest.approx(expected[f"morph_pca_{tag}_axis"], abs=0.006)
