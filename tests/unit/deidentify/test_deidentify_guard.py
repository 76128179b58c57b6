"""What must not be committed is found by its content; what is planted here is put together from parts."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import tarfile
import zipfile

import numpy as np
import pytest
from openpyxl import Workbook

from helpers.dicom_series import make_series, save, save_bare
from osteon.cli import main
from osteon.deidentify.guard import guard, tracked_files
from osteon.deidentify.identities import is_resident_number

# The example of GB 11643-1999 and two that were computed with its rule.
RESIDENT = "1101051949" + "1231002X"
PHONE = "138" + "0013" + "8000"
NIFTI = b"\x5c\x01\0\0".ljust(344, b"\0") + b"n+1\0"
NAME, ID_CARD, WARD = "姓" + "名", "身份" + "证号", "住院" + "号"


def kinds(name: str, content: bytes | str) -> list[str]:
    return [found.what for found in guard(name, content.encode() if isinstance(content, str) else content)]


@pytest.fixture(scope="module")
def dicom(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dicom")
    (path,) = save(make_series("T2", 1), folder)
    save_bare(make_series("T2", 1), folder / "bare")
    return path.read_bytes(), (folder / "bare" / "000.ima").read_bytes()


def zipped(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme", "text")
        archive.writestr("a/b", content)
    return stream.getvalue()


def tarred(content: bytes, mode: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        entry = tarfile.TarInfo("a/b")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def workbook(*rows: list) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_archives_are_found_and_stop_nothing(method):
    """Each reader of compressed bytes has errors of its own; none may end the search of the other files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("a", bytes(range(256)) * 20)
    said = set()
    for seed in range(100):
        random, damaged = np.random.default_rng(seed), bytearray(stream.getvalue())
        for place in random.integers(4, len(damaged), 4):
            damaged[place] = random.integers(256)
        said |= set(kinds("a.zip", bytes(damaged)))
    assert said == {"it is an archive that holds what cannot be looked at"}


@pytest.mark.parametrize("form", [0, 1])
@pytest.mark.parametrize("name", ["a.dcm", "notes.md", "IM0001"])
def test_dicom_with_and_without_preamble(dicom, form, name):
    assert kinds(name, dicom[form]) == ["it is a DICOM file"]


def test_images_in_other_forms(dicom):
    assert kinds("a", NIFTI + bytes(100)) == ["it is a NIfTI image"]
    assert kinds("a", gzip.compress(NIFTI + bytes(100))) == ["it is a NIfTI image"]
    assert kinds("a", b"NRRD0004\ntype: short\n") == ["it is an NRRD image"]
    for packed in (zipped(dicom[0]), tarred(dicom[0], "w"), tarred(dicom[1], "w:gz"), gzip.compress(dicom[0])):
        assert len(kinds("a", packed)) == 1
    assert kinds("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(50)) == ["it is an archive that holds what cannot be looked at"]
    assert kinds("a.zip", zipped(b"text")) == []


def test_keys_are_recognised(tmp_path):
    assert kinds("notes", os.urandom(32).hex() + "\n") == ["it looks like a key of de-identification"]
    assert kinds("sums", os.urandom(32).hex() + "  file\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "subject,PatientName\n1,x\n",
        "subject;Date of Birth\n1;1950\n",
        "MRN\tage\n1\t2\n",
        f"{NAME}\t年龄\nx\t3\n",
        f"编号,患者{NAME}\n1,x\n",
        f"Export of today\n\nsubject,{WARD}\n1,2\n",
        "subject,note\n1,call " + PHONE + "\n",
        "subject,note\n1," + "+86 " + PHONE[:3] + "-" + PHONE[3:7] + "-" + PHONE[7:] + "\n",
        "Name,age\nMeier" + "^Anna,70\n",
        "name,age\nAnna Me" + "ier,70\nBerta Mei" + "er,71\n",
        "patient\t年龄\n王" + "伟\t70\n",
        "(0010,0010) PN [Mei" + "er^Anna]\n",
        "Patient Name: Mei" + "er\n",
    ],
)
def test_tables_of_identities(text):
    for name in ("a.csv", "a.tsv", "a.txt"):
        assert kinds(name, text), name
    assert guard("a.csv", text.encode())[0].line >= 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_encodings_of_tables(encoding):
    assert kinds("a.csv", f"{NAME},年龄\n张三,70\n".encode(encoding))


def test_workbooks_and_json():
    assert kinds("a.xlsx", workbook(["subject", ID_CARD], ["1", "x"]))
    assert kinds("renamed.bin", workbook(["subject", "note"], ["1", RESIDENT]))
    assert kinds("a.xlsx", workbook(["subject", "age"], ["1", 70])) == []
    assert kinds("a.xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    assert kinds("a.json", json.dumps({"a": [{"PatientName": "x"}]})) == ["a key named 'PatientName'"]
    assert kinds("a.json", json.dumps({"00100010": {"Value": ["x"]}}))
    assert kinds("a.json", json.dumps({"note": PHONE}))
    assert kinds("a.json", json.dumps({"PatientName": ""})) == []


@pytest.mark.parametrize("name", ["a.py", "a.md", "a.yaml", "a.csv"])
def test_resident_numbers_anywhere(name):
    (found,) = guard(name, f"first line\nnumber {RESIDENT}\n".encode())
    assert (found.path, found.line, found.what) == (name, 2, "a resident identity number")
    assert RESIDENT not in str(found)
    assert kinds(f"{RESIDENT}.txt", "text") == ["its name holds a resident identity number"]


def test_check_digit_and_date_of_birth_decide():
    assert is_resident_number(RESIDENT)
    assert not is_resident_number(RESIDENT[:-1] + "1")
    assert not is_resident_number("110105" + "19491331" + "002X")
    wrong = [digit for digit in "0123456789X" if is_resident_number(RESIDENT[:-1] + digit)]
    assert wrong == ["X"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("participants.tsv", "subject\tcenter\tage\tsex\nA001\tA\t70\tmale\n"),
        ("features.tsv", "name\tvalue\nSurface Volume Ratio Of\t0.13912345678\nEnergy\t13912345678.5\n"),
        ("lock.txt", "package==1.0 --hash=sha256:13800138000abcdef\n"),
        ("uid.json", '{"uid": "1.2.840.13800138000.5"}'),
        ("address.py", "address = 1"),
    ],
)
def test_what_belongs_into_a_repository_passes(name, text):
    assert kinds(name, text) == []


def test_the_command_looks_at_the_index_or_at_named_files(tmp_path, monkeypatch, capsys, dicom):
    monkeypatch.chdir(tmp_path)
    assert main(["guard"]) == 1
    subprocess.run(["git", "init", "-q"], check=True)
    (tmp_path / "IM1").write_bytes(dicom[0])
    (tmp_path / "fine.txt").write_text("fine")
    subprocess.run(["git", "add", "fine.txt"], check=True)
    assert tracked_files(tmp_path) == ["fine.txt"]
    assert main(["guard"]) == 0
    assert main(["guard", "IM1", "gone"]) == 1
    assert "IM1: it is a DICOM file. Take it out of the commit" in capsys.readouterr().out
    subprocess.run(["git", "add", "IM1"], check=True)
    assert main(["guard"]) == 1


def test_the_hook_of_the_repository_calls_the_guard(root):
    import yaml

    hooks = yaml.safe_load((root / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    (hook,) = [hook for entry in hooks for hook in entry["hooks"] if hook["id"] == "guard"]
    assert hook["entry"].endswith("python -m osteon guard")
    assert hook.get("pass_filenames", True)
