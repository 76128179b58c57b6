"""The patients that models learn from or are tested in, read from the files of the earlier steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from osteon.modelling.patients import Patients, join_patients, with_features
from osteon.modelling.task import Task
from osteon.tables.files import read_table

PathLike = str | Path


def read_patients(
    clinical: PathLike,
    features: Sequence[PathLike],
    task: Task,
    batches: PathLike | None = None,
    divisions: Sequence[str] = (),
    controls: Sequence[PathLike] = (),
) -> Patients:
    """Read and join the tables of `join_patients`.

    Args:
        clinical: participants with coded outcomes and clinical variables.
        features: one table per center.
        task: kind of the outcome.
        batches: who belongs to which batch. None: the center alone.
        divisions: columns of `batches` besides subject and center, whose labels stay text.
        controls: tables whose features take the place of the others (`with_features`), one per center.

    Raises:
        ValueError: as `join_patients` and `with_features`.
    """
    patients = join_patients(
        read_table(clinical),
        [read_table(path) for path in features],
        task,
        None if batches is None else read_table(batches, text=("subject", "center", *divisions)),
    )
    return with_features(patients, [read_table(path) for path in controls]) if controls else patients
