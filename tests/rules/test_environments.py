"""The conda environments agree with the lock, and hold what the jobs in them import."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions

import pytest
import yaml
from packaging.requirements import Requirement

from helpers.imports import imported_by_rules, imported_modules, packages_behind
from helpers.rule_files import rule_files, written_rules

NOT_IMPORTED = {
    "dcm2niix": "a program",
    "pip": "installs the others",
    "py-rattler": "stands in for conda, in a process of its own",
    "pyjpegls": "read by pydicom",
    "pylibjpeg": "read by pydicom",
    "pylibjpeg-libjpeg": "read by pydicom",
    "pylibjpeg-openjpeg": "read by pydicom",
    "pytest-xdist": "runs tests side by side",
    "dynamic-network-architectures": "pinned for nnunetv2, whose checkpoints depend on it",
    "ruff": "a program",
    "setuptools": "builds pyradiomics",
    "snakefmt": "a program",
    "snakemake": "a program",
}


@pytest.fixture(scope="module")
def generate(root):
    """envs/generate.py as a module."""
    spec = importlib.util.spec_from_file_location("osteon_envs_generate", root / "envs" / "generate.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lock(root):
    return (root / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def owners(generate):
    """Names of the packages that provide each top-level module."""
    return {module: {generate.canonical(name) for name in names} for module, names in packages_distributions().items()}


@pytest.fixture(scope="module")
def environments(root):
    """Version of each pip package by environment, as written in envs/; PyRadiomics from its script."""
    found = {}
    for file in sorted((root / "envs").glob("*.yaml")):
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))["dependencies"][-1]["pip"]
        found[file.stem] = dict(entry.split("==") for entry in entries)
        script = file.with_suffix(".post-deploy.sh")
        if script.exists():
            found[file.stem].update(re.findall(r"^([a-z0-9-]+)==(\S+)", script.read_text(), flags=re.MULTILINE))
    return found


def test_environments_are_those_of_the_lock(root, generate, project, lock):
    for name, content in generate.render(project, lock).items():
        assert (root / "envs" / name).read_text(encoding="utf-8") == content, f"envs/{name}: run 'make lock'"


def test_every_environment_has_its_list(root, project):
    files = {file.stem for file in (root / "envs").glob("*.yaml")}
    assert files == project["project"]["optional-dependencies"].keys()


def test_every_pin_equals_the_lock(environments, generate, lock):
    pins = generate.read_lock(lock)
    for name, versions in environments.items():
        locked = {package: pins[package].version for package in versions if package != "torch"}
        assert {package: version for package, version in versions.items() if package != "torch"} == locked, name


def test_torch_has_its_public_version_and_is_not_in_the_lock(environments, generate, project, lock):
    declared = {entry for entries in project["project"]["optional-dependencies"].values() for entry in entries}
    assert f"torch=={environments['nnunet']['torch']}" in declared
    assert re.fullmatch(r"[0-9.]+", environments["nnunet"]["torch"])
    assert [f"torch=={entry['version']}" for entry in project["tool"]["uv"]["dependency-metadata"]] == [
        entry for entry in sorted(declared) if entry.startswith("torch==")
    ]
    of_one_build = re.compile(r"torch|triton|nvidia-|cuda-")
    assert not [name for name in generate.read_lock(lock) if of_one_build.match(name)]


def test_every_pin_of_the_lock_has_hashes(generate, lock):
    pins = generate.read_lock(lock)
    assert len(pins) == len(re.findall(r"^\S+==", lock, flags=re.MULTILINE)) > 50
    assert all(pin.hashes for pin in pins.values())


def test_every_environment_is_complete(environments, generate, project):
    """By the metadata of the installed packages, which the lock had no part in."""
    any_build = {entry["name"]: entry["requires-dist"] for entry in project["tool"]["uv"]["dependency-metadata"]}
    for name, versions in environments.items():
        for package in versions:
            for text in any_build.get(package) or distribution(package).requires or []:
                need = Requirement(text)
                if need.marker and not need.marker.evaluate({"extra": ""}):
                    continue
                found = versions.get(generate.canonical(need.name))
                fits = found is not None and need.specifier.contains(found, prereleases=True)
                assert fits, f"{name}: {package} needs {text}"


def test_the_environment_of_each_rule_holds_what_its_script_imports(root, environments, owners):
    """Imports inside functions count too: they are how heavy packages are loaded late."""
    wrong = []
    for rule in written_rules(root):
        file = root / "workflow" / "scripts" / f"{rule.script}.py"
        if rule.environment and file.is_file():
            packages = packages_behind(imported_modules(file), root)
            lacking = [name for name in sorted(packages) if not owners[name] & environments[rule.environment].keys()]
            wrong += [f"{rule.name} ({rule.environment}.yaml) may import {name}" for name in lacking]
    assert not wrong, "\n".join(wrong)


def test_the_host_holds_what_the_rule_files_import(root, environments, owners):
    for file in rule_files(root):
        for package in packages_behind(imported_by_rules(file), root):
            assert owners[package] & environments["snakemake"].keys(), f"{file.name} imports {package}"


def test_nothing_is_declared_that_nothing_uses(root, generate, project, owners):
    lists = project["project"]["optional-dependencies"] | project["dependency-groups"]
    declared = {generate.canonical(entry) for entries in lists.values() for entry in entries}
    declared |= {generate.canonical(entry) for entry in project["project"]["dependencies"]}
    used = set()
    for folder in ("workflow/lib", "workflow/scripts", "tests", "envs"):
        for file in (root / folder).rglob("*.py"):
            for name in imported_modules(file):
                used |= owners.get(name.split(".")[0], set())
    assert declared - used - NOT_IMPORTED.keys() == set()
