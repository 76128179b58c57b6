# Load and check the study; nothing runs if anything is wrong with it.
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow" / "lib"))

from osteon.config.explain import StudyError
from osteon.config.load import load_study
from osteon.config.plan import Plan
from osteon.ingest.rules import check_series_rules
from osteon.ingest.source_state import source_fingerprint
from osteon.jobs import code_of

try:
    STUDY, CASES = load_study(config["study"])
    check_series_rules(STUDY)
except StudyError as error:
    sys.exit(str(error))

PLAN = Plan(STUDY, CASES)


onstart:
    # Snakemake 9.27 limits the rate of jobs with timers, and each finished job adds one that never stops: after 150 jobs
    # they take a quarter of a core. Jobs on this machine need no limit; submissions to a cluster keep theirs.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
