"""A copy of the project in a folder of its own, to run Snakemake in and to change things."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

# Rules that there are once per batch, or once per table of the manuscript.
BATCH_RULES = "segment_batch|extract_features|extract_variants|extract_controls|deep_features|write_table"
PARTS = ("Snakefile", "LICENSE", "requirements.lock", "workflow", "config", "envs", "profiles")


class Project:
    """The workflow in a working directory of its own.

    Args:
        root: the repository.
        folder: where the copy goes.
    """

    def __init__(self, root: Path, folder: Path):
        self.folder = folder
        for part in PARTS:
            source = root / part
            if source.is_symlink():
                (folder / part).symlink_to(source.readlink())
            elif source.is_dir():
                shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / part)

    def snakemake(
        self, *arguments: str, cores: int = 2, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess:
        """Run snakemake and return what it said, standard output and error together."""
        return subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", str(cores), *arguments],
            cwd=self.folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def run(self, *arguments: str, environment: dict[str, str] | None = None) -> str:
        """Run snakemake; an error fails the test with the output."""
        done = self.snakemake(*arguments, environment=environment)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def planned(self, *arguments: str) -> dict[str, int]:
        """How many jobs of each rule Snakemake would run; batch rules are counted under one name."""
        text = self.run("--dry-run", *arguments)
        jobs: dict[str, int] = {}
        for name, count in re.findall(r"^([a-z_]+\w*)\s+(\d+)$", text.split("Job stats:")[-1], flags=re.MULTILINE):
            family = re.sub(rf"^({BATCH_RULES})_\w+$", r"\1", name)
            if family not in ("total", "all"):
                jobs[family] = jobs.get(family, 0) + int(count)
        return jobs

    def edit(self, path: str, old: str, new: str) -> Edit:
        """Change a text file for the length of a with block."""
        return Edit(self.folder / path, old, new)


class Edit:
    """Replace text in a file; put the old content and times back afterwards."""

    def __init__(self, path: Path, old: str, new: str):
        self.path, self.old, self.new = path, old, new

    def __enter__(self) -> Path:
        self.before = self.path.read_text(encoding="utf-8")
        self.times = self.path.stat()
        assert self.old in self.before, f"{self.old!r} is not in {self.path}"
        self.path.write_text(self.before.replace(self.old, self.new, 1), encoding="utf-8")
        return self.path

    def __exit__(self, *_) -> None:
        import os

        self.path.write_text(self.before, encoding="utf-8")
        os.utime(self.path, ns=(self.times.st_atime_ns, self.times.st_mtime_ns))
