"""What the rule that applies frozen models asks of a study."""

from __future__ import annotations

from pathlib import Path

from osteon.config.beside import files_beside, sidecars
from osteon.config.evaluation_files import TABLES
from osteon.config.harmonisation import CENTER
from osteon.config.sheets import Case
from osteon.config.study import Study


class ApplyPlan:
    """The frozen models that are applied to a study's patients, as the rules need them.

    Args:
        study: the checked configuration.
        cases: the rows of cases.tsv.
    """

    def __init__(self, study: Study, cases: list[Case]):
        self.study, self._cases = study, cases

    @property
    def folders(self) -> list[str]:
        """Folders of the models, in the order of their names."""
        return list(self.study.apply.bundles.values())

    @property
    def files(self) -> list[str]:
        """The files in these folders."""
        return [str(path) for folder in self.folders for path in sorted(Path(folder).glob("*")) if path.is_file()]

    @property
    def centers(self) -> list[str]:
        """Centers whose patients are predicted."""
        return list(self.study.centers) if self.folders else []

    def tables(self, folder: str) -> dict[str, str]:
        """What is written for a center; how good the predictions are only where the study has outcomes."""
        names = ["predictions", "notes", *(TABLES[self.study.outcome.type] if self.study.outcome else ())]
        return {name: f"{folder}/{name}.tsv" for name in names}

    def described(self, center: str) -> str | None:
        """The center's own feature table, whose settings and units lie beside it; None where images are delivered."""
        return self.study.centers[center].table

    def beside(self, center: str) -> list[str]:
        """Files that say with which settings and in which units a center's features were made."""
        table = self.described(center)
        own = [f"<results>/04_features/{name}" for name in ("settings.json", "dictionary.tsv")]
        return own if table is None else files_beside(table)

    @property
    def participants(self) -> list[str]:
        """The participants table and its sidecar, as far as they exist."""
        table = self.study.participants
        return [table, *sidecars(table)] if table else []

    @property
    def batches(self) -> bool:
        """Whether patients are divided into batches by anything but the center."""
        return self.study.harmonisation.batch != [CENTER]

    @property
    def units(self) -> dict[str, str]:
        """Units of the clinical variables, as the study has them."""
        return {name: variable.unit for name, variable in self.study.variables.items() if variable.unit}

    def cases(self, center: str) -> list[tuple[str, str, str]]:
        """Center, subject and id among the participants, of a center's patients."""
        return [(case.center, case.subject, case.key) for case in self._cases if case.center == center]
