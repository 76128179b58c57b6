# How good the masks are: against manual ones, reader against reader, and without truth against the study's own cases.
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
        model=PLAN.segmentation_model or [],
        cross_validation=(
            "<results>/03_segmentations/model/cross_validation.tsv" if STUDY.segmentation.train_on else []
        ),
    output:
        agreement="<results>/03_segmentations/agreement.tsv",
        summary=shown(
            "<results>/03_segmentations/agreement_summary.tsv",
            "agreement",
            "Segmentation",
            Level="cohort",
            What="agreement with manual masks",
        ),
    log:
        "<logs>/evaluate_segmentation.log",
    benchmark:
        "<benchmarks>/evaluate_segmentation.tsv"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        sequence=STUDY.segmented_sequence if STUDY.sequences else None,
        labels=STUDY.labels,
        targets=STUDY.segmentation.targets.model_dump(mode="json"),
        seed=STUDY.study.seed,
        code=code_of("evaluate_segmentation"),
    conda:
        "../../envs/imaging.yaml"
    message:
        "Comparing predicted with manual masks"
    script:
        "../scripts/evaluate_segmentation.py"


rule compare_readers:
    input:
        status=expand("<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json", case=PLAN.read_twice),
        folder=ancient(
            expand("<results>/02_images/center-{case.center}/sub-{case.subject}/native", case=PLAN.read_twice)
        ),
    output:
        readers="<results>/03_segmentations/readers.tsv",
        summary="<results>/03_segmentations/readers_summary.tsv",
    log:
        "<logs>/compare_readers.log",
    benchmark:
        "<benchmarks>/compare_readers.tsv"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        labels=STUDY.labels,
        seed=STUDY.study.seed,
        code=code_of("compare_readers"),
    conda:
        "../../envs/imaging.yaml"
    message:
        "Comparing the masks of different readers"
    script:
        "../scripts/compare_readers.py"


rule judge_masks:
    input:
        segmented=expand(
            "<results>/03_segmentations/center-{case.center}/sub-{case.subject}/segment.json", case=PLAN.imaging
        ),
        segmented_folder=ancient(
            expand("<results>/03_segmentations/center-{case.center}/sub-{case.subject}/masks", case=PLAN.imaging)
        ),
        ingested=expand("<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json", case=PLAN.imaging),
        ingested_folder=ancient(
            expand("<results>/02_images/center-{case.center}/sub-{case.subject}/native", case=PLAN.imaging)
        ),
    output:
        quality="<results>/03_segmentations/mask_quality.tsv",
        review="<results>/03_segmentations/review.tsv",
        pictures=directory("<results>/03_segmentations/review"),
    log:
        "<logs>/judge_masks.log",
    benchmark:
        "<benchmarks>/judge_masks.tsv"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        sequence=STUDY.segmented_sequence if STUDY.sequences else None,
        labels=STUDY.labels,
        head_to_foot=STUDY.mask_checks.head_to_foot,
        limits=STUDY.segmentation.quality.model_dump(mode="json", include={"volume_z", "spacing_z", "disagreement"}),
        corrections=STUDY.segmentation.corrections,
        code=code_of("judge_masks"),
    conda:
        "../../envs/imaging.yaml"
    message:
        "Looking for masks that a person should see"
    script:
        "../scripts/judge_masks.py"


rule write_review:
    input:
        quality="<results>/03_segmentations/mask_quality.tsv",
        review="<results>/03_segmentations/review.tsv",
        pictures="<results>/03_segmentations/review",
    output:
        page=shown(
            "<results>/03_segmentations/review.html", "review", "Segmentation", Level="cohort", What="masks to review"
        ),
    log:
        "<logs>/write_review.log",
    benchmark:
        "<benchmarks>/write_review.tsv"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        title=STUDY.study.title or STUDY.study.name,
        simulated=STUDY.study.simulated,
        centers={code: STUDY.centers[code].name or code for code in STUDY.imaging},
        labels=STUDY.labels,
        corrections=STUDY.segmentation.corrections,
        language=STUDY.study.language,
        code=code_of("write_review"),
    conda:
        "../../envs/report.yaml"
    message:
        "Writing the page of masks to review"
    script:
        "../scripts/write_review.py"
