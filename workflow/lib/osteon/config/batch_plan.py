"""What the rules of persons and batches ask of a study: of each case's row and headers no more than they use."""

from __future__ import annotations

from osteon.config.batches import adapts
from osteon.config.harmonisation import BatchColumn
from osteon.config.sheets import Case
from osteon.config.study import Study

DEVELOPMENT = "_development"
"""Of persons and batches there is a table of all patients, and one, with this in its name, of those of the development
centers. Models read only this, so that nothing behind a model belongs to an external hospital."""

SUBGROUPS = "subgroups"
"""The table of batches that are no more than subgroups of the analysis: a subgroup more refits nothing."""


class BatchPlan:
    """Persons and batches of a study, as the rules need them.

    Args:
        study: the checked configuration.
        cases: the rows of cases.tsv.
    """

    def __init__(self, study: Study, cases: list[Case]):
        self.study, self.cases = study, cases
        self._imaging = [case for case in cases if case.center in set(study.imaging)]

    def settings(self, table: str) -> dict:
        """How patients are divided into the batches of a table: the divisions that the study names, with sequences."""
        batches = {}
        for name, column in self._columns(table).items():
            batches[name] = column.model_dump(mode="json", exclude_none=True)
            if column.header and not column.sequence:
                batches[name]["sequence"] = self.study.segmented_sequence
        if table == SUBGROUPS:
            return {"batch": self.subgroups, "batches": batches}
        settings = self.study.harmonisation
        return {"batch": settings.batch, "batches": batches, "reference": settings.reference}

    @property
    def subgroups(self) -> list[str]:
        """Batches that are subgroups of the analysis."""
        return [name for name in self.study.analysis.subgroups if name in self.study.harmonisation.batches]

    def counts(self, table: str) -> bool:
        """Whether patients are counted to divide them: then it matters who is in training."""
        return any(column.smallest for column in self._columns(table).values())

    def rows(self, table: str) -> list[dict[str, str]]:
        """Subject and center of each case of a table, and the columns of cases.tsv that batches are made of."""
        columns = dict.fromkeys(column.column for column in self._columns(table).values() if column.column)
        return [
            {"subject": case.subject, "center": case.center} | {column: case.more.get(column, "") for column in columns}
            for case in self._of_table(table, self.cases)
        ]

    def with_headers(self, table: str) -> list[Case]:
        """The cases of a table whose headers batches are made of."""
        used = any(column.header for column in self._columns(table).values())
        return self._of_table(table, self._imaging) if used else []

    def persons(self, table: str) -> list[tuple[str, str, str]]:
        """Center, subject, and what cases.tsv says of the person, of each case of a table."""
        column, cases = self.study.validation.person, self._of_table(table, self.cases)
        return [(case.center, case.subject, case.more.get(column, "") if column else "") for case in cases]

    @property
    def adaptation(self) -> dict[str, list[str]]:
        """Subjects that are declared for the adaptation to their external center, by center."""
        column = self.study.harmonisation.adaptation
        chosen = [case for case in self.cases if column and adapts(case, column)]
        return {
            center: own
            for center in self.study.external
            if (own := [case.subject for case in chosen if case.center == center])
        }

    def with_patient_id(self, table: str) -> list[Case]:
        """The cases of a table whose headers tell who the patient is; simulated patients are who they are called."""
        delivered = self.study.centers_with(source=("dicom",)) if not self.study.simulation else []
        return [case for case in self._of_table(table, self._imaging) if case.center in delivered]

    def _of_table(self, table: str, cases: list[Case]) -> list[Case]:
        return [case for case in cases if not table.endswith(DEVELOPMENT) or case.center in self.study.development]

    def _columns(self, table: str) -> dict[str, BatchColumn]:
        settings = self.study.harmonisation
        names = self.subgroups if table == SUBGROUPS else settings.batch_columns
        return {name: settings.batches[name] for name in names if name in settings.batches}
