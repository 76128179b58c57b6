"""Methods section: patients, images, masks and features."""

from __future__ import annotations

import pandas as pd

from osteon.reporting.evidence_images import interpolator
from osteon.reporting.language import Say
from osteon.reporting.numbers import integer, significant
from osteon.reporting.study_facts import StudyFacts


def listing(words: list[str], say: Say) -> str:
    """'a', 'a and b', 'a, b and c'."""
    if len(words) < 2:
        return "".join(words)
    return say("{first} and {last}", first=say(", ").join(words[:-1]), last=words[-1])


def patients(facts: StudyFacts, flow: pd.DataFrame | None, say: Say) -> list[str]:
    """Hospitals, numbers, outcome."""
    study = facts.study
    name = {code: center.name or code for code, center in study.centers.items()}
    text = []
    if study.study.simulated:
        text.append(say("All patients of this study are simulated; nothing follows from it for real patients."))
    if len(name) > 1:
        text.append(say("Data came from {n} hospitals ({names}).", n=len(name), names=listing([*name.values()], say)))
    else:
        text.append(say("Data came from one hospital ({names}).", names=listing([*name.values()], say)))
    if study.models:
        names = listing([name[code] for code in study.development], say)
        text.append(say("Models were developed on patients of {names}.", names=names))
    if study.models and study.external:
        names = listing([name[code] for code in study.external], say)
        text.append(say("Patients of {names} were set aside for external validation.", names=names))
    if flow is not None:
        text += _numbers(flow, name, say)
    text += _outcome(facts, say)
    if study.linkage.date_window is not None:
        days = study.linkage.date_window
        text.append(say("Images and reference examination were at most {days} days apart.", days=days))
    return text


def _numbers(flow: pd.DataFrame, name: dict[str, str], say: Say) -> list[str]:
    inside = flow[flow["kind"] == "in"]
    listed = int(inside.loc[inside["step"] == "listed", "n"].sum())
    left = int(inside.groupby("center", sort=False)["n"].last().sum())
    if left < listed:
        text = [
            say(
                "Of {listed} cases, {out} were excluded, each for a documented reason, and {left} were analyzed.",
                listed=integer(listed),
                out=integer(listed - left),
                left=integer(left),
            )
        ]
    else:
        text = [say("All {listed} cases were analyzed.", listed=integer(listed))]
    sets = flow[flow["kind"] == "set"]
    sizes = sets.groupby("step", sort=False)["n"].sum()
    if "train" in sizes:
        text.append(say("The training set had {n} cases.", n=integer(sizes["train"])))
    if "test" in sizes:
        text.append(say("The internal test set had {n} cases.", n=integer(sizes["test"])))
    for _, row in sets[sets["step"] == "external"].iterrows():
        name_, size = name.get(row["center"], row["center"]), integer(row["n"])
        text.append(say("The external validation set of {name} had {n} cases.", name=name_, n=size))
    return text


def _outcome(facts: StudyFacts, say: Say) -> list[str]:
    outcome = facts.study.outcome
    if outcome is None:
        return []
    label = outcome.label or outcome.column
    if outcome.type == "binary":
        values = {"positive": outcome.positive, "negative": outcome.negative}
        return [say("The outcome was {label} ('{positive}' versus '{negative}').", label=label, **values)]
    if outcome.type == "classes":
        classes = listing(list(outcome.classes), say)
        return [say("The outcome was {label}, in the classes {classes}.", label=label, classes=classes)]
    if outcome.unit:
        return [say("The outcome was {label}, measured in {unit}.", label=label, unit=outcome.unit)]
    return [say("The outcome was {label}, a number.", label=label)]


def images(facts: StudyFacts, say: Say) -> list[str]:
    """Sequences, how images came in, and preprocessing."""
    study = facts.study
    sources = {center.source for center in study.centers.values()}
    text = []
    if study.sequences:
        names = [sequence.description or name for name, sequence in study.sequences.items()]
        text.append(say("The following images were used: {names}.", names=listing(names, say)))
    if "dicom" in sources:
        text.append(say("DICOM series were converted with dcm2niix [@li2016]."))
        if not study.allow_identifiable:
            text.append(say("DICOM files that were not marked as de-identified were refused."))
    if "nifti" in sources:
        text.append(say("Images that hospitals gave as NIfTI were used as they were."))
    if "features" in sources:
        text.append(say("Hospitals that gave finished feature tables extracted the features themselves."))
    return text + (_preprocessing(facts, say) if facts.extracts else [])


def _preprocessing(facts: StudyFacts, say: Say) -> list[str]:
    settings, text = facts.study.preprocess, []
    if settings.bias_correction.enabled:
        steps = say(", ").join(str(count) for count in settings.bias_correction.iterations)
        text.append(
            say(
                "Intensity inhomogeneity was removed by N4 correction (iterations: {steps}) [@tustison2010].",
                steps=steps,
            )
        )
    method = settings.intensity.method
    scaled = {"scale": significant(settings.intensity.scale), "shift": significant(settings.intensity.shift)}
    if method == "minmax":
        text.append(say("Intensities of every image were scaled to 0–1 by its smallest and largest value."))
    elif method == "zscore":
        text.append(
            say(
                "Intensities were normalized by mean and standard deviation of the foreground of every image, "
                "multiplied by {scale} and shifted by {shift}.",
                **scaled,
            )
        )
    elif method == "robust":
        text.append(
            say(
                "Intensities were normalized by median and interquartile range of the foreground of every image, "
                "multiplied by {scale} and shifted by {shift}.",
                **scaled,
            )
        )
    if settings.registration.method == "rigid":
        text.append(say("Other sequences were registered rigidly to the segmented one by mutual information."))
    return text


def segmentation(facts: StudyFacts, say: Say) -> list[str]:
    """Where masks come from and how they were checked."""
    if not facts.extracts:
        return []
    settings, text = facts.study.segmentation, []
    name = facts.study.sequences[facts.study.segmented_sequence].description or facts.study.segmented_sequence
    if facts.automatic:
        text.append(
            say("Regions were segmented automatically with nnU-Net [@isensee2021]; sequence: {name}.", name=name)
        )
        if settings.train_on:
            text.append(
                say("The network was trained on annotated cases of the development hospitals; these kept manual masks.")
            )
            if len(settings.train.trained) > 1:
                count = len(settings.train.trained)
                text.append(say("Predictions are the mean of {n} cross-validation folds.", n=count))
        if settings.largest_piece:
            text.append(say("Only the largest connected component of every label was kept."))
        if facts.find("agreement"):
            text.append(
                say(
                    "Predicted and manual masks were compared by Dice coefficient, 95th-percentile Hausdorff "
                    "distance and volume error."
                )
            )
    else:
        text.append(say("Manual masks on the grid of {name} were used.", name=name))
    if facts.find("readers"):
        text.append(say("Masks of repeated readings were compared with each other."))
    return text


def features(facts: StudyFacts, say: Say) -> list[str]:
    """Extraction, filters, discretisation."""
    if not facts.extracts:
        return []
    settings = facts.study.features
    text = [say("Radiomic features were extracted with PyRadiomics [@vangriethuysen2017].")]
    if facts.study.rois:
        text.append(say("Regions of interest: {names}.", names=listing(list(facts.study.rois), say)))
    if settings.pyradiomics:
        text.append(say("Its settings were those of a parameter file, which is in the supplement."))
    else:
        text += _settings(facts, say)
    if facts.find("dictionary"):
        text.append(
            say(
                "How each feature relates to the Image Biomarker Standardization Initiative [@zwanenburg2020] is "
                "listed in the supplement."
            )
        )
    if facts.study.deep.enabled:
        text.append(
            say("Channels of the segmentation network's encoder, pooled inside the region, were added as features.")
        )
    return text


def _settings(facts: StudyFacts, say: Say) -> list[str]:
    settings, text = facts.study.features, []
    if settings.spacing is not None:
        spacing = " × ".join(significant(edge) for edge in settings.spacing)
        method = interpolator(settings.interpolator, say)
        text.append(say("Images were resampled to {spacing} mm by {method}.", spacing=spacing, method=method))
    if settings.value_range is not None:
        low = "−∞" if settings.value_range.min is None else significant(settings.value_range.min)
        high = "∞" if settings.value_range.max is None else significant(settings.value_range.max)
        text.append(say("Voxels with values outside {low} to {high} were left out.", low=low, high=high))
    if settings.bin_count:
        text.append(say("Gray levels were discretized to a fixed number of {n} bins.", n=settings.bin_count))
    else:
        text.append(
            say("Gray levels were discretized with a fixed bin width of {w}.", w=significant(settings.bin_width))
        )
    text.append(
        say("Feature classes: {names}.", names=listing([_class_name(one, say) for one in settings.classes], say))
    )
    names = [_image_name(one, say) for one in settings.image_types]
    text.append(say("Features were computed on {names}.", names=listing(names, say)))
    if "log" in settings.image_types:
        sigmas = listing([significant(sigma) for sigma in settings.log_sigma], say)
        text.append(say("Sigma of the Laplacian of Gaussian: {sigmas} mm.", sigmas=sigmas))
    return text


def _class_name(name: str, say: Say) -> str:
    return {"shape": say("shape"), "firstorder": say("first order")}.get(name, name.upper())


def _image_name(name: str, say: Say) -> str:
    return {
        "original": say("the original image"),
        "log": say("Laplacian-of-Gaussian images"),
        "wavelet": say("wavelet images"),
        "square": say("the squared image"),
        "gradient": say("the gradient image"),
        "lbp3d": say("local binary patterns"),
        "mean": say("the mean-filtered image"),
    }[name]


def robustness(facts: StudyFacts, say: Say) -> list[str]:
    """Perturbations, readers, ICC."""
    settings = facts.study.robustness
    if not settings.active or not facts.extracts:
        return []
    text = []
    if settings.cases:
        names = listing([_perturbation(one, say) for one in settings.perturbations], say)
        text.append(
            say(
                "To find features that are not robust, images and masks of {n} development cases were perturbed "
                "({names}) [@zwanenburg2019].",
                n=settings.cases,
                names=names,
            )
        )
    if settings.readers:
        text.append(say("Features were computed from the masks of every reader."))
    text.append(
        say(
            "Agreement was measured in the training patients of each fold by the intraclass correlation coefficient "
            "for absolute agreement of single measurements, ICC(2,1) [@shrout1979; @koo2016]."
        )
    )
    limit = significant(settings.threshold)
    if not facts.with_features:
        return text
    if not settings.filter:
        text.append(say("It was reported; no feature was left out."))
    elif settings.bound == "lower":
        text.append(
            say(
                "Features whose ICC had a lower 95% confidence limit below {limit} did not enter any signature.",
                limit=limit,
            )
        )
    else:
        text.append(say("Features with an ICC below {limit} did not enter any signature.", limit=limit))
    return text


def _perturbation(name: str, say: Say) -> str:
    return {
        "translate": say("translation"),
        "rotate": say("rotation"),
        "noise": say("noise"),
        "grow": say("growth of the mask"),
        "shrink": say("shrinkage of the mask"),
        "randomise": say("random contours"),
    }[name]
