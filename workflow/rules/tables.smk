# The tables of the manuscript: a rule for each, with the files of that table alone, then one that numbers and prints them.
from osteon.config.paper_tables import table_files

TABLES = table_files(PLAN)

for key, files in TABLES.items():

    rule:
        name:
            f"write_table_{key}"
        input:
            **files,
        output:
            table=f"<results>/09_paper/stored_tables/{key}.json",
        log:
            f"<logs>/write_table/{key}.log",
        benchmark:
            f"<benchmarks>/write_table/{key}.tsv"
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            key=key,
            study=STUDY.model_dump(mode="json"),
            code=code_of("write_table"),
        conda:
            "../../envs/report.yaml"
        message:
            f"Making a table of the manuscript: {key.replace('_', ' ')}"
        script:
            "../scripts/write_table.py"


rule write_tables:
    input:
        tables=expand("<results>/09_paper/stored_tables/{key}.json", key=TABLES),
    output:
        tables=report(
            directory("<results>/09_paper/tables"),
            patterns=["{table}.html"],
            caption="../report/tables.rst",
            category="Paper",
            subcategory="Tables",
            labels={"Level": "cohort", "What": "{table}"},
        ),
    log:
        "<logs>/write_tables.log",
    benchmark:
        "<benchmarks>/write_tables.tsv"
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        title=STUDY.study.title or STUDY.study.name,
        language=STUDY.study.language,
        code=code_of("write_tables"),
    conda:
        "../../envs/report.yaml"
    message:
        "Writing the tables of the manuscript"
    script:
        "../scripts/write_tables.py"
