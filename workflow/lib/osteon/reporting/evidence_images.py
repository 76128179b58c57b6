"""What a checklist's rules say of images, masks and features."""

from __future__ import annotations

from osteon.config.features import Features
from osteon.reporting.evidence import NO, NOT_APPLICABLE, PERSON, YES, Proposal, Rule, lacking, person, result
from osteon.reporting.language import Say
from osteon.reporting.numbers import significant
from osteon.reporting.study_facts import StudyFacts


def interpolator(name: str, say: Say) -> str:
    """Name of an interpolation."""
    return {
        "sitkBSpline": say("cubic B-spline interpolation"),
        "sitkLinear": say("linear interpolation"),
        "sitkNearestNeighbor": say("nearest-neighbor interpolation"),
    }[name]


def rois(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Regions of the configuration."""
    if absent := lacking(facts, "images", say):
        return absent
    names = say(", ").join(facts.study.rois)
    return Proposal(YES, say("Regions: {names}.", names=names), facts.find("config"))


def segmentation(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Manual masks or a network's."""
    if absent := lacking(facts, "images", say):
        return absent
    if facts.automatic:
        return Proposal(YES, say("Automatic segmentation with nnU-Net."), facts.find("agreement"))
    return Proposal(YES, say("Manual masks as the hospitals delivered them."), facts.find("readers"))


def segmentation_check(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Agreement of a network's masks with manual ones."""
    if absent := lacking(facts, "images", say):
        return absent
    if not facts.automatic:
        return Proposal(NOT_APPLICABLE, say("No automatic segmentation."))
    return result("agreement")(facts, item, say)


def automatic_settings(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Settings of the network are in the configuration."""
    if absent := lacking(facts, "images", say):
        return absent
    if not facts.automatic:
        return Proposal(NOT_APPLICABLE, say("No automatic segmentation."))
    return result("config")(facts, item, say)


def test_masks(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """A network is one reader; of manual masks a person must say who drew them."""
    if absent := lacking(facts, "images", say):
        return absent
    if facts.automatic:
        return Proposal(YES, say("Automatic segmentation with nnU-Net."), facts.find("agreement"))
    return Proposal(PERSON, say("Who drew the masks of the test patients, the authors say."), facts.find("readers"))


def segmented_image(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """The sequence on whose grid masks lie."""
    if absent := lacking(facts, "images", say):
        return absent
    return Proposal(YES, say("Sequence {name}.", name=facts.study.segmented_sequence), facts.find("config"))


def readers(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Agreement between and within readers."""
    return result("readers", "images")(facts, item, say)


def preprocessing(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Bias correction and normalisation."""
    if absent := lacking(facts, "images", say):
        return absent
    settings = facts.study.preprocess
    corrected = say("N4") if settings.bias_correction.enabled else say("none")
    method = say("none") if settings.intensity.method == "none" else settings.intensity.method
    words = say("Bias-field correction: {bias}; normalization: {method}.", bias=corrected, method=method)
    return Proposal(YES, words, facts.find("config"))


def bias(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """N4."""
    if absent := lacking(facts, "images", say):
        return absent
    if not facts.study.preprocess.bias_correction.enabled:
        return Proposal(NOT_APPLICABLE, say("Not done."), facts.find("config"))
    return Proposal(YES, say("N4, with the settings in the configuration."), facts.find("config"))


def normalisation(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Intensity normalisation."""
    if absent := lacking(facts, "images", say):
        return absent
    method = facts.study.preprocess.intensity.method
    if method == "none":
        return Proposal(NOT_APPLICABLE, say("Not done."), facts.find("config"))
    return Proposal(YES, say("Method: {method}.", method=method), facts.find("config"))


def registration(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Rigid registration of the other sequences."""
    if absent := lacking(facts, "images", say):
        return absent
    if facts.study.preprocess.registration.method == "none":
        return Proposal(NOT_APPLICABLE, say("Not done."), facts.find("config"))
    return Proposal(YES, say("Rigid, to the segmented sequence."), facts.find("config"))


def not_done(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Osteon never does it; before the images came, somebody may have."""
    if absent := lacking(facts, "images", say):
        return absent
    return Proposal(PERSON, say("Not done here; what was done before delivery, the authors say."))


def rounding(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Values are never rounded."""
    if facts.modality == "MR":
        return Proposal(NOT_APPLICABLE, say("Not for {modality} images.", modality=facts.modality))
    return lacking(facts, "images", say) or Proposal(YES, say("Not rounded."), facts.find("extraction"))


def _of_features(words) -> Rule:
    """A rule on the section `features`; its words, or None where the item does not apply."""

    def rule(facts: StudyFacts, item: dict, say: Say) -> Proposal:
        if absent := lacking(facts, "images", say):
            return absent
        path = facts.find("extraction")
        if facts.study.features.pyradiomics:
            return Proposal(YES, say("By the study's own PyRadiomics file."), path)
        text = words(facts.study.features, say)
        return Proposal(YES, text, path) if text else Proposal(NOT_APPLICABLE, say("Not done."), path)

    return rule


def _resampling(features: Features, say: Say) -> str:
    if features.spacing is None:
        return ""
    spacing = " × ".join(significant(edge) for edge in features.spacing)
    return say("To {spacing} mm, {method}.", spacing=spacing, method=interpolator(features.interpolator, say))


def _grid(features: Features, say: Say) -> str:
    if features.spacing is None:
        return ""
    return say("Centers of both grids aligned.") if features.grid == "centers" else say("First corners aligned.")


def _mask_interpolation(features: Features, say: Say) -> str:
    if features.spacing is None:
        return ""
    linear = features.mask_interpolator == "linear"
    return say("Linear; voxels from 0.5 on are inside.") if linear else say("Nearest neighbor.")


def _discretisation(features: Features, say: Say) -> str:
    if features.bin_count:
        return say("Fixed number of bins: {n}.", n=features.bin_count)
    return say("Fixed bin size: {width}.", width=significant(features.bin_width))


def _first_bin(features: Features, say: Say) -> str:
    if features.bin_count:
        return ""
    low = features.value_range.min if features.value_range else None
    if low is None:
        return say("Bins lie at multiples of their size.")
    return say("Bins of the original image begin at {low}.", low=significant(low))


def _resegmentation(features: Features, say: Say) -> str:
    limits = features.value_range
    if limits is None:
        return ""
    low = "−∞" if limits.min is None else significant(limits.min)
    high = "∞" if limits.max is None else significant(limits.max)
    return say("Values from {low} to {high}.", low=low, high=high)


def _image_types(features: Features, say: Say) -> str:
    return say("Images: {names}.", names=say(", ").join(features.image_types))


def _classes(features: Features, say: Say) -> str:
    return say("Classes: {names}.", names=say(", ").join(features.classes))


def _aggregation(features: Features, say: Say) -> str:
    merged = features.directions == "merged"
    return say("One matrix of all directions.") if merged else say("Mean over the directions.")


def defaults(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Settings that are named, and the defaults of PyRadiomics for all others."""
    if absent := lacking(facts, "images", say):
        return absent
    path = facts.find("extraction")
    if not path:
        return Proposal(NO, say("It is not among the results."))
    return Proposal(YES, say("As listed there; what is not listed has the default of PyRadiomics."), path)


def not_computed(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Distance zones are no features of PyRadiomics."""
    return Proposal(NOT_APPLICABLE, say("These features are not computed."))


def compliance(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """The dictionary says of every feature how it relates to IBSI."""
    if absent := lacking(facts, "images", say):
        return absent
    path = facts.find("dictionary")
    return Proposal(YES, say("The dictionary says it for every feature."), path) if path else person(facts, item, say)


def robustness(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """ICC under perturbations or other readers."""
    if not facts.study.robustness.active and facts.extracts:
        return Proposal(NO, say("Not measured: robustness.cases is 0 and robustness.readers is false."))
    return result("robustness", "images")(facts, item, say)


def robust_filter(facts: StudyFacts, item: dict, say: Say) -> Proposal:
    """Features below the threshold stay out of models."""
    settings = facts.study.robustness
    if not settings.active:
        return robustness(facts, item, say)
    if not settings.filter:
        return Proposal(NO, say("Measured, but nothing was left out."), facts.find("robustness"))
    words = say("Left out where the ICC is below {threshold}.", threshold=significant(settings.threshold))
    return Proposal(YES, words, facts.find("robustness"))


IMAGE_RULES: dict[str, Rule] = {
    "aggregation": _of_features(_aggregation),
    "automatic_settings": automatic_settings,
    "bias": bias,
    "classes": _of_features(_classes),
    "compliance": compliance,
    "discretisation": _of_features(_discretisation),
    "extraction": result("extraction", "images"),
    "feature_count": result("dictionary", "images"),
    "first_bin": _of_features(_first_bin),
    "grid": _of_features(_grid),
    "image_types": _of_features(_image_types),
    "mask_interpolation": _of_features(_mask_interpolation),
    "normalisation": normalisation,
    "not_computed": not_computed,
    "not_done": not_done,
    "preprocessing": preprocessing,
    "readers": readers,
    "registration": registration,
    "resampling": _of_features(_resampling),
    "resegmentation": _of_features(_resegmentation),
    "robust_filter": robust_filter,
    "robustness": robustness,
    "rois": rois,
    "rounding": rounding,
    "segmentation": segmentation,
    "segmentation_check": segmentation_check,
    "segmented_image": segmented_image,
    "settings": defaults,
    "test_masks": test_masks,
}
"""Rules by name."""
