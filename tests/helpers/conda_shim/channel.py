"""A conda channel on disk, made from what this machine has: its Python and its pip."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import tarfile
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath

SITE_PACKAGES = "lib/python3.11/site-packages"


def build_channel(folder: Path) -> None:
    """Write a channel with the packages python, pip and an empty c-compiler (the machine's own is used)."""
    version = ".".join(map(str, sys.version_info[:3]))
    records = dict(
        [
            _package(folder, "python", version, _python(version)),
            _package(folder, "pip", distribution("pip").version, _installed("pip"), ["python 3.11.*"]),
            _package(folder, "c-compiler", "1.0", {"share/c-compiler.txt": b"the machine's own\n"}),
        ]
    )
    for platform, packages in (("linux-64", records), ("noarch", {})):
        (folder / platform).mkdir(exist_ok=True)
        content = {"info": {"subdir": platform}, "packages": packages, "packages.conda": {}, "repodata_version": 1}
        (folder / platform / "repodata.json").write_text(json.dumps(content), encoding="utf-8")


def _python(version: str) -> dict[str, bytes | PurePosixPath]:
    """A prefix with the machine's interpreter, laid out like a virtual environment."""
    interpreter = Path(os.path.realpath(sys.executable))
    settings = f"home = {interpreter.parent}\ninclude-system-site-packages = false\nversion = {version}\n"
    return {
        "bin/python3.11": PurePosixPath(interpreter),
        "bin/python3": PurePosixPath("python3.11"),
        "bin/python": PurePosixPath("python3.11"),
        "pyvenv.cfg": settings.encode(),
        f"{SITE_PACKAGES}/README.txt": b"the machine's own interpreter\n",
    }


def _installed(name: str) -> dict[str, bytes | PurePosixPath]:
    """The files of a package of the running environment."""
    return {
        f"{SITE_PACKAGES}/{file}": file.locate().read_bytes()
        for file in distribution(name).files
        if ".." not in file.parts and file.suffix != ".pyc"
    }


def _package(
    folder: Path, name: str, version: str, files: dict[str, bytes | PurePosixPath], depends: list[str] | None = None
) -> tuple[str, dict]:
    """Write one package; bytes become a file, a path becomes a link to it."""
    index = {
        "name": name,
        "version": version,
        "build": "0",
        "build_number": 0,
        "depends": depends or [],
        "subdir": "linux-64",
    }
    paths = [
        {
            "_path": path,
            "path_type": "hardlink" if isinstance(content, bytes) else "softlink",
            "sha256": hashlib.sha256(content if isinstance(content, bytes) else b"").hexdigest(),
            "size_in_bytes": len(content) if isinstance(content, bytes) else 0,
        }
        for path, content in sorted(files.items())
    ]
    about = {
        "info/index.json": json.dumps(index).encode(),
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}).encode(),
        "info/files": "".join(f"{path}\n" for path in sorted(files)).encode(),
    }
    archive = folder / "linux-64" / f"{name}-{version}-0.tar.bz2"
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w:bz2", compresslevel=1) as tar:
        for path, content in {**about, **files}.items():
            member = tarfile.TarInfo(path)
            if isinstance(content, bytes):
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
            else:
                member.type, member.linkname = tarfile.SYMTYPE, str(content)
                tar.addfile(member)
    raw = archive.read_bytes()
    return archive.name, {
        **index,
        "md5": hashlib.md5(raw).hexdigest(),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "size": len(raw),
    }
