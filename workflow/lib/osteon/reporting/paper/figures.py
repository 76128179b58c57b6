"""All figures of a study's paper, in their order, with their files, their captions and a page of them all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from osteon.reporting.figures import save_figure
from osteon.reporting.language import Say, english, joined
from osteon.reporting.paper import cohort_figures, model_figures, shap_figures, validation_figures
from osteon.reporting.paper.drawn import Draw, Drawn, Material
from osteon.reporting.svg import width_range
from osteon.reporting.templating import render
from osteon.tables.files import write_table, write_text

CAPTIONS = "captions"
"""Name of the files with all captions."""
GALLERY = "index.html"
FIGURES: tuple[Draw, ...] = (
    *(cohort_figures.flow, cohort_figures.overlays, cohort_figures.harmonisation),
    *(model_figures.penalties, model_figures.selection, model_figures.clusters),
    *(validation_figures.curves, validation_figures.confusion),
    *(model_figures.metrics, model_figures.centers, model_figures.subgroups),
    *(model_figures.nomograms, shap_figures.joint, shap_figures.importance, shap_figures.swarms),
    *(shap_figures.interactions, validation_figures.resampled, validation_figures.null_run),
)
"""In the order of reading; those of the supplement are numbered by themselves."""


@dataclass(frozen=True)
class Shown:
    """A figure on the page: label ('Figure S2'), title, caption, and its files' names."""

    name: str
    label: str
    title: str
    caption: str
    supplement: bool
    width: int
    data: list[str]


def paper_figures(material: Material, say: Say = english) -> Iterator[Drawn]:
    """All figures that the study has something for, one after the other."""
    for draw in FIGURES:
        yield from draw(material, say)


def write_figures(
    figures: Iterable[Drawn], folder: str | Path, title: str, language: str = "en", banner: str = "", say: Say = english
) -> None:
    """Write <name>.svg, <name>.png and <name>.tsv of each figure, captions.md, captions.tsv and index.html.

    The folder is replaced as a whole.

    Args:
        figures: from `paper_figures`.
        folder: where they shall lie.
        title: of the study.
        language: code of the page.
        banner: what nobody must overlook; '' where there is nothing.
        say: the reader's language.
    """
    folder = Path(folder)
    fresh = folder.with_name(f".{os.getpid()}.new.{folder.name}")
    shown: list[Shown] = []
    try:
        fresh.mkdir(parents=True)
        for drawn in figures:
            save_figure(drawn.figure, fresh / drawn.name)
            files = {f"{drawn.name}{end and '_'}{end}.tsv": table for end, table in drawn.data.items()}
            for name, table in files.items():
                write_table(table, fresh / name)
            _, width = width_range((fresh / f"{drawn.name}.svg").read_text(encoding="utf-8"))
            shown.append(_shown(drawn, shown, width, list(files), say))
        shown.sort(key=lambda one: one.supplement)
        columns = ["key", "label", "title", "caption"]
        captions = pd.DataFrame([(one.name, one.label, one.title, one.caption) for one in shown], columns=columns)
        write_table(captions, fresh / f"{CAPTIONS}.tsv")
        write_text(captions_text(shown, banner, say), fresh / f"{CAPTIONS}.md")
        page = render(
            "figures.html.j2",
            ("style.css", "figures.css"),
            say,
            title=title,
            language=language,
            banner=banner,
            figures=shown,
            captions=f"{CAPTIONS}.md",
        )
        write_text(page, fresh / GALLERY)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def captions_text(shown: Iterable[Shown], banner: str = "", say: Say = english) -> str:
    """All captions in Markdown, in the order of their numbers."""
    lines = [f"**{banner}**"] if banner else []
    lines += [joined([f"**{one.label}. {one.title}.**", one.caption], say) for one in shown]
    return "\n\n".join(lines) + "\n"


def _shown(drawn: Drawn, before: Iterable[Shown], width: int, data: list[str], say: Say) -> Shown:
    number = 1 + sum(one.supplement == drawn.supplement for one in before)
    label = say("Figure S{number}", number=number) if drawn.supplement else say("Figure {number}", number=number)
    return Shown(
        drawn.name, label, drawn.title, joined(filter(None, drawn.caption), say), drawn.supplement, width, data
    )
