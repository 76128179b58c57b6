# Deep features: the segmentation network's encoder, pooled in the regions. One process per batch, one table per case.
for batch in PLAN.batches if STUDY.deep.enabled else []:

    rule:
        name:
            f"deep_features_{batch}"
        input:
            ingest_status=expand(
                "<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json",
                case=PLAN.members(batch=batch),
            ),
            native_folder=ancient(
                expand(
                    "<results>/02_images/center-{case.center}/sub-{case.subject}/native",
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
            model=PLAN.segmentation_model,
        output:
            table=expand(
                "<results>/04_features/cases/center-{case.center}/sub-{case.subject}_deep.tsv",
                case=PLAN.members(batch=batch),
            ),
        log:
            f"<logs>/deep_features/{batch}.log",
        benchmark:
            f"<benchmarks>/deep_features/{batch}.tsv"
        threads: 4
        resources:
            mem_mb=lambda wc, attempt: 6000 * attempt,
            runtime=120,
            gpu=1 if STUDY.segmentation.device == "cuda" else 0,
        params:
            settings=PLAN.settings("deep", "labels", "rois"),
            device=STUDY.segmentation.device,
            sequence=STUDY.segmented_sequence,
            rows=PLAN.region_rows(PLAN.members(batch=batch)),
            kept=workflow.pathvars.apply("<results>/kept/deep"),
            code=code_of("deep_features"),
        conda:
            "../../envs/nnunet.yaml"
        message:
            f"Deep features of batch {batch} ({len(PLAN.members(batch=batch))} cases)"
        script:
            "../scripts/deep_features.py"
