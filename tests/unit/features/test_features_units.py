"""Units of the dictionary: what grows as a unit says when the image is stretched or its values are multiplied."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from osteon.config.features import Deep, Features
from osteon.features.deep_columns import deep_dictionary
from osteon.features.dictionary import COLUMNS, definitions, feature_dictionary
from osteon.features.settings import extractor, pyradiomics_parameters

PARAMETERS = pyradiomics_parameters(Features(bin_count=8, spacing=None, image_types=["original"]))


def measured(spacing: float, factor: float) -> dict[tuple[str, str], float]:
    """Features of noise in an ellipsoid, by family and name."""
    random = np.random.default_rng(0)
    image = sitk.GetImageFromArray(random.normal(100, 20, (14, 16, 18)) * factor)
    z, y, x = np.mgrid[-7:7, -8:8, -9:9]
    mask = sitk.GetImageFromArray(((z / 4) ** 2 + (y / 5) ** 2 + (x / 7) ** 2 < 1).astype(np.uint8))
    for picture in (image, mask):
        picture.SetSpacing((spacing, spacing, spacing))
    values = extractor(PARAMETERS).execute(image, mask)
    return {tuple(name.split("_")[1:]): float(value) for name, value in values.items() if name.startswith("original_")}


@pytest.fixture(scope="module")
def features():
    return {"plain": measured(1, 1), "mm": measured(2, 1), "image units": measured(1, 2)}


def power(unit: str, of: str) -> int:
    """Exponent of a unit inside another one: 'image units^2 mm^3' has mm to the third."""
    found = re.search(rf"(1/)?{of}(?:\^(\d))?", unit)
    return 0 if found is None else int(found[2] or 1) * (-1 if found[1] else 1)


@pytest.mark.parametrize("of", ["mm", "image units"])
def test_every_feature_grows_as_its_unit_says(features, of):
    """The number of grey levels is fixed, so that what is counted in them stays."""
    for row in definitions().itertuples():
        ratio = features[of][row.family, row.name] / features["plain"][row.family, row.name]
        assert ratio == pytest.approx(2.0 ** power(row.unit, of), rel=1e-4), f"{row.name}: {row.unit}"


def test_every_column_has_a_unit():
    table = feature_dictionary(["T1"], ["L1"], PARAMETERS)
    assert list(table.columns) == COLUMNS
    assert (table["unit"] != "").all()
    units = table.set_index("name")["unit"]
    assert units[["MeshVolume", "SurfaceArea", "Maximum3DDiameter", "Sphericity", "Mean"]].tolist() == [
        "mm^3",
        "mm^2",
        "mm",
        "1",
        "image units",
    ]


def test_deep_columns_have_one_too():
    table = pd.DataFrame({"sequence": ["deep_T1"], "roi": ["L1"], "feature": ["0"]})
    assert deep_dictionary(table, Deep(), COLUMNS)["unit"].tolist() == ["1"]
