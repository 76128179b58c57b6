# What was run, on what, with what and how long: the whole run as an RO-Crate, last of all.
SHOWN = [
    "Snakefile",
    "LICENSE",
    *sorted(map(str, Path("workflow/rules").glob("*.smk"))),
    *sorted(map(str, Path("workflow/scripts").glob("*.py"))),
    *sorted(map(str, Path("envs").glob("*.yaml"))),
]


rule write_crate:
    input:
        results=PLAN.targets(),  # what the crate names; whatever is made again, it is written again
        config="<results>/provenance/config_used.yaml",
        software="<results>/provenance/software.tsv",
        inputs="<results>/provenance/inputs.sha256",
        workflow=SHOWN,
    output:
        crate="<results>/ro-crate-metadata.json",
        readme="<results>/README.md",
        timings="<results>/provenance/timings.tsv",
        workflow=directory("<results>/provenance/workflow"),
    log:
        "<logs>/write_crate.log",
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        study=STUDY.model_dump(mode="json"),
        code=code_of("write_crate"),
    conda:
        "../../envs/report.yaml"
    message:
        "Writing down the run as an RO-Crate"
    script:
        "../scripts/write_crate.py"
