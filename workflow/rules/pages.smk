# From the study to the hospital to the case: a page for each hospital with all its cases, and contours of their masks.
from osteon.config.page_files import hospital_files

if PLAN.imaging:

    rule draw_contours:
        input:
            preprocessed=lambda wc: expand(
                "<results>/02_images/center-{case.center}/sub-{case.subject}/preprocess.json",
                case=PLAN.members(center=wc.center),
            ),
            preprocessed_folder=lambda wc: ancient(
                expand(
                    "<results>/02_images/center-{case.center}/sub-{case.subject}/preprocessed",
                    case=PLAN.members(center=wc.center),
                )
            ),
            segmented=lambda wc: expand(
                "<results>/03_segmentations/center-{case.center}/sub-{case.subject}/segment.json",
                case=PLAN.members(center=wc.center),
            ),
            segmented_folder=lambda wc: ancient(
                expand(
                    "<results>/03_segmentations/center-{case.center}/sub-{case.subject}/masks",
                    case=PLAN.members(center=wc.center),
                )
            ),
        output:
            pictures=directory("<results>/03_segmentations/contours/center-{center}"),
            pictures_list="<results>/03_segmentations/contours/center-{center}.tsv",
        log:
            "<logs>/draw_contours/center-{center}.log",
        benchmark:
            "<benchmarks>/draw_contours/center-{center}.tsv"
        resources:
            mem_mb=2000,
            runtime=60,
        params:
            sequences=list(STUDY.sequences),
            labels=STUDY.labels,
            code=code_of("draw_contours"),
        conda:
            "../../envs/imaging.yaml"
        message:
            "Drawing the contours of the masks of {wildcards.center}"
        script:
            "../scripts/draw_contours.py"


rule write_hospital:
    input:
        unpack(lambda wc: hospital_files(PLAN, wc.center)),
    output:
        page=report(
            "<results>/10_hospitals/center-{center}.html",
            caption="../report/hospital.rst",
            category="Cohort",
            labels=lambda wc: {"Hospital": STUDY.centers[wc.center].name or wc.center},
        ),
        tables=directory("<results>/10_hospitals/center-{center}"),
    log:
        "<logs>/write_hospital/center-{center}.log",
    benchmark:
        "<benchmarks>/write_hospital/center-{center}.tsv"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        study=STUDY.model_dump(mode="json"),
        code=code_of("write_hospital"),
    conda:
        "../../envs/report.yaml"
    message:
        "Writing the page of {wildcards.center}"
    script:
        "../scripts/write_hospital.py"
