"""The dictionary that goes with a feature table: what each column is, in plain words, with its IBSI code."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from osteon.features.schema import column_name, feature_names

COLUMNS = ["column", "sequence", "roi", "image_type", "family", "name", "meaning", "ibsi", "ibsi_deviation"]


def definitions() -> pd.DataFrame:
    """Meaning and IBSI code of each PyRadiomics feature: family, name, meaning, ibsi, ibsi_deviation.

    Codes are the permanent identifiers of the IBSI reference manual (Zwanenburg et al., arXiv 1612.07003); a feature
    that IBSI does not define has none. Where PyRadiomics computes something else than IBSI under the same name,
    `ibsi_deviation` says what.
    """
    path = Path(__file__).with_name("definitions.tsv")
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def feature_dictionary(sequences: Iterable[str], rois: Iterable[str], parameters: dict) -> pd.DataFrame:
    """One row per column of the wide table, in its order.

    IBSI defines features on the image; on a filtered one the code names the formula that was applied to it.

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
    merged = table.merge(definitions(), on=["family", "name"], how="left", validate="many_to_one")
    unknown = merged.loc[merged["meaning"].isna(), "name"].unique()
    if len(unknown):
        raise ValueError(f"definitions.tsv has no row for: {', '.join(unknown)}")
    return merged[COLUMNS]
