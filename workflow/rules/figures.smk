# Figures on how the models came about, each beside the table that it is drawn from.
if STUDY.models:

    rule draw_search:
        input:
            search="<results>/06_models/{model}/search.tsv",
        output:
            figure=drawn(
                "<results>/06_models/{model}/search",
                "search",
                "Models",
                Level="cohort",
                Model=model_name,
                What="search",
            ),
        log:
            "<logs>/draw_search/{model}.log",
        benchmark:
            "<benchmarks>/draw_search/{model}.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            outcome=STUDY.outcome.type,
            language=STUDY.study.language,
            code=code_of("draw_search"),
        conda:
            "../../envs/report.yaml"
        message:
            "Drawing what model {wildcards.model} was chosen among"
        script:
            "../scripts/draw_search.py"

    rule draw_null_run:
        input:
            scores="<results>/07_validation/null_run/scores.tsv",
            summary="<results>/07_validation/null_run/summary.tsv",
        output:
            figure=drawn(
                "<results>/07_validation/null_run/null_run",
                "null_run",
                "Validation",
                Level="cohort",
                What="shuffled outcomes",
            ),
        log:
            "<logs>/draw_null_run.log",
        benchmark:
            "<benchmarks>/draw_null_run.tsv"
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            labels={name: model.label or name for name, model in STUDY.models.items()},
            outcome=STUDY.outcome.type,
            language=STUDY.study.language,
            code=code_of("draw_null_run"),
        conda:
            "../../envs/report.yaml"
        message:
            "Drawing the scores in shuffled outcomes"
        script:
            "../scripts/draw_null_run.py"
