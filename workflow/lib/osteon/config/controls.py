"""Models that every radiomics model should be compared with, added to a study that asks for them."""

from __future__ import annotations

from typing import Any

VOLUME, CLINICAL = "volume_only", "clinical_only"
SHUFFLED = "_shuffled"


def with_controls(values: Any) -> Any:
    """The study's values with the models of `controls.models` among its models; a name that exists stays as it is.

    Args:
        values: content of a study file, not yet checked.
    """
    if not isinstance(values, dict):
        return values
    controls, models = values.get("controls"), values.get("models")
    wanted = controls.get("models") if isinstance(controls, dict) else None
    if not isinstance(wanted, list) or not isinstance(models, dict) or not models:
        return values
    added: dict[str, Any] = {}
    if "volume" in wanted:
        added[VOLUME] = {"columns": ["*_shape_MeshVolume"], "label": "Volume alone"}
    if "clinical" in wanted and values.get("variables"):
        added[CLINICAL] = {"clinical": list(values["variables"]), "label": "Clinical variables alone"}
    if "shuffled" in wanted:
        for name, model in models.items():
            if _has_real_features(model):
                label = f"{model.get('label') or name}, shuffled voxels"
                added[name + SHUFFLED] = {**model, "features": "shuffled", "label": label}
        controls = {**controls, "shuffled": True}
    return {
        **values,
        "controls": controls,
        "models": {**models, **{name: added[name] for name in added if name not in models}},
    }


def _has_real_features(model: Any) -> bool:
    if not isinstance(model, dict) or not (model.get("scores") or model.get("columns")):
        return False
    return model.get("features", "real") == "real"
