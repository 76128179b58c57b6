"""Write envs/*.yaml from the lists in pyproject.toml and the versions in requirements.lock.

Each list of optional dependencies becomes the conda environment of the same name: Python, pip and,
through pip, the exact versions of everything that the list needs, so that a job runs with the same
packages in a conda environment as in `.venv`. Run by `make lock`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADER = "# Written by 'make lock' from pyproject.toml and requirements.lock: do not edit.\n"
BUILT_IN_PLACE = "pyradiomics"
"""The one package without a wheel whose build needs the numpy of its environment."""


@dataclass
class Pin:
    """One package of the lock."""

    name: str
    version: str
    hashes: list[str] = field(default_factory=list)
    needed_by: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """The pin as pip reads it."""
        return f"{self.name}=={self.version}"


def canonical(requirement: str) -> str:
    """Name of a requirement such as 'SimpleITK==2.5.7' in the form that locks use."""
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement)[0]).lower()


def read_lock(text: str) -> dict[str, Pin]:
    """Pins by name, each with its hashes and with the packages that need it (the '# via' comments)."""
    pins: dict[str, Pin] = {}
    pin = None
    for line in text.splitlines():
        if match := re.match(r"([a-z0-9-]+)==(\S+)", line):
            pin = pins[match[1]] = Pin(match[1], match[2])
        elif match := re.match(r"    --hash=(\S+)", line):
            pin.hashes.append(match[1])
        elif match := re.match(r"    # (?:via)? *([a-z0-9-]+)$", line):
            pin.needed_by.append(match[1])
    return pins


def closure(wanted: set[str], pins: dict[str, Pin]) -> list[Pin]:
    """The wanted packages and all that they need, in alphabetical order."""
    found: set[str] = set()
    while wanted:
        found |= wanted
        wanted = {pin.name for pin in pins.values() if found & set(pin.needed_by)} - found
    return [pins[name] for name in sorted(found)]


def render(project: dict, lock: str) -> dict[str, str]:
    """Content of every generated file, by its name in envs/.

    Args:
        project: the parsed pyproject.toml.
        lock: text of requirements.lock.

    Raises:
        KeyError: a list names a package that the lock lacks ('make lock' was not run).
    """
    pins = read_lock(lock)
    common = project["project"]["dependencies"]
    lists = project["project"]["optional-dependencies"]
    # torch is pinned in pyproject.toml alone, because its files differ between sites
    torch = next(entry for entry in lists["nnunet"] if canonical(entry) == "torch")
    pins["torch"] = Pin("torch", torch.partition("==")[2])

    files = {}
    for name, entries in lists.items():
        needed = closure({canonical(entry) for entry in [*common, *entries]}, pins)
        built = [pin for pin in needed if pin.name == BUILT_IN_PLACE]
        conda = ["python=3.11", "pip", *(["c-compiler"] if built else [])]
        files[f"{name}.yaml"] = _environment(conda, [pin for pin in needed if pin not in built])
        for pin in built:
            files[f"{name}.post-deploy.sh"] = _post_deploy(pin)
    return files


def _environment(conda: list[str], pins: list[Pin]) -> str:
    lines = ["channels:", "  - conda-forge", "  - nodefaults", "dependencies:"]
    lines += [f"  - {entry}" for entry in conda]
    lines += ["  - pip:", *(f"      - {pin}" for pin in pins)]
    return HEADER + "\n".join(lines) + "\n"


def _post_deploy(pin: Pin) -> str:
    hashes = " ".join(f"--hash={value}" for value in pin.hashes)
    return (
        f"#!/usr/bin/env bash\n{HEADER}"
        "# There is no wheel for this Python, and the build needs the numpy of this environment.\n"
        "set -euo pipefail\n"
        '"$CONDA_PREFIX/bin/python" -m pip install --no-deps --no-build-isolation --no-cache-dir \\\n'
        "    --require-hashes -r /dev/stdin <<'PIN'\n"
        f"{pin} {hashes}\n"
        "PIN\n"
    )


def main() -> None:
    """Write all files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name, content in render(project, lock).items():
        (ROOT / "envs" / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
