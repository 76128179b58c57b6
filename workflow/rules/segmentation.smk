# Masks: predicted by nnU-Net, one process per batch and one file per case, or given by hand.
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
            model=STUDY.segmentation.model if STUDY.segmentation.method == "nnunet" else [],
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
            settings=STUDY.segmentation.model_dump(mode="json", include={"method", "device", "step"}),
            sequence=STUDY.segmented_sequence if STUDY.sequences else None,
            labels=STUDY.labels,
            code=code_of("segment_batch"),
        conda:
            "../../envs/nnunet.yaml"
        message:
            f"Segmenting batch {batch} ({len(PLAN.members(batch=batch))} cases)"
        script:
            "../scripts/segment_batch.py"


rule evaluate_segmentation:
    input:
        predicted=expand(
            "<results>/03_segmentations/center-{case.center}/sub-{case.subject}/segment.json", case=PLAN.imaging
        ),
        predicted_folder=ancient(
            expand("<results>/03_segmentations/center-{case.center}/sub-{case.subject}/masks", case=PLAN.imaging)
        ),
        manual=expand("<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json", case=PLAN.imaging),
        manual_folder=ancient(
            expand("<results>/02_images/center-{case.center}/sub-{case.subject}/native", case=PLAN.imaging)
        ),
    output:
        agreement="<results>/03_segmentations/agreement.tsv",
        summary="<results>/03_segmentations/agreement_summary.tsv",
    log:
        "<logs>/evaluate_segmentation.log",
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        labels=STUDY.labels,
        code=code_of("evaluate_segmentation"),
    conda:
        "../../envs/imaging.yaml"
    message:
        "Comparing predicted with manual masks"
    script:
        "../scripts/evaluate_segmentation.py"


if STUDY.segmentation.train:

    rule train_segmentation:
        input:
            status=expand("<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json", case=PLAN.imaging),
            folder=ancient(
                expand("<results>/02_images/center-{case.center}/sub-{case.subject}/native", case=PLAN.imaging)
            ),
        output:
            model="<results>/03_segmentations/model/model.zip",
            card="<results>/03_segmentations/model/MODEL_CARD.md",
        log:
            "<logs>/train_segmentation.log",
        benchmark:
            "<benchmarks>/train_segmentation.tsv"
        threads: 16
        resources:
            mem_mb=16000,
            runtime=1440,
            gpu=1 if STUDY.segmentation.device == "cuda" else 0,
        params:
            settings=STUDY.segmentation.train.model_dump(mode="json"),
            device=STUDY.segmentation.device,
            sequence=STUDY.segmented_sequence,
            labels=STUDY.labels,
            study=STUDY.study.model_dump(mode="json"),
            code=code_of("train_segmentation"),
        conda:
            "../../envs/nnunet.yaml"
        message:
            "Training nnU-Net on the manual masks"
        script:
            "../scripts/train_segmentation.py"
