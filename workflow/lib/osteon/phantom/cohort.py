"""Who is examined: participants whose demographics follow a published table, and the tables of a cohort."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from osteon.phantom.parameters import Baseline, ClippedNormal, Group, Parameters
from osteon.tables.files import write_table

IQR_OF_NORMAL = 1.3489795  # interquartile range of the standard normal distribution
AGES, BMIS = (50, 92), (16.0, 38.0)
COLUMNS = ["subject", "center", "osteoporosis", "age", "sex", "bmi", "smoking", "alcohol", "diabetes", "vbmd", "seed"]


def draw_participants(
    baseline: Baseline,
    density: ClippedNormal,
    group: Group,
    female_to_male_rate: float,
    count: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw `count` participants of one outcome group; age in years, BMI in kg/m2, vbmd in mg/cm3.

    Age and BMI are normal with the published median and interquartile range. Smoking and alcohol depend on
    sex, with rates that reproduce the published proportions of the group as a whole.
    """
    male = rng.random(count) < baseline.share("male")
    age = np.clip(np.rint(rng.normal(baseline.age[0], baseline.age[1] / IQR_OF_NORMAL, count)), *AGES).astype(int)
    bmi = np.clip(rng.normal(baseline.bmi[0], baseline.bmi[1] / IQR_OF_NORMAL, count), *BMIS).round(1)
    habits = {}
    for habit in ("smoking", "alcohol"):
        of_men, of_women = rates_by_sex(baseline.share(habit), baseline.share("male"), female_to_male_rate)
        habits[habit] = _words(rng.random(count) < np.where(male, of_men, of_women))
    diabetes = rng.random(count) < baseline.share("diabetes")
    low, high = (ndtr((limit - density.mean) / density.sd) for limit in (density.low, density.high))
    vbmd = density.mean + density.sd * ndtri(rng.uniform(low, high, count))
    return pd.DataFrame(
        {
            "osteoporosis": group,
            "age": age,
            "sex": np.where(male, "male", "female"),
            "bmi": bmi,
            **habits,
            "diabetes": _words(diabetes),
            "vbmd": np.floor(vbmd * 10) / 10,  # downwards, so that rounding never crosses the threshold
        }
    )


def rates_by_sex(overall: float, male: float, female_to_male: float) -> tuple[float, float]:
    """Rates in men and women with the given ratio whose mixture is `overall`, where `male` is the share of men.

    Solves overall = male * m + (1 - male) * ratio * m for m. ValueError if men's rate would exceed 1.
    """
    of_men = overall / (male + (1 - male) * female_to_male)
    if of_men > 1:
        raise ValueError(
            f"no rate in men gives {overall:.3f} overall with {male:.3f} men and a female to male ratio "
            f"of {female_to_male}; raise female_to_male_rate"
        )
    return of_men, of_men * female_to_male


def sample_cohort(parameters: Parameters, hospital: str, count: int, seed: int) -> pd.DataFrame:
    """Draw `count` participants of a hospital, subjects <hospital>001 and on.

    The share of osteoporosis is that of the hospital's published set. Every participant has a random stream
    of their own and the groups alternate in a fixed pattern, so a longer cohort begins with the shorter one.
    """
    groups = parameters.demographics[parameters.hospital(hospital).demographics]
    prevalence = groups["yes"].n / (groups["yes"].n + groups["no"].n)
    label = int.from_bytes(hospital.encode("ascii"), "big")
    rows = []
    for i in range(count):
        group: Group = "yes" if int((i + 1) * prevalence) > int(i * prevalence) else "no"
        rng = np.random.default_rng([seed, label, i])
        row = draw_participants(
            groups[group], parameters.bone_density[group], group, parameters.female_to_male_rate, 1, rng
        )
        rows.append(row.assign(subject=f"{hospital}{i + 1:03d}", center=hospital, seed=int(rng.integers(2**31))))
    return pd.concat(rows, ignore_index=True)[COLUMNS]


def cohort_tables(parameters: Parameters, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of the cases (center, subject, source, batch) and of the participants of a planned cohort."""
    plan = parameters.cohort(name)
    participants = pd.concat(
        [sample_cohort(parameters, hospital, plan.patients, plan.seed) for hospital in plan.hospitals],
        ignore_index=True,
    )
    cases = participants[["center", "subject"]].copy()
    cases["source"] = [plan.source.format(**row) for row in cases.to_dict("records")]
    batch = cases.groupby("center").cumcount() // plan.batch_size + 1
    cases["batch"] = [f"{center}{number:02d}" for center, number in zip(cases["center"], batch, strict=True)]
    return cases, participants


def write_cohort_tables(parameters: Parameters, name: str, folder: str | Path) -> None:
    """Write cases.tsv and participants.tsv of a planned cohort into `folder`."""
    cases, participants = cohort_tables(parameters, name)
    write_table(cases, Path(folder) / "cases.tsv")
    write_table(participants, Path(folder) / "participants.tsv")


def _words(flags: np.ndarray) -> np.ndarray:
    return np.where(flags, "yes", "no")
