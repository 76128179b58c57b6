"""Join the trained folds to one model; say how good it is on the cases that each fold did not learn from."""

from osteon.jobs import start_job

start_job(snakemake)

from pathlib import Path

from osteon.config.segmentation import Targets, Training
from osteon.segmentation.archive import join_models
from osteon.segmentation.assess import cross_validation, joined_curves, limits_of
from osteon.segmentation.card import card_text, model_card
from osteon.segmentation.cases import training_cases
from osteon.segmentation.summary import agreement_summary
from osteon.tables.files import file_sha256, read_json, write_table, write_text

given, params, output = snakemake.input, snakemake.params, snakemake.output
settings, plan, study = Training(**params.settings), read_json(given.plan), params.study
cases, _ = training_cases(zip(given.status, given.folder, strict=True), params.sequence)
folders = dict(zip(settings.trained, map(Path, given.predicted), strict=True))
agreement = cross_validation(cases, plan["cases"], folders, params.labels)
summary = agreement_summary(agreement, Targets(**params.targets), study["seed"])
write_table(agreement, output.agreement)
write_table(summary, output.summary)
write_table(joined_curves(dict(zip(settings.trained, given.curves, strict=True))), output.curves)
limits = limits_of(study["simulated"], sorted({case.center for case in cases}), settings.untrained)
software = read_json(given.record)["versions"]
card = model_card(plan, settings, study["seed"], params.labels, params.sequence, software, summary, limits)
join_models(list(map(Path, given.models)), card, output.model)
write_text(card_text(card, study["title"], file_sha256(output.model)), output.card)
