"""A frozen model as plain JSON: written once, read anywhere, with nothing in it that can execute."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

import osteon
from osteon.harmonise.combat import ComBat
from osteon.modelling.models import PredictionModel, Recipe
from osteon.modelling.preprocessing import Harmoniser, Imputer, Scaler
from osteon.modelling.signatures import Signature
from osteon.tables.files import read_json, write_json

FORMAT = "osteon prediction model"
VERSION = 1
LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn")


@dataclass(frozen=True)
class Bundle:
    """A model, its frozen threshold, and where it comes from."""

    model: PredictionModel
    threshold: float
    """A probability at or above it is called positive."""
    origin: dict
    """Settings, training patients (number, events, centers, hash of the subjects) and software versions."""

    @property
    def shuffled(self) -> bool:
        """Whether it is a negative control, which reads the features of regions with shuffled voxels."""
        return self.origin["settings"]["model"].get("features") == "shuffled"


def origin_of(recipe: Recipe, training: dict) -> dict:
    """What a bundle says about its origin.

    Args:
        recipe: how the model was fitted.
        training: patients, events, centers and row_hash of the training patients.
    """
    settings = {
        "model": recipe.model.model_dump(mode="json", exclude={"label"}),
        "signatures": {name: list(patterns) for name, patterns in recipe.signatures.items()},
        "harmonisation": recipe.harmonisation.model_dump(mode="json"),
        "selection": recipe.selection.model_dump(mode="json"),
        "robustness": {"threshold": recipe.robust.threshold, "bound": recipe.robust.bound} if recipe.robust else None,
        "seed": recipe.seed,
    }
    software = {"osteon": osteon.__version__} | {name: version(name) for name in LIBRARIES}
    return {"training": training, "settings": settings, "software": software}


def freeze(bundle: Bundle, path: str | Path) -> None:
    """Write a bundle; the same bundle gives the same bytes."""
    write_json(bundle_to_json(bundle), path)


def load(path: str | Path) -> Bundle:
    """Read what `freeze` wrote; its predictions are identical to the last bit.

    Raises:
        ValueError: the file is no bundle, or one of another version.
    """
    content = read_json(path)
    if content.get("format") != FORMAT or content.get("version") != VERSION:
        raise ValueError(
            f"{path}: format {content.get('format')!r}, version {content.get('version')!r}; this Osteon "
            f"reads {FORMAT!r}, version {VERSION}. Fit the model again with this version"
        )
    return bundle_from_json(content)


def bundle_to_json(bundle: Bundle) -> dict:
    """A bundle as plain types."""
    model = bundle.model
    terms = [
        {"term": term, "mean": mean, "sd": sd, "coefficient": coefficient}
        for term, mean, sd, coefficient in zip(
            model.scaler.columns,
            model.scaler.mean.tolist(),
            model.scaler.sd.tolist(),
            model.coefficients.tolist(),
            strict=True,
        )
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": model.name,
        "threshold": bundle.threshold,
        "intercept": model.intercept,
        "terms": terms,
        "clinical": _imputer_to_json(model.clinical),
        "signatures": [_signature_to_json(signature) for signature in model.signatures],
        **bundle.origin,
    }


def bundle_from_json(content: dict) -> Bundle:
    """The bundle that `bundle_to_json` described."""
    terms = content["terms"]
    scaler = Scaler([row["term"] for row in terms], _numbers(terms, "mean"), _numbers(terms, "sd"))
    model = PredictionModel(
        content["name"],
        _imputer_from_json(content["clinical"]),
        [_signature_from_json(item) for item in content["signatures"]],
        scaler,
        _numbers(terms, "coefficient"),
        content["intercept"],
    )
    origin = {key: content[key] for key in ("training", "settings", "software")}
    return Bundle(model, content["threshold"], origin)


def _signature_to_json(signature: Signature) -> dict:
    harmoniser = signature.harmoniser
    features = [
        {"feature": feature, "median": median, "mean": mean, "sd": sd, "coefficient": coefficient}
        for feature, median, mean, sd, coefficient in zip(
            signature.columns,
            signature.imputer.medians.tolist(),
            signature.scaler.mean.tolist(),
            signature.scaler.sd.tolist(),
            signature.coefficients.tolist(),
            strict=True,
        )
    ]
    return {
        "name": signature.name,
        "intercept": signature.intercept,
        "features": features,
        "combat": harmoniser.combat.get_state() if harmoniser.combat else None,
        "combat_covariates": _imputer_to_json(harmoniser.covariates) if harmoniser.covariates else None,
    }


def _signature_from_json(item: dict) -> Signature:
    rows = item["features"]
    columns = [row["feature"] for row in rows]
    combat = ComBat.from_state(item["combat"]) if item["combat"] else None
    covariates = _imputer_from_json(item["combat_covariates"]) if item["combat_covariates"] else None
    return Signature(
        item["name"],
        Imputer(columns, _numbers(rows, "median")),
        Harmoniser(columns, combat, covariates),
        Scaler(columns, _numbers(rows, "mean"), _numbers(rows, "sd")),
        _numbers(rows, "coefficient"),
        item["intercept"],
    )


def _imputer_to_json(imputer: Imputer) -> list[dict]:
    return [
        {"variable": column, "median": median}
        for column, median in zip(imputer.columns, imputer.medians.tolist(), strict=True)
    ]


def _imputer_from_json(rows: list[dict]) -> Imputer:
    return Imputer([row["variable"] for row in rows], _numbers(rows, "median"))


def _numbers(rows: list[dict], key: str) -> np.ndarray:
    return np.array([row[key] for row in rows], dtype=float)
