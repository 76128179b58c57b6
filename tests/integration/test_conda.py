"""Jobs in conda environments, with a stand-in for the conda program and the project's real environment files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from helpers.conda_shim.channel import build_channel
from helpers.project import Project

SHIM = Path(__file__).resolve().parents[1] / "helpers" / "conda_shim"

SNAKEFILE = """
import sys

sys.path.insert(0, "{library}")


rule look_around:
    output:
        "seen.json",
    log:
        "look_around.log",
    conda:
        "envs/report.yaml"
    script:
        "look_around.py"
"""

SCRIPT = """
from osteon.jobs import start_job

start_job(snakemake)
import json
import sys
from importlib.metadata import distributions
from importlib.util import find_spec

import matplotlib
from osteon.tables.files import write_json

files = {name: str(getattr(module, "__file__", "")) for name, module in sys.modules.items()}
foreign = [name for name, file in files.items() if "site-packages" in file and not file.startswith(sys.prefix)]
write_json(
    {
        "prefix": sys.prefix,
        "matplotlib": matplotlib.__file__,
        "foreign": sorted({name.partition(".")[0] for name in foreign}),
        "importable": [name for name in ("torch", "sklearn", "pytest", "jinja2") if find_spec(name)],
        "installed": {package.metadata["Name"]: package.version for package in distributions()},
    },
    snakemake.output[0],
)
"""


@pytest.fixture(scope="session")
def conda(tmp_path_factory) -> dict[str, str]:
    """Process environment in which `conda` is the stand-in and conda-forge a folder on this machine."""
    pytest.importorskip("rattler", reason="py-rattler, which stands in for conda, is not installed")
    base = tmp_path_factory.mktemp("conda")
    (base / "bin").mkdir()
    program = base / "bin" / "conda"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{SHIM / "conda.py"}" "$@"\n')
    program.chmod(0o755)
    shutil.copy(SHIM / "activate", base / "bin" / "activate")
    build_channel(base / "channels" / "conda-forge")
    return {
        **os.environ,
        "PATH": f"{base / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "CONDA_SHIM_BASE": str(base),
        "CONDA_CHANNEL_ALIAS": (base / "channels").as_uri(),
        # one folder of environments, so that the second test takes the one that the first has made
        "SNAKEMAKE_CONDA_PREFIX": str(base / "environments"),
    }


@pytest.fixture(scope="session")
def package_index(root, tmp_path_factory) -> None:
    """Skips where pip reaches no package index: the environments take their packages from one."""
    pin = yaml.safe_load((root / "envs" / "report.yaml").read_text())["dependencies"][-1]["pip"][0]
    fetch = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--no-cache-dir",
        "--retries",
        "0",
        "--timeout",
        "20",
    ]
    done = subprocess.run([*fetch, "--dest", tmp_path_factory.mktemp("index"), pin], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("pip reaches no package index, which the conda environments need")


@pytest.mark.slow
@pytest.mark.usefixtures("package_index")
def test_a_job_sees_its_own_environment_and_nothing_of_the_host(root, conda, tmp_path):
    shutil.copytree(root / "envs", tmp_path / "envs")
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(library=root / "workflow" / "lib"))
    (tmp_path / "look_around.py").write_text(SCRIPT)

    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--use-conda", "seen.json"]
    done = subprocess.run(command, cwd=tmp_path, env=conda, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    seen = json.loads((tmp_path / "seen.json").read_text())
    assert seen["importable"] == ["jinja2"]
    # Snakemake hands over its object by way of its own package; nothing else may come from the host
    assert all(name.startswith("snakemake") for name in seen["foreign"]), seen["foreign"]
    assert Path(seen["prefix"]).is_relative_to(conda["SNAKEMAKE_CONDA_PREFIX"])
    assert Path(seen["matplotlib"]).is_relative_to(seen["prefix"])

    written = yaml.safe_load((root / "envs" / "report.yaml").read_text())["dependencies"][-1]["pip"]
    installed = {name.lower().replace("_", "-"): version for name, version in seen["installed"].items()}
    assert installed.pop("pip")
    assert installed == dict(pin.split("==") for pin in written)


STUDY = {
    "study": {"name": "mini"},
    "cases": "table.csv",
    "centers": {"A": {"role": "development", "source": "features", "table": "table.csv"}},
}


@pytest.mark.slow
@pytest.mark.usefixtures("package_index")
def test_a_rule_of_the_project_runs_in_its_environment(root, conda, tmp_path):
    """The flow diagram, drawn once on the host and once in conda, is the same bytes."""
    project = Project(root, tmp_path)
    (tmp_path / "table.csv").write_text("center,subject,x\nA,A1,0.5\nA,A2,1.5\n")
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(STUDY))
    targets = ["results/mini/01_cohort/flow_diagram.svg", "--config", "study=study.yaml"]
    project.run(*targets)
    before = (tmp_path / targets[0]).read_bytes()
    (tmp_path / targets[0]).unlink()

    project.run(*targets, "--use-conda", "--rerun-triggers", "mtime", environment=conda)
    assert (tmp_path / targets[0]).read_bytes() == before
    log = (tmp_path / "results/mini/logs/draw_flow.log").read_text()
    assert conda["SNAKEMAKE_CONDA_PREFIX"] in log
