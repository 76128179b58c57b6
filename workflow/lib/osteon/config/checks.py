"""What must hold between a study's configuration and its tables; each breach is one problem."""

from __future__ import annotations

import math
import re
from pathlib import Path

from osteon.config.analysis_checks import analysis_problems
from osteon.config.annotated import annotated_problems
from osteon.config.batches import batch_problems
from osteon.config.corrections import correction_problems
from osteon.config.explain import Problem, did_you_mean
from osteon.config.extras import extra_problems
from osteon.config.features import LEAST_IN_FOLD
from osteon.config.participants import class_problems
from osteon.config.pyradiomics import parameter_problems
from osteon.config.regions import regions_of, side_of
from osteon.config.sheets import Case, is_missing
from osteon.config.study import Study
from osteon.config.validation_checks import size_problems, validation_problems

LABEL = re.compile(r"[A-Za-z0-9]+")
SHOWN = 5


def case_problems(study: Study, cases: list[Case]) -> list[Problem]:
    """Rows of cases.tsv: known center, well-formed and unique subject, a batch of one center, a folder that exists."""
    problems = []
    first_row: dict[str, int] = {}
    batch_center: dict[str, str] = {}
    for case in cases:
        where = f"{study.cases}, row {case.row}"
        if case.center not in study.centers:
            problems.append(
                Problem(
                    where, f"center '{case.center}' is not declared.", did_you_mean(case.center, list(study.centers))
                )
            )
        if not LABEL.fullmatch(case.subject):
            problems.append(
                Problem(where, f"subject '{case.subject}' is not allowed.", "Write: letters and digits only")
            )
        if not LABEL.fullmatch(case.batch):
            problems.append(Problem(where, f"batch '{case.batch}' is not allowed.", "Write: letters and digits only"))
        if case.subject in first_row:
            problems.append(
                Problem(
                    where,
                    f"subject '{case.subject}' is already in row {first_row[case.subject]}.",
                    "Keep one row per subject; ids must be unique over all centers",
                )
            )
        if batch_center.setdefault(case.batch, case.center) != case.center:
            problems.append(
                Problem(
                    where,
                    f"batch '{case.batch}' also has cases of center '{batch_center[case.batch]}'.",
                    "Give each center batches of its own",
                )
            )
        first_row.setdefault(case.subject, case.row)
    for code in study.centers:
        if all(case.center != code for case in cases):
            problems.append(
                Problem(
                    f"centers.{code}", f"has no case in {study.cases}.", "Add its patients there, or remove the center"
                )
            )
    if not study.simulation:
        problems += _absent_folders(study, cases)
    return problems


def _absent_folders(study: Study, cases: list[Case]) -> list[Problem]:
    imaging = set(study.imaging)
    absent = [
        Problem(f"{study.cases}, row {case.row}", *what)
        for case in cases
        if case.center in imaging and (what := _what_is_absent(case.source))
    ]
    problems = absent[:SHOWN]
    if len(absent) > SHOWN:
        problems.append(
            Problem(
                study.cases, f"{len(absent) - SHOWN} more folders do not exist.", "Is the disk with the images mounted?"
            )
        )
    return problems


def _what_is_absent(source: str) -> tuple[str, str] | None:
    """What is wrong with a case's source, and what to do: a folder, or a list of files that the scan wrote."""
    if Path(source).suffix == ".files":
        absent = f"the list of files {source} does not exist.", "Write it again with: snakemake scan"
        return None if Path(source).is_file() else absent
    return None if Path(source).is_dir() else (f"the folder {source} does not exist.", "Correct 'source'")


def cross_problems(study: Study, cases: list[Case], participants: list[dict[str, str]]) -> list[Problem]:
    """What the sections must agree on with each other and with the data."""
    problems = _imaging_problems(study) + _side_problems(study, cases) + _model_problems(study)
    imaged = {case.subject for case in cases if case.center in set(study.imaging)}
    problems += correction_problems(study.segmentation.corrections, imaged)[:SHOWN]
    problems += _robustness_problems(study)
    problems += annotated_problems(study, cases) + extra_problems(study) + batch_problems(study, cases)
    problems += analysis_problems(study, cases)
    if isinstance(study.features.pyradiomics, str):
        problems += parameter_problems(study.features.pyradiomics)
    if study.outcome and not study.participants:
        problems.append(Problem("participants", "is missing.", "Write: participants: path/to/participants.tsv"))
    elif study.outcome:
        problems += class_problems(study, cases, participants)
    problems += validation_problems(study, cases, participants)
    return problems or size_problems(study, cases, participants)


def _imaging_problems(study: Study) -> list[Problem]:
    problems = []
    if study.imaging:
        for key in ("sequences", "labels", "rois"):
            if not getattr(study, key):
                problems.append(
                    Problem(
                        key, "is missing, but a center delivers images.", f"Write at least one entry under '{key}:'"
                    )
                )
        if not Path(study.series_rules).is_file():
            problems.append(Problem("series_rules", f"the file {study.series_rules} does not exist."))
    for code, center in study.centers.items():
        if center.source == "features" and not Path(center.table or "").is_file():
            problems.append(Problem(f"centers.{code}.table", f"the file {center.table} does not exist."))
        problems += [
            Problem(
                f"centers.{code}.protocol.{name}",
                f"'{name}' is not a sequence of the study.",
                did_you_mean(name, list(study.sequences)),
            )
            for name in center.protocol
            if name not in study.sequences
        ]
        if center.source == "nifti":
            problems += [
                Problem(
                    f"centers.{code}.images",
                    f"has no pattern for sequence '{name}'.",
                    f"Write: {name}: '*_{name}.nii.gz'",
                )
                for name in study.sequences
                if name not in center.images
            ]
        if center.source != "features" and study.segmentation.method == "masks" and not center.masks:
            problems.append(
                Problem(
                    f"centers.{code}.masks",
                    "is missing, but segmentation.method is 'masks'.",
                    "Write the pattern of the mask file inside a case's folder",
                )
            )
        problems += [
            Problem(f"centers.{code}.masks", f"the folder {reading.folder} does not exist.", "Correct 'folder'")
            for reading in center.masks
            if reading.folder is not None and not Path(reading.folder).is_dir()
        ]
        problems += [
            Problem(
                f"centers.{code}.masks",
                f"the pattern {reading.pattern} finds the same files for every case.",
                "Write {subject} where the case's label stands",
            )
            for reading in center.masks
            if reading.folder is not None and "{subject}" not in reading.pattern
        ]
    problems += [
        Problem("mask_checks.head_to_foot", f"label '{label}' is not declared.", did_you_mean(label, [*study.labels]))
        for label in study.mask_checks.head_to_foot
        if label not in study.labels
    ]
    for name, roi in study.rois.items():
        problems += [
            Problem(f"rois.{name}", f"label '{label}' is not declared.", did_you_mean(label, list(study.labels)))
            for label in roi.members
            if label not in study.labels
        ]
    problems += _name_problems(study)
    model, sequence = study.segmentation.model, study.segmentation.sequence
    if model and study.segmentation.method == "nnunet" and not Path(model).is_file():
        problems.append(Problem("segmentation.model", f"the file {model} does not exist."))
    if sequence and sequence not in study.sequences:
        problems.append(
            Problem(
                "segmentation.sequence",
                f"'{sequence}' is not a sequence of the study.",
                did_you_mean(sequence, list(study.sequences)),
            )
        )
    return problems


def _name_problems(study: Study) -> list[Problem]:
    """Every region has one name, and names become parts of columns."""
    problems, owner = [], {}
    for name, roi in study.rois.items():
        for region in regions_of(name, roi):
            where = f"rois.{name}"
            if not LABEL.fullmatch(region):
                problems.append(
                    Problem(where, f"label '{region}' becomes a column.", "Name it with letters and digits only")
                )
            elif region in owner:
                problems.append(
                    Problem(where, f"makes the region '{region}', as rois.{owner[region]} does.", "Rename one of them")
                )
            owner.setdefault(region, name)
    # the labels of a mean are regions of their own in the tables of grey levels
    of_means = {label: name for name, roi in study.rois.items() if roi.scheme == "mean" for label in roi.labels}
    for region, name in owner.items():
        roi = study.rois[name]
        alone = roi.scheme == "each" or (roi.scheme in ("union", "mean") and roi.labels == [region])
        if region in of_means and not alone:
            what = f"is called like a label of rois.{of_means[region]}, but is another region."
            problems.append(Problem(f"rois.{name}", what, "Rename it"))
    return problems


def _side_problems(study: Study, cases: list[Case]) -> list[Problem]:
    """The columns of cases.tsv with the diseased side: they exist, and a cell is empty or names a side."""
    problems = []
    columns = {roi.column: name for name, roi in study.rois.items() if roi.column}
    imaging = [case for case in cases if case.center in set(study.imaging)]
    for column, name in columns.items():
        if not any(column in case.more for case in imaging):
            known = sorted({column for case in imaging for column in case.more})
            problems.append(
                Problem(f"rois.{name}.column", f"{study.cases} has no column '{column}'.", did_you_mean(column, known))
            )
            continue
        wrong = [case for case in imaging if not _is_side(case.more.get(column, ""))]
        problems += [
            Problem(
                f"{study.cases}, row {case.row}",
                f"'{case.more[column]}' in column '{column}' is no side.",
                "Write: left or right, or leave it empty if it is not known",
            )
            for case in wrong[:SHOWN]
        ]
        if len(wrong) > SHOWN:
            problems.append(Problem(study.cases, f"{len(wrong) - SHOWN} more cells of '{column}' are no side."))
    return problems


def _is_side(value: str) -> bool:
    return is_missing(value) or side_of(value) is not None


def _robustness_problems(study: Study) -> list[Problem]:
    imaging = [study.centers[code] for code in study.development if code in study.imaging]
    if study.robustness.active and not imaging:
        return [
            Problem(
                "robustness",
                "needs images, and no development center delivers any.",
                "Write: robustness: {cases: 0, readers: false}",
            )
        ]
    if study.robustness.readers and all(len(center.masks) < 2 for center in imaging):
        return [
            Problem(
                "robustness.readers",
                "no development center delivers several readings.",
                "List them under 'masks' of a center, or write: readers: false",
            )
        ]
    share = study.validation.hold_out if isinstance(study.validation.hold_out, float) else 0.0
    left = (1 - share) * (1 - 1 / study.validation.folds)
    cases = study.robustness.cases if study.models and study.robustness.filter else 0
    if 0 < cases * left < LEAST_IN_FOLD:
        return [
            Problem(
                "robustness.cases",
                f"of {cases} perturbed patients about {cases * left:.0f} are training patients of a fold, too few for "
                "an ICC.",
                f"Write: cases: {math.ceil(LEAST_IN_FOLD / left)}, or more, or: filter: false",
            )
        ]
    return []


def _model_problems(study: Study) -> list[Problem]:
    # what a model's terms and tables are called must be told apart
    taken = {"columns": "the features that enter a model themselves", "clinical": "the clinical variables"}
    problems = [
        Problem(f"signatures.{name}", f"'{name}' is what {meaning} are called in the tables.", "Call it otherwise")
        for name, meaning in taken.items()
        if name in study.signatures
    ]
    problems += [
        Problem(f"signatures.{name}", "is called like a clinical variable.", "Rename one of them")
        for name in study.signatures
        if name in study.variables
    ]
    for name, model in study.models.items():
        problems += [
            Problem(
                f"models.{name}.clinical",
                f"variable '{variable}' is not declared.",
                did_you_mean(variable, list(study.variables)),
            )
            for variable in model.clinical
            if variable not in study.variables
        ]
        problems += [
            Problem(
                f"models.{name}.scores",
                f"signature '{score}' is not declared.",
                did_you_mean(score, list(study.signatures)),
            )
            for score in model.scores
            if score not in study.signatures
        ]
    for covariate in study.harmonisation.covariates:
        if study.outcome and covariate == study.outcome.column:
            problems.append(
                Problem(
                    "harmonisation.covariates",
                    f"'{covariate}' is the outcome.",
                    "Remove it: ComBat with the outcome leaks the answer into the features",
                )
            )
        elif covariate not in study.variables:
            problems.append(
                Problem(
                    "harmonisation.covariates",
                    f"variable '{covariate}' is not declared.",
                    did_you_mean(covariate, list(study.variables)),
                )
            )
    if study.models and not study.outcome:
        problems.append(
            Problem(
                "outcome",
                "is missing, but there are models.",
                "Write: outcome: {column: ..., positive: ..., negative: ...}",
            )
        )
    if study.models and not study.development:
        problems.append(
            Problem(
                "centers",
                "none has the role 'development'.",
                "Write 'role: development' for the centers that models learn from",
            )
        )
    return problems
