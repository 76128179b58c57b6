"""Raw exports of hospitals, and scans of them without Snakemake."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from helpers.dicom_series import ROLES, make_series, save
from osteon.config.delivery import ScanCenter, ScanSettings
from osteon.ingest.scan.study import scan_study

RULES = Path(__file__).resolve().parents[2] / "config" / "series_rules" / "lumbar_mr.yaml"


def save_patient(folder: Path, identifier: str | None, seed: int, prefix: str = "", roles=tuple(ROLES), **tags) -> None:
    """All series of one patient, in a folder each, or beside those of others with a prefix."""
    marked = {"PatientIdentityRemoved": "YES", "StudyDate": "20240131", "StudyInstanceUID": f"1.2.3.{seed}"} | tags
    for role in roles:
        slices = make_series(role, seed=seed, PatientID=identifier, **marked)
        save(slices, folder if prefix else folder / role, f"{prefix}{role}" if prefix else "")


class Export:
    """Raw folders of centers below raw/, and the results of scanning them.

    Args:
        folder: where everything goes; must be the working directory, so that the tables hold short paths.
        settings: what differs from the usual `ScanSettings`.
    """

    def __init__(self, folder: Path, *centers: str, **settings):
        self.folder = folder
        self.raw = {code: folder / "raw" / code for code in centers or ("A",)}
        for path in self.raw.values():
            path.mkdir(parents=True)
        self.settings = {"sequences": list(ROLES), "batch_size": 2, "cases": "cases.tsv"} | settings
        self.masks: list = []
        self.version = "1"
        self.report = self.patients = pd.DataFrame()

    def scan(self, threads: int = 1) -> list[dict[str, str]]:
        """Scan; the rows of cases.tsv."""
        centers = {code: ScanCenter(raw=f"raw/{code}", masks=self.masks) for code in self.raw}
        settings = ScanSettings(centers=centers, **self.settings)
        self.report, self.patients = scan_study(settings, RULES, "results/00_scan", self.version, threads)
        return self.rows()

    def rows(self) -> list[dict[str, str]]:
        """The rows of cases.tsv; none if it is not there."""
        if not self.table.exists():
            return []
        with open(self.table, encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream, delimiter="\t"))

    @property
    def table(self) -> Path:
        """cases.tsv."""
        return self.folder / self.settings["cases"]

    def count(self, what: str, center: str = "A"):
        """A number of the report; 0 if it has no such row."""
        found = self.report[(self.report["what"] == what) & (self.report["center"] == center)]
        return found["count"].iloc[0] if len(found) else 0

    def detail(self, what: str, center: str = "A") -> str:
        """What the report says of it; empty if it has no such row."""
        found = self.report[(self.report["what"] == what) & (self.report["center"] == center)]
        return found["detail"].iloc[0] if len(found) else ""
