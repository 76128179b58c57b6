# Splits made once; every model learns from training patients of development centers alone.
if STUDY.models:

    rule make_splits:
        input:
            development="<results>/01_cohort/development.tsv",
            persons="<results>/01_cohort/persons_development.tsv",
            dates="<results>/01_cohort/dates.tsv" if STUDY.validation.date_column else [],
            earlier=STUDY.validation.splits or [],
        output:
            splits="<results>/06_models/splits.tsv",
        log:
            "<logs>/make_splits.log",
        benchmark:
            "<benchmarks>/make_splits.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            seed=STUDY.study.seed,
            validation=STUDY.validation.model_dump(
                mode="json", include={"hold_out", "folds", "repeats", "leave_one_center_out"}
            ),
            outcome=PLAN.models.outcome,
            kept=workflow.pathvars.apply("<results>/kept/splits"),
            code=code_of("make_splits"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Splitting development patients into training and test"
        script:
            "../scripts/make_splits.py"

    rule describe_inputs:
        input:
            development="<results>/01_cohort/development.tsv",
            splits="<results>/06_models/splits.tsv",
            features=expand("<results>/04_features/center-{center}/features.tsv", center=STUDY.development),
        output:
            missing="<results>/06_models/missing_inputs.tsv",
        log:
            "<logs>/describe_inputs.log",
        benchmark:
            "<benchmarks>/describe_inputs.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            outcome=PLAN.models.outcome,
            code=code_of("describe_inputs"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Counting missing values of the training patients"
        script:
            "../scripts/describe_inputs.py"

    # What a model learns from; the null run learns from the same with other outcomes.
    learned_from = dict(
        development="<results>/01_cohort/development.tsv",
        splits="<results>/06_models/splits.tsv",
        features=expand("<results>/04_features/center-{center}/features.tsv", center=STUDY.development),
        batches="<results>/05_harmonisation/batches_development.tsv",
        variants=lambda wc: "<results>/04_features/robustness_values.tsv" if PLAN.models.filters(wc.model) else [],
        controls=lambda wc: expand(
            "<results>/04_features/center-{center}/controls.tsv",
            center=STUDY.development if wc.model in PLAN.shuffled else [],
        ),
    )

    rule fit_model:
        input:
            **learned_from,
            extraction=lambda wc: (
                ["<results>/04_features/settings.json", "<results>/04_features/dictionary.tsv"]
                if PLAN.models.learns_from_images(wc.model)
                else []
            ),
        output:
            bundle=directory("<results>/06_models/{model}/bundle"),
            predictions="<results>/06_models/{model}/oof_predictions.tsv",
            resampled="<results>/06_models/{model}/resampled_predictions.tsv",
            coefficients=shown(
                "<results>/06_models/{model}/coefficients.tsv",
                "coefficients",
                "Models",
                Level="cohort",
                Model=model_name,
                What="coefficients",
            ),
            selection=shown(
                "<results>/06_models/{model}/selection.tsv",
                "selection",
                "Models",
                Level="cohort",
                Model=model_name,
                What="selected features",
            ),
            stability="<results>/06_models/{model}/stability.tsv",
            search="<results>/06_models/{model}/search.tsv",
            lasso_path="<results>/06_models/{model}/lasso_path.tsv",
            lasso_cv="<results>/06_models/{model}/lasso_cv.tsv",
            fits="<results>/06_models/{model}/fits.tsv",
        log:
            "<logs>/fit_model/{model}.log",
        benchmark:
            "<benchmarks>/fit_model/{model}.tsv"
        threads: lambda wc: PLAN.models.threads(wc.model)
        resources:
            mem_mb=lambda wc, attempt: 4000 * attempt,
            runtime=lambda wc: 60 if PLAN.models.threads(wc.model) == 1 else 24 * 60,
        params:
            settings=lambda wc: PLAN.models.settings(wc.model),
            outcome=PLAN.models.outcome,
            unit=STUDY.outcome.unit,
            variables=lambda wc: PLAN.models.variables(wc.model),
            seed=STUDY.study.seed,
            leave_one_center_out=STUDY.validation.leave_one_center_out,
            code=code_of("fit_model"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Fitting model {wildcards.model} on training patients"
        script:
            "../scripts/fit_model.py"

    rule count_features:
        input:
            selection=expand("<results>/06_models/{model}/selection.tsv", model=STUDY.models),
        output:
            flow="<results>/06_models/feature_flow.tsv",
        log:
            "<logs>/count_features.log",
        benchmark:
            "<benchmarks>/count_features.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            models=list(STUDY.models),
            code=code_of("count_features"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Counting candidate features"
        script:
            "../scripts/count_features.py"

    rule null_run:
        input:
            **learned_from,
        output:
            scores="<results>/06_models/{model}/null_run.tsv",
        log:
            "<logs>/null_run/{model}.log",
        benchmark:
            "<benchmarks>/null_run/{model}.tsv"
        threads: 16
        resources:
            mem_mb=lambda wc, attempt: 4000 * attempt,
            runtime=24 * 60,
        params:
            settings=lambda wc: PLAN.models.null_settings(wc.model),
            outcome=PLAN.models.outcome,
            repeats=STUDY.validation.null_run.repeats,
            seed=STUDY.study.seed,
            code=code_of("null_run"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Fitting model {wildcards.model} on shuffled outcomes"
        script:
            "../scripts/null_run.py"

    rule judge_null_run:
        input:
            scores=expand("<results>/06_models/{model}/null_run.tsv", model=PLAN.models.null),
            predictions=expand("<results>/06_models/{model}/oof_predictions.tsv", model=PLAN.models.null),
        output:
            scores="<results>/07_validation/null_run/scores.tsv",
            summary="<results>/07_validation/null_run/summary.tsv",
        log:
            "<logs>/judge_null_run.log",
        benchmark:
            "<benchmarks>/judge_null_run.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            models=PLAN.models.null,
            outcome=PLAN.models.outcome,
            code=code_of("judge_null_run"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Comparing the null run with nothing"
        script:
            "../scripts/judge_null_run.py"

    rule describe_harmonisation:
        input:
            development="<results>/01_cohort/development.tsv",
            splits="<results>/06_models/splits.tsv",
            features=expand("<results>/04_features/center-{center}/features.tsv", center=STUDY.development),
            batches="<results>/05_harmonisation/batches_development.tsv",
        output:
            effect=shown(
                "<results>/05_harmonisation/batch_effect.tsv",
                "batch_effect",
                "Harmonisation",
                Level="cohort",
                What="batch effects",
            ),
            signal="<results>/05_harmonisation/signal.tsv",
            pca="<results>/05_harmonisation/pca.tsv",
            confounding="<results>/05_harmonisation/confounding.tsv",
        log:
            "<logs>/describe_harmonisation.log",
        benchmark:
            "<benchmarks>/describe_harmonisation.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            settings=PLAN.settings("harmonisation", "variables"),
            outcome=PLAN.models.outcome,
            seed=STUDY.study.seed,
            code=code_of("describe_harmonisation"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Measuring center effects before and after harmonisation (descriptive only)"
        script:
            "../scripts/describe_harmonisation.py"

    rule draw_harmonisation:
        input:
            pca="<results>/05_harmonisation/pca.tsv",
        output:
            figure=drawn(
                "<results>/05_harmonisation/pca", "harmonisation", "Harmonisation", Level="cohort", What="patients"
            ),
        log:
            "<logs>/draw_harmonisation.log",
        benchmark:
            "<benchmarks>/draw_harmonisation.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            centers={code: STUDY.centers[code].name or code for code in STUDY.development},
            language=STUDY.study.language,
            code=code_of("draw_harmonisation"),
        conda:
            "../../envs/report.yaml"
        message:
            "Drawing the training patients before and after harmonisation"
        script:
            "../scripts/draw_harmonisation.py"
