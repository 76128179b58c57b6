"""What the rules of the models ask of a study: settings of one model at a time, and no more than it uses."""

from __future__ import annotations

from osteon.config.modelling import YOUDEN, Model
from osteon.config.study import Study

# Chain of a model that names none.
DEFAULT = "default"
# Cores that a model asks for where there is something to share out; Snakemake gives no more than there are.
MANY = 16
# Settings of the harmonisation that no fit depends on: new centers come later.
NOT_OF_A_FIT = {"new_center", "adaptation"}


class ModelPlan:
    """The models of a study, as the rules need them.

    Args:
        study: the checked configuration.
        robustness: the settings by which features are kept out of models; empty where all are let in.
    """

    def __init__(self, study: Study, robustness: dict):
        self.study = study
        self._robustness = robustness

    def __getitem__(self, name: str) -> Model:
        return self.study.models[name]

    def has_features(self, name: str) -> bool:
        """Whether a model reads features, and not clinical variables alone."""
        return bool(self[name].scores or self[name].columns)

    def learns_from_images(self, name: str) -> bool:
        """Whether a model reads features that this study extracts."""
        return self.has_features(name) and any(code in self.study.imaging for code in self.study.development)

    def filters(self, name: str) -> bool:
        """Whether the features of a model are filtered by how robust they are."""
        return bool(self._robustness) and self.has_features(name)

    def chains(self, name: str) -> dict:
        """The chains of selection steps that a model tries, by name."""
        study, named = self.study, self[name].selection
        if named == ["all"]:
            named = list(study.selections)
        chains = {chain: study.selections[chain] for chain in named} or {DEFAULT: study.selection}
        return {chain: [step.model_dump(mode="json") for step in steps] for chain, steps in chains.items()}

    def settings(self, name: str) -> dict:
        """Everything that decides how a model is fitted; what it does not use has the default."""
        study, model = self.study, self[name]
        used, rule = self.has_features(name), study.validation.threshold
        # the default is left out: settings, and so finished fits, stay those of a study without the key
        stated = {} if rule == YOUDEN else {"threshold": rule.model_dump(mode="json", exclude_none=True)}
        return stated | {
            "model": model.model_dump(mode="json", exclude={"label"}),
            "signatures": {score: list(study.signatures[score]) for score in model.scores},
            "selections": self._used_chains(name),
            "harmonisation": study.harmonisation.model_dump(mode="json", exclude=NOT_OF_A_FIT) if used else {},
            "robustness": self._robustness if self.filters(name) else {},
            "missing_values": study.missing_values,
        }

    def null_settings(self, name: str) -> dict:
        """`settings` without the rule of the threshold, on which no score of a null run depends."""
        return {key: value for key, value in self.settings(name).items() if key != "threshold"}

    def variables(self, name: str) -> dict:
        """Type, unit and coding of the clinical variables of a model."""
        model, study = self[name], self.study
        wanted = [*model.clinical, *(study.harmonisation.covariates if self.has_features(name) else [])]
        return {
            variable: study.variables[variable].model_dump(mode="json", exclude={"label"})
            for variable in dict.fromkeys(wanted)
        }

    def threads(self, name: str) -> int:
        """Cores that are worth asking for."""
        model = self[name]
        choices = len(self.chains(name)) * len(model.classifier) * (1 + model.trials)
        return MANY if choices > 1 or self.resampled else 1

    @property
    def searched(self) -> list[str]:
        """Models that are chosen among several selections or classifiers."""
        return [name for name in self.study.models if len(self._used_chains(name)) * len(self[name].classifier) > 1]

    @property
    def null(self) -> list[str]:
        """Models that are fitted on shuffled outcomes too."""
        settings = self.study.validation.null_run
        wanted = settings.models or [
            name for name in self.study.models if self.has_features(name) and self[name].features == "real"
        ]
        return wanted if settings.repeats else []

    @property
    def resampled(self) -> bool:
        """Whether there is repeated cross-validation, or a center is left out in turn."""
        return self.study.validation.repeats > 0 or self.study.validation.leave_one_center_out

    def _used_chains(self, name: str) -> dict:
        """Without features there is nothing to select."""
        return self.chains(name) if self.has_features(name) else {DEFAULT: []}

    @property
    def outcome(self) -> dict:
        """Kind and coding of the outcome."""
        return self.study.outcome.model_dump(mode="json", exclude={"label", "missing", "unit"})
