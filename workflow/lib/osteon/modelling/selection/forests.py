"""Random forests for selection."""

from __future__ import annotations

from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from osteon.modelling.selection.step import Training


def forest_of(
    training: Training, trees: int, depth: int | None = None
) -> RandomForestClassifier | RandomForestRegressor:
    """An unfitted random forest for the outcome; every split looks at the square root of the features."""
    kind = RandomForestRegressor if training.regression else RandomForestClassifier
    return kind(trees, max_depth=depth, max_features="sqrt", random_state=training.seed, n_jobs=1)
