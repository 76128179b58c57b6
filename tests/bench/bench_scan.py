"""Speed of the scan: 50,000 small DICOM files, read for the first time and then unchanged.

    make bench

Prints seconds and files per second. Plain os.stat of the same files tells how much of it is the disk.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "workflow" / "lib")]

from helpers.dicom_series import ROLES, make_series  # noqa: E402
from osteon.config.delivery import ScanCenter, ScanSettings  # noqa: E402
from osteon.ingest.scan.study import scan_study  # noqa: E402

RULES = ROOT / "config" / "series_rules" / "lumbar_mr.yaml"
# Stands for the patient's number in ids and UIDs of the templates; bytes of the same length take its place.
MARK = b"98765"
SLICES = 15
TARGETS = {"first": 90.0, "unchanged": 5.0}


def templates() -> list[bytes]:
    """The files of one patient, with MARK in the place of its number."""
    result = []
    number = MARK.decode()
    for place, role in enumerate(ROLES):
        tags = {"PatientID": f"P{number}", "StudyInstanceUID": f"1.2.3.{number}", "PatientIdentityRemoved": "YES"}
        tags |= {"SeriesInstanceUID": f"1.2.3.{number}.{place}", "StudyDate": "20240131"}
        for index, dataset in enumerate(make_series(role, SLICES, rows=16, columns=16, **tags)):
            dataset.SOPInstanceUID = f"1.2.3.{number}.{place}.{index}"
            dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
            stream = io.BytesIO()
            dataset.save_as(stream, enforce_file_format=True)
            result.append(stream.getvalue())
    return result


def write_export(folder: Path, files: int, flat: bool) -> int:
    """Write an export of at least `files` images; returns their number."""
    patient = templates()
    patients = -(-files // len(patient))
    for number in range(patients):
        own = folder if flat else folder / f"{number:05d}"
        own.mkdir(parents=True, exist_ok=True)
        for index, content in enumerate(patient):
            (own / f"{number:05d}_{index:03d}").write_bytes(content.replace(MARK, f"{number:05d}".encode()))
    return patients * len(patient)


def measured(function, *arguments) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def stat_all(folder: Path) -> None:
    """os.stat of every file."""
    for path, _, names in os.walk(folder):
        for name in names:
            os.stat(os.path.join(path, name))


def main() -> int:
    """Write, scan twice, print; the exit code is 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--flat", action="store_true", help="all files in one folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = write_export(folder / "raw", options.files, options.flat)
        settings = ScanSettings(
            cases=str(folder / "cases.tsv"),
            centers={"A": ScanCenter(raw=str(folder / "raw"))},
            sequences=list(ROLES),
        )
        plain = measured(stat_all, folder / "raw")
        print(f"{count} files, {options.cores} cores; os.stat of all: {plain:.2f} s")
        missed = False
        for scan, target in TARGETS.items():
            seconds = measured(scan_study, settings, RULES, folder / "00_scan", "bench", options.cores)
            target *= max(1.0, count / 50_000)
            missed |= seconds > target
            print(
                f"{scan:<10} {seconds:6.1f} s  {count / seconds:8.0f} files/s  {seconds / plain:6.1f} x os.stat"
                f"  (target {target:.0f} s)"
            )
        rows = len((folder / "cases.tsv").read_text().splitlines()) - 1
        size = (folder / "00_scan" / "center-A" / "index.sqlite").stat().st_size / 2**20
        print(f"{rows} cases proposed; the header index has {size:.0f} MiB")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
