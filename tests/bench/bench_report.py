"""Size of the report and time to open it, for 1100 patients of five hospitals and four models.

    make bench

Made-up tables as large as those of such a study go through the functions that write START_HERE.html and the page of a
hospital; Chromium, if there is one, opens both. Prints seconds to write, bytes, and milliseconds until the page is
loaded with its scripts run.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_curve

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "lib"), str(ROOT / "tests")]

from helpers import hospital_study, report_study  # noqa: E402
from osteon.config.study import Study  # noqa: E402
from osteon.reporting.content import Part, ReportContent  # noqa: E402
from osteon.reporting.figures import calibration_figure, decision_figure, roc_figure  # noqa: E402
from osteon.reporting.further_sections import PaperFigures, further_sections  # noqa: E402
from osteon.reporting.hospital_page import render_hospital  # noqa: E402
from osteon.reporting.html import render_report  # noqa: E402
from osteon.reporting.paper.table import Column, PaperTable, Row  # noqa: E402
from osteon.segmentation.evaluate import COLUMNS as AGREEMENT  # noqa: E402

MODELS = {"clinical": "Clinical", "radiomics": "Radiomics", "combined": "Combined", "boosted": "Boosted trees"}
CENTERS = {"A": 500, "B": 268, "D": 98, "C": 134, "E": 100}
LARGEST_PAGE, SLOWEST_MS = 15_000_000, 2_000
"""What the report promises: bytes, and milliseconds."""
TIMED = """<script>addEventListener("load", () => {
  document.documentElement.dataset.loaded = Math.round(performance.now());
});</script>"""


def study() -> Study:
    """Three development hospitals and two external ones."""
    base = report_study.study().model_dump(mode="json", exclude_unset=True)
    centers = {
        code: {"name": f"Hospital {code}", "role": "external" if code in "CE" else "development", "source": "dicom"}
        for code in CENTERS
    }
    models = base["models"] | {
        name: base["models"]["combined"] | {"label": label} for name, label in MODELS.items() if name != "clinical"
    }
    return Study.model_validate(base | {"centers": centers, "models": {name: models[name] for name in MODELS}})


def part(key: str, sets: dict[str, tuple[str, int]], baseline: pd.DataFrame) -> Part:
    """A part with curves that have a point per patient, as in a study."""
    random, rocs, curves = np.random.default_rng(1), [], []
    for name, (_, patients) in sets.items():
        outcome = np.arange(patients) % 2
        for model in MODELS:
            risk = 0.2 * outcome + random.random(patients)
            false, true, cut = roc_curve(outcome, risk, drop_intermediate=False)
            columns = {"threshold": cut, "false_positive_rate": false, "true_positive_rate": true}
            rocs.append(pd.DataFrame(columns).assign(set=name, model=model))
            place = np.linspace(0.01, 0.99, 200)
            smooth = {"predicted": place, "observed": place**1.1, "low": place - 0.05, "high": place + 0.05}
            curves.append(pd.DataFrame(smooth).assign(set=name, model=model, kind="smooth"))
    titles = {name: title for name, (title, _) in sets.items()}
    performance, decision = report_study.performance(list(sets), 1), report_study.curves(list(sets))[2]
    figures = {
        "roc": roc_figure(pd.concat(rocs), performance, MODELS, titles),
        "calibration": calibration_figure(pd.concat(curves), MODELS, titles),
        "decision": decision_figure(decision, MODELS, titles),
    }
    drawn = {name: report_study.svg_of(figure) for name, figure in figures.items()}
    return Part(key, key, titles, performance, report_study.pairwise(list(sets)), baseline, drawn)


def content() -> ReportContent:
    """Everything that START_HERE.html shows."""
    small, chosen = report_study.content(), study()
    steps = ("listed", "series", "ingest", "preprocess", "segment", "features", "participants")
    flow = pd.DataFrame(
        [(code, step, "in", "", count) for code, count in CENTERS.items() for step in steps],
        columns=["center", "step", "kind", "reason", "n"],
    )
    masks = [
        (f"{code}{number:04d}", code, label, "unseen", 0.95, 1.5, 0.4, 20.0, 20.1, 0.5, 1.0, "")
        for code, count in CENTERS.items()
        for number in range(count)
        for label in ("L1", "L2", "L3")
    ]
    parts = [
        part(
            "internal",
            {"train": ("Training (out of fold)", 692), "test": ("Internal test", 174)},
            small.parts[0].baseline,
        ),
        part("center-C", {"external": ("Hospital C", 134)}, small.parts[1].baseline),
        part("center-E", {"external": ("Hospital E", 100)}, small.parts[1].baseline),
        part("resampling", {"repeated_cv": ("Cross-validation", 692)}, pd.DataFrame()),
    ]
    excluded = pd.concat([small.excluded] * 25, ignore_index=True)
    excluded["subject"] = [f"A{number:04d}" for number in range(len(excluded))]
    return replace(
        small,
        study=chosen,
        flow=flow,
        excluded=excluded,
        parts=parts,
        agreement_cases=pd.DataFrame(masks, columns=AGREEMENT),
    )


def further() -> dict[str, PaperTable]:
    """Tables of the manuscript: eight groups of two levels, for each model and set."""
    rows = [
        Row((f"Group {group}, level {level}", f"{model}", "0.812 (0.745–0.871)", "0.021"))
        for model in MODELS.values()
        for _ in range(4)
        for group in range(8)
        for level in range(2)
    ]
    columns = [Column("Patients", words=True), Column("Model", words=True), Column("AUC"), Column("P")]
    names = ("centers", "subgroups", "operating_points", "logistic", "sample_size")
    return {name: PaperTable(name, name, columns, rows) for name in names}


def milliseconds(path: Path, profile: str) -> float:
    """Until Chromium has loaded the page and run its scripts, the middle one of five times; NaN without Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        return float("nan")
    copy = path.with_suffix(".timed.html")
    copy.write_text(path.read_text(encoding="utf-8").replace("<head>", f"<head>{TIMED}", 1), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}"]
    found = []
    for _ in range(5):
        command = [program, *options, "--window-size=1280,900", "--dump-dom", copy.as_uri()]
        dom = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
        found.append(int(re.search(r'data-loaded="(\d+)"', dom).group(1)))
    return float(np.median(found))


def main() -> int:
    """Print a line per page; 1 if a promise is broken."""
    report_study.MODELS.clear()
    report_study.MODELS.update(MODELS)
    made, chosen = content(), study()
    figures = PaperFigures({f"{name}_boosted": made.parts[0].figures["roc"] for name in ("centers_test", "nomogram")})
    pages = {
        "START_HERE.html": lambda: render_report(made, more=further_sections(made, further(), figures)),
        "hospital of 134": lambda: render_hospital(hospital_study.content(134, chosen))[0],
        "hospital of 961": lambda: render_hospital(hospital_study.content(961, chosen))[0],
    }
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, write in pages.items():
            start = time.perf_counter()
            text = write()
            seconds = time.perf_counter() - start
            path = Path(folder, f"{name.removesuffix('.html').replace(' ', '_')}.html")
            path.write_text(text, encoding="utf-8")
            size, loaded = path.stat().st_size, milliseconds(path, f"{folder}/profile")
            broken += size > LARGEST_PAGE or loaded > SLOWEST_MS
            print(f"{name:20} {seconds:6.2f} s to write {size / 1e6:7.2f} MB {loaded:7.0f} ms to open")
    print(f"promised: {LARGEST_PAGE / 1e6:.0f} MB, {SLOWEST_MS} ms")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
