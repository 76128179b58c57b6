"""A frozen model as a folder of JSON and, where it is more than coefficients, a safe file of the estimator."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np

import osteon
from osteon.config.frozen import FORMAT, MODEL, VERSION, read_content
from osteon.harmonise.nested import NestedComBat
from osteon.modelling.blocks import Block
from osteon.modelling.calibrator import Calibrator
from osteon.modelling.models import PredictionModel, Recipe
from osteon.modelling.predictors import Estimator, Linear
from osteon.modelling.preprocessing import Harmoniser, Imputer, Scaler
from osteon.modelling.storage import read_estimator, write_estimator
from osteon.modelling.task import Task
from osteon.tables.files import write_json

LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn", "xgboost-cpu", "lightgbm", "skops")
ESTIMATOR = "estimator.skops"


@dataclass(frozen=True)
class Bundle:
    """A model, its frozen threshold, where it comes from and what it must be given."""

    model: PredictionModel
    threshold: float | None
    """A probability at or above it is called positive. None where the outcome is not of two classes."""
    origin: dict
    """Settings, training patients (number, classes, centers, hash of the subjects) and software versions."""
    inputs: dict = field(default_factory=dict)
    """What the inputs must be (see `config.frozen`): `variables` (type, unit, coding of the clinical ones), `outcome`
    (column, coding, unit), `extraction` (04_features/settings.json) and `units` of the features, where known."""

    @property
    def shuffled(self) -> bool:
        """Whether it is a negative control, which reads the features of regions with shuffled voxels."""
        return self.origin["settings"]["model"].get("features") == "shuffled"


def origin_of(recipe: Recipe, training: dict, chosen: dict) -> dict:
    """What a bundle says about its origin.

    Args:
        recipe: how the model was fitted.
        training: patients, classes, centers and row_hash of the training patients.
        chosen: what was chosen in the inner folds, and among how many settings.
    """
    settings = {
        "model": recipe.model.model_dump(mode="json", exclude={"label"}),
        "signatures": {name: list(patterns) for name, patterns in recipe.signatures.items()},
        "selections": {name: [step.model_dump(mode="json") for step in chain] for name, chain in recipe.chains.items()},
        "harmonisation": recipe.harmonisation.model_dump(mode="json"),
        "robustness": recipe.robustness.model_dump(mode="json") if recipe.robustness else None,
        "missing_values": recipe.missing,
        "threshold": _threshold_rule(recipe),
        "seed": recipe.seed,
    }
    software = {"osteon": osteon.__version__} | {name: version(name) for name in LIBRARIES}
    return {"training": training, "chosen": chosen, "settings": settings, "software": software}


def _threshold_rule(recipe: Recipe) -> str | dict | None:
    """How the threshold was found; None where the outcome is not of two classes."""
    if recipe.task.kind != "binary":
        return None
    rule = recipe.threshold
    return rule if isinstance(rule, str) else rule.model_dump(mode="json", exclude_none=True)


def freeze(bundle: Bundle, folder: str | Path) -> None:
    """Write a bundle; the same bundle gives the same bytes."""
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if isinstance(bundle.model.predictor, Estimator):
        write_estimator(bundle.model.predictor.fitted, folder / ESTIMATOR)
    write_json(bundle_to_json(bundle), folder / MODEL)


def load(folder: str | Path) -> Bundle:
    """Read what `freeze` wrote; its predictions are identical to the last bit. Nothing in it can execute.

    Raises:
        ValueError: the folder is no bundle, one of another version, or holds what no classifier needs.
    """
    content = read_content(folder)
    estimator = read_estimator(Path(folder) / ESTIMATOR) if content["predictor"] is None else None
    return bundle_from_json(content, estimator)


def bundle_to_json(bundle: Bundle) -> dict:
    """A bundle as plain types, all but an estimator that is no coefficients."""
    model = bundle.model
    linear = model.predictor if isinstance(model.predictor, Linear) else None
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": model.name,
        "outcome": {"kind": model.task.kind, "values": list(model.task.values)},
        "threshold": bundle.threshold,
        "terms": _scaler_to_json(model.scaler, "term"),
        "predictor": linear
        and {"coefficients": linear.coefficients.tolist(), "intercepts": linear.intercepts.tolist()},
        "calibrator": model.calibrator.get_state() if model.calibrator else None,
        "clinical": _imputer_to_json(model.clinical),
        "signatures": [_block_to_json(block) for block in model.blocks],
        "inputs": bundle.inputs,
        **bundle.origin,
    }


def bundle_from_json(content: dict, estimator: object | None = None) -> Bundle:
    """The bundle that `bundle_to_json` described, with its estimator where it has one."""
    terms, predictor = content["terms"], content["predictor"]
    if predictor is None:
        fitted = Estimator(estimator)
    else:
        shape = (len(terms), len(predictor["intercepts"]))
        fitted = Linear(_array(predictor["coefficients"]).reshape(shape), _array(predictor["intercepts"]))
    model = PredictionModel(
        content["name"],
        Task(content["outcome"]["kind"], tuple(content["outcome"]["values"])),
        _imputer_from_json(content["clinical"]),
        [_block_from_json(item) for item in content["signatures"]],
        _scaler_from_json(terms, "term"),
        fitted,
        Calibrator.from_state(content["calibrator"]) if content["calibrator"] else None,
    )
    origin = {key: content[key] for key in ("training", "chosen", "settings", "software")}
    return Bundle(model, content["threshold"], origin, content["inputs"])


def _block_to_json(block: Block) -> dict:
    harmoniser = block.harmoniser
    weights = block.weights.tolist() if block.weights is not None else [None] * len(block.columns)
    features = [
        {**fill, "mean": scale["mean"], "sd": scale["sd"], "weights": weight}
        for fill, scale, weight in zip(
            _imputer_to_json(block.imputer, "feature"), _scaler_to_json(block.scaler, "feature"), weights, strict=True
        )
    ]
    return {
        "name": block.name,
        "terms": block.outputs,
        "intercepts": block.intercepts.tolist() if block.intercepts is not None else None,
        "features": features,
        "batch": harmoniser.batch,
        "combat": harmoniser.combat.get_state() if harmoniser.combat else None,
        "combat_covariates": _imputer_to_json(harmoniser.covariates) if harmoniser.covariates else None,
    }


def _block_from_json(item: dict) -> Block:
    rows = item["features"]
    columns = [row["feature"] for row in rows]
    combat = NestedComBat.from_state(item["combat"]) if item["combat"] else None
    covariates = _imputer_from_json(item["combat_covariates"]) if item["combat_covariates"] else None
    weights = None if rows[0]["weights"] is None else _array([row["weights"] for row in rows])
    return Block(
        item["name"],
        _imputer_from_json(rows, "feature"),
        Harmoniser(columns, combat, item["batch"], covariates),
        _scaler_from_json(rows, "feature"),
        weights,
        None if item["intercepts"] is None else _array(item["intercepts"]),
        item["terms"],
    )


def _imputer_to_json(imputer: Imputer, name: str = "variable") -> list[dict]:
    return [{name: column, "fill": fill} for column, fill in zip(imputer.columns, imputer.fills.tolist(), strict=True)]


def _imputer_from_json(rows: list[dict], name: str = "variable") -> Imputer:
    return Imputer([row[name] for row in rows], _array([row["fill"] for row in rows]))


def _scaler_to_json(scaler: Scaler, name: str) -> list[dict]:
    return [
        {name: column, "mean": mean, "sd": sd}
        for column, mean, sd in zip(scaler.columns, scaler.mean.tolist(), scaler.sd.tolist(), strict=True)
    ]


def _scaler_from_json(rows: list[dict], name: str) -> Scaler:
    return Scaler(
        [row[name] for row in rows], _array([row["mean"] for row in rows]), _array([row["sd"] for row in rows])
    )


def _array(values: list) -> np.ndarray:
    return np.array(values, dtype=float)
