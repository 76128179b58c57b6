# Named stages: `snakemake images`, `snakemake features`, ... stop after that stage.
rule images:
    input:
        expand("<results>/02_images/center-{case.center}/sub-{case.subject}/preprocess.json", case=PLAN.imaging),
        PLAN.sheets,
        "<results>/02_images/quality.tsv" if PLAN.imaging else [],


rule segmentations:
    input:
        expand("<results>/03_segmentations/center-{case.center}/sub-{case.subject}/segment.json", case=PLAN.imaging),
        "<results>/03_segmentations/agreement_summary.tsv" if PLAN.evaluates_masks else [],
        "<results>/03_segmentations/readers_summary.tsv" if PLAN.read_twice else [],
        "<results>/03_segmentations/review.html" if PLAN.imaging else [],


rule features:
    input:
        expand("<results>/04_features/center-{center}/features.tsv", center=STUDY.centers),
        "<results>/04_features/discretisation.tsv",


rule models:
    input:
        expand("<results>/06_models/{model}/bundle", model=STUDY.models),


rule validation:
    input:
        expand("<results>/07_validation/{part}/performance.tsv", part=PLAN.parts),


rule apply:
    input:
        expand("<results>/08_applied/center-{center}/predictions.tsv", center=PLAN.applied.centers),
