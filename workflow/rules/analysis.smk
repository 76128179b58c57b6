# What is asked of validated models beyond performance, and of the patients they learned from; for a binary outcome.
if PLAN.analysed:

    rule pool_centers:
        input:
            predictions=expand("<results>/07_validation/{part}/predictions.tsv", part=PLAN.parts),
        output:
            centers=shown(
                "<results>/07_validation/centers/centers.tsv",
                "centers",
                "Validation",
                Level="hospital",
                What="each hospital",
            ),
            pooled="<results>/07_validation/centers/pooled.tsv",
        log:
            "<logs>/pool_centers.log",
        benchmark:
            "<benchmarks>/pool_centers.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            models=list(STUDY.models),
            sets=PLAN.pooled_sets,
            code=code_of("pool_centers"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Measuring the models in each hospital, and over hospitals"
        script:
            "../scripts/pool_centers.py"

    rule plan_sample_size:
        input:
            flow="<results>/06_models/feature_flow.tsv",
            predictions=expand("<results>/07_validation/{part}/predictions.tsv", part=PLAN.cohort_parts),
        output:
            sizes="<results>/07_validation/sample_size.tsv",
        log:
            "<logs>/plan_sample_size.log",
        benchmark:
            "<benchmarks>/plan_sample_size.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            clinical={name: len(model.clinical) for name, model in STUDY.models.items()},
            settings=STUDY.analysis.sample_size.model_dump(mode="json"),
            code=code_of("plan_sample_size"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Comparing the number of patients with the number that is needed"
        script:
            "../scripts/plan_sample_size.py"


if PLAN.analysed and STUDY.analysis.subgroups:

    rule describe_subgroups:
        input:
            predictions="<results>/07_validation/{part}/predictions.tsv",
            patients="<results>/07_validation/{part}/patients.tsv",
            groups="<results>/05_harmonisation/subgroups.tsv" if PLAN.batching.subgroups else [],
            models=expand("<results>/06_models/{model}/bundle", model=STUDY.models),
        output:
            subgroups="<results>/07_validation/{part}/subgroups.tsv",
            interactions="<results>/07_validation/{part}/interactions.tsv",
            subgroup_roc="<results>/07_validation/{part}/subgroup_roc.tsv",
        log:
            "<logs>/describe_subgroups/{part}.log",
        benchmark:
            "<benchmarks>/describe_subgroups/{part}.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            subgroups=STUDY.analysis.subgroups,
            code=code_of("describe_subgroups"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Measuring the models in groups of patients ({wildcards.part})"
        script:
            "../scripts/describe_subgroups.py"


if PLAN.recalibrated:

    rule recalibrate_models:
        input:
            internal="<results>/07_validation/internal/predictions.tsv",
            external=expand(
                "<results>/07_validation/external/center-{center}/predictions.tsv", center=PLAN.recalibrated
            ),
        output:
            recalibration="<results>/07_validation/recalibration.tsv",
        log:
            "<logs>/recalibrate_models.log",
        benchmark:
            "<benchmarks>/recalibrate_models.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            models=list(STUDY.models),
            declared=PLAN.recalibrated,
            settings=PLAN.settings("validation"),
            seed=STUDY.study.seed,
            code=code_of("recalibrate_models"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Recalibrating the frozen models in external hospitals"
        script:
            "../scripts/recalibrate_models.py"


if PLAN.associated:

    rule associate_variables:
        input:
            development="<results>/01_cohort/development.tsv",
            splits="<results>/06_models/splits.tsv",
        output:
            logistic="<results>/06_models/logistic.tsv",
        log:
            "<logs>/associate_variables.log",
        benchmark:
            "<benchmarks>/associate_variables.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            enter=STUDY.analysis.enter,
            variables=list(STUDY.variables),
            code=code_of("associate_variables"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Logistic regression of the clinical variables in training patients"
        script:
            "../scripts/associate_variables.py"


if PLAN.analysed:

    # No outcome of an external hospital but what its validation has written already.
    rule explain_models:
        input:
            development="<results>/01_cohort/development.tsv",
            splits="<results>/06_models/splits.tsv",
            features=expand("<results>/04_features/center-{center}/features.tsv", center=STUDY.development),
            batches="<results>/05_harmonisation/batches_development.tsv",
            patients="<results>/07_validation/{part}/patients.tsv",
            predictions="<results>/07_validation/{part}/predictions.tsv",
            part_features=lambda wc: expand(
                "<results>/04_features/center-{center}/features.tsv", center=PLAN.centers_of(wc.part)
            ),
            part_batches=lambda wc: (
                "<results>/05_harmonisation/batches_development.tsv"
                if wc.part == "internal"
                else "<results>/05_harmonisation/batches.tsv"
            ),
            models=expand("<results>/06_models/{model}/bundle", model=STUDY.models),
            adapted=lambda wc: expand(
                "<results>/06_models/adapted/center-{center}/{model}",
                center=[code for code in PLAN.centers_of(wc.part) if code in PLAN.batching.adaptation],
                model=STUDY.models,
            ),
        output:
            base="<results>/07_validation/{part}/shap_base.tsv",
            values="<results>/07_validation/{part}/shap_values.tsv",
            importance="<results>/07_validation/{part}/shap_importance.tsv",
            groups="<results>/07_validation/{part}/shap_groups.tsv",
            interactions="<results>/07_validation/{part}/shap_interactions.tsv",
            correlations="<results>/07_validation/{part}/correlations.tsv",
            selected="<results>/07_validation/{part}/selected_features.tsv",
        log:
            "<logs>/explain_models/{part}.log",
        benchmark:
            "<benchmarks>/explain_models/{part}.tsv"
        wildcard_constraints:
            part="internal|external/center-[A-Za-z0-9]+",
        resources:
            mem_mb=4000,
            runtime=60,
        params:
            outcome=PLAN.models.outcome,
            batch=STUDY.harmonisation.batch,
            seed=STUDY.study.seed,
            code=code_of("explain_models"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Explaining the frozen models ({wildcards.part})"
        script:
            "../scripts/explain_models.py"
