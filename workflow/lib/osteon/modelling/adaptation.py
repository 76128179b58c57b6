"""The policy 'reference' for a center that was not in training: its batch effects, from patients without outcomes.

The frozen model is the reference; only the additive and multiplicative effects of the new center are estimated, from
patients that are then not evaluated (Johnson's reference batch; see docs/how-to/harmonise.md for what it can spoil).
"""

from __future__ import annotations

import logging
from dataclasses import replace

import pandas as pd

from osteon.modelling.bundle import Bundle
from osteon.modelling.leakage import Recorder
from osteon.modelling.patients import Patients, join_patients, with_features
from osteon.modelling.preprocessing import SMALL

logger = logging.getLogger(__name__)


def unlabelled(features: pd.DataFrame, batches: pd.DataFrame, subjects: list[str]) -> Patients:
    """The adaptation patients of a center, who have no outcome and no clinical variables here.

    Args:
        features: the center's feature table.
        batches: table of batches.
        subjects: those who were declared for adaptation; those without features are left out.

    Raises:
        ValueError: as `join_patients`.
    """
    chosen = features[features["subject"].astype(str).isin(subjects)]
    nobody = chosen[["subject", "center"]].assign(outcome=0)
    return join_patients(nobody, [chosen], batches=batches)


def with_controls(patients: Patients, controls: pd.DataFrame | None) -> Patients | None:
    """The same patients with the features of shuffled regions; None where the study has none."""
    return None if controls is None else with_features(patients, [controls])


def adapted(bundle: Bundle, patients: Patients, center: str, minimum: int, record: Recorder) -> Bundle:
    """The same frozen model, which also knows the batch effects of a new center.

    Args:
        bundle: the model; one without harmonised features comes back as it is.
        patients: from `unlabelled`.
        center: the new center.
        minimum: fewest patients to adapt to.
        record: ledger of the scope 'adapt <center>'.

    Returns:
        The bundle with the effects of the new center in every signature. They are shrunk towards the mean over the
        features of their signature, as ComBat does over all features.

    Raises:
        ValueError: fewer than `minimum` adaptation patients of a new batch with features.
    """
    blocks = [block for block in bundle.model.blocks if block.harmoniser.combat]
    if not blocks:
        return bundle
    for column, step in blocks[0].harmoniser.combat.steps.items():
        counts = patients.batches[column].value_counts().sort_index()
        for batch, count in counts.drop(index=[name for name in step.state.batches if name in counts]).items():
            if count < minimum:
                raise ValueError(
                    f"center {center!r}, {column} {batch!r}: {count} patients for adaptation have features, fewer than "
                    f"harmonisation.minimum = {minimum}. Name more of them in the column harmonisation.adaptation, or "
                    "write new_center: none"
                )
            if count < SMALL:
                what = (center, column, batch, count, SMALL)
                logger.warning("center %s, %s %s: %d patients for adaptation; below %d it is uncertain", *what)
    new = []
    for block in bundle.model.blocks:
        complete = block.imputer.transform(patients.features, f"signature {block.name!r}")
        record.inside(f"{bundle.model.name}/signature {block.name}").saw("combat adaptation", complete)
        harmoniser = block.harmoniser.adapted(complete, patients.batches, patients.clinical)
        new.append(replace(block, harmoniser=harmoniser))
    return replace(bundle, model=replace(bundle.model, blocks=new))
