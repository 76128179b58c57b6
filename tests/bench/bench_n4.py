"""What N4's settings cost and what they correct, on phantoms whose field is known; ratios from one run.

    PYTHONPATH=workflow/lib python tests/bench/bench_n4.py [patients] [preset] [shrink factors ...]

1. Seconds of one core per image and the share of the field that is left, by shrink factor, mask and iterations: the
   coefficient of variation, inside the vertebrae, of the true field over the estimated one, divided by that of the
   true field. 1 is no correction; above 1 is worse than none.
2. How far features move against the finest shrink factor, over the patients.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import SimpleITK as sitk

from osteon.config.features import Features, Roi
from osteon.config.imaging import BiasCorrection, Intensity
from osteon.features.extract import extract_case
from osteon.features.settings import pyradiomics_parameters
from osteon.images.bias import n4, shrink_factors
from osteon.images.foreground import foreground
from osteon.images.intensity import normalise
from osteon.phantom.anatomy import draw_anatomy
from osteon.phantom.geometry import locate
from osteon.phantom.parameters import load_parameters
from osteon.phantom.session import draw_session, shading
from osteon.phantom.simulate import simulate_patient
from osteon.statistics.icc import absolute_agreement

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = BiasCorrection()
MASKS = {
    "above the mean": foreground,
    "Otsu": lambda image: sitk.OtsuThreshold(image, 0, 1, 200),
    "none": lambda image: sitk.Cast(image * 0 + 1, sitk.sitkUInt8),
}
ITERATIONS = ([20, 20], [20, 20, 20], [50, 50, 50], [50, 50, 50, 50])
LABELS = {"L1": 1, "L2": 2, "L3": 3}


def patients(count: int, preset: str):
    """(images by sequence, mask, true field) of participants of all hospitals in turn."""
    parameters = load_parameters(ROOT / "config" / "phantom" / "lumbar.yaml")
    resolution = parameters.preset(preset)
    table = pd.read_csv(ROOT / "config" / "demo" / "participants.tsv", sep="\t")
    rows = table.groupby("center").head(-(-count // table["center"].nunique())).sort_values("subject", key=_by_number)
    for row in rows.head(count).to_dict("records"):
        hospital = parameters.hospital(row["center"])
        examination = simulate_patient(row, hospital, parameters, resolution)
        seed = int(row["seed"])
        anatomy = draw_anatomy(row, parameters)
        session = draw_session(hospital, resolution, np.random.default_rng([seed, 2]))
        stack = session.stack
        planes = [locate(stack.planes(k, np.zeros(1), stack.pixels), anatomy).plane(0) for k in range(stack.slices)]
        field = [shading(plane, anatomy, hospital, session)[0].reshape(stack.pixels, -1) for plane in planes]
        images = {name: _image(values, stack) for name, values in examination.images.items()}
        yield images, _image(examination.mask, stack), np.stack(field)


def _by_number(subjects: pd.Series) -> pd.Series:
    return subjects.str[1:] + subjects.str[0]


def _image(values: np.ndarray, stack) -> sitk.Image:
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((stack.pixel_spacing, stack.pixel_spacing, stack.slice_spacing))
    image.SetOrigin(stack.position(0).tolist())
    image.SetDirection(np.stack([stack.row_direction, stack.column_direction, stack.normal], axis=1).ravel().tolist())
    return image


def corrected(image: sitk.Image, shrink: int, mask: str, iterations: list[int]) -> tuple[np.ndarray, float]:
    """The estimated field and the seconds that it took; `osteon.images.bias.n4` with another mask."""
    full = sitk.Cast(image, sitk.sitkFloat32)
    factors = shrink_factors(full, shrink)
    corrector = sitk.N4BiasFieldCorrectionImageFilter()
    corrector.SetMaximumNumberOfIterations(iterations)
    start = time.process_time()
    corrector.Execute(sitk.Shrink(full, factors), sitk.Shrink(MASKS[mask](full), factors))
    field = np.exp(sitk.GetArrayFromImage(corrector.GetLogBiasFieldAsImage(full)))
    return field, time.process_time() - start


def field_table(cases: list, shrinks: list[int]) -> None:
    """Print part 1."""
    base = DEFAULT.shrink
    settings = [(shrink, "above the mean", DEFAULT.iterations) for shrink in shrinks]
    settings += [(base, mask, DEFAULT.iterations) for mask in MASKS if mask != "above the mean"]
    settings += [(base, "above the mean", list(rounds)) for rounds in ITERATIONS if list(rounds) != DEFAULT.iterations]
    print("| shrink | mask | iterations | T1 | T2 | FST2 | worst image | seconds per image |")
    print("|---|---|---|---|---|---|---|---|")
    for shrink, mask, iterations in settings:
        left: dict[str, list[float]] = {}
        seconds = []
        for images, labels, truth in cases:
            inside = sitk.GetArrayViewFromImage(labels) > 0
            for name, image in images.items():
                field, took = corrected(image, shrink, mask, iterations)
                rest = (truth / field)[inside]
                share = rest.std() / rest.mean() / (truth[inside].std() / truth[inside].mean())
                left.setdefault(name, []).append(share)
                seconds.append(took)
        shares = " | ".join(f"{np.mean(left[name]):.2f}" for name in ("T1", "T2", "FST2"))
        worst = max(max(values) for values in left.values())
        print(f"| {shrink} | {mask} | {iterations} | {shares} | {worst:.2f} | {np.mean(seconds):.2f} |", flush=True)


def feature_table(cases: list, shrinks: list[int]) -> None:
    """Print part 2: agreement of the features (original image, T1) with those of the finest shrink factor."""
    features = Features(bin_count=32, image_types=["original"])
    parameters = pyradiomics_parameters(features)
    rois = {"L1L3": Roi(labels=list(LABELS))}
    values = {}
    for shrink in [*shrinks, 0]:
        rows = []
        for images, labels, _ in cases:
            image = n4(images["T1"], BiasCorrection(shrink=shrink)) if shrink else images["T1"]
            table = extract_case({"T1": normalise(image, Intensity())}, labels, LABELS, rois, parameters).features
            rows.append(table.set_index("feature")["value"])
        values[shrink] = pd.DataFrame(rows).filter(regex="^(?!original_shape)")
    finest = values[min(shrinks)]
    print("\n| N4 | features with ICC >= 0.9 | lowest ICC | median relative difference |\n|---|---|---|---|")
    for shrink in [*[number for number in shrinks if number != min(shrinks)], 0]:
        pairs = np.stack([finest.to_numpy(), values[shrink].to_numpy()], axis=1)
        icc = np.asarray(absolute_agreement(pairs).icc)
        difference = np.abs(values[shrink] / finest - 1).to_numpy()
        name = f"shrink {shrink}" if shrink else "none"
        print(
            f"| {name} | {np.mean(icc >= 0.9):.2f} | {np.nanmin(icc):.2f} | {np.nanmedian(difference):.4f} |",
            flush=True,
        )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    preset = sys.argv[2] if len(sys.argv) > 2 else "demo"
    shrinks = [int(text) for text in sys.argv[3:]] or [1, 2, 4, 6, 8]
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    cases = list(patients(count, preset))
    print(f"{count} phantoms, preset {preset}\n")
    field_table(cases, shrinks)
    feature_table(cases, shrinks)


if __name__ == "__main__":
    main()
