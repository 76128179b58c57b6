# Masks: predicted by nnU-Net, one process per batch and one file per case, drawn by hand, or corrected by hand.
for batch in PLAN.batches:

    rule:
        name:
            f"segment_batch_{batch}"
        input:
            status=expand(
                "<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json",
                case=PLAN.members(batch=batch),
            ),
            folder=ancient(
                expand(
                    "<results>/02_images/center-{case.center}/sub-{case.subject}/native",
                    case=PLAN.members(batch=batch),
                )
            ),
            model=PLAN.segmentation_model or [],
            corrections=PLAN.corrections(batch),
        output:
            status=expand(
                "<results>/03_segmentations/center-{case.center}/sub-{case.subject}/segment.json",
                case=PLAN.members(batch=batch),
            ),
            folder=directory(
                expand(
                    "<results>/03_segmentations/center-{case.center}/sub-{case.subject}/masks",
                    case=PLAN.members(batch=batch),
                )
            ),
        log:
            f"<logs>/segment_batch/{batch}.log",
        benchmark:
            f"<benchmarks>/segment_batch/{batch}.tsv"
        threads: 4
        resources:
            mem_mb=lambda wc, attempt: 6000 * attempt,
            runtime=120,
            gpu=1 if STUDY.segmentation.method == "nnunet" and STUDY.segmentation.device == "cuda" else 0,
        params:
            settings=STUDY.segmentation.model_dump(
                mode="json",
                include={
                    **dict.fromkeys(["method", "device", "step", "mirroring", "largest_piece"], True),
                    "quality": {"compare"},
                },
            ),
            sequence=STUDY.segmented_sequence if STUDY.sequences else None,
            labels=STUDY.labels,
            checks=STUDY.mask_checks.model_dump(mode="json"),
            subjects=[case.subject for case in PLAN.members(batch=batch)],
            annotated=(
                sorted(case.subject for case in PLAN.annotated if case.batch == batch)
                if STUDY.segmentation.train_on
                else []
            ),
            corrected=PLAN.correction_hashes(batch),
            kept=workflow.pathvars.apply("<results>/kept/segment"),
            code=code_of("segment_batch"),
        conda:
            "../../envs/nnunet.yaml"
        message:
            f"Segmenting batch {batch} ({len(PLAN.members(batch=batch))} cases)"
        script:
            "../scripts/segment_batch.py"
