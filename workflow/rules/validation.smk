# How well the frozen models work: in test patients, and in each hospital they never saw.
from osteon.reporting.language import language
from osteon.reporting.set_names import set_names

if STUDY.models:

    rule validate_internal:
        input:
            development="<results>/01_cohort/development.tsv",
            splits="<results>/06_models/splits.tsv",
            features=expand("<results>/04_features/center-{center}/features.tsv", center=STUDY.development),
            batches="<results>/05_harmonisation/batches_development.tsv",
            controls=expand(
                "<results>/04_features/center-{center}/controls.tsv",
                center=STUDY.development if PLAN.shuffled else [],
            ),
            models=expand("<results>/06_models/{model}/bundle", model=STUDY.models),
            oof=expand("<results>/06_models/{model}/oof_predictions.tsv", model=STUDY.models),
            audit="<results>/07_validation/leakage_audit.tsv",  # not read: a leaky study gets no numbers
        output:
            **measured("<results>/07_validation/internal", Level="cohort", Hospital="development"),
            predictions="<results>/07_validation/internal/predictions.tsv",
            baseline="<results>/07_validation/internal/baseline.tsv",
            patients="<results>/07_validation/internal/patients.tsv",
        log:
            "<logs>/validate_internal.log",
        benchmark:
            "<benchmarks>/validate_internal.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            settings=PLAN.settings("validation", "variables"),
            baseline=STUDY.analysis.baseline.model_dump(mode="json"),
            outcome=PLAN.models.outcome,
            batch=STUDY.harmonisation.batch,
            seed=STUDY.study.seed,
            code=code_of("validate_internal"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Validating the frozen models in the internal test patients"
        script:
            "../scripts/validate_internal.py"

    rule validate_external:
        input:
            outcomes="<results>/01_cohort/external/center-{center}.tsv",
            same_person="<results>/01_cohort/same_person.tsv",
            features="<results>/04_features/center-{center}/features.tsv",
            batches="<results>/05_harmonisation/batches.tsv",
            controls="<results>/04_features/center-{center}/controls.tsv" if PLAN.shuffled else [],
            models=expand("<results>/06_models/{model}/bundle", model=STUDY.models),
            adapted=lambda wc: (
                expand("<results>/06_models/adapted/center-{center}/{model}", center=wc.center, model=STUDY.models)
                if wc.center in PLAN.batching.adaptation
                else []
            ),
            audit="<results>/07_validation/leakage_audit.tsv",  # not read: a leaky study gets no numbers
        output:
            **measured("<results>/07_validation/external/center-{center}", Level="hospital", Hospital=hospital),
            predictions="<results>/07_validation/external/center-{center}/predictions.tsv",
            baseline="<results>/07_validation/external/center-{center}/baseline.tsv",
            patients="<results>/07_validation/external/center-{center}/patients.tsv",
        log:
            "<logs>/validate_external/center-{center}.log",
        benchmark:
            "<benchmarks>/validate_external/center-{center}.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            settings=PLAN.settings("validation", "variables"),
            baseline=STUDY.analysis.baseline.model_dump(mode="json"),
            outcome=PLAN.models.outcome,
            batch=STUDY.harmonisation.batch,
            adaptation=lambda wc: PLAN.batching.adaptation.get(wc.center, []),
            seed=STUDY.study.seed,
            code=code_of("validate_external"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Validating the frozen models in external hospital {wildcards.center}"
        script:
            "../scripts/validate_external.py"

    # Features alone: no outcome of an external hospital comes here.
    rule adapt_models:
        input:
            features="<results>/04_features/center-{center}/features.tsv",
            batches="<results>/05_harmonisation/batches.tsv",
            controls="<results>/04_features/center-{center}/controls.tsv" if PLAN.shuffled else [],
            models=expand("<results>/06_models/{model}/bundle", model=STUDY.models),
        output:
            models=directory(expand("<results>/06_models/adapted/center-{{center}}/{model}", model=STUDY.models)),
            fits="<results>/06_models/adapted/center-{center}_fits.tsv",
        log:
            "<logs>/adapt_models/center-{center}.log",
        benchmark:
            "<benchmarks>/adapt_models/center-{center}.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            adaptation=lambda wc: PLAN.batching.adaptation.get(wc.center, []),
            minimum=STUDY.harmonisation.minimum,
            batch=STUDY.harmonisation.batch,
            code=code_of("adapt_models"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Adapting the harmonisation to hospital {wildcards.center}, without its outcomes"
        script:
            "../scripts/adapt_models.py"

    rule validate_resampling:
        input:
            predictions=expand("<results>/06_models/{model}/resampled_predictions.tsv", model=STUDY.models),
            audit="<results>/07_validation/leakage_audit.tsv",  # not read: a leaky study gets no numbers
        output:
            **measured("<results>/07_validation/resampling", Level="cohort", Hospital="development"),
            predictions="<results>/07_validation/resampling/predictions.tsv",
            repeats="<results>/07_validation/resampling/repeats.tsv",
        log:
            "<logs>/validate_resampling.log",
        benchmark:
            "<benchmarks>/validate_resampling.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            models=list(STUDY.models),
            settings=PLAN.settings("validation"),
            outcome=PLAN.models.outcome,
            seed=STUDY.study.seed,
            code=code_of("validate_resampling"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Validating in repeated cross-validation and in left-out hospitals"
        script:
            "../scripts/validate_resampling.py"

    rule audit_leakage:
        input:
            fits=expand("<results>/06_models/{model}/fits.tsv", model=STUDY.models),
            adapted=expand("<results>/06_models/adapted/center-{center}_fits.tsv", center=PLAN.batching.adaptation),
            robustness="<results>/04_features/robustness_fits.tsv" if STUDY.robustness.active else [],
            splits="<results>/06_models/splits.tsv",
            persons="<results>/01_cohort/persons.tsv",
            same_person="<results>/01_cohort/same_person.tsv",
        output:
            audit="<results>/07_validation/leakage_audit.tsv",
        log:
            "<logs>/audit_leakage.log",
        benchmark:
            "<benchmarks>/audit_leakage.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            external=[case.subject for case in CASES if STUDY.centers[case.center].role == "external"],
            adaptation=PLAN.batching.adaptation,
            code=code_of("audit_leakage"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Checking which patients every fitted object has seen"
        script:
            "../scripts/audit_leakage.py"

    rule draw_validation:
        input:
            **PLAN.validation_tables("<results>/07_validation/{part}"),
        output:
            **{
                name: drawn(stem, name, "Validation", Level=level, Hospital=validated, What=name.replace("_", " "))
                for name, stem in PLAN.validation_figures("<results>/07_validation/{part}").items()
            },
        log:
            "<logs>/draw_validation/{part}.log",
        benchmark:
            "<benchmarks>/draw_validation/{part}.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            outcome=STUDY.outcome.model_dump(mode="json", exclude={"missing"}),
            labels={name: model.label or name for name, model in STUDY.models.items()},
            titles=lambda wc: {
                key: name
                for key, name in set_names(STUDY, wc.part, language(STUDY.study.language)).items()
                if key in PLAN.set_titles(wc.part)
            },
            language=STUDY.study.language,
            code=code_of("draw_validation"),
        conda:
            "../../envs/report.yaml"
        message:
            "Drawing the figures of the validation ({wildcards.part})"
        script:
            "../scripts/draw_validation.py"
