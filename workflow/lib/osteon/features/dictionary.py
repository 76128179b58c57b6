"""The dictionary that goes with a feature table: what each column is, in plain words, with its IBSI code."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from osteon.features.ibsi import AVERAGED, MERGED
from osteon.features.schema import column_name, feature_names

COLUMNS = ["column", "sequence", "roi", "image_type", "family", "name", "meaning"]
COLUMNS += ["unit", "ibsi", "ibsi_deviation", "ibsi_tag"]


def definitions() -> pd.DataFrame:
    """What each PyRadiomics feature is: family, name, meaning, unit, ibsi, ibsi_deviation, ibsi_tag.

    Units follow from the formulas of PyRadiomics' documentation. 'image units' are those of the image that the feature
    is computed on, after normalisation and filter; 'grey levels' are numbers of bins; 1 is a number without unit.

    Codes are the permanent identifiers of the IBSI reference manual (Zwanenburg et al., arXiv 1612.07003); a feature
    that IBSI does not define has none. Where PyRadiomics computes something else than IBSI under the same name,
    `ibsi_deviation` says what. `ibsi_tag` is the name in IBSI's tables of reference values, there with all directions
    merged.
    """
    path = Path(__file__).with_name("definitions.tsv")
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def feature_dictionary(sequences: Iterable[str], rois: Iterable[str], parameters: dict) -> pd.DataFrame:
    """One row per column of the wide table, in its order.

    IBSI defines features on the image; on a filtered one the code names the formula that was applied to it, and there
    is no tag.

    Args:
        sequences: in the order of the columns.
        rois: names of the regions, in the order of the columns.
        parameters: from `settings.pyradiomics_parameters`.

    Raises:
        ValueError: a feature has no definition (a new PyRadiomics has features that definitions.tsv lacks).
    """
    regions = list(rois)
    parts = [(feature, *feature.rsplit("_", 2)) for feature in feature_names(parameters)]
    rows = [
        (column_name(sequence, roi, feature), sequence, roi, image_type, family, name)
        for sequence in sequences
        for roi in regions
        for feature, image_type, family, name in parts
    ]
    table = pd.DataFrame(rows, columns=COLUMNS[:6])
    explained = _with_directions(definitions(), parameters["setting"])
    merged = table.merge(explained, on=["family", "name"], how="left", validate="many_to_one")
    unknown = merged.loc[merged["meaning"].isna(), "name"].unique()
    if len(unknown):
        raise ValueError(f"definitions.tsv has no row for: {', '.join(unknown)}")
    merged["ibsi_tag"] = merged["ibsi_tag"].where(merged["image_type"] == "original", "")
    return merged[COLUMNS]


def _with_directions(table: pd.DataFrame, setting: dict) -> pd.DataFrame:
    """The definitions with tags that say how GLCM and GLRLM directions are put together; distances have no tag."""
    by_direction = table["ibsi_tag"].str.endswith(MERGED)
    norm = setting.get("weightingNorm")
    if norm is None:
        tags = table["ibsi_tag"].str.removesuffix(MERGED) + AVERAGED
    else:
        tags = table["ibsi_tag"] if norm == "no_weighting" else ""
    return table.assign(ibsi_tag=table["ibsi_tag"].where(~by_direction, tags))
