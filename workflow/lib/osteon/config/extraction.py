"""What lies behind a table of features, and in what two such tables differ."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from osteon.config.features import BESIDE_A_FILE, Roi
from osteon.config.pyradiomics import parameter_file
from osteon.config.regions import regions_of
from osteon.config.study import Study

NAMED_BY_COLUMNS = ("image_types", "classes", "log_sigma", "imageType", "featureClass", "sigma")
"""Which images and families are computed: a column that a model needs says it in its name, others do not matter."""
DEEP = "deep_"


def sections_of(study: Study, *names: str) -> dict:
    """Named sections of a study as plain values, a PyRadiomics file as its content."""
    values = {name: _plain(getattr(study, name)) for name in names}
    given = study.features.pyradiomics
    if "features" in values and given:
        # the file's content and not its name, so that a changed file is a changed setting
        content = parameter_file(given) if isinstance(given, str) else given
        values["features"] = {name: values["features"][name] for name in BESIDE_A_FILE} | {"pyradiomics": content}
    return values


def extraction_of(study: Study) -> dict:
    """Everything of a study that decides what the features of its images are, besides the images."""
    own = {"method": study.segmentation.method, "sequence": study.segmented_sequence} if study.sequences else {}
    return sections_of(study, "preprocess", "labels", "rois", "features", "deep") | {"segmentation": own}


def differences(learned: Mapping, given: Mapping, columns: Collection[str]) -> list[tuple[str, object, object]]:
    """Settings by which the features of a table are not those that a model has learned with.

    Args:
        learned: content of 04_features/settings.json (or `extraction_of`) behind the model.
        given: the same behind the table.
        columns: features that the model needs. Regions and deep settings count only if it needs them.

    Returns:
        Name of the setting, its value behind the model, its value behind the table; None stands for none.
    """
    pairs = [("preprocess", *(_of(side, "preprocess") for side in (learned, given)))]
    if all(_of(side, "segmentation") for side in (learned, given)):
        own = ({"sequence": side["segmentation"].get("sequence")} for side in (learned, given))
        pairs.append(("segmentation", *own))
    pairs += _feature_sections(learned, given) + _regions(learned, given, columns)
    if any(column.startswith(DEEP) for column in columns):
        pairs.append(("deep", *(_deep(side, both=_networks(learned, given)) for side in (learned, given))))
    return [
        row for name, of_model, of_table in pairs if of_model and of_table for row in _unequal(name, of_model, of_table)
    ]


def remarks(learned: Mapping, given: Mapping) -> list[tuple[str, object, object]]:
    """Differences that may matter and that a new center can have for good reasons: method of the masks, values of the
    labels in them, versions of the software. The same form as `differences`."""
    method = [{"method": _of(side, "segmentation").get("method")} for side in (learned, given)]
    pairs = [("segmentation", *method)]
    for name in ("labels", "software"):
        ours, theirs = _of(learned, name), _of(given, name)
        both = ours.keys() & theirs.keys()
        pairs.append((name, *({key: side[key] for key in sorted(both)} for side in (ours, theirs))))
    return [row for pair in pairs for row in _unequal(*pair) if None not in row]


def not_compared(learned: Mapping, given: Mapping) -> list[str]:
    """Sections that one of the two does not say."""
    names = ("preprocess", "segmentation", "rois", "features")
    return [name for name in names if not _of(learned, name) or not _of(given, name)]


def _of(side: Mapping, name: str) -> dict:
    return dict(side.get(name) or {})


def _feature_sections(learned: Mapping, given: Mapping) -> list[tuple[str, dict, dict]]:
    """The sections as they were written; where only one is a PyRadiomics file, what became of both."""
    ours, theirs = _of(learned, "features"), _of(given, "features")
    if ours and theirs and ("pyradiomics" in _set(ours)) == ("pyradiomics" in _set(theirs)):
        own = [{name: value for name, value in side.items() if name != "levels"} for side in (ours, theirs)]
        return [("features", *own)]
    presets = [{"preset": side["preset"]} if "preset" in side else {} for side in (ours, theirs)]
    return [("features", *presets), ("parameters", _of(learned, "parameters"), _of(given, "parameters"))]


def _set(section: Mapping) -> set[str]:
    return {name for name, value in section.items() if value is not None}


def _regions(learned: Mapping, given: Mapping, columns: Collection[str]) -> list[tuple[str, dict, dict]]:
    """Regions that the columns name and both sides have; a region that the table lacks is a missing column."""
    used = {column.removeprefix(DEEP).split("_")[1] for column in columns if column.removeprefix(DEEP).count("_")}
    ours, theirs = _by_region(_of(learned, "rois")), _by_region(_of(given, "rois"))
    pairs = {}
    for region, (name, own) in ours.items():
        if region in used and region in theirs:
            pairs[name] = (f"rois.{name}", own, theirs[region][1])
    return list(pairs.values())


def _by_region(rois: Mapping[str, Mapping]) -> dict[str, tuple[str, dict]]:
    """Of each region its section's name, and what defines it; of 'each' the label alone does."""
    found = {}
    for name, roi in rois.items():
        for region in regions_of(name, Roi(**roi)):
            own = {key: sorted(value) if isinstance(value, list) else value for key, value in roi.items()}
            found[region] = (name, own if roi.get("scheme") != "each" else {"scheme": "each"})
    return found


def _networks(learned: Mapping, given: Mapping) -> bool:
    return all("network" in _of(side, "deep") for side in (learned, given))


def _deep(side: Mapping, both: bool) -> dict:
    wanted = ("stage", "pooling", *(["network"] if both else []))
    return {name: _of(side, "deep").get(name) for name in wanted}


def _unequal(name: str, ours: Mapping, theirs: Mapping) -> Iterator[tuple[str, object, object]]:
    """Leaves that differ, by their dotted names; numbers are compared as numbers, tuples as lists."""
    for key in dict.fromkeys([*ours, *theirs]):
        if key in NAMED_BY_COLUMNS and key != "imageType":
            continue
        one, other = ours.get(key), theirs.get(key)
        place = f"{name}.{key}"
        if key == "imageType":  # options of the images that both compute
            shared = sorted((one or {}).keys() & (other or {}).keys())
            one, other = ({image: side[image] or {} for image in shared} for side in (one or {}, other or {}))
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _unequal(place, one, other)
        elif _listed(one) != _listed(other):
            yield place, one, other


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value
