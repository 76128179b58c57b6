"""The methods section of the manuscript, written from what was run: Markdown with citations as [@key].

Every sentence follows from a setting of the study, or from a result that lies in its folder; nothing is said of what
was not run. What no setting knows, the last paragraph asks the authors for.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from osteon.reporting import methods_images, methods_models
from osteon.reporting.citations import bibliography
from osteon.reporting.language import Say, language
from osteon.reporting.methods_images import listing
from osteon.reporting.provenance import ABSENT
from osteon.reporting.study_facts import StudyFacts

# Between the sentences of a paragraph.
SPACE = {"en": " ", "zh": ""}


@dataclass(frozen=True)
class Methods:
    """The text and its literature."""

    markdown: str
    bibtex: str
    """Entries of what the text cites, and of nothing else."""


def methods(facts: StudyFacts, flow: pd.DataFrame | None, software: pd.DataFrame, code: str = "en") -> Methods:
    """The methods section.

    Args:
        facts: settings of the study, and which results exist.
        flow: table of `flow.flow_counts`; None leaves the numbers of patients out.
        software: table of `provenance.software_table`.
        code: language of the text, see `language.LANGUAGES`.
    """
    say = language(code)
    paragraphs = [
        (say("Patients"), methods_images.patients(facts, flow, say)),
        (say("Images"), methods_images.images(facts, say)),
        (say("Segmentation"), methods_images.segmentation(facts, say)),
        (say("Radiomic features"), methods_images.features(facts, say)),
        (say("Robustness of features"), methods_images.robustness(facts, say)),
        (say("Harmonization"), methods_models.harmonisation(facts, say)),
        (say("Feature selection"), methods_models.selection(facts, say)),
        (say("Models"), methods_models.models(facts, say)),
        (say("Validation"), methods_models.validation(facts, say)),
        (say("Statistics"), methods_models.statistics(facts, say)),
        (say("Software and reproducibility"), _software(facts, software, say)),
        (say("Reporting"), _reporting(facts, say)),
        (say("For the authors to complete"), _missing(facts, say)),
    ]
    sections = [f"## {title}\n\n{SPACE[code].join(text)}\n" for title, text in paragraphs if text]
    markdown = "\n".join([f"# {say('Methods')}\n", *sections])
    return Methods(markdown, bibliography(markdown))


def _software(facts: StudyFacts, software: pd.DataFrame, say: Say) -> list[str]:
    versions = dict(zip(software["software"], software["version"], strict=True))

    def named(name: str, words: str) -> str:
        number = versions.get(name, ABSENT)
        return words if number == ABSENT else f"{words} {number}"

    cited = [name for name, wanted in _used(facts).items() if wanted]
    parts = [
        f"{named(name, title)} [@{key}]" if key else named(name, title)
        for name, title, key in SOFTWARE
        if name in cited
    ]
    text = [
        say(
            "The analysis was run with {osteon} as a workflow of {snakemake} [@molder2021] in {python}, with {others}.",
            osteon=named("osteon", "Osteon"),
            snakemake=named("snakemake", "Snakemake"),
            python=named("python", "Python"),
            others=listing(parts, say),
        ),
        say("Every random step used the seed {seed}.", seed=facts.study.study.seed),
    ]
    if facts.find("inputs"):
        text.append(
            say(
                "Settings, software versions and SHA-256 sums of the inputs are in the supplement, as a Workflow Run "
                "RO-Crate [@leo2024]."
            )
        )
    return text


SOFTWARE = (
    ("numpy", "NumPy", "harris2020"),
    ("scipy", "SciPy", "virtanen2020"),
    ("pandas", "pandas", "mckinney2010"),
    ("pydicom", "pydicom", ""),
    ("dcm2niix", "dcm2niix", ""),
    ("SimpleITK", "SimpleITK", "lowekamp2013"),
    ("nnunetv2", "nnU-Net", ""),
    ("torch", "PyTorch", "paszke2019"),
    ("pyradiomics", "PyRadiomics", ""),
    ("pingouin", "pingouin", "vallat2018"),
    ("scikit-learn", "scikit-learn", "pedregosa2011"),
    ("feature-engine", "Feature-engine", ""),
    ("boruta", "BorutaPy", ""),
    ("skrebate", "scikit-rebate", ""),
    ("xgboost-cpu", "XGBoost", ""),
    ("lightgbm", "LightGBM", ""),
    ("optuna", "Optuna", ""),
    ("shap", "SHAP", ""),
    ("statsmodels", "statsmodels", "seabold2010"),
    ("dcurves", "dcurves", ""),
    ("matplotlib", "Matplotlib", "hunter2007"),
)
"""Distribution, name in the text, and key of its literature; '' where the text cites it at the method."""


STEPS_WITH_PACKAGE = {"feature-engine": "mrmr", "boruta": "boruta", "skrebate": "relieff"}
"""Packages that one step of the selection needs."""


def _used(facts: StudyFacts) -> dict[str, bool]:
    """Whether a study used a package."""
    study = facts.study
    dicom = any(center.source == "dicom" for center in study.centers.values())
    return {
        **dict.fromkeys(("numpy", "scipy", "pandas", "matplotlib"), True),
        **dict.fromkeys(("pydicom", "dcm2niix"), dicom),
        **dict.fromkeys(("SimpleITK", "pyradiomics"), facts.extracts),
        **dict.fromkeys(("nnunetv2", "torch"), facts.automatic),
        "pingouin": bool(facts.find("robustness_selected")),
        **dict.fromkeys(("scikit-learn", "statsmodels"), bool(study.models)),
        **{name: step in facts.steps for name, step in STEPS_WITH_PACKAGE.items()},
        "xgboost-cpu": "xgboost" in facts.classifiers,
        "lightgbm": "lightgbm" in facts.classifiers,
        "optuna": any(model.trials for model in study.models.values()),
        "shap": bool(facts.find("explanation")),
        "dcurves": bool(facts.find("decision")),
    }


def _reporting(facts: StudyFacts, say: Say) -> list[str]:
    if not facts.find("checklists"):
        return []
    return [
        say(
            "Items of CLEAR [@kocak2023], METRICS [@kocak2024], TRIPOD+AI [@collins2024], CLAIM [@tejani2024] and the "
            "IBSI reporting guidelines [@zwanenburg2020] are proposed in the supplement."
        )
    ]


def _missing(facts: StudyFacts, say: Say) -> list[str]:
    wanted = [
        say("ethics approval and consent"),
        say("kind of study and dates of recruitment"),
        say("clinical inclusion and exclusion criteria"),
    ]
    if facts.study.outcome:
        wanted.append(say("how and by whom the outcome was measured"))
    if facts.extracts:
        wanted.append(say("the imaging protocol in words"))
    if facts.extracts and not facts.automatic:
        wanted.append(say("who drew the masks, with what experience and tool"))
    return [say("[Not known to the software: {things}.]", things=listing(wanted, say))]
