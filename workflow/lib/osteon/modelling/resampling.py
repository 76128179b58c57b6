"""How often the same features are selected when the training patients change."""

from __future__ import annotations

import pandas as pd

from osteon.modelling.selection.fates import IN_USE
from osteon.modelling.selection.reproducibility import stability_index

STABILITY_COLUMNS = ["signature", "features", "resamples", "selected_mean", "stability", "reason"]


def reproducibility(final: pd.DataFrame, others: list[pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The selection of the final fit beside those of all other fits.

    Args:
        final: signature, feature, fate, ... of the fit on all training patients.
        others: the same of the fits on parts of them (folds, repeats, left-out centers).

    Returns:
        The final table with the columns `selected` (in how many of the other fits the feature was) and `resamples`
        (their number); and per signature the number of candidates, the mean number selected, and the stability index
        (Nogueira, Sechidis, Brown, J Mach Learn Res 2018;18:174) with the reason where there is none.
    """
    chosen = [
        set(table.loc[table["fate"].isin(IN_USE), ["signature", "feature"]].itertuples(index=False, name=None))
        for table in others
    ]
    keys = list(final[["signature", "feature"]].itertuples(index=False, name=None))
    selection = final.assign(selected=[sum(key in one for one in chosen) for key in keys], resamples=len(others))
    rows = []
    for signature, table in final.groupby("signature", sort=False):
        sets = [{feature for name, feature in one if name == signature} for one in chosen]
        index = stability_index(sets, len(table))
        rows.append(
            {
                "signature": signature,
                "features": len(table),
                "resamples": len(sets),
                "selected_mean": sum(map(len, sets)) / len(sets) if sets else None,
                "stability": index.value,
                "reason": index.reason,
            }
        )
    return selection, pd.DataFrame(rows, columns=STABILITY_COLUMNS)
