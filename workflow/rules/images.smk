# Bias correction, intensity normalisation, registration to the segmented sequence; contact sheets to look at all images.
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
        reference=STUDY.segmented_sequence if STUDY.sequences else None,
        code=code_of("preprocess_case"),
    conda:
        "../../envs/imaging.yaml"
    message:
        "Preprocessing {wildcards.subject} of {wildcards.center}"
    script:
        "../scripts/preprocess_case.py"


rule draw_contact_sheets:
    input:
        status=lambda wc: expand(
            "<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json",
            case=PLAN.members(center=wc.center),
        ),
        folder=lambda wc: ancient(
            expand(
                "<results>/02_images/center-{case.center}/sub-{case.subject}/native",
                case=PLAN.members(center=wc.center),
            )
        ),
    output:
        sheets=[
            shown(
                f"<results>/02_images/contact/center-{{center}}_{sequence}.html",
                "contact_sheet",
                "Images",
                Level="hospital",
                Hospital=hospital,
                What=sequence,
            )
            for sequence in STUDY.sequences
        ],
        pages=directory("<results>/02_images/contact/center-{center}"),
    log:
        "<logs>/draw_contact_sheets/center-{center}.log",
    benchmark:
        "<benchmarks>/draw_contact_sheets/center-{center}.tsv"
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        around=PLAN.contact_sheets,
        language=STUDY.study.language,
        code=code_of("draw_contact_sheets"),
    conda:
        "../../envs/report.yaml"
    message:
        "Drawing the contact sheets of {wildcards.center}"
    script:
        "../scripts/draw_contact_sheets.py"
