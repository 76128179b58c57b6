"""What the columns of deep features are called, and what the dictionary says of them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from osteon.config.features import Deep

PREFIX = "deep_"
"""What the sequence's name begins with, so that deep columns are told from the others."""


def deep_dictionary(table: pd.DataFrame, deep: Deep, columns: Sequence[str]) -> pd.DataFrame:
    """Rows of the feature dictionary for the deep columns.

    Args:
        table: sequence, roi, feature of any case's deep features.
        deep: how they were made.
        columns: of the dictionary.
    """
    words = {"mean": "average", "max": "largest value"}[deep.pooling]
    stage = "the deepest stage" if deep.stage == -1 else f"stage {deep.stage}"
    return pd.DataFrame(
        {
            "column": table["sequence"] + "_" + table["roi"] + "_" + table["feature"],
            "sequence": table["sequence"].str.removeprefix(PREFIX),
            "roi": table["roi"],
            "image_type": "deep",
            "family": "deep",
            "name": table["feature"],
            "meaning": [
                f"Channel {int(name)} of {stage} of the segmentation network's encoder: {words} over the region"
                for name in table["feature"]
            ],
            "unit": "1",
        }
    ).reindex(columns=columns, fill_value="")
