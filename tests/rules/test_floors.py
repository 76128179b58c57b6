"""Imports between the packages of osteon point down the floors, and Snakemake stays outside."""

from __future__ import annotations

import pytest

from helpers.imports import imported_modules, package_modules

FLOOR = {
    "config": 1,
    "tables": 1,
    "jobs": 1,
    "statistics": 2,
    "harmonise": 2,
    "images": 2,
    "ingest": 3,
    "segmentation": 3,
    "features": 3,
    "modelling": 3,
    "printed": 3,
    "phantom": 3,
    "deidentify": 3,
    "reporting": 4,
    "cli": 5,
    "__main__": 5,
}
"""Rooms of the house; what stands on a floor may use the floors below it."""

DOORS = 5
"""The command line may use every room."""


def arrow_is_allowed(user: str, used: str) -> bool:
    """May the room `user` import from the room `used`?"""
    if user == used or FLOOR[user] == DOORS:
        return True
    if user == "phantom":  # simulated patients know nothing of how images are processed
        return used in ("config", "tables")
    return FLOOR[used] < FLOOR[user] and used not in ("phantom", "jobs")


def test_every_room_has_a_floor(root):
    rooms = {module.split(".")[1] for module in package_modules(root) if module.count(".")}
    assert rooms <= FLOOR.keys(), f"rooms without a floor: {sorted(rooms - FLOOR.keys())}"


@pytest.mark.parametrize(
    ("user", "used", "allowed"),
    [
        ("features", "images", True),
        ("reporting", "modelling", True),
        ("features", "segmentation", False),
        ("ingest", "deidentify", False),
        ("statistics", "images", False),
        ("tables", "statistics", False),
        ("phantom", "images", False),
        ("reporting", "phantom", False),
        ("features", "jobs", False),
    ],
)
def test_arrows(user, used, allowed):
    assert arrow_is_allowed(user, used) is allowed


def test_imports_point_down(root):
    wrong = []
    for module, file in package_modules(root).items():
        if not module.count("."):
            continue
        user = module.split(".")[1]
        for name in imported_modules(file):
            if name.startswith("osteon.") and not arrow_is_allowed(user, name.split(".")[1]):
                wrong.append(f"{module} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_no_module_imports_snakemake(root):
    for module, file in package_modules(root).items():
        assert "snakemake" not in {name.split(".")[0] for name in imported_modules(file)}, module


def test_package_files_import_nothing(root):
    """Each stage runs in its own environment, so importing a package must not load a module of it."""
    for module, file in package_modules(root).items():
        if file.name == "__init__.py":
            assert not imported_modules(file), module
