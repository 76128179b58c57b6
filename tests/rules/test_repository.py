"""What must never be in the repository: patient data, large files, the names of machines."""

from __future__ import annotations

import re
import subprocess

import pytest

from osteon.deidentify.guard import guard

LARGEST = 2 * 2**20
LARGEST_MODEL = 10 * 2**20

# Put together from parts, so that this file is none of its own findings.
FOLDERS = ("work", "root", "tmp", "home", "opt", "Users")
HOSTS = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("anaconda", "org"),
    ("download", "pytorch", "org"),
    ("npmjs", "org"),
    ("deb", "debian", "org"),
)
MACHINE = re.compile(
    "|".join([rf"(?<![\w.)}}>*-])/({'|'.join(FOLDERS)})/", *(re.escape(".".join(host)) for host in HOSTS)])
)


@pytest.fixture(scope="module")
def contents(root) -> dict[str, bytes]:
    """Every file that is tracked or would be if it were added now."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("not a git clone, so what belongs to the repository is not known")
    files = [root / name for name in done.stdout.decode().split("\0") if name]
    return {str(file.relative_to(root)): file.read_bytes() for file in files if file.is_file()}


def test_the_guard_finds_nothing(contents):
    found = [str(entry) for name, content in contents.items() for entry in guard(name, content)]
    assert not found, "\n".join(found)


def test_no_large_file(contents):
    sizes = {name: len(content) for name, content in contents.items()}
    models = {name for name in sizes if name.startswith("config/demo/model/")}
    assert not {name: size for name, size in sizes.items() if size > LARGEST and name not in models}
    assert not {name: sizes[name] for name in models if sizes[name] > LARGEST_MODEL}


def test_no_file_names_a_machine_or_a_registry(contents):
    """What exists on one machine only, or one site's package server, has no place here."""
    wrong = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, content in contents.items()
        if b"\0" not in content
        for number, line in enumerate(content.decode("utf-8").splitlines(), start=1)
        if MACHINE.search(line)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("text", ["see /" + "work/x", "'/" + "tmp/a'", "https://" + "pypi" + ".org/simple"])
def test_machines_are_recognised(text):
    assert MACHINE.search(text)
