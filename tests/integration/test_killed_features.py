"""A batch of features killed twice in the middle: finished cases stay, nothing half-written counts as finished."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from helpers.feature_cases import case_files, feature_cases, feature_settings
from osteon.features.batch import extract_batch
from osteon.tables.files import file_sha256
from osteon.tables.status import CaseStatus

SUBJECTS = [f"A{number}" for number in range(8)]
OPTIONS = {"spacing": [0.5, 0.5, 0.5], "classes": ["shape", "firstorder", "glcm", "glszm"]}
RUN = """
import logging, sys
from pathlib import Path
from helpers.feature_cases import case_files, feature_settings
from osteon.features.batch import extract_batch

logging.basicConfig(level=logging.INFO, format="%(message)s")
folder, subjects, options = Path(sys.argv[1]), sys.argv[2].split(","), eval(sys.argv[3])
cases = [case_files(folder / "cases" / subject, subject) for subject in subjects]
extract_batch(cases, feature_settings(**options), folder / "kept")
"""


def _start(root: Path, folder: Path) -> subprocess.Popen:
    """A batch in a process group of its own, without its outputs: Snakemake deletes them before it repeats a job."""
    for subject in SUBJECTS:
        case = case_files(folder / "cases" / subject, subject)
        case.table.unlink(missing_ok=True)
        case.status.unlink(missing_ok=True)
    paths = os.pathsep.join([str(root / "tests"), str(root / "workflow" / "lib")])
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder), ",".join(SUBJECTS), repr(OPTIONS)],
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        start_new_session=True,
        text=True,
        stderr=subprocess.PIPE,
    )


def _kept(folder: Path) -> set[str]:
    return {record.parent.name.removeprefix("sub-") for record in (folder / "kept").glob("*/*/kept.json")}


def _kill_after(process: subprocess.Popen, folder: Path, count: int) -> set[str]:
    """Kill -9 the group a moment after `count` cases are kept, while the next is being computed."""
    deadline = time.monotonic() + 120
    while len(_kept(folder)) < count and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(0.05)
    assert process.poll() is None, process.communicate()[1]
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return _kept(folder)


def test_killed_twice(root, tmp_path):
    cases = feature_cases(tmp_path / "cases", SUBJECTS, size=48)
    first = _kill_after(_start(root, tmp_path), tmp_path, 2)
    assert 2 <= len(first) < len(SUBJECTS)
    second = _kill_after(_start(root, tmp_path), tmp_path, len(first) + 2)
    assert first < second < set(SUBJECTS)
    for case in cases:
        # what stands there is whole: a status is written after its table, and neither is ever a part of itself
        if case.status.exists():
            assert CaseStatus.read(case.status).files["features"]["sha256"] == file_sha256(case.table)
    last = _start(root, tmp_path)
    log = last.communicate(timeout=300)[1]
    assert last.returncode == 0, log
    what = dict(re.findall(r"\d+ of \d+: (\w+) ok \((\w+)\)", log))
    assert what == {subject: "restored" if subject in second else "computed" for subject in SUBJECTS}
    made = [path.read_bytes() for case in cases for path in (case.table, case.status)]
    extract_batch(cases, feature_settings(**OPTIONS), tmp_path / "untouched")
    assert made == [path.read_bytes() for case in cases for path in (case.table, case.status)]
