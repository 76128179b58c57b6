# Load and check the study; nothing runs if anything is wrong with it.
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow" / "lib"))

from snakemake.cli import get_argument_parser

from osteon.config.center_tables import not_features
from osteon.config.explain import StudyError
from osteon.config.load import load_study
from osteon.config.plan import Plan
from osteon.config.scanning import TARGET, scan_settings, study_to_scan
from osteon.ingest.mask_files import masks_outside
from osteon.ingest.rules import check_series_rules, load_rules
from osteon.ingest.source_state import source_fingerprint
from osteon.jobs import code_of

# Where only the scan is asked for, there may be no table of cases yet. Snakemake tells the targets only after it has
# read the rules, so the command line is asked. A job on another machine names its rule instead of a target.
command = get_argument_parser().parse_known_args(sys.argv[1:])[0]
asked = {*(command.targets or []), *(job.rulename for job in command.target_jobs or [])}

try:
    if asked == {TARGET}:
        STUDY, CASES = study_to_scan(config["study"]), []
        load_rules(STUDY.series_rules, list(STUDY.sequences))
    else:
        STUDY, CASES = load_study(config["study"], cells=not command.target_jobs)
        check_series_rules(STUDY, CASES)
except StudyError as error:
    sys.exit(str(error))

PLAN = Plan(STUDY, CASES)


def shown(path, caption, category, **labels):
    """A file with its place in the report of `snakemake --report`; a label may be a function of the wildcards."""

    def said(wildcards):
        return {name: value(wildcards) if callable(value) else value for name, value in labels.items()}

    return report(path, caption=f"../report/{caption}.rst", category=category, labels=said)


def drawn(stem, caption, category, **labels):
    """The files of a figure, of which that report shows the SVG."""
    return [shown(f"{stem}.svg", caption, category, **labels), f"{stem}.png"]


def hospital(wildcards):
    """Name of the hospital that the wildcard center names."""
    return STUDY.centers[wildcards.center].name or wildcards.center


def validated(wildcards):
    """Hospitals whose patients are in a part of the validation."""
    external = wildcards.part.startswith("external/")
    centers = PLAN.centers_of(wildcards.part) if external else STUDY.development
    return ", ".join(STUDY.centers[center].name or center for center in centers)


def level(wildcards):
    """Whether a part of the validation is that of one hospital."""
    return "hospital" if wildcards.part.startswith("external/") else "cohort"


def measured(folder, **labels):
    """Tables of a part of the validation, with that of the performance in the report."""
    tables = PLAN.validation_tables(folder)
    labels |= {"What": "performance"}
    return tables | {"performance": shown(tables["performance"], "performance", "Validation", **labels)}


def model_name(wildcards):
    """Name of the model that the wildcard model names."""
    return STUDY.models[wildcards.model].label or wildcards.model


onstart:
    # Snakemake 9.27 limits the rate of jobs with timers, and each finished job adds one that never stops: after 150 jobs
    # they take a quarter of a core. Jobs on this machine need no limit; submissions to a cluster keep theirs.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
