# Splits made once; every model learns from training patients of development centers alone.
if STUDY.models:

    rule make_splits:
        input:
            development="<results>/01_cohort/development.tsv",
        output:
            splits="<results>/06_models/splits.tsv",
        log:
            "<logs>/make_splits.log",
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            seed=STUDY.study.seed,
            hold_out=STUDY.validation.hold_out,
            folds=STUDY.validation.folds,
            code=code_of("make_splits"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Splitting development patients into training and test"
        script:
            "../scripts/make_splits.py"

    rule fit_model:
        input:
            development="<results>/01_cohort/development.tsv",
            splits="<results>/06_models/splits.tsv",
            features=expand("<results>/04_features/center-{center}/features.tsv", center=STUDY.development),
            robustness="<results>/04_features/robustness.tsv" if PLAN.robustness_filter else [],
            controls=lambda wc: expand(
                "<results>/04_features/center-{center}/controls.tsv",
                center=STUDY.development if wc.model in PLAN.shuffled else [],
            ),
        output:
            model="<results>/06_models/{model}/model.json",
            predictions="<results>/06_models/{model}/oof_predictions.tsv",
            coefficients="<results>/06_models/{model}/coefficients.tsv",
            selection="<results>/06_models/{model}/selection.tsv",
            fits="<results>/06_models/{model}/fits.tsv",
        log:
            "<logs>/fit_model/{model}.log",
        benchmark:
            "<benchmarks>/fit_model/{model}.tsv"
        resources:
            mem_mb=lambda wc, attempt: 4000 * attempt,
            runtime=60,
        params:
            model=lambda wc: STUDY.models[wc.model].model_dump(mode="json", exclude={"label"}),
            signatures=lambda wc: {name: STUDY.signatures[name] for name in STUDY.models[wc.model].scores},
            settings=PLAN.settings("harmonisation", "selection"),
            robustness=PLAN.robustness_filter,
            seed=STUDY.study.seed,
            code=code_of("fit_model"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Fitting model {wildcards.model} on training patients"
        script:
            "../scripts/fit_model.py"

    rule describe_harmonisation:
        input:
            splits="<results>/06_models/splits.tsv",
            features=expand("<results>/04_features/center-{center}/features.tsv", center=STUDY.development),
        output:
            effect="<results>/05_harmonisation/batch_effect.tsv",
        log:
            "<logs>/describe_harmonisation.log",
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            settings=PLAN.settings("harmonisation"),
            seed=STUDY.study.seed,
            code=code_of("describe_harmonisation"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Measuring center effects before and after harmonisation (descriptive only)"
        script:
            "../scripts/describe_harmonisation.py"
