"""Reads thousands of damaged DICOM headers with little memory and prints what became of them; run as a program.

Arguments: number of headers, seed, folder for the file. The last line is JSON: kinds of files, slowest reading (s),
and errors of memory, of which there must be none.
"""

from __future__ import annotations

import io
import json
import logging
import resource
import signal
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from helpers.dicom_enhanced import enhanced
from helpers.dicom_formats import save_in
from helpers.dicom_series import make_series, save_bare
from osteon.ingest import index

SPARE_BYTES = 256 << 20
WATCHDOG_S = 20
LENGTHS = (0xFFFFFFFE, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFFFFE, 0xFFFF, 10_000_000_000 % 2**32, 1, 0)
HUGE = {"Rows": 65535, "Columns": 65535, "NumberOfFrames": 10**6}


class Hang(BaseException):
    """A header that was not read within the time of the watchdog; no handler of `Exception` may swallow it."""


def bases(folder: Path) -> list[tuple[bytes, list[tuple[int, int]]]]:
    """Small whole files of every form, with the offset and length of each value where they are known."""
    small = {"rows": 4, "columns": 4, "count": 3}
    (plain, *_) = make_series(**small)
    mosaic = make_series(**small, ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"])[0]
    mosaic.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", 4)
    csa = b"SV10\x04\x03\x02\x01" + bytes([101, 0, 0, 0, 77, 0, 0, 0]) + b"SliceNormalVector".ljust(76, b"\0")
    mosaic.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", csa + b"\x06" + bytes(99))
    huge = make_series(**small)[0]
    for keyword, value in HUGE.items():
        setattr(huge, keyword, value)
    files = [
        *(save_in(syntax, [plain], folder / str(i)) for i, syntax in enumerate((ExplicitVRLittleEndian,) * 4)),
        save_in(ImplicitVRLittleEndian, [plain], folder / "implicit"),
        save_in(ExplicitVRBigEndian, [plain], folder / "big"),
        save_in(DeflatedExplicitVRLittleEndian, [plain], folder / "deflated"),
        save_in(RLELossless, [plain], folder / "rle"),
        save_in(ExplicitVRLittleEndian, [mosaic], folder / "mosaic"),
        save_in(ExplicitVRLittleEndian, [huge], folder / "huge"),
        save_in(DeflatedExplicitVRLittleEndian, [huge], folder / "huge_deflated"),
        save_in(ExplicitVRLittleEndian, [enhanced(make_series(**small))], folder / "enhanced"),
    ]
    save_bare([plain], folder / "bare")
    paths = [path for written in files for path in written] + [folder / "bare" / "000.ima"]
    return [(path.read_bytes(), values_in(path.read_bytes())) for path in paths]


def values_in(data: bytes) -> list[tuple[int, int]]:
    """Offset and length of each value; none of a deflated file, whose offsets are those of the inflated one."""
    dataset = pydicom.dcmread(io.BytesIO(data), force=True)
    if dataset.file_meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        return []
    items = [dataset.get_item(tag) for tag in [*dataset.keys()]]
    return [(item.value_tell, item.length) for item in items if getattr(item, "value_tell", 0)]


def damaged(data: bytes, values: list[tuple[int, int]], rng: np.random.Generator) -> bytes:
    """One or two random damages: flipped bytes, cuts, insertions, wrong lengths, wrong values."""
    result = bytearray(data)
    for _ in range(int(rng.integers(1, 3))):
        kind = int(rng.integers(6)) if values else int(rng.integers(3))
        at = int(rng.integers(128, max(129, len(result))))
        if kind == 0:
            for place in rng.integers(0, max(1, len(result)), int(rng.integers(1, 12))):
                if place < len(result):
                    result[place] = int(rng.integers(256))
        elif kind == 1:
            del result[at:]
        elif kind == 2:
            result[at:at] = rng.integers(0, 256, int(rng.integers(1, 40)), dtype=np.uint8).tobytes()
        elif kind in (3, 4):
            offset, _ = values[int(rng.integers(len(values)))]
            length = int(LENGTHS[int(rng.integers(len(LENGTHS)))])
            size = 4 if kind == 3 else 2
            result[offset - size : offset] = (length % (1 << 8 * size)).to_bytes(size, "little")
        else:
            offset, length = values[int(rng.integers(len(values)))]
            length = min(length, 64)
            choice = int(rng.integers(3))
            filling = (b"9" * length, b"\\" * length, rng.integers(0, 256, length, dtype=np.uint8).tobytes())[choice]
            result[offset : offset + length] = filling
    return bytes(result)


def main() -> None:
    count, seed, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    warnings.simplefilter("ignore")
    errors: Counter[str] = Counter()

    class Note(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.args and isinstance(record.args, tuple):
                errors[type(record.args[-1]).__name__] += 1

    logging.getLogger("osteon.ingest.index").addHandler(Note())
    logging.getLogger("osteon.ingest.index").setLevel(logging.INFO)
    logging.getLogger("osteon.ingest.index").propagate = False
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    start = bases(folder)
    for path in folder.glob("*/*"):
        index.read_one(path, path.name)  # whatever is set aside once is set aside before the limit
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + SPARE_BYTES, resource.RLIM_INFINITY))

    def hang(*_):
        raise Hang

    signal.signal(signal.SIGALRM, hang)
    rng = np.random.default_rng(seed)
    kinds: Counter[str] = Counter()
    slowest = 0.0
    file = folder / "header"
    for number in range(count):
        file.unlink(missing_ok=True)  # overwriting makes some file systems wait for the disk
        file.write_bytes(damaged(*start[number % len(start)], rng))
        signal.alarm(WATCHDOG_S)
        began = time.perf_counter()
        kind, image = index.read_one(file, "header")
        slowest = max(slowest, time.perf_counter() - began)
        signal.alarm(0)
        kinds[kind if image is None or not image.damage else "damaged"] += 1
    print(json.dumps({"kinds": kinds, "slowest": slowest, "errors": errors}))


if __name__ == "__main__":
    main()
