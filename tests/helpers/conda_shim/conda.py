"""Stand-in for the conda program: the calls that Snakemake makes, on top of the rattler solver.

Not conda: it solves and installs with rattler, so that `--use-conda` can be tested where no conda client
can be had. The channel names of an environment file are looked up below CONDA_CHANNEL_ALIAS.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import yaml

VERSION = "24.7.1"
"""The lowest version that Snakemake 9 accepts."""

BASE = Path(os.environ["CONDA_SHIM_BASE"])
"""The folder whose bin/ holds `conda` and `activate`."""


def create(file: Path, prefix: Path) -> None:
    """Make the environment that an environment file describes."""
    environment = yaml.safe_load(file.read_text(encoding="utf-8"))
    specs = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    pins = [pin for entry in environment["dependencies"] if isinstance(entry, dict) for pin in entry["pip"]]
    channels = [name for name in environment["channels"] if name != "nodefaults"]
    asyncio.run(_install(channels, specs, prefix))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        listed.write("\n".join(pins))
        listed.flush()
        command = [prefix / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", listed.name]
        subprocess.run(command, check=True)


async def _install(channels: list[str], specs: list[str], prefix: Path) -> None:
    from rattler import Platform, VirtualPackage, install, solve

    alias = os.environ["CONDA_CHANNEL_ALIAS"].rstrip("/")
    records = await solve(
        sources=[f"{alias}/{name}" for name in channels],
        specs=specs,
        platforms=[Platform.current(), Platform("noarch")],
        virtual_packages=VirtualPackage.detect(),
    )
    await install(records, target_prefix=str(prefix), cache_dir=str(BASE / "pkgs"))


def main(arguments: list[str]) -> None:
    """Answer one call."""
    match arguments:
        case ["--version"]:
            print("conda", VERSION)
        case ["info", "--json"]:
            print(json.dumps({"conda_prefix": str(BASE), "platform": "linux-64"}))
        case ["config", "--get", "channel_priority", "--json"]:
            print(json.dumps({"get": {"channel_priority": "strict"}}))
        case ["clean", *_]:
            pass
        case ["env", "create", *rest]:
            parser = argparse.ArgumentParser()
            parser.add_argument("--file", type=Path)
            parser.add_argument("--prefix", type=Path)
            options, _ = parser.parse_known_args(rest)
            create(options.file, options.prefix)
        case _:
            sys.exit(f"the stand-in for conda does not know: {arguments}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
        status = 0
    except SystemExit as stop:
        print(stop, file=sys.stderr)
        status = 1
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # rattler now and then crashes when the interpreter ends, after its work is done
