# The manuscript: tables, figures, methods, checklists. `reported` is in report.smk.
rule write_tables:
    input:
        **reported,
        bundles=expand("<results>/06_models/{model}/bundle", model=STUDY.models),
        logistic="<results>/06_models/logistic.tsv" if PLAN.associated else [],
        centers="<results>/07_validation/centers/centers.tsv" if PLAN.analysed else [],
        pooled="<results>/07_validation/centers/pooled.tsv" if PLAN.analysed else [],
        subgroups=expand("<results>/07_validation/{part}/subgroups.tsv", part=PLAN.subgroup_parts),
        interactions=expand("<results>/07_validation/{part}/interactions.tsv", part=PLAN.subgroup_parts),
    output:
        tables=directory("<results>/09_paper/tables"),
    log:
        "<logs>/write_tables.log",
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        study=STUDY.model_dump(mode="json"),
        code=code_of("write_tables"),
    conda:
        "../../envs/report.yaml"
    message:
        "Writing the tables of the manuscript"
    script:
        "../scripts/write_tables.py"


rule write_methods:
    input:
        tables="<results>/09_paper/tables",  # not read: what the study has is known when all else is there
        page="<results>/START_HERE.html",  # not read either
        figures="<results>/09_paper/figures" if PLAN.analysed else [],  # nor these
        acquisition="<results>/01_cohort/acquisition.tsv" if PLAN.imaging else [],
        flow="<results>/01_cohort/flow.tsv",
        software="<results>/provenance/software.tsv",
    output:
        methods="<results>/09_paper/methods.md",
        literature="<results>/09_paper/references.bib",
        checklists=expand("<results>/09_paper/checklists/{key}.tsv", key=PLAN.checklists),
    log:
        "<logs>/write_methods.log",
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        study=STUDY.model_dump(mode="json"),
        code=code_of("write_methods"),
    conda:
        "../../envs/report.yaml"
    message:
        "Writing the methods section and the checklists"
    script:
        "../scripts/write_methods.py"


if PLAN.analysed:

    rule draw_paper:
        input:
            **reported,
            bundles=expand("<results>/06_models/{model}/bundle", model=STUDY.models),
            centers="<results>/07_validation/centers/centers.tsv",
            pooled="<results>/07_validation/centers/pooled.tsv",
            subgroups=expand("<results>/07_validation/{part}/subgroups.tsv", part=PLAN.subgroup_parts),
            interactions=expand("<results>/07_validation/{part}/interactions.tsv", part=PLAN.subgroup_parts),
            subgroup_roc=expand("<results>/07_validation/{part}/subgroup_roc.tsv", part=PLAN.subgroup_parts),
            shap_base=expand("<results>/07_validation/{part}/shap_base.tsv", part=PLAN.cohort_parts),
            shap_values=expand("<results>/07_validation/{part}/shap_values.tsv", part=PLAN.cohort_parts),
            shap_importance=expand("<results>/07_validation/{part}/shap_importance.tsv", part=PLAN.cohort_parts),
            shap_interactions=expand("<results>/07_validation/{part}/shap_interactions.tsv", part=PLAN.cohort_parts),
            correlations=expand("<results>/07_validation/{part}/correlations.tsv", part=PLAN.cohort_parts),
            selected=expand("<results>/07_validation/{part}/selected_features.tsv", part=PLAN.cohort_parts),
            lasso_path=expand("<results>/06_models/{model}/lasso_path.tsv", model=STUDY.models),
            lasso_cv=expand("<results>/06_models/{model}/lasso_cv.tsv", model=STUDY.models),
        output:
            figures=directory("<results>/09_paper/figures"),
        log:
            "<logs>/draw_paper.log",
        resources:
            mem_mb=2000,
            runtime=30,
        params:
            study=STUDY.model_dump(mode="json"),
            code=code_of("draw_paper"),
        conda:
            "../../envs/report.yaml"
        message:
            "Drawing the figures of the manuscript"
        script:
            "../scripts/draw_paper.py"
