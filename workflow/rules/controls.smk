# Negative controls: features of the same regions with their voxels shuffled. Files of their own, so that asking for
# them runs nothing else again.
for batch in PLAN.batches if STUDY.controls.shuffled else []:

    rule:
        name:
            f"extract_controls_{batch}"
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
                "<results>/04_features/controls/center-{case.center}/sub-{case.subject}_features.tsv",
                case=PLAN.members(batch=batch),
            ),
            status=expand(
                "<results>/04_features/controls/center-{case.center}/sub-{case.subject}_features.json",
                case=PLAN.members(batch=batch),
            ),
        log:
            f"<logs>/extract_controls/{batch}.log",
        benchmark:
            f"<benchmarks>/extract_controls/{batch}.tsv"
        resources:
            mem_mb=lambda wc, attempt: 3000 * attempt,
            runtime=240,
        params:
            settings=PLAN.settings("features", "labels", "rois"),
            sequences=list(STUDY.sequences),
            rows=PLAN.region_rows(PLAN.members(batch=batch)),
            seed=STUDY.study.seed,
            kept=workflow.pathvars.apply("<results>/kept/controls"),
            code=code_of("extract_controls"),
        conda:
            "../../envs/radiomics.yaml"
        message:
            f"Features of shuffled regions of batch {batch} ({len(PLAN.members(batch=batch))} cases)"
        script:
            "../scripts/extract_controls.py"


if STUDY.controls.shuffled:

    rule collect_controls:
        input:
            table=lambda wc: expand(
                "<results>/04_features/controls/center-{case.center}/sub-{case.subject}_features.tsv",
                case=PLAN.members(center=wc.center),
            ),
            status=lambda wc: expand(
                "<results>/04_features/controls/center-{case.center}/sub-{case.subject}_features.json",
                case=PLAN.members(center=wc.center),
            ),
            settings="<results>/04_features/settings.json",
        output:
            features="<results>/04_features/center-{center}/controls.tsv",
            missing="<results>/04_features/center-{center}/controls_missing.tsv",
        log:
            "<logs>/collect_controls/center-{center}.log",
        benchmark:
            "<benchmarks>/collect_controls/center-{center}.tsv"
        resources:
            mem_mb=2000,
            runtime=30,
        params:
            extraction=code_of("extract_controls"),
            seed=STUDY.study.seed,
            code=code_of("collect_controls"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Collecting the features of shuffled regions of {wildcards.center}"
        script:
            "../scripts/collect_controls.py"
