"""Ten thousand damaged headers: no crash, no hang, and no memory set aside because a header asks for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
import zlib

import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from helpers.dicom_formats import save_in
from helpers.dicom_series import make_series
from osteon.ingest import deflated, index

HEADERS = 10_000
LONGEST_S = 2.0


def test_ten_thousand_damaged_headers(root, tmp_path):
    """In a process of its own with 256 MB to spare, so that 10 GB asked for by a header would end as an error."""
    paths = os.pathsep.join([str(root / "workflow" / "lib"), str(root / "tests")])
    done = subprocess.run(
        [sys.executable, str(root / "tests" / "helpers" / "fuzz_headers.py"), str(HEADERS), "7", str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert sum(result["kinds"].values()) == HEADERS
    assert result["slowest"] < LONGEST_S
    assert "MemoryError" not in result["errors"], result["errors"]
    # the damages are neither all harmless nor all deadly, else the run says little
    assert min(result["kinds"][kind] for kind in ("images", "damaged", "broken")) > HEADERS // 50


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("length", [b"\xfe\xff\xff\xff", b"\xff\xff\xff\x7f"])
def test_length_of_gigabytes_in_a_small_file_asks_for_no_memory(tmp_path, length):
    (path,) = save_in(ImplicitVRLittleEndian, make_series()[:1], tmp_path)
    data = path.read_bytes()
    at = data.index(b"\x20\x00\x0d\x00") + 4  # StudyInstanceUID
    path.write_bytes(data[:at] + length + data[at + 4 :])
    index.read_one(path, "x")  # what the reader loads once
    tracemalloc.start()
    index.read_one(path, "x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 << 20


def test_small_file_that_inflates_to_gigabytes_is_broken(tmp_path, monkeypatch):
    (path,) = save_in(DeflatedExplicitVRLittleEndian, make_series()[:1], tmp_path)
    whole = path.read_bytes()
    start = deflated.META_START + int.from_bytes(whole[140:144], "little")
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    plain = zlib.decompress(whole[start:], -zlib.MAX_WBITS)
    bomb = squeezed.compress(plain + bytes(20 << 20)) + squeezed.flush()
    path.write_bytes(whole[:start] + bomb)
    assert len(bomb) < 1 << 16
    assert index.read_one(path, "x")[0] == "images"
    monkeypatch.setattr(deflated, "LIMIT_BYTES", 10 << 20)
    assert index.read_one(path, "x") == ("broken", None)
