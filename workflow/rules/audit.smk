# The checks for printed tables, on the study's own ones: the results, and the manuscript's files as they are printed.
# `TABLES` is in tables.smk.
audited = ("exclusions", "baseline", "logistic", "performance", "comparisons")


rule audit_tables:
    input:
        **{name: paths for key in audited for name, paths in TABLES.get(key, {}).items()},
        tables="<results>/09_paper/tables",
    output:
        audit="<results>/09_paper/audit.tsv",
    log:
        "<logs>/audit_tables.log",
    benchmark:
        "<benchmarks>/audit_tables.tsv"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        study=STUDY.model_dump(mode="json"),
        code=code_of("audit_tables"),
    conda:
        "../../envs/stats.yaml"
    message:
        "Checking whether the numbers of the tables can be true"
    script:
        "../scripts/audit_tables.py"
