"""Speed and memory of the modelling road: the published protocol, ICC, ComBat, a grid of selections and classifiers.

    make bench

A simulated table of 1095 patients of three hospitals with 1158 features of three sequences. Each model is fitted by a
process of its own, as the rule does it: tables are read, the model is fitted in all folds with tuning in inner folds,
and frozen. Prints each number beside its target, and how much a second core helps.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "lib")]

from osteon.config.modelling import Classifier, Validation  # noqa: E402
from osteon.harmonise.combat import ComBat  # noqa: E402
from osteon.modelling.splits import make_splits  # noqa: E402
from osteon.modelling.task import BINARY  # noqa: E402
from osteon.statistics.icc import absolute_agreement  # noqa: E402
from osteon.tables.files import write_table  # noqa: E402

SEQUENCES = ("T1", "T2", "STIR")
HOSPITALS = {"A": 0.5, "B": 0.3, "C": 0.2}
FACTORS = 20  # what lies behind the features of a sequence, so that they correlate as real ones do
PUBLISHED = {"published": ["univariable", "lasso"]}
MODELS = {
    "clinical": {"clinical": ["age", "sex"]},
    "radiomics": {"scores": list(SEQUENCES)},
    "combined": {"clinical": ["age", "sex"], "scores": list(SEQUENCES)},
}
GRID = {
    "lasso": ["univariable", "lasso"],
    "elastic_net": ["univariable", "elastic_net"],
    "k_best": [{"k_best": {"k": 10}}],
    "pruned": ["variance", "correlation", {"k_best": {"k": 10}}],
    "mrmr": ["mrmr"],
    "svm_rfe": [{"k_best": {"k": 100}}, "svm_rfe"],
    "forest": [{"k_best": {"k": 100}}, "forest"],
    "relieff": [{"k_best": {"k": 100}}, "relieff"],
}
CLASSIFIERS = [
    name for name in Classifier.__args__ if name not in ("logistic", "logistic_elastic_net", "svm_linear", "mlp", "sgd")
]
TARGETS = {"protocol": 90.0, "memory": 2048.0, "icc": 1.0, "combat": 1.0}
JOB = """
import json, os, sys, time
order = json.loads(sys.argv[1])
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: order["cores"]])
import logging
logging.basicConfig(level=order["level"], format="    %(message)s", stream=sys.stdout)
from osteon.config.cohort import Outcome
from osteon.modelling.bundle import freeze
from osteon.modelling.crossfit import fit_model
from osteon.modelling.patients import join_patients
from osteon.modelling.recipes import recipe_of
from osteon.tables.files import read_table
outcome = Outcome(column="outcome", positive="1", negative="0").model_dump()
recipe = recipe_of(order["name"], order["settings"], outcome, 7)
tables = {name: read_table(f"{order['folder']}/{name}.tsv") for name in ("people", "features", "splits")}
patients = join_patients(tables["people"], [tables["features"]], recipe.task)
fitted = fit_model(recipe, patients, tables["splits"], cores=order["cores"])
freeze(fitted.bundle, f"{order['folder']}/{order['name']}_{order['cores']}")
"""


@dataclass
class Cost:
    """What a process and its children took."""

    clock: float
    processor: float
    memory: float
    """Most MiB of all of them together, shared pages once."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.clock + other.clock, self.processor + other.processor, max(self.memory, other.memory))


def write_study(folder: Path, patients: int, features: int, folds: int = 5) -> None:
    """people.tsv, features.tsv and splits.tsv of simulated patients, 8:2 into training and test."""
    random = np.random.default_rng(5)
    center = random.choice(list(HOSPITALS), patients, p=list(HOSPITALS.values()))
    moved = pd.factorize(center, sort=True)[0][:, None].astype(float)
    age, sex = random.normal(68, 9, patients), random.integers(0, 2, patients)
    hidden = random.normal(size=(len(SEQUENCES), patients, FACTORS))
    risk = 0.6 * hidden[:, :, 0].sum(axis=0) + 0.3 * hidden[:, :, 1].sum(axis=0) + (age - 68) / 9
    outcome = (random.random(patients) < 1 / (1 + np.exp(-risk))).astype(int)
    columns: dict[str, np.ndarray] = {}
    for sequence, factors in zip(SEQUENCES, hidden, strict=True):
        size = features // len(SEQUENCES)
        loadings = random.normal(size=(FACTORS, size)) * (random.random((FACTORS, size)) < 0.25)
        values = factors @ loadings + 0.5 * random.normal(size=(patients, size))
        values = values * (1 + 0.2 * moved) + moved * 0.5 * random.normal(size=size)
        values = values * np.exp(random.normal(0, 4, size))
        columns |= {f"{sequence}_L1L3_f{place}": values[:, place] for place in range(size)}
    known = pd.DataFrame({"subject": [f"P{number:04d}" for number in range(patients)], "center": center})
    people = known.assign(outcome=outcome, age=age, sex=sex)
    write_table(people, folder / "people.tsv")
    write_table(pd.concat([known, pd.DataFrame(columns)], axis=1), folder / "features.tsv")
    validation = Validation(hold_out=0.2, folds=folds)
    write_table(make_splits(people.assign(person=people["subject"]), validation, BINARY, 1), folder / "splits.tsv")


def fitted(folder: Path, name: str, model: dict, chains: dict, cores: int, level: str = "WARNING") -> Cost:
    """Fit one model in a process of its own."""
    settings = {
        "model": model,
        "signatures": {sequence: [f"{sequence}_*"] for sequence in SEQUENCES},
        "selections": chains,
        "harmonisation": {"method": "combat"},
        "robustness": {},
        "missing_values": "median",
    }
    order = {"folder": str(folder), "name": name, "settings": settings, "cores": cores, "level": level}
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "workflow" / "lib")}
    start, before = time.perf_counter(), os.times()
    process = subprocess.Popen([sys.executable, "-c", JOB, json.dumps(order)], env=environment)
    memory = 0.0
    while process.poll() is None:
        memory = max(memory, sum(map(_memory, _family(process.pid))))
        time.sleep(0.5)  # looking stops the processes for a moment
    assert process.returncode == 0, f"{name}: exit code {process.returncode}"
    after = os.times()
    processor = sum(after[2:4]) - sum(before[2:4])
    return Cost(time.perf_counter() - start, processor, memory)


def _family(number: int) -> list[int]:
    """A process and all that descend from it."""
    found = [number]
    for place in found:
        try:
            children = [Path(task, "children").read_text() for task in Path(f"/proc/{place}/task").iterdir()]
        except OSError:  # it has just ended
            continue
        found += [int(child) for text in children for child in text.split()]
    return found


def _memory(number: int) -> float:
    """MiB of a process; of what several processes share, its part."""
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def quickest(function, times: int = 3) -> float:
    """Seconds of the quickest of several calls."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return min(taken)


def judged(text: str, value: float, unit: str, target: str, more: str = "") -> bool:
    """Print a number beside its target; returns whether it is met."""
    met = value <= TARGETS[target]
    print(f"{text:<52} {value:9.3f} {unit:<4} target {TARGETS[target]:6.0f}: {'met' if met else 'MISSED'}  {more}")
    return met


def small_parts() -> bool:
    """ICC and ComBat of whole tables."""
    random = np.random.default_rng(0)
    repeated = random.normal(size=(20, 1, 1158)) + 0.3 * random.normal(size=(20, 2, 1158))
    met = judged("ICC, 1158 features x 20 x 2", quickest(lambda: absolute_agreement(repeated)), "s", "icc")
    values, batch = random.normal(size=(1095, 1158)), random.choice(list(HOSPITALS), 1095)
    for prior in ("parametric", "none"):

        def both(prior=prior):
            return ComBat(prior=prior).fit(values, batch).transform(values, batch)

        met &= judged(f"ComBat fit and transform, 1095 x 1158, prior {prior}", quickest(both), "s", "combat")
    return met


def protocol(folder: Path, trials: int, cores: int) -> bool:
    """The three published models one after the other, on one core and on several."""
    write_study(folder, 1095, 1158)
    totals = {}
    for used in dict.fromkeys((cores, 1)):
        costs = []
        for name, inputs in MODELS.items():
            model = inputs | {"classifier": "logistic_l2", "trials": trials}
            costs.append(fitted(folder, name, model, PUBLISHED, used))
            print(
                f"  {name}, {used} core{'s' if used > 1 else ''}: {costs[-1].clock:.1f} s by the clock, "
                f"{costs[-1].processor:.1f} s of processors, {costs[-1].memory:.0f} MiB",
                flush=True,
            )
        totals[used] = sum(costs[1:], costs[0])
    text = f"three models, 1095 x 1158, 5 folds, {trials} trials"
    helps = f"one core takes {totals[1].clock / totals[cores].clock:.2f} x the time"
    met = judged(f"{text}, {cores} cores", totals[cores].clock, "s", "protocol", helps)
    met &= judged("  most memory of all its processes", totals[cores].memory, "MiB", "memory")
    for name in MODELS:
        one, other = ({path.name: path.read_bytes() for path in (folder / f"{name}_{n}").iterdir()} for n in totals)
        assert one == other, f"{name}: the number of cores changes the bundle"
    return met


def grid(folder: Path, patients: int, features: int, trials: int, cores: int) -> bool:
    """Eight selections x twelve classifiers in one model."""
    write_study(folder, patients, features)
    model = {"columns": ["*"], "selection": list(GRID), "classifier": CLASSIFIERS, "trials": trials}
    cost = fitted(folder, "grid", model, GRID, cores, "INFO")
    print(
        f"{len(GRID)} selections x {len(CLASSIFIERS)} classifiers, {patients} x {features}, {trials} trials, {cores} "
        f"cores: {cost.clock:.0f} s by the clock, {cost.processor:.0f} s of processors"
    )
    return judged("  most memory of all its processes", cost.memory, "MiB", "memory")


def main() -> int:
    """Measure and print; the exit code is 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--trials", type=int, default=20, help="settings that Optuna tries for each model")
    parser.add_argument("--grid", type=int, nargs=3, metavar=("PATIENTS", "FEATURES", "TRIALS"), help="the grid alone")
    options = parser.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        if options.grid:
            met = grid(Path(name), *options.grid, options.cores)
        else:
            met = small_parts()
            met &= protocol(Path(name), options.trials, options.cores)
    print(f"load of the machine after: {os.getloadavg()[0]:.1f}")
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
