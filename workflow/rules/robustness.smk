# How much features change under perturbations and other readers: development patients, and of those only training ones
# count. Features that change too much are kept out of signatures; what is too much, every fold measures for itself on
# its own training patients (fit_model reads robustness_values.tsv).
for batch in PLAN.batches if STUDY.robustness.active else []:
    if PLAN.robustness_cases(batch):

        rule:
            name:
                f"extract_variants_{batch}"
            input:
                image_status=expand(
                    "<results>/02_images/center-{case.center}/sub-{case.subject}/preprocess.json",
                    case=PLAN.robustness_cases(batch),
                ),
                image_folder=ancient(
                    expand(
                        "<results>/02_images/center-{case.center}/sub-{case.subject}/preprocessed",
                        case=PLAN.robustness_cases(batch),
                    )
                ),
                mask_status=expand(
                    "<results>/03_segmentations/center-{case.center}/sub-{case.subject}/segment.json",
                    case=PLAN.robustness_cases(batch),
                ),
                mask_folder=ancient(
                    expand(
                        "<results>/03_segmentations/center-{case.center}/sub-{case.subject}/masks",
                        case=PLAN.robustness_cases(batch),
                    )
                ),
                ingest_status=expand(
                    "<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json",
                    case=PLAN.robustness_cases(batch),
                ),
                native_folder=ancient(
                    expand(
                        "<results>/02_images/center-{case.center}/sub-{case.subject}/native",
                        case=PLAN.robustness_cases(batch),
                    )
                ),
            output:
                table=expand(
                    "<results>/04_features/robustness/center-{case.center}/sub-{case.subject}_variants.tsv",
                    case=PLAN.robustness_cases(batch),
                ),
            log:
                f"<logs>/extract_variants/{batch}.log",
            benchmark:
                f"<benchmarks>/extract_variants/{batch}.tsv"
            resources:
                mem_mb=lambda wc, attempt: 3000 * attempt,
                runtime=240,
            params:
                settings=PLAN.settings("features", "labels", "rois"),
                sequences=list(STUDY.sequences),
                perturbations=STUDY.robustness.perturbations,
                perturbed=[case in PLAN.perturbed for case in PLAN.robustness_cases(batch)],
                readers=STUDY.robustness.readers,
                rows=PLAN.region_rows(PLAN.robustness_cases(batch)),
                seed=STUDY.study.seed,
                kept=workflow.pathvars.apply("<results>/kept/variants"),
                code=code_of("extract_variants"),
            conda:
                "../../envs/radiomics.yaml"
            message:
                f"Features of batch {batch} under perturbations and other readers ({len(PLAN.robustness_cases(batch))} cases)"
            script:
                "../scripts/extract_variants.py"


if STUDY.robustness.active:

    rule measure_robustness:
        input:
            variants=expand(
                "<results>/04_features/robustness/center-{case.center}/sub-{case.subject}_variants.tsv",
                case=PLAN.robustness_cases(),
            ),
            features=expand(
                "<results>/04_features/cases/center-{case.center}/sub-{case.subject}_features.tsv",
                case=PLAN.robustness_cases(),
            ),
            splits="<results>/06_models/splits.tsv" if STUDY.models else [],
        output:
            variants="<results>/04_features/robustness_values.tsv",
            robustness="<results>/04_features/robustness.tsv",
            fits="<results>/04_features/robustness_fits.tsv",
        log:
            "<logs>/measure_robustness.log",
        benchmark:
            "<benchmarks>/measure_robustness.tsv"
        resources:
            mem_mb=lambda wc, attempt: 4000 * attempt,
            runtime=30,
        params:
            settings=PLAN.settings("robustness"),
            subjects=[case.subject for case in PLAN.robustness_cases()],
            code=code_of("measure_robustness"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Measuring how robust the features of training patients are"
        script:
            "../scripts/measure_robustness.py"

    if STUDY.models:

        rule describe_robustness:
            input:
                robustness="<results>/04_features/robustness.tsv",
                variants="<results>/04_features/robustness_values.tsv",
                splits="<results>/06_models/splits.tsv",
                selection=expand("<results>/06_models/{model}/selection.tsv", model=STUDY.models),
            output:
                selected="<results>/04_features/robustness_selected.tsv",
            log:
                "<logs>/describe_robustness.log",
            benchmark:
                "<benchmarks>/describe_robustness.tsv"
            resources:
                mem_mb=lambda wc, attempt: 4000 * attempt,
                runtime=30,
            params:
                settings=PLAN.settings("robustness"),
                models=list(STUDY.models),
                code=code_of("describe_robustness"),
            conda:
                "../../envs/stats.yaml"
            message:
                "Robustness of the features in the scores"
            script:
                "../scripts/describe_robustness.py"
