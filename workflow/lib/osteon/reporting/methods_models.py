"""Methods section: harmonisation, selection, models and their validation."""

from __future__ import annotations

from osteon.config.modelling import YOUDEN, Model, Temporal
from osteon.config.selection import Chain, Step
from osteon.reporting.language import Say
from osteon.reporting.methods_images import listing
from osteon.reporting.numbers import percent, significant
from osteon.reporting.study_facts import StudyFacts


def harmonisation(facts: StudyFacts, say: Say) -> list[str]:
    """ComBat, or that there was none."""
    if not facts.with_features:
        return []
    settings = facts.study.harmonisation
    if settings.method == "none":
        return [say("Features were not harmonized between hospitals.")]
    batches = listing([say("hospital") if name == "center" else name for name in settings.batch], say)
    text = [
        say(
            "Batch effects ({batches}) were removed by ComBat [@johnson2007; @fortin2018], fitted on the training "
            "patients of each fold; the outcome was never a covariate.",
            batches=batches,
        )
    ]
    if len(settings.batch) > 1:
        text.append(say("The effects were removed one after the other (nested ComBat) [@horng2022]."))
    if settings.prior == "non_parametric":
        text.append(say("Empirical Bayes used the non-parametric prior."))
    elif settings.prior == "none":
        text.append(say("No empirical Bayes shrinkage was used."))
    if settings.mean_only:
        text.append(say("Only additive effects were removed."))
    if settings.reference:
        text.append(say("The reference batch was {name}.", name=settings.reference))
    if settings.covariates:
        text.append(say("The effects of {names} were kept.", names=listing(list(settings.covariates), say)))
    if facts.study.external:
        text.append(say("Frozen models were applied to external hospitals without adaptation."))
    if settings.new_center == "reference":
        text.append(
            say(
                "In a secondary analysis the effects of each external hospital were estimated from patients set aside "
                "for this, without their outcomes."
            )
        )
    return text


def selection(facts: StudyFacts, say: Say) -> list[str]:
    """The chains that models use, step by step."""
    study, text = facts.study, []
    if not facts.with_features:
        return text
    if any(study.models[name].scores for name in facts.with_features):
        used = list(dict.fromkeys(score for name in facts.with_features for score in study.models[name].scores))
        text.append(
            say("Features were combined into radiomics scores, one for each of {names}.", names=listing(used, say))
        )
    text.append(say("Features were imputed, standardized and selected inside the training patients of each fold."))
    for name, chain in _chains(facts).items():
        steps = say("; ").join(_step(step, say) for step in chain)
        if name:
            text.append(say("Selection '{name}': {steps}.", name=name, steps=steps))
        else:
            text.append(say("Selection: {steps}.", steps=steps))
    if facts.find("stability"):
        text.append(say("How stable the selection was between folds is given by Nogueira's index [@nogueira2018]."))
    return text


def _chains(facts: StudyFacts) -> dict[str, Chain]:
    study, used = facts.study, [facts.study.models[name] for name in facts.with_features]
    named = list(dict.fromkeys(name for model in used for name in model.selection if name != "all"))
    if any(model.selection == ["all"] for model in used):
        named = list(study.selections)
    chains = {name: study.selections[name] for name in named}
    return ({"": study.selection} if any(not model.selection for model in used) else {}) | chains


def _step(step: Step, say: Say) -> str:
    values = step.model_dump()
    if step.step == "univariable":
        text = say(
            "features with p < {p} in univariable tests ({test})", p=significant(step.p), test=_test(step.test, say)
        )
        return text + (say(" after Benjamini–Hochberg adjustment [@benjamini1995]") if step.fdr else "")
    if step.step == "k_best":
        return say("the {k} features with the smallest p ({test})", k=step.k, test=_test(step.test, say))
    if step.step in ("lasso", "elastic_net"):
        return _penalised(step, say)
    return {
        "variance": lambda: say("features with at least {distinct} distinct values and some spread", **values),
        "correlation": lambda: say("one of every two features with |Spearman's rho| above {limit}", **values),
        "mrmr": lambda: say("the {k} features of minimum redundancy and maximum relevance [@peng2005]", **values),
        "boruta": lambda: say("features confirmed by Boruta in random forests [@kursa2010]"),
        "forest": lambda: say("the {k} features most important in random forests [@breiman2001]", **values),
        "svm_rfe": lambda: say(
            "{k} features by recursive elimination with a support vector machine [@guyon2002]", **values
        ),
        "sequential": lambda: say("{k} features by sequential forward selection", **values),
        "relieff": lambda: say("the {k} features with the largest ReliefF weight [@kononenko1994]", **values),
        "pca": lambda: say("up to {components} principal components", **values),
        "stability": lambda: say(
            "features that the LASSO took in at least {percent} of {resamples} half-samples [@meinshausen2010]",
            percent=percent(step.threshold, 0),
            resamples=step.resamples,
        ),
    }[step.step]()


def _penalised(step: Step, say: Say) -> str:
    if step.rule == "min":
        rule = say("penalty at the least error of {n}-fold cross-validation", n=step.folds)
    else:
        rule = say("largest penalty within one standard error of the least in {n}-fold cross-validation", n=step.folds)
    if step.step == "elastic_net":
        return say("elastic net, {rule} [@zou2005]", rule=rule)
    if step.loss == "logistic":
        return say("LASSO in logistic regression, {rule} [@tibshirani1996]", rule=rule)
    return say("LASSO in linear regression of the outcome, {rule} [@tibshirani1996]", rule=rule)


def _test(name: str, say: Say) -> str:
    return {
        "welch": say("Welch's t test"),
        "student": say("Student's t test"),
        "mann_whitney": say("Mann–Whitney test"),
    }[name]


def models(facts: StudyFacts, say: Say) -> list[str]:
    """Inputs and algorithms of each model."""
    study = facts.study
    if not study.models:
        return []
    text = [_model(name, model, facts, say) for name, model in study.models.items()]
    trials = max(model.trials for model in study.models.values())
    if trials:
        text.append(
            say(
                "Hyper-parameters were tuned with Optuna in inner folds ({n} settings for each candidate) "
                "[@akiba2019].",
                n=trials,
            )
        )
    if any(len(model.classifier) * max(1, len(model.selection)) > 1 for model in study.models.values()):
        text.append(say("Where a model had several candidates, the best one in the inner folds was taken."))
    if any(model.clinical_p is not None for model in study.models.values()):
        limits = dict.fromkeys(significant(m.clinical_p) for m in study.models.values() if m.clinical_p is not None)
        names = listing(list(limits), say)
        text.append(say("Clinical variables entered if their univariable p was below {p}.", p=names))
    if any(model.calibration == "sigmoid" for model in study.models.values()):
        text.append(
            say("Probabilities were calibrated by Platt's sigmoid on inner out-of-fold predictions [@platt1999].")
        )
    if study.missing_values == "refuse":
        text.append(say("Patients with missing inputs were refused."))
    elif study.missing_values == "median":
        text.append(say("Missing inputs were replaced by the median of the training patients of the fold."))
    else:
        text.append(say("Missing inputs were replaced by the mean of the training patients of the fold."))
    if any(model.features == "shuffled" for model in study.models.values()):
        text.append(say("As a negative control, models were fitted on the same regions with shuffled voxels."))
    return text


def _model(name: str, model: Model, facts: StudyFacts, say: Say) -> str:
    inputs = []
    variables = facts.study.variables
    if model.clinical:
        labels = [variables[one].label or one if one in variables else one for one in model.clinical]
        inputs.append(say("clinical variables ({names})", names=say(", ").join(labels)))
    if model.scores:
        inputs.append(say("radiomics scores ({names})", names=say(", ").join(model.scores)))
    if model.columns:
        inputs.append(say("radiomic features ({names})", names=say(", ").join(model.columns)))
    algorithms = listing([algorithm(one, say) for one in model.classifier], say)
    return say(
        "The model '{name}' had as inputs {inputs}; algorithm: {algorithms}.",
        name=model.label or name,
        inputs=listing(inputs, say),
        algorithms=algorithms,
    )


def algorithm(name: str, say: Say) -> str:
    """Name of a classifier, with its literature where it has one of its own."""
    return {
        "logistic": say("logistic regression"),
        "logistic_l1": say("L1-penalized logistic regression [@tibshirani1996]"),
        "logistic_l2": say("L2-penalized logistic regression"),
        "logistic_elastic_net": say("elastic-net logistic regression [@zou2005]"),
        "svm_linear": say("support vector machine (linear)"),
        "svm_rbf": say("support vector machine (radial basis function)"),
        "knn": say("k nearest neighbors"),
        "naive_bayes": say("naive Bayes"),
        "tree": say("decision tree"),
        "random_forest": say("random forest [@breiman2001]"),
        "extra_trees": say("extremely randomized trees"),
        "adaboost": say("AdaBoost"),
        "gradient_boosting": say("gradient boosting"),
        "xgboost": say("XGBoost [@chen2016]"),
        "lightgbm": say("LightGBM [@ke2017]"),
        "mlp": say("multilayer perceptron"),
        "sgd": say("linear model fitted by stochastic gradient descent"),
    }[name]


def validation(facts: StudyFacts, say: Say) -> list[str]:
    """Splits, resampling, controls."""
    study = facts.study
    settings = study.validation
    if not study.models:
        return []
    text = []
    if settings.splits:
        text.append(say("Sets of patients were taken from a table of an earlier split."))
    elif isinstance(settings.hold_out, Temporal):
        text.append(say("The latest patients of the development hospitals formed the internal test set."))
    elif settings.hold_out is not None:
        share = percent(settings.hold_out, 0)
        text.append(
            say(
                "A random {share} of the development patients, stratified by hospital and outcome, formed the internal "
                "test set.",
                share=share,
            )
        )
    else:
        text.append(say("All development patients were training patients."))
    if settings.person:
        text.append(say("All rows of one person were kept in one set and one fold."))
    text.append(
        say("Out-of-fold predictions of the training patients came from {n}-fold cross-validation.", n=settings.folds)
    )
    if settings.repeats:
        n, folds = settings.repeats, settings.folds
        text.append(say("Nested cross-validation with {folds} folds was repeated {n} times.", n=n, folds=folds))
    if settings.leave_one_center_out:
        text.append(say("Each development hospital in turn was left out and predicted (internal–external validation)."))
    if facts.find("audit"):
        text.append(say("For every fitted object it was checked that it had seen no patient whom it was judged on."))
    if facts.find("null_run"):
        repeats = settings.null_run.repeats
        text.append(say("The whole procedure was repeated on {n} shuffled outcomes as a negative control.", n=repeats))
    return text


def statistics(facts: StudyFacts, say: Say) -> list[str]:
    """Measures, intervals and tests of what was run."""
    if not facts.find("internal"):
        return []
    kind = facts.study.outcome.type if facts.study.outcome else "binary"
    text = {"binary": _binary, "classes": _classes, "continuous": _continuous}[kind](facts, say)
    if facts.study.variables and facts.find("baseline"):
        text.append(say("Baseline characteristics were compared between outcome groups; the tables name each test."))
    if facts.study.variables and facts.find("association"):
        text.append(
            say("Clinical variables were related to the outcome by univariable and multivariable logistic regression.")
        )
    if facts.find("subgroups"):
        text.append(say("Performance was measured in subgroups that had been named beforehand."))
    if facts.find("interactions"):
        text.append(say("Subgroups were compared by tests of interaction, with Holm's adjustment [@holm1979]."))
    if facts.pools:
        text.append(
            say(
                "Results of hospitals of one set were pooled by random-effects meta-analysis (REML) with "
                "Hartung–Knapp intervals [@knapp2003] and prediction intervals, the AUC on the logit scale "
                "[@snell2018]."
            )
        )
    if facts.find("recalibration"):
        text.append(
            say("Models were recalibrated on declared patients of external hospitals and judged on the others.")
        )
    if facts.find("sample_size"):
        text.append(
            say(
                "Sample sizes were judged by the criteria of Riley et al. for development [@riley2020] and for "
                "external validation [@riley2021]."
            )
        )
    if facts.find("explanation"):
        text.append(say("Predictions were explained by SHAP values [@lundberg2017]."))
    return text


def _binary(facts: StudyFacts, say: Say) -> list[str]:
    resamples = facts.study.validation.bootstrap
    text = [
        say(
            "Discrimination was measured by the area under the receiver operating characteristic curve (AUC) with "
            "DeLong's 95% confidence interval [@delong1988; @sun2014], on the logit scale near 1; the AUC within "
            "hospitals is given beside it."
        ),
        _threshold(facts, say),
        say(
            "Sensitivity, specificity, accuracy and predictive values have Wilson's intervals [@wilson1927]; F1, "
            "balanced accuracy and Brier score have percentile bootstrap intervals ({n} resamples of patients) "
            "[@efron1979].",
            n=resamples,
        ),
    ]
    if facts.find("operating_points"):
        text.append(say("Performance is also given at fixed sensitivities and specificities."))
    if facts.find("calibration"):
        text.append(
            say(
                "Calibration was assessed by slope, calibration-in-the-large, observed-to-expected ratio, integrated "
                "calibration index and curve [@vancalster2019; @austin2019]."
            )
        )
    if facts.find("decision"):
        low, high = (significant(value) for value in facts.study.validation.decision)
        text.append(
            say(
                "Clinical utility was assessed by decision curves for threshold probabilities from {low} to {high} "
                "[@vickers2006].",
                low=low,
                high=high,
            )
        )
    if len(facts.study.models) > 1 and facts.find("pairwise"):
        text.append(say("AUCs of models were compared by DeLong's paired test with Holm's adjustment [@holm1979]."))
    return text


def _threshold(facts: StudyFacts, say: Say) -> str:
    rule = facts.study.validation.threshold
    if rule == YOUDEN:
        return say(
            "The threshold maximized Youden's index [@youden1950] in out-of-fold predictions of the training patients "
            "and was then frozen."
        )
    if rule.risk is not None:
        return say("The threshold was a predicted risk of {value}, stated beforehand.", value=significant(rule.risk))
    if rule.sensitivity is not None:
        return say(
            "The threshold was the highest one with a sensitivity of at least {value} in out-of-fold predictions of "
            "the training patients and was then frozen.",
            value=significant(rule.sensitivity),
        )
    return say(
        "The threshold was the lowest one with a specificity of at least {value} in out-of-fold predictions of the "
        "training patients and was then frozen.",
        value=significant(rule.specificity),
    )


def _classes(facts: StudyFacts, say: Say) -> list[str]:
    n = facts.study.validation.bootstrap
    text = [
        say(
            "Discrimination was measured by Hand and Till's M [@hand2001] and by one-versus-rest AUCs with DeLong's "
            "intervals [@delong1988; @sun2014]; agreement by accuracy, balanced accuracy, F1 and kappa."
        ),
        say("Other intervals are percentile bootstrap intervals ({n} resamples of patients) [@efron1979].", n=n),
    ]
    if len(facts.study.models) > 1 and facts.find("pairwise"):
        text.append(say("Models were compared by paired bootstrap with Holm's adjustment [@holm1979]."))
    return text


def _continuous(facts: StudyFacts, say: Say) -> list[str]:
    n = facts.study.validation.bootstrap
    text = [
        say("Predictions were judged by R² and mean absolute error, and by limits of agreement [@bland1986]."),
        say("Other intervals are percentile bootstrap intervals ({n} resamples of patients) [@efron1979].", n=n),
    ]
    if len(facts.study.models) > 1 and facts.find("pairwise"):
        text.append(say("Models were compared by paired bootstrap with Holm's adjustment [@holm1979]."))
    return text
