"""What was run: the settings, the software and the inputs of a study."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

import osteon
from osteon.tables.files import file_sha256

# Distributions whose version can change a result.
PACKAGES = (
    "snakemake",
    "numpy",
    "scipy",
    "pandas",
    "SimpleITK",
    "pydicom",
    "dcm2niix",
    "nnunetv2",
    "torch",
    "pyradiomics",
    "scikit-learn",
    "statsmodels",
    "dcurves",
    "matplotlib",
)


def software_table() -> pd.DataFrame:
    """Name and version of Osteon, Python and every installed package that can change a result.

    A package that this environment lacks is named with the reason, never left out.
    """
    rows = [("osteon", osteon.__version__), ("python", platform.python_version())]
    for name in PACKAGES:
        try:
            rows.append((name, version(name)))
        except PackageNotFoundError:
            rows.append((name, "not in this environment"))
    return pd.DataFrame(rows, columns=["software", "version"])


def input_hashes(paths: list[str]) -> str:
    """SHA-256 of each file, in the form that `sha256sum --check` reads."""
    return "".join(f"{file_sha256(path)}  {path}\n" for path in paths if Path(path).is_file())
