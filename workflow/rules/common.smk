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


onstart:
    # Snakemake 9.27 limits the rate of jobs with timers, and each finished job adds one that never stops: after 150 jobs
    # they take a quarter of a core. Jobs on this machine need no limit; submissions to a cluster keep theirs.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
