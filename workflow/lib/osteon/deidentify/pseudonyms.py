"""Pseudonyms that depend on a secret key and on nothing else, so that every run gives the same ones.

All of them are HMAC-SHA256 (RFC 2104) of the kind of thing and its normalised value. Who does not have the key can
neither undo them nor try out ids.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.uid import UID_dictionary

from osteon.config.sheets import normalised
from osteon.deidentify.refusals import UsageError
from osteon.deidentify.whitelist import KINDS

KEY_BYTES = 32
LONGEST_SHIFT = 365
"""Dates of a patient are moved back by 1 to so many days."""


def new_key(path: str | Path) -> None:
    """Write a new random key (64 hexadecimal digits), readable by its owner only.

    Raises:
        UsageError: the file is there already; a key that is lost or replaced changes every pseudonym.
    """
    try:
        # O_EXCL: never over an older key, not even if two people make one at the same moment
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            f"{path} is there already and is not overwritten: another key would give every patient another pseudonym. "
            "Use it, or give another name."
        ) from None
    except FileNotFoundError:
        raise UsageError(f"the folder of {path} is not there. Make it first, where only the center sees it.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(KEY_BYTES) + "\n")


def read_key(path: str | Path) -> bytes:
    """The key in a file.

    Raises:
        UsageError: the file is not there or holds no key.
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError(
            f"the key file {path} is not there. Correct the path; or make one, once for all exports of the center: "
            f"python -m osteon new-key {path}"
        )
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    if not re.fullmatch(rf"[0-9a-fA-F]{{{2 * KEY_BYTES}}}", text):
        raise UsageError(
            f"{path} holds no key: {2 * KEY_BYTES} hexadecimal digits are expected. "
            "Make one, once for all exports of the center: python -m osteon new-key FILE"
        )
    return bytes.fromhex(text)


def normal_id(identifier: object) -> str:
    """An id in one spelling: full-width signs made plain, invisible ones and outer blanks gone, upper case.

    Leading zeros stay.

    >>> normal_id(" ００a7 ")
    '00A7'
    """
    return normalised(str(identifier)).upper()


@dataclass(frozen=True)
class Pseudonyms:
    """Everything that stands for something else."""

    key: bytes = field(repr=False)

    def _digest(self, kind: str, value: str) -> bytes:
        return hmac.new(self.key, f"{kind}\0{value}".encode("utf-8", "surrogateescape"), hashlib.sha256).digest()

    def _letters(self, kind: str, value: str, length: int) -> str:
        return base64.b32encode(self._digest(kind, value)).decode("ascii")[:length]

    @property
    def fingerprint(self) -> str:
        """Tells two keys apart and gives neither away."""
        return self._digest("fingerprint", "").hex()[:16]

    def patient(self, identifier: object) -> str:
        """Twelve letters and digits for a patient; the first is a letter, or Excel could take some for numbers.

        55 bits: among 100,000 patients two share a pseudonym with a probability of 1.4e-7.
        """
        return "P" + self._letters("patient", normal_id(identifier), 11)

    def accession(self, number: object) -> str:
        """Sixteen letters and digits, as many as AccessionNumber may have."""
        return self._letters("accession", normal_id(number), 16)

    def shift(self, identifier: object) -> int:
        """Days that all dates of a patient are moved by, -365 to -1.

        Whole days of any number: no result depends on the weekday, and multiples of seven would leave only 52 shifts.
        """
        return -1 - int.from_bytes(self._digest("shift", normal_id(identifier))[:8]) % LONGEST_SHIFT

    def uid(self, uid: object) -> str:
        """A UID under 2.25 (ITU-T X.667: an integer of 128 bits); UIDs that the DICOM standard defines stay."""
        text = str(uid).strip("\0 ")
        if not text or text in UID_dictionary or text in KINDS:
            return text
        return f"2.25.{int.from_bytes(self._digest('uid', text)[:16])}"

    def short(self, kind: str, value: object) -> str:
        """Eight letters and digits, for names of folders and for labels that only tell things apart."""
        return self._letters(kind, str(value), 8)
