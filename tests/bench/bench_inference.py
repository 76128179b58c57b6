"""Speed of inference: a batch of phantom images against nnUNetv2_predict, per case and over the whole folder.

    make bench

Prints seconds and ratios of whole processes, the start of Python included. All run on the same cores, one after the
other, and again in the opposite order; the masks must be identical.
"""

from __future__ import annotations

import argparse
import datetime
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "workflow" / "lib")]

import numpy as np  # noqa: E402
import SimpleITK as sitk  # noqa: E402

from helpers.nnunet_command import Command  # noqa: E402
from osteon.images.io import read_image, write_image  # noqa: E402
from osteon.phantom.case import write_mask  # noqa: E402
from osteon.phantom.cohort import sample_cohort  # noqa: E402
from osteon.phantom.parameters import load_parameters  # noqa: E402
from osteon.phantom.simulate import simulate_patient  # noqa: E402
from osteon.tables.files import file_sha256  # noqa: E402
from osteon.tables.status import CaseStatus  # noqa: E402

MODEL = ROOT / "config" / "demo" / "model" / "phantom_lumbar_t1.zip"
PARAMETERS = ROOT / "config" / "phantom" / "lumbar.yaml"
TARGETS = {"per case": 1.5, "whole folder": 1.0}

BATCH = """
import sys
from pathlib import Path
from osteon.config.segmentation import Segmentation
from osteon.segmentation.batch import segment_batch
from osteon.segmentation.order import CaseFiles, Order
folder, model, threads, device = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
cases = [CaseFiles(path, path.parent, path.with_name("segment.json"), path.with_name("masks"))
         for path in sorted(folder.glob("*/ingest.json"))]
settings = Segmentation(method="nnunet", model=model, device=device)
segment_batch(cases, Order(settings, "T1", {"L1": 1, "L2": 2, "L3": 3}), folder / "kept", threads)
"""


def write_cases(folder: Path, count: int, preset: str) -> list[Path]:
    """T1 images of simulated patients of three hospitals, as ingest leaves them."""
    parameters = load_parameters(PARAMETERS)
    images = []
    for hospital in "ABC":
        cohort = sample_cohort(parameters, hospital, -(-count // 3), 4711).to_dict("records")
        for number, participant in enumerate(cohort):
            own = folder / f"{hospital}{number:03d}"
            examination = simulate_patient(
                participant, parameters.hospital(hospital), parameters, parameters.preset(preset)
            )
            write_mask(examination.mask, examination.stack, own / "truth.nii.gz")
            image = sitk.GetImageFromArray(examination.images["T1"])
            image.CopyInformation(read_image(own / "truth.nii.gz"))
            path = own / f"sub-{own.name}_T1.nii.gz"
            write_image(sitk.Flip(image, [False, True, False]), path)
            files = {"T1": {"path": path.name, "sha256": file_sha256(path)}}
            CaseStatus(hospital, own.name, "ingest", files=files).write(own / "ingest.json")
            images.append(path)
    for path in images[count:]:
        path.with_name("ingest.json").unlink()
    return images[:count]


def batch(folder: Path, threads: int, device: str) -> None:
    """The program's own way, in a process of its own; nothing is kept from before."""
    shutil.rmtree(folder / "kept", ignore_errors=True)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "lib"), "OMP_NUM_THREADS": str(threads)}
    environment["OMP_WAIT_POLICY"] = "PASSIVE"
    subprocess.run(
        [sys.executable, "-c", BATCH, str(folder), str(MODEL), str(threads), device], env=environment, check=True
    )


def measured(images: int, function, *arguments, **named) -> tuple[float, float]:
    """Seconds per image that a call takes by the clock, and that its processes take of the processor."""
    clock, processor = time.perf_counter(), _processor()
    function(*arguments, **named)
    return (time.perf_counter() - clock) / images, (_processor() - processor) / images


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Measure and print; the exit code is 1 if a ratio is missed or a mask differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--single", type=int, default=3, help="images that are also predicted one call each")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--preset", default="demo")
    options = parser.parse_args()
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    card = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = write_cases(folder / "cases", options.images, options.preset)
        command = Command(MODEL, folder / "command")
        count = len(images)
        osteon = [measured(count, batch, folder / "cases", options.cores, device)]
        whole = [measured(count, command.predict, images, device=device)]
        same = sum(_same(image, command.masks) for image in images)
        single = [measured(1, command.predict, [image], device=device) for image in images[: options.single]]
        whole.append(measured(count, command.predict, images, device=device))
        osteon.append(measured(count, batch, folder / "cases", options.cores, device))
    print(
        f"{datetime.date.today()}, {card}, {options.cores} cores, torch {torch.__version__}, {count} images of "
        f"{options.preset} phantoms; seconds per image, whole processes"
    )
    (clock, processor) = _means(osteon)
    print(f"{'osteon':<30}{clock:7.2f} by the clock, {processor:7.2f} of the processor  ({_listed(osteon)})")
    missed = same != count
    for what, runs in {"per case": single, "whole folder": whole}.items():
        other_clock, other_processor = _means(runs)
        missed |= other_clock / clock < TARGETS[what]
        print(
            f"{f'nnUNetv2_predict {what}':<30}{other_clock:7.2f} by the clock, {other_processor:7.2f} of the processor"
            f"  ({_listed(runs)}); osteon is {other_clock / clock:.2f} times as fast (target {TARGETS[what]}) "
            f"and takes {processor / other_processor:.2f} of the processor's time"
        )
    print(f"identical masks: {same} of {count}")
    return int(missed)


def _means(runs: list[tuple[float, float]]) -> tuple[float, float]:
    return sum(clock for clock, _ in runs) / len(runs), sum(processor for _, processor in runs) / len(runs)


def _listed(runs: list[tuple[float, float]]) -> str:
    return ", ".join(f"{clock:.2f}" for clock, _ in runs)


def _same(image: Path, masks: dict[str, Path]) -> bool:
    own = read_image(image.parent / "masks" / f"sub-{image.parent.name}_dseg.nii.gz")
    other = read_image(masks[image.name.removesuffix(".nii.gz")])
    return bool(np.array_equal(sitk.GetArrayViewFromImage(own), sitk.GetArrayViewFromImage(other)))


if __name__ == "__main__":
    sys.exit(main())
