"""What was run: the settings, the software and the inputs of a study."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

import osteon
from osteon.tables.files import file_sha256

PACKAGES = {
    "snakemake": "https://snakemake.github.io",
    "numpy": "https://numpy.org",
    "scipy": "https://scipy.org",
    "pandas": "https://pandas.pydata.org",
    "SimpleITK": "https://simpleitk.org",
    "pydicom": "https://pydicom.github.io",
    "dcm2niix": "https://github.com/rordenlab/dcm2niix",
    "nnunetv2": "https://github.com/MIC-DKFZ/nnUNet",
    "torch": "https://pytorch.org",
    "surface-distance": "https://github.com/google-deepmind/surface-distance",
    "pyradiomics": "https://pyradiomics.readthedocs.io",
    "pingouin": "https://pingouin-stats.org",
    "scikit-learn": "https://scikit-learn.org",
    "boruta": "https://github.com/scikit-learn-contrib/boruta_py",
    "skrebate": "https://github.com/EpistasisLab/scikit-rebate",
    "feature-engine": "https://feature-engine.trainindata.com",
    "xgboost-cpu": "https://xgboost.readthedocs.io",
    "lightgbm": "https://lightgbm.readthedocs.io",
    "optuna": "https://optuna.org",
    "shap": "https://shap.readthedocs.io",
    "statsmodels": "https://www.statsmodels.org",
    "dcurves": "https://github.com/MSKCC-Epi-Bio/dcurves",
    "matplotlib": "https://matplotlib.org",
}
"""Distributions whose version can change a result, and their pages."""

ABSENT = "not in this environment"


def software_table(lock: str = "") -> pd.DataFrame:
    """Name and version of Osteon, Python and every package that can change a result.

    With conda, each rule has an environment of its own, which holds what the lock file names; what this environment
    lacks is told from there. A package that neither has is named with the reason, never left out.

    Args:
        lock: text of requirements.lock, lines `name==version`.
    """
    locked = {name.lower(): number for name, number in re.findall(r"^([\w.-]+)==(\S+)", lock, flags=re.MULTILINE)}
    rows = [("osteon", osteon.__version__), ("python", platform.python_version())]
    for name in PACKAGES:
        try:
            rows.append((name, version(name)))
        except PackageNotFoundError:
            rows.append((name, locked.get(name.lower(), ABSENT)))
    return pd.DataFrame(rows, columns=["software", "version"])


def input_hashes(paths: list[str]) -> str:
    """SHA-256 of each file, in the form that `sha256sum --check` reads."""
    return "".join(f"{file_sha256(path)}  {path}\n" for path in paths if Path(path).is_file())
