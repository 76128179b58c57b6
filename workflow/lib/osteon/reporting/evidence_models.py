"""What a checklist's rules say of models and their validation."""

from __future__ import annotations

from osteon.reporting.evidence import NO, NOT_APPLICABLE, PERSON, YES, Proposal, Rule, lacking, result
from osteon.reporting.language import Say
from osteon.reporting.study_facts import StudyFacts

# Steps that leave out features that say the same; the LASSO does so too, but not for sure.
AGAINST_REDUNDANCY = ("correlation", "mrmr", "pca")
SPARSE = ("lasso", "elastic_net")
LINEAR = ("logistic", "logistic_l1", "logistic_l2", "logistic_elastic_net")


def split(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Who trained and who tested, with the proof that nothing was learned from test patients."""
    if absent := lacking(facts, "models", say):
        return absent
    path = facts.find("splits")
    if not path:
        return Proposal(NO, say("It is not among the results."))
    if not facts.find("audit"):
        return Proposal(PERSON, say("Sets are listed; the audit of what each fit has seen is missing."), path)
    return Proposal(YES, say("By patient, before anything was learned; what each fit has seen was audited."), path)


def disjoint(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Patients, or persons with several rows, are in one set only."""
    return result("audit", "models")(facts, item, say)


def scaling(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Standardised, and harmonised, in the training fold."""
    if absent := lacking(facts, "models", say):
        return absent
    if facts.harmonised:
        return Proposal(YES, say("ComBat and standardization, fitted on training patients only."), facts.find("config"))
    return Proposal(YES, say("Standardized on training patients; no harmonization."), facts.find("config"))


def selection(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """The chain of steps, and how many features each left."""
    if absent := _no_features(facts, say):
        return absent
    names = say(", ").join(facts.steps)
    return Proposal(YES, say("In the training fold: {steps}.", steps=names), facts.find("feature_flow"))


def redundancy(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """A step against features that say the same."""
    if absent := _no_features(facts, say):
        return absent
    steps = facts.steps
    if found := [step for step in steps if step in AGAINST_REDUNDANCY]:
        return Proposal(YES, say("Step: {name}.", name=found[0]), facts.find("feature_flow"))
    if found := [step for step in steps if step in SPARSE]:
        words = say(
            "Only {name} removes redundant features here; whether that is enough, the authors say.", name=found[0]
        )
        return Proposal(PERSON, words, facts.find("feature_flow"))
    return Proposal(NO, say("No step against redundancy."), facts.find("feature_flow"))


def dimension(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """The numbers are there; whether they fit, a person must judge."""
    if absent := _no_features(facts, say):
        return absent
    path = facts.find("sample_size") or facts.find("feature_flow")
    return Proposal(PERSON, say("Compare the number of candidate features with the number of events."), path)


def algorithms(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Classifiers by name."""
    if absent := lacking(facts, "models", say):
        return absent
    return Proposal(YES, say("Algorithms: {names}.", names=say(", ").join(facts.classifiers)), facts.find("config"))


def tuning(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """What was tried, in inner folds."""
    if absent := lacking(facts, "models", say):
        return absent
    trials = max(model.trials for model in facts.study.models.values())
    if trials:
        return Proposal(YES, say("Optuna, {n} settings in inner folds.", n=trials), facts.find("search"))
    return Proposal(YES, say("Default hyper-parameters, not tuned."), facts.find("config"))


def choice(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """On training patients only."""
    if absent := lacking(facts, "models", say):
        return absent
    several = any(len(model.classifier) * max(1, len(model.selection)) > 1 for model in facts.study.models.values())
    if several:
        return Proposal(
            YES, say("The best candidate of the inner folds, on training patients only."), facts.find("search")
        )
    return Proposal(YES, say("One candidate per model; nothing was chosen."), facts.find("config"))


def internal_test(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Patients of the development hospitals that were kept apart."""
    if absent := lacking(facts, "models", say):
        return absent
    if facts.study.validation.hold_out is None:
        return Proposal(NO, say("No internal test set; out-of-fold predictions only."), facts.find("internal"))
    return result("internal")(facts, item, say)


def external_test(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Hospitals that no model has seen."""
    if absent := lacking(facts, "models", say):
        return absent
    if not facts.study.external:
        return Proposal(NO, say("No external hospital."))
    return result("external")(facts, item, say)


def testing(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Internal, external, or both; either is a statement."""
    if absent := lacking(facts, "models", say):
        return absent
    external = len(facts.study.external)
    if external:
        return Proposal(YES, say("External hospitals: {n}.", n=external), facts.find("external"))
    return Proposal(YES, say("Internal testing only."), facts.find("internal"))


def comparison(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Pairwise comparison of models."""
    if len(facts.study.models) == 1:
        return Proposal(NOT_APPLICABLE, say("There is one model only."))
    return result("pairwise", "models")(facts, item, say)


def clinical_comparison(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """A model without features beside one with them."""
    if absent := _no_features(facts, say):
        return absent
    if not facts.without_features:
        return Proposal(NO, say("No model of clinical variables alone."))
    return result("pairwise")(facts, item, say)


def simple_models(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """A logistic regression, or a model of few clinical variables, among the models."""
    if absent := lacking(facts, "models", say):
        return absent
    if facts.without_features or any(set(model.classifier) <= set(LINEAR) for model in facts.study.models.values()):
        return Proposal(
            YES, say("A simple model is among the models."), facts.find("pairwise") or facts.find("internal")
        )
    return Proposal(NO, say("No simple model among the models."))


def single_sequence(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """One sequence is uni-parametric; several may have been compared."""
    count = len(facts.study.sequences)
    if count == 1:
        return Proposal(YES, say("One sequence only."), facts.find("config"))
    return Proposal(
        PERSON, say("Several sequences: whether one alone was compared, the authors say."), facts.find("pairwise")
    )


def end_to_end(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Osteon has no end-to-end networks."""
    return Proposal(NOT_APPLICABLE, say("No end-to-end network."))


def collinearity(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Assessed where a step looks at correlations."""
    return redundancy(facts, item, say)


def confounding(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """How batches and outcome depend on each other."""
    return result("confounding", "models")(facts, item, say)


def centers_performance(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Performance by hospital."""
    if absent := lacking(facts, "models", say):
        return absent
    if len(facts.study.centers) == 1:
        return Proposal(NOT_APPLICABLE, say("There is one hospital only."))
    path = facts.find("centers") or facts.find("external") or facts.find("resampling")
    if path:
        return Proposal(YES, say("It is among the results."), path)
    return Proposal(NO, say("It is not among the results."))


def update(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Recalibration in a new hospital."""
    if absent := lacking(facts, "models", say):
        return absent
    path = facts.find("recalibration")
    if path:
        return Proposal(YES, say("It is among the results."), path)
    return Proposal(NOT_APPLICABLE, say("No model was updated."))


def ensemble(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """The folds of the segmentation network are averaged."""
    train = facts.study.segmentation.train
    if facts.automatic and train and len(train.trained) > 1:
        return Proposal(
            YES, say("Mean of {n} folds of the segmentation network.", n=len(train.trained)), facts.find("config")
        )
    if facts.automatic:
        return Proposal(PERSON, say("How many folds the given segmentation model holds, the authors say."))
    return Proposal(NOT_APPLICABLE, say("No ensemble beyond the algorithms themselves."))


def seed(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """One seed of every random step."""
    return Proposal(YES, say("Seed of every random step: {seed}.", seed=facts.study.study.seed), facts.find("config"))


def full_model(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Coefficients, or the frozen model."""
    if absent := lacking(facts, "models", say):
        return absent
    path = facts.find("coefficients") or facts.find("bundles")
    return (
        Proposal(YES, say("It is among the results."), path)
        if path
        else Proposal(NO, say("It is not among the results."))
    )


def explanation(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """SHAP values; without them, coefficients."""
    if absent := lacking(facts, "models", say):
        return absent
    if path := facts.find("explanation"):
        return Proposal(YES, say("SHAP values are among the results."), path)
    if set(facts.classifiers) <= set(LINEAR):
        return Proposal(
            PERSON, say("Coefficients only; the authors say whether that is enough."), facts.find("coefficients")
        )
    return Proposal(NO, say("It is not among the results."))


def feature_results(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Which features were taken, how often, how robust."""
    if absent := _no_features(facts, say):
        return absent
    # models of clinical variables alone have no features to choose from
    found = (facts.matching(f"06_models/{name}/selection.tsv") for name in facts.with_features)
    if path := next(filter(None, found), ""):
        return Proposal(YES, say("It is among the results."), path)
    return Proposal(NO, say("It is not among the results."))


def _no_features(facts: StudyFacts, say: Say) -> Proposal | None:
    if absent := lacking(facts, "models", say):
        return absent
    return None if facts.with_features else Proposal(NOT_APPLICABLE, say("No model reads features."))


MODEL_RULES: dict[str, Rule] = {
    "algorithms": algorithms,
    "calibration": result("calibration", "models"),
    "centers_performance": centers_performance,
    "choice": choice,
    "clinical_comparison": clinical_comparison,
    "collinearity": collinearity,
    "comparison": comparison,
    "confounding": confounding,
    "dimension": dimension,
    "disjoint": disjoint,
    "end_to_end": end_to_end,
    "ensemble": ensemble,
    "explanation": explanation,
    "external_test": external_test,
    "feature_results": feature_results,
    "full_model": full_model,
    "internal_test": internal_test,
    "performance": result("internal", "models"),
    "redundancy": redundancy,
    "scaling": scaling,
    "seed": seed,
    "selection": selection,
    "simple_models": simple_models,
    "single_sequence": single_sequence,
    "split": split,
    "testing": testing,
    "tuning": tuning,
    "uncertainty": result("internal", "models"),
    "update": update,
}
"""Rules by name."""
