# Bias correction and intensity normalisation, each image by itself.
rule preprocess_case:
    input:
        status="<results>/02_images/center-{center}/sub-{subject}/ingest.json",
        folder=ancient("<results>/02_images/center-{center}/sub-{subject}/native"),
    output:
        status="<results>/02_images/center-{center}/sub-{subject}/preprocess.json",
        folder=directory("<results>/02_images/center-{center}/sub-{subject}/preprocessed"),
    log:
        "<logs>/preprocess_case/center-{center}/sub-{subject}.log",
    benchmark:
        "<benchmarks>/preprocess_case/center-{center}/sub-{subject}.tsv"
    resources:
        mem_mb=lambda wc, attempt: 3000 * attempt,
        runtime=20,
    params:
        settings=PLAN.settings("preprocess"),
        code=code_of("preprocess_case"),
    conda:
        "../../envs/imaging.yaml"
    message:
        "Preprocessing {wildcards.subject} of {wildcards.center}"
    script:
        "../scripts/preprocess_case.py"
