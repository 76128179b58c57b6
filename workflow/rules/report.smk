# The report: one self-contained page that answers what was asked, who was in, how well it works.
from osteon.config.paper_tables import table_files


rule draw_flow:
    input:
        flow="<results>/01_cohort/flow.tsv",
    output:
        figure=drawn("<results>/01_cohort/flow_diagram", "flow", "Cohort", Level="cohort", What="flow of patients"),
    log:
        "<logs>/draw_flow.log",
    benchmark:
        "<benchmarks>/draw_flow.tsv"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        centers={code: center.name or code for code, center in STUDY.centers.items()},
        language=STUDY.study.language,
        code=code_of("draw_flow"),
    conda:
        "../../envs/report.yaml"
    message:
        "Drawing the flow diagram"
    script:
        "../scripts/draw_flow.py"


rule record_provenance:
    input:
        features=expand("<results>/04_features/center-{center}/features.tsv", center=STUDY.centers),
        lock="requirements.lock",
    output:
        config="<results>/provenance/config_used.yaml",
        software="<results>/provenance/software.tsv",
        inputs="<results>/provenance/inputs.sha256",
    log:
        "<logs>/record_provenance.log",
    benchmark:
        "<benchmarks>/record_provenance.tsv"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        study=STUDY.model_dump(mode="json"),
        files=PLAN.input_files,
        code=code_of("record_provenance"),
    conda:
        "../../envs/report.yaml"
    message:
        "Recording settings, software and inputs"
    script:
        "../scripts/record_provenance.py"


rule describe_folders:
    output:
        guides=expand("<results>/{folder}/README.txt", folder=PLAN.folders),
    log:
        "<logs>/describe_folders.log",
    benchmark:
        "<benchmarks>/describe_folders.tsv"
    resources:
        mem_mb=500,
        runtime=5,
    params:
        code=code_of("describe_folders"),
    conda:
        "../../envs/report.yaml"
    message:
        "Saying in each folder what lies there"
    script:
        "../scripts/describe_folders.py"


# What the page and the tables of the manuscript are made of.
reported = dict(
    **{name: expand(path, part=PLAN.parts) for name, path in PLAN.reported("<results>/07_validation/{part}").items()},
    flow="<results>/01_cohort/flow.tsv",
    flow_figure="<results>/01_cohort/flow_diagram.svg",
    excluded="<results>/01_cohort/cases_excluded.tsv",
    software="<results>/provenance/software.tsv",
    linkage="<results>/01_cohort/linkage.tsv" if STUDY.participants else [],
    acquisition="<results>/01_cohort/acquisition.tsv" if PLAN.imaging else [],
    # linked to, not read; not ancient(): a job behind an ancient input that is made again is not looked at itself
    sheets=PLAN.sheets,
    agreement="<results>/03_segmentations/agreement_summary.tsv" if PLAN.evaluates_masks else [],
    agreement_cases="<results>/03_segmentations/agreement.tsv" if PLAN.evaluates_masks else [],
    readers="<results>/03_segmentations/readers_summary.tsv" if PLAN.read_twice else [],
    review="<results>/03_segmentations/review.tsv" if PLAN.imaging else [],
    review_page="<results>/03_segmentations/review.html" if PLAN.imaging else [],
    levels="<results>/04_features/discretisation.tsv",
    robustness="<results>/04_features/robustness.tsv" if STUDY.robustness.active else [],
    robustness_selected=(
        "<results>/04_features/robustness_selected.tsv" if STUDY.robustness.active and STUDY.models else []
    ),
    harmonisation="<results>/05_harmonisation/batch_effect.tsv" if STUDY.models else [],
    signal="<results>/05_harmonisation/signal.tsv" if STUDY.models else [],
    confounding="<results>/05_harmonisation/confounding.tsv" if STUDY.models else [],
    components_figure="<results>/05_harmonisation/pca.svg" if STUDY.models else [],
    missing_inputs="<results>/06_models/missing_inputs.tsv" if STUDY.models else [],
    feature_flow="<results>/06_models/feature_flow.tsv" if STUDY.models else [],
    coefficients=expand("<results>/06_models/{model}/coefficients.tsv", model=STUDY.models),
    selection=expand("<results>/06_models/{model}/selection.tsv", model=STUDY.models),
    stability=expand("<results>/06_models/{model}/stability.tsv", model=STUDY.models),
    search=expand("<results>/06_models/{model}/search.tsv", model=STUDY.models),
    search_figure=expand("<results>/06_models/{model}/search.svg", model=PLAN.models.searched),
    null_run="<results>/07_validation/null_run/summary.tsv" if PLAN.models.null else [],
    null_figure="<results>/07_validation/null_run/null_run.svg" if PLAN.models.null else [],
    repeats="<results>/07_validation/resampling/repeats.tsv" if PLAN.models.resampled else [],
    audit="<results>/07_validation/leakage_audit.tsv" if STUDY.models else [],
    performance=expand("<results>/07_validation/{part}/performance.tsv", part=PLAN.parts),
    pairwise=expand("<results>/07_validation/{part}/pairwise.tsv", part=PLAN.parts),
    baseline=expand("<results>/07_validation/{part}/baseline.tsv", part=PLAN.cohort_parts),
)


# Tables of the manuscript that the page shows besides its own.
FURTHER = ("centers", "recalibration", "subgroups", "operating_points", "logistic", "sample_size")


rule write_report:
    input:
        **reported,
        further=[f"<results>/09_paper/stored_tables/{key}.json" for key in FURTHER if key in table_files(PLAN)],
        figures="<results>/09_paper/figures",
        compared="<results>/09_paper/side_by_side_auc.json" if STUDY.compare_with else [],
        checked="<results>/09_paper/audit.tsv",
    output:
        page=report(
            "<results>/START_HERE.html",
            caption="../report/start_here.rst",
            category="Overview",
            labels={"Study": STUDY.study.name},
        ),
        tables=directory("<results>/09_paper/page"),
    log:
        "<logs>/write_report.log",
    benchmark:
        "<benchmarks>/write_report.tsv"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        study=STUDY.model_dump(mode="json"),
        code=code_of("write_report"),
    conda:
        "../../envs/report.yaml"
    message:
        "Writing the report"
    script:
        "../scripts/write_report.py"
