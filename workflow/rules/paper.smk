# The manuscript: figures, methods, checklists. `reported` is in report.smk; the tables are in tables.smk.
rule write_methods:
    input:
        tables="<results>/09_paper/tables",  # not read: what the study has is known when all else is there
        results=[path for path in PLAN.targets() if path != "<results>/09_paper/methods.md"],  # nor these
        figures="<results>/09_paper/figures",  # nor these
        acquisition="<results>/01_cohort/acquisition.tsv" if PLAN.imaging else [],
        flow="<results>/01_cohort/flow.tsv",
        software="<results>/provenance/software.tsv",
    output:
        methods="<results>/09_paper/methods.md",
        literature="<results>/09_paper/references.bib",
        checklists=expand("<results>/09_paper/checklists/{key}.tsv", key=PLAN.checklists),
        counts="<results>/09_paper/checklists/counts.tsv",
        page="<results>/09_paper/checklists/index.html",
    log:
        "<logs>/write_methods.log",
    benchmark:
        "<benchmarks>/write_methods.tsv"
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


if PLAN.imaging:

    rule draw_overlays:
        input:
            agreement="<results>/03_segmentations/agreement.tsv" if PLAN.evaluates_masks else [],
            segmented=expand(
                "<results>/03_segmentations/center-{case.center}/sub-{case.subject}/segment.json", case=PLAN.imaging
            ),
            segmented_folder=ancient(
                expand("<results>/03_segmentations/center-{case.center}/sub-{case.subject}/masks", case=PLAN.imaging)
            ),
            ingested=expand(
                "<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json", case=PLAN.imaging
            ),
            ingested_folder=ancient(
                expand("<results>/02_images/center-{case.center}/sub-{case.subject}/native", case=PLAN.imaging)
            ),
            prepared=expand(
                "<results>/02_images/center-{case.center}/sub-{case.subject}/preprocess.json", case=PLAN.imaging
            ),
            prepared_folder=ancient(
                expand("<results>/02_images/center-{case.center}/sub-{case.subject}/preprocessed", case=PLAN.imaging)
            ),
        output:
            overlays="<results>/03_segmentations/overlays.tsv",
            pictures=directory("<results>/03_segmentations/overlays"),
        log:
            "<logs>/draw_overlays.log",
        benchmark:
            "<benchmarks>/draw_overlays.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            sequences=list(STUDY.sequences),
            labels=STUDY.labels,
            code=code_of("draw_overlays"),
        conda:
            "../../envs/imaging.yaml"
        message:
            "Drawing masks on the images of a few cases of each hospital"
        script:
            "../scripts/draw_overlays.py"


# What the models rest on is asked for an outcome of two classes alone.
analysed = (
    dict(
        centers="<results>/07_validation/centers/centers.tsv",
        pooled="<results>/07_validation/centers/pooled.tsv",
        **{
            name: expand(f"<results>/07_validation/{{part}}/{name}.tsv", part=PLAN.subgroup_parts)
            for name in ("subgroups", "interactions", "subgroup_roc")
        },
        **{
            name: expand(f"<results>/07_validation/{{part}}/{name}.tsv", part=PLAN.cohort_parts)
            for name in ("shap_base", "shap_values", "shap_importance", "shap_interactions", "correlations")
        },
        selected="<results>/07_validation/internal/selected_features.tsv",
    )
    if PLAN.analysed
    else {}
)


rule draw_paper:
    input:
        **analysed,
        **{
            f"table_{name}": expand(path, part=PLAN.parts)
            for name, path in PLAN.validation_tables("<results>/07_validation/{part}").items()
        },
        flow="<results>/01_cohort/flow.tsv",
        performance=expand("<results>/07_validation/{part}/performance.tsv", part=PLAN.parts),
        coefficients=expand("<results>/06_models/{model}/coefficients.tsv", model=STUDY.models),
        selection=expand("<results>/06_models/{model}/selection.tsv", model=STUDY.models),
        bundles=expand("<results>/06_models/{model}/bundle", model=STUDY.models),
        lasso_path=expand("<results>/06_models/{model}/lasso_path.tsv", model=STUDY.models),
        lasso_cv=expand("<results>/06_models/{model}/lasso_cv.tsv", model=STUDY.models),
        components="<results>/05_harmonisation/pca.tsv" if STUDY.models else [],
        null_run="<results>/07_validation/null_run/summary.tsv" if PLAN.models.null else [],
        null_scores="<results>/07_validation/null_run/scores.tsv" if PLAN.models.null else [],
        overlays="<results>/03_segmentations/overlays.tsv" if PLAN.imaging else [],
        pictures="<results>/03_segmentations/overlays" if PLAN.imaging else [],
    output:
        figures=report(
            directory("<results>/09_paper/figures"),
            patterns=["{figure}.svg"],
            caption="../report/figures.rst",
            category="Paper",
            subcategory="Figures",
            labels={"Level": "cohort", "What": "{figure}"},
        ),
    log:
        "<logs>/draw_paper.log",
    benchmark:
        "<benchmarks>/draw_paper.tsv"
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
