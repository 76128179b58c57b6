# Who is one person, and who belongs to which batch: from headers and cases.tsv alone, before any outcome is seen.
if STUDY.models:

    rule collect_persons:
        input:
            status=lambda wc: expand(
                "<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json",
                case=PLAN.batching.with_patient_id(wc.table),
            ),
        output:
            persons="<results>/01_cohort/{table}.tsv",
        log:
            "<logs>/collect_persons/{table}.log",
        benchmark:
            "<benchmarks>/collect_persons/{table}.tsv"
        wildcard_constraints:
            table="persons|persons_development",
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            cases=lambda wc: PLAN.batching.persons(wc.table),
            roles={code: center.role for code, center in STUDY.centers.items()},
            code=code_of("collect_persons"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Finding cases that are one person ({wildcards.table})"
        script:
            "../scripts/collect_persons.py"

    rule list_same_persons:
        input:
            persons="<results>/01_cohort/persons.tsv",
        output:
            same_person="<results>/01_cohort/same_person.tsv",
        log:
            "<logs>/list_same_persons.log",
        benchmark:
            "<benchmarks>/list_same_persons.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            roles={code: center.role for code, center in STUDY.centers.items()},
            code=code_of("list_same_persons"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Listing external patients who are patients of the development centers, too"
        script:
            "../scripts/list_same_persons.py"


if STUDY.models or STUDY.apply.bundles:

    rule collect_batches:
        input:
            status=lambda wc: expand(
                "<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json",
                case=PLAN.batching.with_headers(wc.table),
            ),
            splits=lambda wc: (
                "<results>/06_models/splits.tsv" if PLAN.batching.counts(wc.table) and STUDY.models else []
            ),
        output:
            batches="<results>/05_harmonisation/{table}.tsv",
        log:
            "<logs>/collect_batches/{table}.log",
        benchmark:
            "<benchmarks>/collect_batches/{table}.tsv"
        wildcard_constraints:
            table="batches|batches_development|subgroups",
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            cases=lambda wc: PLAN.batching.rows(wc.table),
            settings=lambda wc: PLAN.batching.settings(wc.table),
            development=STUDY.development,
            code=code_of("collect_batches"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Dividing patients into batches ({wildcards.table})"
        script:
            "../scripts/collect_batches.py"
