"""How single values are cleaned: each rule gives the value to write, or None where nothing may stay."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from osteon.deidentify.labels import clean_label, words
from osteon.tables.vocabulary import known_words, model_name

OLDEST_SHOWN = 89
"""Above this age (years) all patients are '090Y': there are too few of them to hide among."""

NUMBERS = {"DS", "IS", "FD", "FL", "US", "SS", "UL", "SL", "UV", "SV", "AT"}
PIXELS = {"PixelData", "FloatPixelData", "DoubleFloatPixelData"}
# Code strings are letters and digits by the standard; six digits in a row are a date, a phone or an id, and no code.
CODE_STRING = re.compile(r"(?!.*\d{6})[A-Z0-9_ /-]{0,16}")
TIME = re.compile(r"\d{2}(:?\d{2}){0,2}(\.\d{1,6})?")
DATE = re.compile(r"(\d{4})[.\-/]?(\d{2})[.\-/]?(\d{2})")
DATE_TIME = re.compile(r"(\d{8})(\d{2,6}(\.\d{1,6})?)?([+-]\d{4})?")
AGE = re.compile(r"(\d{1,3})([DWMY])")
# Names that scanners give to their own pulse sequences: *tse2d1_15, *spcR_140ns, ep_b1000t.
PULSE_SEQUENCE = re.compile(
    r"\*?(([a-zA-Z]{1,6}[23]d\d{0,2}[a-z]{0,2}\d?|spc[a-zA-Z]{0,3})(_\d{1,4}[a-z]{0,3})?|e[pz]_b\d{1,5}[a-z]?)"
)
KERNEL = re.compile(r"[A-Za-z]{1,3}\d{1,3}[a-z]?")
KERNELS = words(
    """
    STANDARD SOFT BONE BONEPLUS DETAIL EDGE LUNG CHEST ULTRA SMOOTH SHARP MEDIUM HEAD BODY BRAIN SPINE
    """
)
BODY_PARTS = words(
    """
    ABDOMEN ABDOMENPELVIS ANKLE ARM BODY BRAIN BREAST CALF CHEST CHESTABDOMEN CHESTABDPELVIS CLAVICLE COCCYX CSPINE
    CTSPINE ELBOW EXTREMITY FEMUR FOOT FOREARM HAND HEAD HEADNECK HEART HIP HUMERUS JAW KNEE LEG LIVER LOWEREXTREMITY
    LSPINE LSSPINE LUMBAR LUMBARSPINE LUNG NECK NECKCHEST ORBIT PELVIS PROSTATE RIB SACRUM SCAPULA SHOULDER SIJOINT
    SKULL SPINE SSPINE STERNUM THIGH THORAX TIBIA TLSPINE TSPINE UNKNOWN UPPEREXTREMITY WHOLEBODY WHOLESPINE WRIST
    """
)
MAKERS = words(
    """
    ge medical systems siemens healthineers healthcare philips canon toshiba mec tmsc hitachi fujifilm united
    imaging uih hyperfine esaote bruker biospin neusoft mindray samsung anke alltech
    wandong
    """
)
AGENTS = words(
    """
    GD GADOLINIUM GADOVIST GADAVIST MAGNEVIST OMNISCAN DOTAREM MULTIHANCE PROHANCE PRIMOVIST EOVIST GADOBUTROL
    GADOTERATE GADODIAMIDE DTPA IODINE IOHEXOL IOPAMIDOL IOPROMIDE IODIXANOL OMNIPAQUE ULTRAVIST VISIPAQUE ISOVUE
    NONE NO YES IV ORAL
    """
)
MODALITIES = frozenset({"MR", "CT", "SEG", "RTSTRUCT"})
SEXES = frozenset({"M", "F", "O"})
RESCALE_TYPES = frozenset({"HU", "US", "OD", "NORMALIZED", "NORMALISED"})


def shifted_date(text: str, days: int) -> str | None:
    """A date (YYYYMMDD) moved by days; None if it is none."""
    match = DATE.fullmatch(text.strip())
    try:
        day = datetime.date(*map(int, match.groups())) + datetime.timedelta(days=days)
    except (AttributeError, ValueError, OverflowError):
        return None
    return f"{day:%Y%m%d}" if day.year >= 1000 else None


def shifted_date_time(text: str, days: int) -> str | None:
    """A date with time (YYYYMMDDHHMMSS.F) moved by days; None if it is none, or less than a whole date."""
    match = DATE_TIME.fullmatch(text.strip())
    day = shifted_date(match[1], days) if match else None
    return None if day is None else day + (match[2] or "")


def shown_age(age: str, birth: str, study: str) -> str | None:
    """Age as DICOM writes it ('067Y'), from the dates where the header does not say it; over 89 years it is '090Y'."""
    match = AGE.fullmatch(age.strip())
    if match is None:
        born, seen = DATE.fullmatch(birth.strip()), DATE.fullmatch(study.strip())
        if not born or not seen:
            return None
        (year, *rest), (now, *day) = (tuple(map(int, found.groups())) for found in (born, seen))
        years = now - year - (day < rest)
        if years < 0:
            return None
    elif match[2] != "Y":
        return f"{int(match[1]):03d}{match[2]}"
    else:
        years = int(match[1])
    return f"{min(years, OLDEST_SHOWN + 1):03d}Y"


def _each(element: DataElement, keep: Callable[[str], str | None]) -> list[str] | str | None:
    """Clean every value of an element; the places of several values stay, with nothing in those that go."""
    value = element.value
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return keep(str(value))
    kept = [keep(str(part)) or "" for part in value]
    return kept if any(kept) else None


def code_string(element: DataElement) -> list[str] | str | None:
    """Code strings as they are, if they are such."""
    return _each(element, lambda text: text.strip() if CODE_STRING.fullmatch(text.strip()) else None)


def time(element: DataElement) -> list[str] | str | None:
    """Times of day."""
    return _each(element, lambda text: text.strip() if TIME.fullmatch(text.strip()) else None)


def number(element: DataElement) -> object | None:
    """Numbers as they are, text that is none not."""
    if element.VR in ("DS", "IS"):
        values = [element.value] if isinstance(element.value, (str, int, float)) else element.value
        if not all(math.isfinite(float(value)) for value in values):
            return None
    return element.value


def known_text(element: DataElement) -> str | None:
    """Words of the trade."""
    return known_words(_plain(element)) or None


def sequence_name(element: DataElement) -> str | None:
    """A scanner's own name of a pulse sequence, else words of the trade."""
    text = _plain(element)
    return text if PULSE_SEQUENCE.fullmatch(text) else known_text(element)


def maker(element: DataElement) -> str | None:
    """The words of a manufacturer's name that are known ones; converters look at its first letters."""
    return " ".join(word for word in re.findall(r"[A-Za-z]+", _plain(element)) if word.lower() in MAKERS) or None


def model(element: DataElement) -> str | None:
    """The scanner's model; numbers of six or more digits are no model but a device."""
    return re.sub(r"\S*\d{6}\S*", "", model_name(_plain(element))).strip() or None


def kernel(element: DataElement) -> list[str] | str | None:
    """Convolution kernels: a few letters with a number, or known names."""
    return _each(element, lambda text: text if KERNEL.fullmatch(text) or text.upper() in KERNELS else None)


def modality(element: DataElement) -> str | None:
    """What made an object of the kinds that are written."""
    text = _plain(element)
    return text if text in MODALITIES else None


def sex(element: DataElement) -> str | None:
    """Terms of PS3.3, C.7.1.1; people type others."""
    text = _plain(element)
    return text if text in SEXES else None


def body_part(element: DataElement) -> str | None:
    """Terms of PS3.16, Annex L, and some that scanners use; people type others."""
    text = _plain(element).upper()
    return text if re.sub(r"[ _-]", "", text) in BODY_PARTS else None


def agent(element: DataElement) -> str | None:
    """Known names of contrast agents; that there was one ('YES') if its name is not known."""
    text = _plain(element)
    words = [word for word in re.findall(r"[A-Z]+", text.upper()) if word in AGENTS]
    return " ".join(words) or ("YES" if text else None)


def rescale_type(element: DataElement) -> str | None:
    """Units of rescaled values."""
    text = _plain(element).upper()
    return text if text in RESCALE_TYPES else None


def nucleus(element: DataElement) -> str | None:
    """The nucleus that resonates, as '1H' or '23NA'."""
    text = _plain(element).upper()
    return text if re.fullmatch(r"\d{1,3}[A-Z]{1,2}", text) else None


def label(element: DataElement, kept: frozenset[str]) -> str | None:
    """Name of a segment or a contour."""
    return clean_label(_plain(element), kept)


def code_item(item: Dataset) -> tuple[str, str, str]:
    """Value, scheme and meaning of a code; what is not a code of SNOMED or DICOM becomes SNOMED's 'Tissue'.

    SNOMED CT identifiers end in a partition (00, or 10 for extensions) and a check digit, other numbers seldom do;
    meanings are free text and are reduced to known words.
    """
    value, scheme = str(item.get("CodeValue", "")).strip(), str(item.get("CodingSchemeDesignator", "")).strip()
    if not any(scheme in names and pattern.fullmatch(value) for names, pattern in CODING_SCHEMES):
        return "85756007", "SCT", "Tissue"
    return value, scheme, clean_label(str(item.get("CodeMeaning", "")), frozenset()) or value


CODING_SCHEMES = (
    (("SCT",), re.compile(r"[1-9]\d{2,6}00\d|[1-9]\d{4,10}10\d")),
    (("SRT", "SNM3"), re.compile(r"[A-Z]-[0-9A-F]{4,6}")),
    (("DCM",), re.compile(r"\d{6}")),
)


def _plain(element: DataElement) -> str:
    value = element.value
    text = value if isinstance(value, str) else " ".join(map(str, value)) if hasattr(value, "__iter__") else str(value)
    return text.strip("\0 ")
