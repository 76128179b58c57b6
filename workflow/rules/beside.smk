# This study beside something else: the printed tables of the paper whose protocol it follows, and another study.
from osteon.config.comparison import compared_files
from osteon.config.load import read_study
from osteon.config.published import published_files

if STUDY.published:

    rule audit_published:
        input:
            printed=published_files(STUDY.published),
        output:
            audit="<results>/09_paper/published_audit.tsv",
        log:
            "<logs>/audit_published.log",
        benchmark:
            "<benchmarks>/audit_published.tsv"
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            folder=STUDY.published.tables,
            code=code_of("audit_published"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Checking which printed numbers can be true"
        script:
            "../scripts/audit_published.py"

    rule beside_published:
        input:
            performance=expand("<results>/07_validation/{part}/performance.tsv", part=PLAN.cohort_parts),
            pairwise=expand("<results>/07_validation/{part}/pairwise.tsv", part=PLAN.cohort_parts),
            baseline=expand("<results>/07_validation/{part}/baseline.tsv", part=PLAN.cohort_parts),
            shap_importance=expand("<results>/07_validation/{part}/shap_importance.tsv", part=PLAN.cohort_parts),
            correlations=expand("<results>/07_validation/{part}/correlations.tsv", part=PLAN.cohort_parts),
            acquisition="<results>/01_cohort/acquisition.tsv" if PLAN.imaging else [],
            logistic="<results>/06_models/logistic.tsv" if PLAN.associated else [],
            figures="<results>/09_paper/figures",
            printed=published_files(STUDY.published),
            audit="<results>/09_paper/published_audit.tsv",
        output:
            page="<results>/09_paper/published.html",
            tables=directory("<results>/09_paper/published"),
        log:
            "<logs>/beside_published.log",
        benchmark:
            "<benchmarks>/beside_published.tsv"
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            study=STUDY.model_dump(mode="json"),
            code=code_of("beside_published"),
        conda:
            "../../envs/report.yaml"
        message:
            "Putting the tables and figures of the paper beside those of this study"
        script:
            "../scripts/beside_published.py"


if STUDY.compare_with:
    COMPARED = read_study(STUDY.compare_with.study)
    COMPARED_RESULTS = f"results/{COMPARED.study.name}"

    rule compare_studies:
        input:
            files=[path for files in compared_files(STUDY, "<results>").values() for path in files],
            other_files=[path for files in compared_files(COMPARED, COMPARED_RESULTS).values() for path in files],
            confounding="<results>/05_harmonisation/confounding.tsv" if STUDY.models else [],
            other_confounding=f"{COMPARED_RESULTS}/05_harmonisation/confounding.tsv" if COMPARED.models else [],
            own="<results>/provenance/config_used.yaml",
            other=f"{COMPARED_RESULTS}/provenance/config_used.yaml",
        output:
            page="<results>/09_paper/side_by_side.html",
            tables=directory("<results>/09_paper/side_by_side"),
            auc="<results>/09_paper/side_by_side_auc.json",
        log:
            "<logs>/compare_studies.log",
        benchmark:
            "<benchmarks>/compare_studies.tsv"
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            study=STUDY.model_dump(mode="json"),
            other=COMPARED_RESULTS,
            code=code_of("compare_studies"),
        conda:
            "../../envs/report.yaml"
        message:
            "Putting this study and {params.other} side by side"
        script:
            "../scripts/compare_studies.py"
