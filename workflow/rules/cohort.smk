# Who is in: participants joined and coded, outcomes of external centers sealed, the flow counted.
if STUDY.outcome:

    rule link_participants:
        input:
            participants=STUDY.participants,
        output:
            development="<results>/01_cohort/development.tsv",
            external=expand("<results>/01_cohort/external/center-{center}.tsv", center=STUDY.external),
            unlinked="<results>/01_cohort/unlinked.tsv",
        log:
            "<logs>/link_participants.log",
        benchmark:
            "<benchmarks>/link_participants.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            settings=PLAN.settings("linkage", "outcome", "variables"),
            development=STUDY.development,
            external=STUDY.external,
            cases=[(case.center, case.subject, case.key) for case in CASES],
            names={code: center.name for code, center in STUDY.centers.items()},
            code=code_of("link_participants"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Joining cases and participants; sealing the outcomes of external centers"
        script:
            "../scripts/link_participants.py"


if STUDY.models and STUDY.validation.date_column:

    rule collect_dates:
        input:
            participants=STUDY.participants,
        output:
            dates="<results>/01_cohort/dates.tsv",
        log:
            "<logs>/collect_dates.log",
        benchmark:
            "<benchmarks>/collect_dates.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            key=STUDY.linkage.key,
            column=STUDY.validation.date_column,
            cases=[(case.center, case.subject, case.key) for case in CASES if case.center in STUDY.development],
            names={code: center.name for code, center in STUDY.centers.items()},
            code=code_of("collect_dates"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Collecting the dates of the development patients' examinations"
        script:
            "../scripts/collect_dates.py"


if STUDY.participants:

    rule describe_linkage:
        input:
            participants=STUDY.participants,
            status=expand("<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json", case=PLAN.imaging),
        output:
            linkage="<results>/01_cohort/linkage.tsv",
        log:
            "<logs>/describe_linkage.log",
        benchmark:
            "<benchmarks>/describe_linkage.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            settings=PLAN.settings("linkage"),
            cases=[(case.center, case.subject, case.key) for case in CASES],
            names={code: center.name for code, center in STUDY.centers.items()},
            code=code_of("describe_linkage"),
        conda:
            "../../envs/report.yaml"
        message:
            "Comparing images and participants"
        script:
            "../scripts/describe_linkage.py"


rule describe_cohort:
    input:
        cases=expand("<results>/04_features/center-{center}/cases.tsv", center=STUDY.centers),
        unlinked=PLAN.late_exclusions,
        splits="<results>/06_models/splits.tsv" if STUDY.models else [],
    output:
        included="<results>/01_cohort/cases_included.tsv",
        excluded=shown(
            "<results>/01_cohort/cases_excluded.tsv", "excluded", "Cohort", Level="cohort", What="excluded cases"
        ),
        flow="<results>/01_cohort/flow.tsv",
    log:
        "<logs>/describe_cohort.log",
    benchmark:
        "<benchmarks>/describe_cohort.tsv"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        roles={code: center.role for code, center in STUDY.centers.items()},
        sources={code: center.source for code, center in STUDY.centers.items()},
        code=code_of("describe_cohort"),
    conda:
        "../../envs/report.yaml"
    message:
        "Counting who was included and why others were not"
    script:
        "../scripts/describe_cohort.py"


rule describe_acquisition:
    input:
        status=expand("<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json", case=PLAN.imaging),
        preprocessed=expand(
            "<results>/02_images/center-{case.center}/sub-{case.subject}/preprocess.json", case=PLAN.imaging
        ),
    output:
        acquisition=shown(
            "<results>/01_cohort/acquisition.tsv", "acquisition", "Cohort", Level="cohort", What="acquisition"
        ),
        quality="<results>/02_images/quality.tsv",
    log:
        "<logs>/describe_acquisition.log",
    benchmark:
        "<benchmarks>/describe_acquisition.tsv"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        code=code_of("describe_acquisition"),
    conda:
        "../../envs/report.yaml"
    message:
        "Describing how the images were acquired"
    script:
        "../scripts/describe_acquisition.py"
