"""Who is examined: participants whose demographics follow a published table, and the tables of a cohort."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from osteon.phantom.parameters import Baseline, ClippedNormal, CohortPart, Group, Parameters
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


def sample_cohort(
    parameters: Parameters, hospital: str, count: int, seed: int, demographics: str | None = None, first: int = 0
) -> pd.DataFrame:
    """Draw `count` participants of a hospital, subjects <hospital>001 and on (after the `first` ones).

    The share of osteoporosis is that of the published set `demographics` (default: the hospital's). Every participant
    has a random stream of their own and the groups alternate in a fixed pattern, so a longer cohort begins with the
    shorter one.
    """
    groups = parameters.demographics[demographics or parameters.hospital(hospital).demographics]
    yes, everyone = groups["yes"].n, groups["yes"].n + groups["no"].n
    label = int.from_bytes(hospital.encode("ascii"), "big")
    rows = []
    for i in range(count):
        group: Group = "yes" if (i + 1) * yes // everyone > i * yes // everyone else "no"
        rng = np.random.default_rng([seed, label, first + i])
        row = draw_participants(
            groups[group], parameters.bone_density[group], group, parameters.female_to_male_rate, 1, rng
        )
        subject = f"{hospital}{first + i + 1:03d}"
        rows.append(row.assign(subject=subject, center=hospital, seed=int(rng.integers(2**31))))
    return pd.concat(rows, ignore_index=True)[COLUMNS]


def cohort_tables(parameters: Parameters, name: str) -> dict[str, pd.DataFrame]:
    """Tables of a planned cohort.

    Returns:
        cases: center, subject, source, batch; participants (with `read_again`, a column 'readings': yes for patients
        with several readings of the mask); and, where parts name a set, splits: subject, set.
    """
    plan = parameters.cohort(name)
    parts, splits = [], []
    for part in plan.parts:
        first = sum(len(table) for table in parts if table["center"].iloc[0] == part.hospital)
        own = _sample_part(parameters, part, plan.seed, first)
        parts.append(own)
        if part.set:
            splits.append(own[["subject"]].assign(set=part.set))
    participants = pd.concat(parts, ignore_index=True)
    if plan.read_again:
        chosen = np.random.default_rng(plan.seed).choice(len(parts[0]), plan.read_again, replace=False)
        participants["readings"] = _words(participants.index.isin(chosen))
    cases = participants[["center", "subject"]].copy()
    cases["source"] = [plan.source.format(**row) for row in cases.to_dict("records")]
    batch = cases.groupby("center").cumcount() // plan.batch_size + 1
    cases["batch"] = [f"{center}{number:02d}" for center, number in zip(cases["center"], batch, strict=True)]
    tables = {"cases": cases, "participants": participants}
    return tables | ({"splits": pd.concat(splits, ignore_index=True)} if splits else {})


def _sample_part(parameters: Parameters, part: CohortPart, seed: int, first: int) -> pd.DataFrame:
    name = part.demographics or parameters.hospital(part.hospital).demographics
    groups = parameters.demographics[name]
    count = part.patients or sum(group.n for group in groups.values())
    table = sample_cohort(parameters, part.hospital, count, seed, name, first)
    if part.patients is None:  # whose diabetes the published table does not know
        for word, group in groups.items():
            lacking = group.n - (group.diabetes_n or group.n)
            own = table.index[table["osteoporosis"] == word]
            table.loc[own[len(own) - lacking :], "diabetes"] = ""
    return table


def write_cohort_tables(parameters: Parameters, name: str, folder: str | Path) -> None:
    """Write the tables of a planned cohort into `folder`, each as <name>.tsv."""
    for table, rows in cohort_tables(parameters, name).items():
        write_table(rows, Path(folder) / f"{table}.tsv")


def _words(flags: np.ndarray) -> np.ndarray:
    return np.where(flags, "yes", "no")
