"""The ordered rules that give each series its role: their form, and reading them from YAML.

The idea of ordered run items, of which the first that matches decides, is bidscoin's. The conditions are on the
physics of the acquisition; text decides only where a rule asks for it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import yaml
from pydantic import AfterValidator, Field, ValidationError, model_validator

from osteon.config.base import Label, Range, Section
from osteon.config.explain import Problem, StudyError, did_you_mean, problems_of
from osteon.config.sheets import Case, read_sheet
from osteon.config.study import Study

if TYPE_CHECKING:  # the rules are also read while the workflow is planned, where no DICOM reader is installed
    from osteon.ingest.series import Series

# A rule with this role takes the series out; an override with this one too.
DROP = "drop"
EXCLUDE = "exclude"
OVERRIDE_COLUMNS = ("subject", "series_uid", "role", "reason", "initials")
# What scanners and technicians write as contrast agent where none was given.
NO_AGENT = re.compile(r"no(ne|n|t given)?|n/?a|nil|without.*|unenhanced|无|平扫|[-0]+", re.IGNORECASE)


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class Words(Section):
    """Words of a tag, upper or lower case."""

    any: list[str] = []
    """At least one of these is there."""
    all: list[str] = []
    """All of these are there."""
    none: list[str] = []
    """None of these is there."""

    def holds(self, words: tuple[str, ...]) -> bool:
        """Whether the words fulfil all three lists."""
        there = {word.upper() for word in words}
        return (
            (not self.any or any(word.upper() in there for word in self.any))
            and all(word.upper() in there for word in self.all)
            and not any(word.upper() in there for word in self.none)
        )


class Checks(Section):
    """Tolerances of the geometry checks."""

    minimum_slices: int = Field(3, ge=2)
    """Fewer slices are no volume."""
    spacing_mm: float = Field(0.05, gt=0)
    """A distance between slices may differ by this much from the median, mm, ..."""
    spacing_share: float = Field(0.01, gt=0)
    """... or by this share of it, whichever is more."""
    shear_mm: float = Field(0.1, gt=0)
    """Slices may be shifted within their plane by this much, mm, ..."""
    shear_share: float = Field(0.001, ge=0)
    """... or by this share of the stack's length, for direction cosines that were written with few digits."""
    orientation: float = Field(0.001, gt=0)
    """Direction cosines may differ by this much within a series."""
    numbering: Literal["exclude", "review"] = "exclude"
    """What a count or numbering of images that tells of a missing edge slice leads to."""


class FatSuppression(Section):
    """What counts as evidence that fat is suppressed."""

    scan_options: Pattern = r"^FS$"
    """Pattern in any value of ScanOptions (0018,0022)."""
    text: Pattern | None = None
    """Pattern in description, protocol and sequence name (lower case, punctuation turned into spaces)."""


class Rule(Section):
    """One rule: a role, and the conditions that must all hold. A condition that is not written holds."""

    name: str
    """What the rule recognises; the reason given in the list of series."""
    role: Label
    """The role that the series plays, or 'drop'."""
    modality: Words | None = None
    """Modality (0008,0060)."""
    image_type: Words | None = None
    """ImageType (0008,0008)."""
    plane: Words | None = None
    """sagittal, coronal, axial, oblique or mixed."""
    acquisition: Words | None = None
    """MRAcquisitionType (0018,0023): 2D or 3D."""
    scanning_sequence: Words | None = None
    """ScanningSequence (0018,0020): SE, IR, GR, EP, RM."""
    slices: Range | None = None
    """Number of slice positions."""
    repetition_time: Range | None = None
    """TR, ms."""
    echo_time: Range | None = None
    """TE, ms."""
    inversion_time: Range | None = None
    """TI, ms."""
    fat_suppression: bool | None = None
    """Whether there is evidence of fat suppression."""
    contrast: bool | None = None
    """Whether a contrast agent is named (0018,0010); 'NONE', 'NO' and the like are no agent."""
    body_part: Pattern | None = None
    """Pattern in BodyPartExamined (0018,0015), in lower case; technicians often leave it wrong."""
    kernel: Pattern | None = None
    """CT: pattern in any value of ConvolutionKernel (0018,1210), upper or lower case."""
    slice_thickness: Range | None = None
    """SliceThickness (0018,0050), mm."""
    text: Pattern | None = None
    """Pattern in description, protocol and sequence name (lower case, punctuation turned into spaces)."""
    contradicted_by: Pattern | None = None
    """The same texts: where this pattern is found, a person must decide."""
    volume: int | None = Field(None, ge=1)
    """Which volume of a series that holds several (time points, b-values, echoes), counted from 1."""

    def holds(self, series: Series, evidence: FatSuppression) -> bool:
        """Whether all conditions hold for a series."""
        pairs = (
            (self.modality, series.words("Modality")),
            (self.image_type, series.words("ImageType")),
            (self.plane, (series.plane,)),
            (self.acquisition, series.words("MRAcquisitionType")),
            (self.scanning_sequence, series.words("ScanningSequence")),
            (self.slices, float(series.positions)),
            (self.repetition_time, series.number("RepetitionTime")),
            (self.echo_time, series.number("EchoTime")),
            (self.inversion_time, series.number("InversionTime")),
            (self.slice_thickness, series.number("SliceThickness")),
        )
        return (
            all(condition is None or condition.holds(value) for condition, value in pairs)
            and self.fat_suppression in (None, fat_suppressed(series, evidence))
            and self.contrast in (None, contrast_given(series))
            and (self.body_part is None or bool(re.search(self.body_part, body_part(series))))
            and (
                self.kernel is None
                or any(re.search(self.kernel, name, re.IGNORECASE) for name in series.words("ConvolutionKernel"))
            )
            and (self.text is None or bool(re.search(self.text, series.text)))
        )


class CenterRules(Section):
    """What one center does otherwise."""

    rules: list[Rule] = []
    """Tried before the common rules."""
    checks: Checks | None = None
    """Replaces the common tolerances."""


class SeriesRules(Section):
    """The whole rules file."""

    fat_suppression: FatSuppression = FatSuppression()
    """What counts as evidence that fat is suppressed."""
    checks: Checks = Checks()
    """Tolerances of the geometry checks."""
    rules: list[Rule] = Field(min_length=1)
    """Tried in this order; the first that holds decides."""
    centers: dict[Label, CenterRules] = {}
    """By center code: rules tried before the common ones, and own tolerances."""

    @model_validator(mode="after")
    def _names_differ(self):
        for where, rules in [
            ("rules", self.rules),
            *((f"centers.{code}", own.rules) for code, own in self.centers.items()),
        ]:
            names = [rule.name for rule in rules]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{where}: two rules are called {twice[0]!r}; give each its own name")
        return self

    def rules_of(self, center: str) -> list[Rule]:
        """The rules for a center, in the order in which they are tried."""
        own = self.centers.get(center)
        return [*(own.rules if own else []), *self.rules]

    def checks_of(self, center: str) -> Checks:
        """The tolerances for a center."""
        own = self.centers.get(center)
        return own.checks if own and own.checks else self.checks

    @property
    def roles(self) -> list[str]:
        """Roles that any rule can give."""
        rules = [*self.rules, *(rule for own in self.centers.values() for rule in own.rules)]
        return list(dict.fromkeys(rule.role for rule in rules if rule.role != DROP))


def load_rules(path: str | Path, sequences: list[str] = ()) -> SeriesRules:
    """Read a rules file and check that it can give every role in `sequences`.

    Raises:
        StudyError: the file is missing or wrong, or a sequence of the study has no rule; all problems in one message.
    """
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        rules = SeriesRules.model_validate(content)
    except FileNotFoundError:
        raise StudyError(
            str(path), [Problem("the file", "does not exist.", "Write its path under 'series_rules:'")]
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "the file"
        what = f"is not valid YAML: {getattr(error, 'problem', error)}."
        raise StudyError(str(path), [Problem(where, what)]) from None
    except ValidationError as error:
        raise StudyError(str(path), problems_of(error, SeriesRules)) from None
    problems = [
        Problem("rules", f"no rule gives the role '{sequence}' of the study.", did_you_mean(sequence, rules.roles))
        for sequence in sequences
        if sequence not in rules.roles
    ]
    if problems:
        raise StudyError(str(path), problems)
    return rules


def fat_suppressed(series: Series, evidence: FatSuppression) -> bool:
    """Whether scan options or text say that fat is suppressed."""
    by_options = any(re.search(evidence.scan_options, option) for option in series.words("ScanOptions"))
    return by_options or bool(evidence.text and re.search(evidence.text, series.text))


def contrast_given(series: Series) -> bool:
    """Whether the header names a contrast agent."""
    agent = str(series.head.get("ContrastBolusAgent", "")).strip()
    return bool(agent) and not NO_AGENT.fullmatch(agent)


def body_part(series: Series) -> str:
    """BodyPartExamined in lower case; empty if it is not there."""
    return str(series.head.get("BodyPartExamined", "")).lower()


def override_problems(row: dict[str, str], sequences: list[str]) -> list[str]:
    """What is wrong with a row of series_overrides.tsv, as sentences that say what to write."""
    problems = []
    absent = [column for column in OVERRIDE_COLUMNS if column != "subject" and not row.get(column)]
    if absent:
        what = {"reason": "why", "initials": "who decided"}.get(absent[0], "see docs/how-to/index.md")
        problems.append(f"has no '{absent[0]}' ({what}); the columns are {', '.join(OVERRIDE_COLUMNS)}")
    if row.get("role") and row["role"] not in (*sequences, EXCLUDE):
        problems.append(f"'{row['role']}' is no role of the study; write one of {', '.join([*sequences, EXCLUDE])}")
    return problems


def check_series_rules(study: Study, cases: list[Case]) -> None:
    """Check, before anything runs, the rules and the overrides of a study that reads DICOM.

    Raises:
        StudyError: the rules file or a row of series_overrides cannot be used.
    """
    if not study.centers_with(source=("dicom",)):
        return
    load_rules(study.series_rules, list(study.sequences))
    rows = read_sheet(study.series_overrides)[1] if study.series_overrides else []
    problems = []
    decided: dict[tuple[str, str], str] = {}
    for row in rows:
        sentences = override_problems(row, list(study.sequences)) + _misplaced(row, cases, study.cases)
        place = row.get("subject", ""), row.get("series_uid", "")
        if place[1] and decided.setdefault(place, row["#"]) != row["#"]:
            sentences.append(f"decides on the same series as row {decided[place]}; keep one of them")
        problems += [Problem(f"row {row['#']}", text) for text in sentences]
    if problems:
        raise StudyError(study.series_overrides, problems)


def _misplaced(row: dict[str, str], cases: list[Case], table: str) -> list[str]:
    """Whether the row's subject is a case, and of the center that the row names, if it names one."""
    centers = {case.subject: case.center for case in cases}
    subject, center = row.get("subject", ""), row.get("center", "")
    if subject not in centers:
        near = did_you_mean(subject, list(centers))
        hint = near if near.startswith("Did") else f"Write a subject of {table}"
        return [f"subject '{subject}' is no case of the study. {hint}"]
    if center and center != centers[subject]:
        return [f"subject '{subject}' is of center '{centers[subject]}', not '{center}'; correct one of them"]
    return []
