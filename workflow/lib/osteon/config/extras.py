"""What deep features and negative controls need of the other sections."""

from __future__ import annotations

from osteon.config.explain import Problem
from osteon.config.study import Study


def extra_problems(study: Study) -> list[Problem]:
    """Breaches between `deep`, `controls`, `sequences`, `segmentation`, `centers` and `models`."""
    return _sequence_problems(study) + _deep_problems(study) + _control_problems(study)


def _sequence_problems(study: Study) -> list[Problem]:
    """Columns of a sequence must be told from those of deep features, which are not measured for robustness."""
    if "deep" not in study.sequences:
        return []
    return [Problem("sequences.deep", "is how the columns of deep features begin.", "Call the sequence otherwise")]


def _deep_problems(study: Study) -> list[Problem]:
    if not study.deep.enabled:
        return []
    if study.segmentation.method != "nnunet":
        return [
            Problem(
                "deep.enabled",
                f"deep features come from a segmentation network, but segmentation.method is "
                f"'{study.segmentation.method}'.",
                "Write: segmentation: {method: nnunet, model: path/to/model.zip}, or deep: {enabled: false}",
            )
        ]
    return []


def _control_problems(study: Study) -> list[Problem]:
    shuffled = [name for name, model in study.models.items() if model.features == "shuffled"]
    problems = []
    for name in shuffled:
        if not (study.models[name].scores or study.models[name].columns):
            problems.append(
                Problem(
                    f"models.{name}.features",
                    "is 'shuffled', but the model has no features.",
                    "Write: scores: [...] or columns: [...], or remove 'features'",
                )
            )
        if not study.controls.shuffled:
            problems.append(
                Problem(
                    f"models.{name}.features",
                    "is 'shuffled', but the features of shuffled regions are not computed.",
                    "Write: controls: {shuffled: true}",
                )
            )
    delivered = [code for code in study.centers if code not in study.imaging]
    if shuffled and delivered:
        problems.append(
            Problem(
                f"models.{shuffled[0]}.features",
                f"is 'shuffled', but center '{delivered[0]}' delivers features, which cannot be shuffled.",
                "Give the center's images, or remove the model",
            )
        )
    return problems
