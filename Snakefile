# Osteon: from the raw DICOM of several hospitals to the tables and figures of the paper.
#
#   snakemake --cores 16 --use-conda                               the study named in config/config.yaml
#   snakemake --cores 16 --config study=config/mine/study.yaml     another study
#   snakemake -n                                                   what would be done, and why
from snakemake.utils import min_version

min_version("9.27")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"


pathvars:
    results=f"results/{STUDY.study.name}",
    logs="<results>/logs",
    benchmarks="<results>/logs/benchmarks",


wildcard_constraints:
    center="[A-Za-z0-9]+",
    subject="[A-Za-z0-9]+",
    model="[A-Za-z0-9][A-Za-z0-9_-]*",
    part="internal|resampling|external/center-[A-Za-z0-9]+",


report: "workflow/report/workflow.rst"


localrules:
    all,
    images,
    segmentations,
    features,
    models,
    validation,
    apply,


rule all:
    default_target: True
    input:
        PLAN.targets(),
        "<results>/ro-crate-metadata.json",


include: "workflow/rules/scan.smk"
include: "workflow/rules/simulation.smk"
include: "workflow/rules/ingest.smk"
include: "workflow/rules/images.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/segmentation.smk"
include: "workflow/rules/agreement.smk"
include: "workflow/rules/deep.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/controls.smk"
include: "workflow/rules/cohort.smk"
include: "workflow/rules/batches.smk"
include: "workflow/rules/robustness.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/validation.smk"
include: "workflow/rules/analysis.smk"
include: "workflow/rules/apply.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/audit.smk"
include: "workflow/rules/pages.smk"
include: "workflow/rules/paper.smk"
include: "workflow/rules/beside.smk"
include: "workflow/rules/crate.smk"
include: "workflow/rules/targets.smk"
