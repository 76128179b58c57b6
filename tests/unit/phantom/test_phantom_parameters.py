"""The YAML file is checked as a whole and errors say which key is wrong."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from osteon.phantom.parameters import ClippedNormal, Parameters, load_parameters


@pytest.fixture
def content(root):
    return yaml.safe_load((root / "config" / "phantom" / "lumbar.yaml").read_text(encoding="utf-8"))


def test_hospitals_of_the_demo_and_of_the_training_are_apart(parameters):
    demo, training = (
        {part.hospital for part in parameters.cohort(name).parts} for name in ("demo", "phantom_training")
    )
    assert demo.isdisjoint(training)


def test_no_two_hospitals_share_a_protocol(parameters):
    protocols = [
        (h.field, h.fov, h.thickness, h.noise, *(s.tr for s in h.sequences.values()))
        for h in parameters.hospitals.values()
    ]
    assert len(set(protocols)) == len(protocols)


def test_hospitals_describe_their_series_differently(parameters):
    described = [s.description for h in parameters.hospitals.values() for s in h.sequences.values()]
    assert len(set(described)) == len(described)
    assert any("压脂" in text for text in described)


def test_unknown_names_list_the_choices(parameters):
    with pytest.raises(ValueError, match="unknown hospital 'Z'; choose one of A, B, C"):
        parameters.hospital("Z")
    with pytest.raises(ValueError, match="unknown preset"):
        parameters.preset("huge")
    with pytest.raises(ValueError, match="unknown cohort"):
        parameters.cohort("none")


def test_a_misspelt_key_is_refused_with_its_path(tmp_path, content):
    content["hospitals"]["A"]["feild"] = 3.0
    path = tmp_path / "lumbar.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ValueError, match=r"lumbar\.yaml[\s\S]*hospitals\.A\.feild"):
        load_parameters(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["tissues"].pop("cord"), "tissues must name exactly"),
        (lambda c: c["anatomy"]["body_height"].pop(), "anatomy.body_height needs 12 values"),
        (lambda c: c["anatomy"]["disc_height"].append(1.0), "anatomy.disc_height needs 11 values"),
        (lambda c: c["hospitals"]["A"].update(demographics="elsewhere"), "hospitals.A.demographics: 'elsewhere'"),
        (lambda c: c["cohorts"]["demo"]["parts"].append({"hospital": "X"}), r"cohorts.demo.parts: \['X'\]"),
        (lambda c: c["presets"]["demo"].update(model_matrix=100), "model_matrix must be at least matrix"),
    ],
)
def test_inconsistent_parameters_are_refused(content, change, message):
    change(content)
    with pytest.raises(ValueError, match=message):
        Parameters.model_validate(content)


def test_relaxation_times_follow_the_field(parameters):
    muscle = parameters.tissues["muscle"]
    assert muscle.times(1.5) == (1008, 44)
    assert muscle.times(3.0) == (1412, 41)


def test_missing_values_leave_the_denominator(parameters):
    assert parameters.demographics["internal"]["yes"].share("diabetes") == 22 / 107
    assert parameters.demographics["internal"]["yes"].share("male") == 31 / 108


def test_clipped_normal_stays_within_its_limits():
    wide = ClippedNormal(mean=0, sd=10, low=-1, high=2)
    rng = np.random.default_rng(0)
    values = [wide.draw(rng) for _ in range(50)]
    assert min(values) == -1
    assert max(values) == 2
