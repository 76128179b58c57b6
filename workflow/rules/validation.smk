# How well the frozen models work: in test patients, and in each hospital they never saw.
if STUDY.models:

    rule validate_internal:
        input:
            development="<results>/01_cohort/development.tsv",
            splits="<results>/06_models/splits.tsv",
            features=expand("<results>/04_features/center-{center}/features.tsv", center=STUDY.development),
            controls=expand(
                "<results>/04_features/center-{center}/controls.tsv",
                center=STUDY.development if PLAN.shuffled else [],
            ),
            models=expand("<results>/06_models/{model}/model.json", model=STUDY.models),
            oof=expand("<results>/06_models/{model}/oof_predictions.tsv", model=STUDY.models),
        output:
            predictions="<results>/07_validation/internal/predictions.tsv",
            performance="<results>/07_validation/internal/performance.tsv",
            pairwise="<results>/07_validation/internal/pairwise.tsv",
            roc="<results>/07_validation/internal/roc.tsv",
            calibration_curve="<results>/07_validation/internal/calibration_curve.tsv",
            decision="<results>/07_validation/internal/decision.tsv",
            baseline="<results>/07_validation/internal/baseline.tsv",
        log:
            "<logs>/validate_internal.log",
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            settings=PLAN.settings("validation", "variables"),
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
            features="<results>/04_features/center-{center}/features.tsv",
            controls="<results>/04_features/center-{center}/controls.tsv" if PLAN.shuffled else [],
            models=expand("<results>/06_models/{model}/model.json", model=STUDY.models),
        output:
            predictions="<results>/07_validation/external/center-{center}/predictions.tsv",
            performance="<results>/07_validation/external/center-{center}/performance.tsv",
            pairwise="<results>/07_validation/external/center-{center}/pairwise.tsv",
            roc="<results>/07_validation/external/center-{center}/roc.tsv",
            calibration_curve="<results>/07_validation/external/center-{center}/calibration_curve.tsv",
            decision="<results>/07_validation/external/center-{center}/decision.tsv",
            baseline="<results>/07_validation/external/center-{center}/baseline.tsv",
        log:
            "<logs>/validate_external/center-{center}.log",
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            settings=PLAN.settings("validation", "variables"),
            seed=STUDY.study.seed,
            code=code_of("validate_external"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Validating the frozen models in external hospital {wildcards.center}"
        script:
            "../scripts/validate_external.py"

    rule audit_leakage:
        input:
            fits=expand("<results>/06_models/{model}/fits.tsv", model=STUDY.models),
            robustness="<results>/04_features/robustness_fits.tsv" if STUDY.robustness.active else [],
            splits="<results>/06_models/splits.tsv",
        output:
            audit="<results>/07_validation/leakage_audit.tsv",
        log:
            "<logs>/audit_leakage.log",
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            external=[case.subject for case in CASES if STUDY.centers[case.center].role == "external"],
            code=code_of("audit_leakage"),
        conda:
            "../../envs/stats.yaml"
        message:
            "Checking which patients every fitted object has seen"
        script:
            "../scripts/audit_leakage.py"

    rule draw_validation:
        input:
            roc="<results>/07_validation/{part}/roc.tsv",
            performance="<results>/07_validation/{part}/performance.tsv",
            curve="<results>/07_validation/{part}/calibration_curve.tsv",
            decision="<results>/07_validation/{part}/decision.tsv",
        output:
            roc=multiext("<results>/07_validation/{part}/roc", ".svg", ".png"),
            calibration=multiext("<results>/07_validation/{part}/calibration", ".svg", ".png"),
            decision=multiext("<results>/07_validation/{part}/decision_curve", ".svg", ".png"),
        log:
            "<logs>/draw_validation/{part}.log",
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            labels={name: model.label or name for name, model in STUDY.models.items()},
            titles=lambda wc: PLAN.set_titles(wc.part),
            code=code_of("draw_validation"),
        conda:
            "../../envs/report.yaml"
        message:
            "Drawing ROC, calibration and decision curves ({wildcards.part})"
        script:
            "../scripts/draw_validation.py"
