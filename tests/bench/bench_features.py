"""Speed of the features: a whole batch job against PyRadiomics' execute alone, and against its command line.

    make bench

Simulated patients with L1, L2, L3 and their union in three sequences, original and three Laplacian of Gaussian images
at 1 mm. Prints ratios of times measured in this run, by the clock and by the processor (which other programs disturb
less), and how far values lie from those of an image that nothing was cut from.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import SimpleITK as sitk
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "lib")]

from osteon.config.features import Features, Roi  # noqa: E402
from osteon.config.imaging import Intensity  # noqa: E402
from osteon.features.settings import extractor, pyradiomics_parameters  # noqa: E402
from osteon.images.intensity import normalise  # noqa: E402
from osteon.images.io import read_image, write_image  # noqa: E402
from osteon.phantom.case import write_mask  # noqa: E402
from osteon.phantom.cohort import sample_cohort  # noqa: E402
from osteon.phantom.parameters import load_parameters  # noqa: E402
from osteon.phantom.simulate import simulate_patient  # noqa: E402
from osteon.tables.files import file_sha256, read_table  # noqa: E402
from osteon.tables.status import CaseStatus  # noqa: E402

LABELS = {"L1": 1, "L2": 2, "L3": 3}
ROIS = {"every": Roi(scheme="each", labels=list(LABELS)), "L1L3": Roi(labels=list(LABELS))}
UNION = {"L1L3": ROIS["L1L3"]}
# What PyRadiomics itself does, so that both compute the same.
THEIRS = {"grid": "corners", "mask_interpolator": "nearest", "directions": "averaged", "log_kernel": "recursive"}
JOB = """
import json, sys
from pathlib import Path
from osteon.features.batch import CaseFiles, Settings, extract_batch
job = json.loads(Path(sys.argv[1]).read_text())
settings = Settings.of(job["sequences"], job, "")
extract_batch([CaseFiles(*map(Path, case)) for case in job["cases"]], settings, job["kept"])
"""
TARGETS = {"stage / execute": 1.2, "command line / stage": 1.5}


@dataclass
class Times:
    """Seconds by the clock and of all processors."""

    clock: float = 0.0
    processor: float = 0.0

    def __add__(self, other: Times) -> Times:
        return Times(self.clock + other.clock, self.processor + other.processor)


@contextmanager
def measured(children: bool = True):
    """Time what is done inside, in child processes or in this one."""
    who = resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF
    before, start, times = resource.getrusage(who), time.perf_counter(), Times()
    yield times
    after = resource.getrusage(who)
    times.clock = time.perf_counter() - start
    times.processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def write_patients(folder: Path, preset: str, count: int) -> list[str]:
    """Simulated patients, normalised, with the status files before the stage of features; returns the sequences."""
    parameters = load_parameters(ROOT / "config" / "phantom" / "lumbar.yaml")
    sequences: list[str] = []
    for row in sample_cohort(parameters, "A", count, 5).to_dict("records"):
        case = folder / row["subject"]
        case.mkdir(parents=True)
        examination = simulate_patient(row, parameters.hospital("A"), parameters, parameters.preset(preset))
        write_mask(examination, case / "mask.nii.gz")
        mask = read_image(case / "mask.nii.gz")
        # written again, so that all files of the case have one rounding of their origin and directions
        write_image(mask, case / "mask.nii.gz")
        write_image(sitk.Cast(mask > 0, sitk.sitkUInt8), case / "union.nii.gz")
        status = CaseStatus("A", row["subject"], "preprocess")
        for sequence, values in examination.images.items():
            image = sitk.GetImageFromArray(values)
            image.CopyInformation(mask)
            write_image(normalise(image, Intensity(method="robust")), case / f"{sequence}.nii.gz")
            status.files[sequence] = _entry(case / f"{sequence}.nii.gz")
        status.write(case / "p.json")
        CaseStatus("A", row["subject"], "segment", files={"mask": _entry(case / "mask.nii.gz")}).write(case / "s.json")
        sequences = list(examination.images)
        size, spacing = mask.GetSize(), mask.GetSpacing()
    print(f"\n{preset}: {count} patients, {size} voxels of {spacing[0]:.2f} x {spacing[1]:.2f} x {spacing[2]:.2f} mm")
    return sequences


def _entry(path: Path) -> dict:
    return {"path": path.name, "sha256": file_sha256(path)}


def our_stage(
    folder: Path, cases: list[Path], sequences: list[str], rois: dict, features: dict, jobs: int
) -> tuple[Times, Path]:
    """Whole batch jobs side by side, from the start of the interpreter to the last table; also where the tables are."""
    work = Path(tempfile.mkdtemp(dir=folder))
    orders = []
    for number in range(jobs):
        own = [
            [str(case / "p.json"), str(case), str(case / "s.json"), str(case), f"{out}.tsv", f"{out}.json"]
            for case in cases[number::jobs]
            for out in [work / f"sub-{case.name}_features"]
        ]
        order = {"cases": own, "sequences": sequences, "labels": LABELS, "features": features}
        order |= {"rois": {name: roi.model_dump() for name, roi in rois.items()}, "kept": str(work / "kept")}
        path = work / f"job{number}.json"
        path.write_text(json.dumps(order))
        orders.append(path)
    with measured() as times:
        running = [subprocess.Popen([sys.executable, "-c", JOB, str(path)], env=one_thread()) for path in orders]
        assert not any(process.wait() for process in running)
    return times, work


def command_line(folder: Path, cases: list[Path], sequences: list[str], features: dict, jobs: int) -> Times:
    """pyradiomics in batch mode, one row per region and sequence."""
    parameters = pyradiomics_parameters(Features(**features))
    own = {name: section for name, section in parameters.items() if name != "osteon"}
    (folder / "parameters.yaml").write_text(yaml.safe_dump(own))
    with (folder / "input.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Image", "Mask", "Label", "Subject", "Sequence", "Region"])
        for case, sequence, region in regions(cases, sequences):
            mask, label = mask_of(region)
            writer.writerow([case / f"{sequence}.nii.gz", case / mask, label, case.name, sequence, region])
    (folder / "theirs.csv").unlink(missing_ok=True)  # the command line would append to it
    command = [Path(sys.executable).with_name("pyradiomics"), folder / "input.csv", "--jobs", str(jobs)]
    command += ["--param", folder / "parameters.yaml", "-o", folder / "theirs.csv", "-f", "csv"]
    with measured() as times:
        subprocess.run(list(map(str, command)), env=one_thread(), check=True, capture_output=True)
    return times


def execute_alone(cases: list[Path], sequences: list[str], features: dict, only: str | None = None) -> Times:
    """The sum of PyRadiomics' execute, images and masks already read."""
    theirs = extractor(pyradiomics_parameters(Features(**features)))
    total = Times()
    for case, sequence, region in regions(cases, sequences):
        if only in (None, region):
            name, label = mask_of(region)
            image, mask = read_image(case / f"{sequence}.nii.gz"), read_image(case / name)
            with measured(children=False) as times:
                theirs.execute(image, mask, label=label)
            total = total + times
    return total


def regions(cases: Iterable[Path], sequences: list[str]) -> Iterable[tuple[Path, str, str]]:
    """Every patient, sequence and region."""
    return ((case, sequence, region) for case in cases for sequence in sequences for region in [*LABELS, "L1L3"])


def mask_of(region: str) -> tuple[str, int]:
    """File and value of a region."""
    return ("mask.nii.gz", LABELS[region]) if region in LABELS else ("union.nii.gz", 1)


def one_thread() -> dict[str, str]:
    """The environment of a job."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"), "1")
    return {**os.environ, **threads, "PYTHONPATH": str(ROOT / "workflow" / "lib")}


def differences(folder: Path, tables: Path, case: Path, sequence: str, features: dict) -> None:
    """How far both lie from the values of the image that nothing was cut from."""
    ours = read_table(tables / f"sub-{case.name}_features.tsv", text=("sequence", "roi", "feature", "reason"))
    theirs = (
        pd.read_csv(folder / "theirs.csv", dtype={"Subject": str})
        .set_index(["Subject", "Sequence", "Region"])
        .sort_index()
    )
    whole = extractor(pyradiomics_parameters(Features(**{**features, "pad_distance": 10_000})))
    image = read_image(case / f"{sequence}.nii.gz")
    rows = []
    for region in [*LABELS, "L1L3"]:
        name, label = mask_of(region)
        wanted = pd.Series(whole.execute(image, read_image(case / name), label=label)).astype(float)
        own = ours[(ours["sequence"] == sequence) & (ours["roi"] == region)].set_index("feature")["value"]
        other = theirs.loc[(case.name, sequence, region)].reindex(wanted.index).astype(float)
        scale = wanted.abs().clip(lower=1e-12)
        rows.append(pd.DataFrame({"ours": (own - wanted).abs() / scale, "theirs": (other - wanted).abs() / scale}))
    table = pd.concat(rows)
    closer, farther = (table["ours"] < table["theirs"]).sum(), (table["ours"] > table["theirs"]).sum()
    for who in ("ours", "theirs"):
        off = table[who]
        print(
            f"  {who + ', from the uncropped image':<38} median {np.median(off):.1e}  largest {off.max():.1e}  "
            f"over 1e-6: {(off > 1e-6).sum()} of {len(off)}"
        )
    print(f"  ours closer in {closer}, farther in {farther}, the same in {len(table) - closer - farther}")


def ratio(name: str, one: Times, other: Times) -> bool:
    """Print a ratio; returns whether its target is met, by the processor's time."""
    value = one.processor / other.processor
    target = TARGETS[name.split(":")[0]]
    met = value <= target if target == TARGETS["stage / execute"] else value >= target
    print(
        f"  {name:<58} {value:5.2f} processor {one.clock / other.clock:5.2f} clock  "
        f"({one.processor:.1f} s, {other.processor:.1f} s; target {target}: {'met' if met else 'MISSED'})"
    )
    return met


def bench(preset: str, count: int, cores: int) -> bool:
    """All measurements of one kind of patients; returns whether all targets are met."""
    met = []
    features = {"bin_count": 32, "pad_distance": 15, **THEIRS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sequences = write_patients(folder / "cases", preset, count)
        cases = sorted((folder / "cases").iterdir())
        for used in (sequences, sequences[:1]):
            title = f"{len(used)} sequence{'s' if len(used) > 1 else ''}"
            alone = execute_alone(cases, used, features, only="L1L3")
            met.append(
                ratio(f"stage / execute: union, {title}", our_stage(folder, cases, used, UNION, features, 1)[0], alone)
            )
            every = execute_alone(cases, used, features)
            met.append(
                ratio(
                    f"stage / execute: L1, L2, L3, union, {title}",
                    our_stage(folder, cases, used, ROIS, features, 1)[0],
                    every,
                )
            )
            theirs = command_line(folder, cases, used, features, cores)
            ours, tables = our_stage(folder, cases, used, ROIS, features, cores)
            met.append(ratio(f"command line / stage: L1, L2, L3, union, {title}", theirs, ours))
        differences(folder, tables, cases[0], sequences[0], features)
        own = {"bin_count": 32, "pad_distance": 15}
        whole, _ = our_stage(folder, cases, sequences, ROIS, own, 1)
        met.append(ratio("stage / execute: the same, preset recommended", whole, execute_alone(cases, sequences, own)))
    return all(met)


def main() -> int:
    """Measure and print; the exit code is 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--demo", type=int, default=6, help="patients of the demo's size")
    parser.add_argument("--full", type=int, default=2, help="patients of a scanner's size")
    options = parser.parse_args()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    wanted = {"demo": options.demo, "full": options.full}
    met = [bench(preset, count, options.cores) for preset, count in wanted.items() if count]
    return int(not all(met))


if __name__ == "__main__":
    sys.exit(main())
