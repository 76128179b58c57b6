"""Before the scan: which centers can be scanned, and what to say where there is no table of cases yet."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from osteon.config.delivery import ScanCenter, ScanSettings
from osteon.config.explain import Problem, StudyError
from osteon.config.load import OVERRIDES_HINT, read_study
from osteon.config.sheets import GZIP, read_sheet
from osteon.config.study import Study
from osteon.config.workbooks import SheetError, is_workbook

TARGET = "scan"
"""Name of the rule, and with it of the target."""


def study_to_scan(path: str | Path) -> Study:
    """Read a study of which only the raw folders are to be scanned; its tables need not be there yet.

    Raises:
        StudyError: the file is wrong, or there is nothing to scan; the message lists all problems.
    """
    study = read_study(path)
    problems = _problems(study)
    if problems:
        raise StudyError(str(path), problems)
    return study


def _problems(study: Study) -> list[Problem]:
    if study.simulation:
        return [Problem("simulation", "the patients of this study are simulated; there is nothing to scan.")]
    if not study.scanned:
        what = "none delivers DICOM and names its raw folder."
        return [Problem("centers", what, "Write for each center: raw: path/to/its/export")]
    problems = [
        Problem(f"centers.{code}.raw", f"the folder {raw} does not exist.", "Correct the path, or mount the disk")
        for code, raw in study.scanned.items()
        if not Path(raw).is_dir()
    ]
    problems += _shared_folders(study.scanned)
    if not study.sequences:
        problems.append(Problem("sequences", "is missing.", "Write at least one entry under 'sequences:'"))
    for key, write in (("series_rules", ""), ("series_overrides", OVERRIDES_HINT)):
        file = getattr(study, key)
        if file and not Path(file).is_file():
            problems.append(Problem(key, f"the file {file} does not exist.", write))
    return problems + _table_problems(study.cases)


def _shared_folders(raw: dict[str, str]) -> list[Problem]:
    """Two centers with the same files: all patients would be there twice."""
    real = {code: Path(folder).resolve() for code, folder in raw.items()}
    problems = []
    for code, other in combinations(raw, 2):
        (one, two), said = (real[other], real[code]), ""
        if one == two:
            said = "is"
        elif one.is_relative_to(two):
            said = "lies in"
        elif two.is_relative_to(one):
            said = "holds"
        if said:
            what = f"the folder {raw[other]} {said} that of center {code}."
            problems.append(Problem(f"centers.{other}.raw", what, "Give each center a folder of its own"))
    return problems


def _table_problems(cases: str) -> list[Problem]:
    """A table of cases need not be there; one that is must be text to which rows can be added."""
    if Path(cases).is_dir():
        return [Problem(cases, "is a folder.", "Write the path of a table under 'cases:'")]
    if not Path(cases).exists():
        named = Path(cases).suffix in (".tsv", ".txt")
        what = f"the new table {cases} will be tab-separated text."
        return [] if named else [Problem("cases", what, "Write a name that ends in .tsv")]
    content = Path(cases).read_bytes()
    for packed, what in ((is_workbook(content), "a workbook"), (content.startswith(GZIP), "packed text")):
        if packed:
            return [Problem(cases, f"is {what}, to which the scan cannot add rows.", "Save it as tab-separated text")]
    try:
        columns, _ = read_sheet(cases)
    except SheetError as error:
        return [Problem(cases, error.what, error.write)]
    return [
        Problem(cases, f"has no column '{name}'.", "Write the names of the columns into its first row")
        for name in ("center", "subject")
        if name not in columns
    ]


def scan_settings(study: Study) -> ScanSettings:
    """What the scan is told of the study."""
    skipped = {
        code: "it names no raw folder ('raw')"
        if center.source == "dicom"
        else f"it delivers {center.source}, not DICOM"
        for code, center in study.centers.items()
        if code not in study.scanned
    }
    rows = read_sheet(study.series_overrides)[1] if study.series_overrides else []
    # incomplete rows stop the study's own run, which says what to write
    rows = [row for row in rows if all(row.get(name) for name in ("series_uid", "role", "reason", "initials"))]
    return ScanSettings(
        cases=study.cases,
        centers={code: ScanCenter(raw=raw, masks=study.centers[code].masks) for code, raw in study.scanned.items()},
        skipped=skipped,
        sequences=list(study.sequences),
        overrides=[{name: value for name, value in row.items() if name != "#"} for row in rows],
        batch_size=study.batch_size,
        allow_identifiable=study.allow_identifiable,
    )
