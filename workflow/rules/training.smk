# Training of the segmentation network. One job plans and preprocesses, one job a fold trains, so that folds run side by
# side, one predicts what the fold did not learn, and one joins the folds to a model with its card.
if STUDY.segmentation.train:

    rule plan_segmentation:
        input:
            status=expand(
                "<results>/02_images/center-{case.center}/sub-{case.subject}/ingest.json", case=PLAN.annotated
            ),
            folder=ancient(
                expand("<results>/02_images/center-{case.center}/sub-{case.subject}/native", case=PLAN.annotated)
            ),
        output:
            prepared=temp(directory("<results>/03_segmentations/model/prepared")),
            plan="<results>/03_segmentations/model/plan.json",
        log:
            "<logs>/plan_segmentation.log",
        benchmark:
            "<benchmarks>/plan_segmentation.tsv"
        resources:
            mem_mb=8000,
            runtime=240,
        params:
            settings=STUDY.segmentation.train.model_dump(
                mode="json", include={"configuration", "folds", "batch_size", "spacing", "patch", "channels"}
            ),
            sequence=STUDY.segmented_sequence,
            labels=STUDY.labels,
            seed=STUDY.study.seed,
            code=code_of("plan_segmentation"),
        conda:
            "../../envs/nnunet.yaml"
        message:
            f"Planning the training on {len(PLAN.annotated)} annotated cases"
        script:
            "../scripts/plan_segmentation.py"

    rule train_fold:
        input:
            prepared="<results>/03_segmentations/model/prepared",
            plan="<results>/03_segmentations/model/plan.json",
        output:
            model="<results>/03_segmentations/model/folds/fold_{fold}.zip",
            curves="<results>/03_segmentations/model/folds/fold_{fold}_curves.tsv",
            record="<results>/03_segmentations/model/folds/fold_{fold}.json",
        log:
            "<logs>/train_fold/{fold}.log",
        benchmark:
            "<benchmarks>/train_fold/{fold}.tsv"
        wildcard_constraints:
            fold=r"\d+",
        threads: 16
        resources:
            mem_mb=16000,
            runtime=1440,
            gpu=1 if STUDY.segmentation.device == "cuda" else 0,
        params:
            settings=STUDY.segmentation.train.model_dump(mode="json", exclude={"train_folds"}),
            device=STUDY.segmentation.device,
            seed=STUDY.study.seed,
            kept=workflow.pathvars.apply("<results>/kept/train_fold"),
            code=code_of("train_fold"),
        conda:
            "../../envs/nnunet.yaml"
        message:
            f"Training fold {{wildcards.fold}} of {STUDY.segmentation.train.folds}"
        script:
            "../scripts/train_fold.py"

    rule predict_fold:
        input:
            model="<results>/03_segmentations/model/folds/fold_{fold}.zip",
            plan="<results>/03_segmentations/model/plan.json",
            status=rules.plan_segmentation.input.status,
            folder=rules.plan_segmentation.input.folder,
        output:
            folder=directory("<results>/03_segmentations/model/folds/fold_{fold}"),
        log:
            "<logs>/predict_fold/{fold}.log",
        benchmark:
            "<benchmarks>/predict_fold/{fold}.tsv"
        wildcard_constraints:
            fold=r"\d+",
        threads: 4
        resources:
            mem_mb=lambda wc, attempt: 6000 * attempt,
            runtime=120,
            gpu=1 if STUDY.segmentation.device == "cuda" else 0,
        params:
            settings=STUDY.segmentation.model_dump(mode="json", include={"method", "device", "step", "mirroring"}),
            sequence=STUDY.segmented_sequence,
            code=code_of("predict_fold"),
        conda:
            "../../envs/nnunet.yaml"
        message:
            "Predicting the cases that fold {wildcards.fold} did not learn from"
        script:
            "../scripts/predict_fold.py"

    rule train_segmentation:
        input:
            status=rules.plan_segmentation.input.status,
            folder=rules.plan_segmentation.input.folder,
            plan="<results>/03_segmentations/model/plan.json",
            models=expand("<results>/03_segmentations/model/folds/fold_{fold}.zip", fold=PLAN.folds),
            curves=expand("<results>/03_segmentations/model/folds/fold_{fold}_curves.tsv", fold=PLAN.folds),
            record=f"<results>/03_segmentations/model/folds/fold_{PLAN.folds[0]}.json",
            predicted=expand("<results>/03_segmentations/model/folds/fold_{fold}", fold=PLAN.folds),
        output:
            model="<results>/03_segmentations/model/model.zip",
            card="<results>/03_segmentations/model/MODEL_CARD.md",
            agreement="<results>/03_segmentations/model/cross_validation.tsv",
            summary="<results>/03_segmentations/model/cross_validation_summary.tsv",
            curves="<results>/03_segmentations/model/learning_curves.tsv",
        log:
            "<logs>/train_segmentation.log",
        benchmark:
            "<benchmarks>/train_segmentation.tsv"
        resources:
            mem_mb=4000,
            runtime=60,
        params:
            settings=STUDY.segmentation.train.model_dump(mode="json"),
            targets=STUDY.segmentation.targets.model_dump(mode="json"),
            sequence=STUDY.segmented_sequence,
            labels=STUDY.labels,
            study=STUDY.study.model_dump(mode="json", include={"title", "seed", "simulated"}),
            code=code_of("train_segmentation"),
        conda:
            "../../envs/imaging.yaml"
        message:
            f"Joining {len(PLAN.folds)} folds to the segmentation model"
        script:
            "../scripts/train_segmentation.py"
