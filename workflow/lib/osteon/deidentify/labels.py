"""Names that people give to contours, segments and files, reduced to words that name no person."""

from __future__ import annotations

import re

from osteon.tables.vocabulary import WORDS


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as text."""
    return frozenset(text.split())


LABEL_WORDS = WORDS | words(
    """
    gtv ctv itv ptv gtvp gtvn oar roi voi mass tumor tumour lesion edema oedema necrosis node nodes organ external
    vertebra vertebrae vertebral body bodies disc discs disk disks sacral coccyx endplate pedicle lamina canal cord
    foramen facet bone bones cortical trabecular marrow muscle muscles psoas multifidus erector spinae quadratus
    lumborum paraspinal subcutaneous visceral tissue skin femur femoral neck hip ilium iliac tibia rib ribs liver
    kidney spleen bladder lung heart aorta vessel air background foreground normal reference target total all and of
    mask masks seg segment segmentation dseg label labels labelmap manual auto desc anat images dicom nifti nii raw
    reader rater observer first second third reading repeat truth ground final new old expert consensus derived
    data series scan study session ses volume stack native resampled registered the
    """
)
# Vertebrae and discs (L1, L1L3, L5S1), readers and repeats (r1, v2), or one digit.
SHORT = re.compile(r"([ctls]\d{1,2}){1,2}|[rvm]\d|\d")
# Two or more numbers with a sign between them: days and months that nothing has shifted.
NUMBERS = re.compile(r"(?<![A-Za-z\d])\d+([^A-Za-z\d]+\d+)+(?![A-Za-z\d])")


def is_known(word: str) -> bool:
    """Whether a word, with or without a small number at its end, names no person."""
    word = word.lower()
    return bool(SHORT.fullmatch(word)) or word in LABEL_WORDS or re.sub(r"\d{1,2}$", "", word) in LABEL_WORDS


def known_parts(text: str) -> list[str]:
    """The known words of a name, as they are written."""
    runs = re.findall(r"[A-Za-z0-9]+", NUMBERS.sub(" ", text))
    return [word for run in runs for word in _split(run) if is_known(word)]


def clean_label(text: str, kept: frozenset[str]) -> str | None:
    """A label as it is if all its words are known or it is one of `kept`; else its known words, joined by '_'.

    >>> clean_label("GTV_Mass", frozenset()), clean_label("L1 Dr. Meier", frozenset())
    ('GTV_Mass', 'L1')
    """
    text = text.strip("\0 ")
    words = re.findall(r"[A-Za-z0-9]+", text)
    plain = re.fullmatch(r"[A-Za-z0-9 _.+-]*", text)
    if text in kept or (plain and words and all(map(is_known, words)) and not NUMBERS.search(text)):
        return text
    return "_".join(known_parts(text)) or None


def _split(word: str) -> list[str]:
    """'T2mask' and 'readerTwo' are two words; a word that is known is one."""
    return [word] if is_known(word) else re.findall(r"[A-Z]?[a-z]+\d{0,2}|[A-Z]+\d{0,2}(?![a-z])", word)
