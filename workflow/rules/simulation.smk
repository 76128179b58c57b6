# Simulated hospitals: the raw DICOM of a simulated study is the output of a rule.
if STUDY.simulation:

    rule simulate_case:
        input:
            parameters=STUDY.simulation.parameters,
        output:
            folder=directory("<results>/00_simulated/center-{center}/sub-{subject}"),
            record="<results>/00_simulated/center-{center}/sub-{subject}.json",
        log:
            "<logs>/simulate_case/center-{center}/sub-{subject}.log",
        benchmark:
            "<benchmarks>/simulate_case/center-{center}/sub-{subject}.tsv"
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            participant=PLAN.participant,
            preset=STUDY.simulation.preset,
            code=code_of("simulate_case"),
        conda:
            "../../envs/imaging.yaml"
        message:
            "Scanning simulated patient {wildcards.subject} in hospital {wildcards.center}"
        script:
            "../scripts/simulate_case.py"
