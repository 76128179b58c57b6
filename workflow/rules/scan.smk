# From the hospitals' raw exports to a proposal of the table of cases, which is no output: people edit it.
if STUDY.scanned:
    # The raw folders are no input. Without this file the rule runs whenever a person asks for it; a job on another
    # machine, which reads this too, is asked for in another way.
    if TARGET in (command.targets or []):
        Path(workflow.pathvars.get("results"), "00_scan", "done").unlink(missing_ok=True)

    rule scan:
        output:
            report="<results>/00_scan/report.tsv",
            patients="<results>/00_scan/patients.tsv",
            done=touch("<results>/00_scan/done"),
        log:
            "<logs>/scan.log",
        benchmark:
            "<benchmarks>/scan.tsv"
        threads: 8
        resources:
            mem_mb=4000,
            runtime=240,
        params:
            settings=scan_settings(STUDY).model_dump(mode="json"),
            rules=STUDY.series_rules,
            code=code_of("scan"),
        conda:
            "../../envs/imaging.yaml"
        message:
            "Scanning the raw exports"
        script:
            "../scripts/scan.py"
