"""Principal components in the place of the features."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from osteon.config.selection import Pca
from osteon.modelling.selection.step import Choice

# Rounding of a share of the variance.
ROUNDING = 1e-12


def pca(step: Pca, table: pd.DataFrame) -> Choice:
    """Rotation onto the first components: as many as asked for, or fewer if they explain the wanted share.

    The features are scaled, so their means are 0 and scaled values times the rotation are the components. Each
    component's sign is such that its largest loading is positive. By scikit-learn.
    """
    model = PCA(svd_solver="full").fit(table.to_numpy(dtype=float))
    share = model.explained_variance_ratio_
    # The smallest number of components that explain the wanted share.
    enough = int((np.cumsum(share) < step.share - ROUNDING).sum()) + 1
    count = min(step.components, enough)
    notes = [f"{count} components explain {share[:count].sum():.1%} of the variance"]
    return Choice(list(table.columns), notes, rotation=model.components_[:count].T.copy())
