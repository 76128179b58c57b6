# From a case's raw folder to one NIfTI per sequence, or to a reason why not.
rule ingest_case:
    input:
        folder=lambda wc: ancient(PLAN.case(wc).source),
        record=branch(
            bool(STUDY.simulation),
            then="<results>/00_simulated/center-{center}/sub-{subject}.json",
            otherwise=[],
        ),
        rules=STUDY.series_rules,
    output:
        status="<results>/02_images/center-{center}/sub-{subject}/ingest.json",
        folder=directory("<results>/02_images/center-{center}/sub-{subject}/native"),
        source="<results>/02_images/center-{center}/sub-{subject}/source.json",
    log:
        "<logs>/ingest_case/center-{center}/sub-{subject}.log",
    benchmark:
        "<benchmarks>/ingest_case/center-{center}/sub-{subject}.tsv"
    resources:
        mem_mb=lambda wc, attempt: 2000 * attempt,
        runtime=15,
    params:
        settings=PLAN.ingest,
        overrides=PLAN.overrides,
        files=lambda wc: (
            "simulated"
            if STUDY.simulation
            else source_fingerprint(
                PLAN.case(wc).source,
                PLAN.source_record(wc, workflow.pathvars.get("results")),
                masks_outside(STUDY.centers[wc.center].masks, wc.subject),
            )
        ),
        code=code_of("ingest_case"),
    conda:
        "../../envs/imaging.yaml"
    message:
        "Reading {wildcards.subject} of {wildcards.center}"
    script:
        "../scripts/ingest_case.py"
