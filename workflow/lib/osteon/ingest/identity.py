"""Whose images these are: marked as de-identified, of one person, of the person that cases.tsv names.

PatientID itself leaves this module only as a hash. Sources: DICOM PS3.3 C.7.1.1 (Patient Module), C.12.1.1.9
(PatientIdentityRemoved), PS3.5 6.2 (the forms of ages and dates).
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import pydicom

from osteon.config.sheets import normalised, subject_label
from osteon.ingest.elements import get, text
from osteon.ingest.header import Image
from osteon.ingest.series import Series
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

DEIDENTIFY = "python -m osteon deidentify SOURCE TARGET --key-file KEY"
# A value of PatientAge: three digits and its unit; and how many of each make a year.
AGE = re.compile(r"(\d{1,3})([DWMY])")
UNITS_PER_YEAR = {"D": 365.25, "W": 365.25 / 7, "M": 12.0, "Y": 1.0}
OWNER = ("SpecificCharacterSet", "PatientID", "PatientName", "PatientIdentityRemoved")
# Ages of one person may differ by this many years between images: a birthday between two examinations.
AGE_TOLERANCE = 1.0


def patient_findings(images: Iterable[Image], subject: str, allow_identifiable: bool) -> list[dict]:
    """Check who the patient is in the headers of all images of a case.

    Args:
        images: every image of the case. Those that end inside their header say nothing and are left out.
        subject: the case's label.
        allow_identifiable: whether images that are not marked as de-identified are accepted.

    Returns:
        Findings: not de-identified or several patients ('exclude'); another id than the case's, contradicting sex
        or age ('review'); no id at all ('note'). No message holds an id.
    """
    whole = [image.tags for image in images if "Rows" in image.tags]
    people = {_person(tags) for tags in whole} - {""}
    findings = []
    identifiable = sum(str(tags.get("PatientIdentityRemoved", "")).upper() != "YES" for tags in whole)
    if identifiable and not allow_identifiable:
        message = (
            f"{identifiable} of {len(whole)} images are not marked as de-identified (PatientIdentityRemoved); run "
            f"'{DEIDENTIFY}' at the center, or write 'allow_identifiable: true' if the data stay with you"
        )
        findings.append(finding(Reason.IDENTITY_PRESENT, "exclude", message, identifiable))
    if len(people) > 1:
        message = f"the images name {len(people)} different patients"
        findings.append(finding(Reason.PATIENTS_MIXED, "exclude", message, len(people)))
    elif not people:
        findings.append(finding(Reason.SUBJECT_DIFFERS, "note", "the headers hold no PatientID to compare with"))
    elif subject_label(*people).casefold() != subject.casefold():
        findings.append(finding(Reason.SUBJECT_DIFFERS, "review", "the headers name another id than the case's"))
    sexes, ages = _sexes(whole), _ages(whole)
    if len(sexes) > 1:
        findings.append(finding(Reason.SEX_CONFLICT, "review", "the headers name both sexes", len(sexes)))
    if _apart(ages):
        message = f"the headers name ages from {min(ages):g} to {max(ages):g} years"
        findings.append(finding(Reason.AGE_CONFLICT, "review", message, max(ages) - min(ages)))
    return findings


def owner_of(path: Path) -> dict[str, str]:
    """Whose contours, segments or report a DICOM file holds: 'PatientID' and 'PatientIdentityRemoved' as they are, and
    'Named' if it has an id or a name; empty if the file is no DICOM."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom warns of every value that strays from the standard
            dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(OWNER), force=True)
    except Exception:  # no DICOM, or gone: pydicom raises many kinds of errors
        return {}
    tags = {keyword: get(dataset, keyword, text) or "" for keyword in ("PatientID", "PatientIdentityRemoved")}
    return tags | {"Named": "YES" if tags["PatientID"] or get(dataset, "PatientName", str) else ""}


def owner_findings(files: Mapping[str, Path], person: str | None, allow_identifiable: bool) -> list[dict]:
    """Check who the patient is in DICOM files that are no images: contours, segments, reports.

    Args:
        files: their names and paths; files that are no DICOM, or name nobody, have no finding.
        person: hash of the PatientID of the images (see `patient_facts`); None compares nothing.
        allow_identifiable: as for `patient_findings`.

    Returns:
        Findings: not marked as de-identified ('exclude'); another id than the images' ('review'). No message holds an
        id.
    """
    owners = {name: owner_of(path) for name, path in files.items()}
    marked = {name: tags.get("PatientIdentityRemoved", "").upper() == "YES" for name, tags in owners.items()}
    open_ones = [name for name, tags in owners.items() if tags.get("Named") and not marked[name]]
    others = [name for name, tags in owners.items() if _person(tags) and person not in (None, _hashed(_person(tags)))]
    findings = []
    if open_ones and not allow_identifiable:
        message = (
            f"{len(open_ones)} DICOM files beside the images name a patient and are not marked as de-identified "
            f"(PatientIdentityRemoved); run '{DEIDENTIFY}' at the center, or remove them"
        )
        findings.append(finding(Reason.IDENTITY_PRESENT, "exclude", message, len(open_ones)))
    if others:
        message = f"{len(others)} DICOM files beside the images name another patient than these"
        findings.append(finding(Reason.SUBJECT_DIFFERS, "review", message, len(others), others))
    return findings


def patient_facts(images: Iterable[Image], used: Iterable[Series] = ()) -> dict[str, object]:
    """What later stages compare with the participants table; a contradiction gives no value.

    Args:
        images: every image of the case.
        used: the series that play roles, the most important one first; the date is theirs.

    Returns:
        'person' (16 hexadecimal digits of the SHA-256 of PatientID), 'sex' ('M', 'F'), 'age' (years) and
        'study_date' (YYYY-MM-DD), each None if unknown.
    """
    tags = [image.tags for image in images]
    people = {_person(each) for each in tags} - {""}
    sexes, ages = _sexes(tags), _ages(tags)
    dated = [*(series.head for series in used), *tags]
    return {
        "person": _hashed(people.pop()) if len(people) == 1 else None,
        "sex": sexes.pop() if len(sexes) == 1 else None,
        "age": min(ages) if ages and not _apart(ages) else None,
        "study_date": next(filter(None, (iso_date(str(each.get("StudyDate", ""))) for each in dated)), None),
    }


def examination_findings(used: Mapping[str, Series]) -> list[dict]:
    """Check that the series used, by sequence, belong to one examination."""
    studies = {str(series.head.get("StudyInstanceUID", "")) for series in used.values()} - {""}
    if len(studies) < 2:
        return []
    message = f"{', '.join(used)} come from {len(studies)} examinations"
    return [finding(Reason.STUDIES_SEVERAL, "review", message, len(studies))]


def burned_in_findings(series: Series) -> list[dict]:
    """Check one series for identity in the pixels (BurnedInAnnotation, DICOM PS3.3 C.7.6.1)."""
    files = [image.file for image in series.images if str(image.tags.get("BurnedInAnnotation", "")).upper() == "YES"]
    if not files:
        return []
    message = f"{len(files)} images may show identity in their pixels (BurnedInAnnotation)"
    return [finding(Reason.BURNED_IN, "exclude", message, len(files), files)]


def age_in_years(text: str) -> float | None:
    """PatientAge as years with one decimal; None if it is none.

    >>> age_in_years("067Y"), age_in_years("018M"), age_in_years("young")
    (67.0, 1.5, None)
    """
    found = AGE.fullmatch(text.strip().upper())
    return round(int(found[1]) / UNITS_PER_YEAR[found[2]], 1) if found else None


def iso_date(text: str) -> str | None:
    """A DICOM date (20260131, also 2026.01.31) as 2026-01-31; None if there is no such day."""
    digits = re.sub(r"[.\-]", "", text.strip())
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return None


def _person(tags: Mapping[str, object]) -> str:
    return normalised(str(tags.get("PatientID", "")))


def _hashed(person: str) -> str:
    return hashlib.sha256(person.encode()).hexdigest()[:16]


def _sexes(headers: list[Mapping[str, object]]) -> set[str]:
    return {str(tags.get("PatientSex", "")).strip().upper() for tags in headers} & {"M", "F"}


def _ages(headers: list[Mapping[str, object]]) -> set[float]:
    return {age_in_years(str(tags.get("PatientAge", ""))) for tags in headers} - {None}


def _apart(ages: set[float]) -> bool:
    return bool(ages) and max(ages) - min(ages) > AGE_TOLERANCE
