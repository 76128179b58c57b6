# Frozen models of earlier studies, for the patients of this one; nothing is estimated from these.
if STUDY.apply.bundles:

    rule apply_models:
        input:
            bundles=PLAN.applied.folders,
            files=PLAN.applied.files,
            features="<results>/04_features/center-{center}/features.tsv",
            beside=lambda wc: PLAN.applied.beside(wc.center),
            participants=PLAN.applied.participants,
            batches="<results>/05_harmonisation/batches.tsv" if PLAN.applied.batches else [],
        output:
            **PLAN.applied.tables("<results>/08_applied/center-{center}"),
        log:
            "<logs>/apply_models/center-{center}.log",
        benchmark:
            "<benchmarks>/apply_models/center-{center}.tsv"
        resources:
            mem_mb=2000,
            runtime=30,
        params:
            names=list(STUDY.apply.bundles),
            table=lambda wc: PLAN.applied.described(wc.center),
            cases=lambda wc: PLAN.applied.cases(wc.center),
            key=STUDY.linkage.key,
            centers={code: center.name for code, center in STUDY.centers.items()},
            outcome=STUDY.outcome.model_dump(mode="json", exclude={"label", "missing"}) if STUDY.outcome else None,
            units=PLAN.applied.units,
            divisions=STUDY.harmonisation.batch,
            settings=PLAN.settings("validation"),
            seed=STUDY.study.seed,
            code=code_of("apply_models"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Applying frozen models to {wildcards.center}"
        script:
            "../scripts/apply_models.py"
