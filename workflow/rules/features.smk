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
            rows=PLAN.region_rows(PLAN.members(batch=batch)),
            kept=workflow.pathvars.apply("<results>/kept/features"),
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
        settings=lambda wc: "<results>/04_features/settings.json" if wc.center in STUDY.imaging else [],
        deep=lambda wc: expand(
            "<results>/04_features/cases/center-{case.center}/sub-{case.subject}_deep.tsv",
            case=PLAN.members(center=wc.center) if STUDY.deep.enabled else [],
        ),
        given=lambda wc: STUDY.centers[wc.center].table or [],
        # nothing is collected, and so nothing is modelled, where the check of the grey levels stops the study
        levels="<results>/04_features/center-{center}/discretisation.tsv",
    output:
        features="<results>/04_features/center-{center}/features.tsv",
        missing="<results>/04_features/center-{center}/missing.tsv",
        cases="<results>/04_features/center-{center}/cases.tsv",
        rows="<results>/04_features/center-{center}/rows.tsv",
    log:
        "<logs>/collect_features/center-{center}.log",
    benchmark:
        "<benchmarks>/collect_features/center-{center}.tsv"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        subjects=lambda wc: PLAN.subjects(wc.center),
        name=lambda wc: STUDY.centers[wc.center].name,
        not_features=not_features(STUDY),
        extraction=code_of("extract_features"),
        code=code_of("collect_features"),
    conda:
        "../../envs/stats.yaml"
    message:
        "Collecting the features of {wildcards.center}"
    script:
        "../scripts/collect_features.py"


rule describe_features:
    input:
        # any case has the columns of all
        deep=expand(
            "<results>/04_features/cases/center-{case.center}/sub-{case.subject}_deep.tsv",
            case=PLAN.imaging[:1] if STUDY.deep.enabled else [],
        ),
        network=PLAN.segmentation_model if STUDY.deep.enabled else [],
    output:
        dictionary="<results>/04_features/dictionary.tsv",
        settings="<results>/04_features/settings.json",
    log:
        "<logs>/describe_features.log",
    benchmark:
        "<benchmarks>/describe_features.tsv"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        settings=PLAN.extraction,
        sequences=list(STUDY.sequences),
        code=code_of("describe_features"),
    conda:
        "../../envs/radiomics.yaml"
    message:
        "Writing the feature dictionary"
    script:
        "../scripts/describe_features.py"


rule check_discretisation:
    input:
        status=lambda wc: expand(
            "<results>/04_features/cases/center-{case.center}/sub-{case.subject}_features.json",
            case=PLAN.members(center=wc.center),
        ),
        given=lambda wc: STUDY.centers[wc.center].table or [],
    output:
        levels="<results>/04_features/center-{center}/grey_levels.tsv",
        judged=shown(
            "<results>/04_features/center-{center}/discretisation.tsv",
            "levels",
            "Features",
            Level="hospital",
            Hospital=hospital,
            What="grey levels",
        ),
    log:
        "<logs>/check_discretisation/center-{center}.log",
    benchmark:
        "<benchmarks>/check_discretisation/center-{center}.tsv"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        subjects=lambda wc: PLAN.subjects(wc.center),
        name=lambda wc: STUDY.centers[wc.center].name,
        not_features=not_features(STUDY),
        levels=list(STUDY.features.levels),
        one_level=STUDY.features.one_level,
        code=code_of("check_discretisation"),
    conda:
        "../../envs/stats.yaml"
    message:
        "Checking the grey levels of {wildcards.center}"
    script:
        "../scripts/check_discretisation.py"


rule compare_discretisation:
    input:
        levels=expand("<results>/04_features/center-{center}/grey_levels.tsv", center=STUDY.centers),
        judged=expand("<results>/04_features/center-{center}/discretisation.tsv", center=STUDY.centers),
    output:
        levels="<results>/04_features/grey_levels.tsv",
        judged=shown(
            "<results>/04_features/discretisation.tsv", "levels", "Features", Level="cohort", What="grey levels"
        ),
    log:
        "<logs>/compare_discretisation.log",
    benchmark:
        "<benchmarks>/compare_discretisation.tsv"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        code=code_of("compare_discretisation"),
    conda:
        "../../envs/stats.yaml"
    message:
        "Comparing the grey levels of the centers"
    script:
        "../scripts/compare_discretisation.py"
