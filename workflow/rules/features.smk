# PyRadiomics: one process per batch, one table per case, then one table per center.
for batch in PLAN.batches:

    rule:
        name:
            f"extract_features_{batch}"
        input:
            image_status=expand(
                "<results>/02_images/center-{case.center}/sub-{case.subject}/preprocess.json",
                case=PLAN.members(batch=batch),
            ),
            image_folder=ancient(
                expand(
                    "<results>/02_images/center-{case.center}/sub-{case.subject}/preprocessed",
                    case=PLAN.members(batch=batch),
                )
            ),
            mask_status=expand(
                "<results>/03_segmentations/center-{case.center}/sub-{case.subject}/segment.json",
                case=PLAN.members(batch=batch),
            ),
            mask_folder=ancient(
                expand(
                    "<results>/03_segmentations/center-{case.center}/sub-{case.subject}/masks",
                    case=PLAN.members(batch=batch),
                )
            ),
        output:
            table=expand(
                "<results>/04_features/cases/center-{case.center}/sub-{case.subject}_features.tsv",
                case=PLAN.members(batch=batch),
            ),
            status=expand(
                "<results>/04_features/cases/center-{case.center}/sub-{case.subject}_features.json",
                case=PLAN.members(batch=batch),
            ),
        log:
            f"<logs>/extract_features/{batch}.log",
        benchmark:
            f"<benchmarks>/extract_features/{batch}.tsv"
        resources:
            mem_mb=lambda wc, attempt: 3000 * attempt,
            runtime=120,
        params:
            settings=PLAN.settings("features", "labels", "rois"),
            sequences=list(STUDY.sequences),
            code=code_of("extract_features"),
        conda:
            "../../envs/radiomics.yaml"
        message:
            f"Radiomic features of batch {batch} ({len(PLAN.members(batch=batch))} cases)"
        script:
            "../scripts/extract_features.py"


rule collect_features:
    input:
        table=lambda wc: expand(
            "<results>/04_features/cases/center-{case.center}/sub-{case.subject}_features.tsv",
            case=PLAN.members(center=wc.center),
        ),
        status=lambda wc: expand(
            "<results>/04_features/cases/center-{case.center}/sub-{case.subject}_features.json",
            case=PLAN.members(center=wc.center),
        ),
        given=lambda wc: STUDY.centers[wc.center].table or [],
    output:
        features="<results>/04_features/center-{center}/features.tsv",
        missing="<results>/04_features/center-{center}/missing.tsv",
        cases="<results>/04_features/center-{center}/cases.tsv",
    log:
        "<logs>/collect_features/center-{center}.log",
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        subjects=lambda wc: PLAN.subjects(wc.center),
        clinical=[*STUDY.variables, *STUDY.linkage.columns, *([STUDY.outcome.column] if STUDY.outcome else [])],
        code=code_of("collect_features"),
    conda:
        "../../envs/stats.yaml"
    message:
        "Collecting the features of {wildcards.center}"
    script:
        "../scripts/collect_features.py"


rule describe_features:
    output:
        dictionary="<results>/04_features/dictionary.tsv",
        settings="<results>/04_features/settings.json",
    log:
        "<logs>/describe_features.log",
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        settings=PLAN.settings("features", "rois"),
        sequences=list(STUDY.sequences),
        code=code_of("describe_features"),
    conda:
        "../../envs/radiomics.yaml"
    message:
        "Writing the feature dictionary"
    script:
        "../scripts/describe_features.py"
