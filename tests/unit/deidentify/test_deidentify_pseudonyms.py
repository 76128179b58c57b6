"""Pseudonyms depend on the key and the normalised id, and on nothing else."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from pydicom.uid import UID, MRImageStorage

from osteon.deidentify.pseudonyms import Pseudonyms, new_key, read_key
from osteon.deidentify.refusals import UsageError

KEY = bytes(range(32))
ONE, OTHER = Pseudonyms(KEY), Pseudonyms(KEY[::-1])


def test_pseudonym_is_the_hmac_of_the_id():
    """Computed once more with the standard library: base32 of the first 55 bits, behind a P."""
    digest = hmac.new(KEY, b"patient\x000047", hashlib.sha256).digest()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    number = int.from_bytes(digest[:7]) >> 1
    assert ONE.patient("0047") == "P" + "".join(letters[number >> 5 * place & 31] for place in range(10, -1, -1))


@pytest.mark.parametrize("same", [" 00a7 ", "００Ａ７", "00A7\u200b"])
def test_spellings_of_one_id_are_one_patient(same):
    assert ONE.patient(same) == ONE.patient("00A7")
    assert ONE.shift(same) == ONE.shift("00A7")


@pytest.mark.parametrize("other", ["A7", "0A7", "00A70", "00B7"])
def test_other_ids_and_leading_zeros_are_other_patients(other):
    assert ONE.patient(other) != ONE.patient("00A7")


def test_another_key_gives_other_pseudonyms():
    assert ONE.patient("1") != OTHER.patient("1")
    assert ONE.uid("1.2.3") != OTHER.uid("1.2.3")
    assert ONE.fingerprint != OTHER.fingerprint
    assert KEY.hex() not in ONE.fingerprint + repr(ONE)


def test_shifts_use_the_whole_year_and_go_back():
    shifts = {ONE.shift(f"{number}") for number in range(5000)}
    assert shifts == set(range(-365, 0))


def test_uids_are_valid_and_those_of_the_standard_stay():
    mapped = ONE.uid("1.2.826.0.1.3680043.2.1143.1")
    assert UID(mapped).is_valid
    assert mapped.startswith("2.25.")
    assert ONE.uid("1.2.826.0.1.3680043.2.1143.1\0") == mapped
    assert ONE.uid(MRImageStorage) == MRImageStorage
    assert ONE.uid("1.2.840.10008.99.4711") != "1.2.840.10008.99.4711"


def test_key_file_is_private_random_and_never_overwritten(tmp_path):
    new_key(tmp_path / "a")
    new_key(tmp_path / "b")
    assert read_key(tmp_path / "a") != read_key(tmp_path / "b")
    assert len(read_key(tmp_path / "a")) == 32
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    before = (tmp_path / "a").read_text()
    with pytest.raises(UsageError, match="not overwritten"):
        new_key(tmp_path / "a")
    assert (tmp_path / "a").read_text() == before


def test_a_key_needs_a_folder(tmp_path):
    with pytest.raises(UsageError, match=r"the folder of .*/none/key is not there\. Make it first"):
        new_key(tmp_path / "none" / "key")


def test_missing_and_wrong_key_files_say_how_to_make_one(tmp_path):
    with pytest.raises(UsageError, match=r"python -m osteon new-key .*/none"):
        read_key(tmp_path / "none")
    (tmp_path / "short").write_text("abc")
    with pytest.raises(UsageError, match="64 hexadecimal digits"):
        read_key(tmp_path / "short")
