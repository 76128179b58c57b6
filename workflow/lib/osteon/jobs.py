"""Where the package meets Snakemake: the start of a job and the fingerprint of its code.

This is the only module that sees Snakemake's object.
"""

from __future__ import annotations

import ast
import hashlib
import json
import logging
import os
import re
import sys
import sysconfig
import traceback
from functools import cache
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[1]
SCRIPTS = LIBRARY.parent / "scripts"

# Not part of a fingerprint: settings reach a rule through its params, whatever model they came from, and the
# sentences that explain a mistake or a reason code change no result. What reads tables (config.sheets) counts.
NOT_FINGERPRINTED = (
    *(
        f"osteon.config.{name}"
        for name in (
            *(
                "analysis",
                "base",
                "cohort",
                "controls",
                "delivery",
                "features",
                "harmonisation",
                "imaging",
                "modelling",
            ),
            *("presets", "segmentation", "selection"),
        )
    ),
    "osteon.config.study",
    "osteon.config.explain",
    "osteon.tables.explanations",
    "osteon.tables.reasons",
    "osteon.jobs",
)


# Inputs of these kinds are hashed in a job's record; images have hashes of their own in the records of their cases.
HASHED = (".tsv", ".csv", ".json", ".yaml", ".yml", ".xlsx")


def start_job(snakemake) -> logging.Logger:
    """Begin a script: environment sealed, threads set, log file open, tracebacks logged.

    Must be the first statement of every script, before numpy is imported: Snakemake forwards
    the host's import path to the job, where a package of another environment would be found
    silently; and thread limits only count if they are set before the numeric libraries load.

    Args:
        snakemake: the object that Snakemake gives to a script.

    Returns:
        The job's logger, which writes to the rule's log file and to standard error.
    """
    seal_import_path()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"):
        os.environ[name] = str(snakemake.threads)
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # waiting threads sleep; spinning ones stall jobs that share the cores
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setLevel(logging.INFO)
    terminal.setFormatter(logging.Formatter(f"{snakemake.rule}: %(message)s"))
    handlers: list[logging.Handler] = [terminal]
    if snakemake.log:
        Path(snakemake.log[0]).parent.mkdir(parents=True, exist_ok=True)
        record_job(snakemake)
        file = logging.FileHandler(snakemake.log[0], mode="w", encoding="utf-8")
        file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S"))
        handlers.append(file)
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    logging.getLogger("osteon").setLevel(logging.DEBUG)
    logger = logging.getLogger("osteon.jobs")

    def log_exception(kind, value, trace) -> None:
        logger.error("%s", "".join(traceback.format_exception(kind, value, trace)))

    sys.excepthook = log_exception
    logger.debug("python %s at %s", sys.version.split()[0], sys.prefix)
    return logger


def record_job(snakemake) -> None:
    """Write beside a job's log, as .json, what it was told and from what: the report traces numbers with it.

    Rule, wildcards, inputs (with SHA-256 where they are tables, as they were when the job started), outputs, settings
    (params), fingerprint of the code. There is no time in it, so the same job gives the same bytes.
    """
    settings = {name: value for name, value in snakemake.params.items() if name != "code"}
    record = {
        "rule": snakemake.rule,
        "wildcards": dict(snakemake.wildcards.items()),
        "inputs": {path: _sha256(path) for path in map(str, snakemake.input)},
        "outputs": [str(path) for path in snakemake.output],
        "settings": settings,
        "code": snakemake.params.get("code"),
    }
    path = Path(snakemake.log[0]).with_suffix(".json")
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def _sha256(path: str) -> str | None:
    if not path.endswith(HASHED) or not Path(path).is_file():
        return None
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal_import_path() -> None:
    """Drop every entry of the import path that belongs to another Python environment.

    Kept are the running environment's own standard library and site-packages, and folders
    that belong to no environment (the package, the script's folder).
    """
    prefix = Path(sys.prefix).resolve()
    standard = Path(sysconfig.get_paths()["stdlib"]).resolve()

    def foreign(entry: str) -> bool:
        path = Path(entry).resolve()
        if path.is_relative_to(prefix) or path in (standard, standard / "lib-dynload"):
            return False
        return any(
            part in ("site-packages", "dist-packages") or re.fullmatch(r"python3\.\d+", part) for part in path.parts
        )

    sys.path[:] = [entry for entry in sys.path if not foreign(entry)]


def code_of(script: str) -> str:
    """Fingerprint of the code that a script relies on, for a rule's params.

    Snakemake sees a change of the script file but not of the package behind it. This is the hash of
    the syntax trees of all osteon modules that the script imports, directly or not, and of the data
    files beside a module that it names. Comments, blank lines and docstrings do not count; logic does.

    Args:
        script: name of the script without '.py'.

    Returns:
        Sixteen hexadecimal digits.

    Raises:
        FileNotFoundError: there is no such script.
    """
    names = modules_behind(SCRIPTS / f"{script}.py")
    text = "\n".join(f"{name} {_tree_hash(_module_file(name))}" for name in sorted(names))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def modules_behind(source: Path) -> set[str]:
    """Names of the osteon modules that a file imports, directly or through others."""
    found: set[str] = set()
    waiting = list(_imports(source))
    while waiting:
        name = waiting.pop()
        if name not in found and not name.startswith(NOT_FINGERPRINTED):
            found.add(name)
            waiting.extend(_imports(_module_file(name)))
    return found


@cache
def _imports(source: Path) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("osteon"):
            # `from osteon.images import masks` names a module, `from osteon.images.masks import union` a function
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name for name in inner if _module_file(name).exists()} or {node.module}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name.startswith("osteon.")}
    return frozenset(names)


def _module_file(name: str) -> Path:
    path = LIBRARY.joinpath(*name.split("."))
    # a module may have a folder of data of its own name
    return path / "__init__.py" if (path / "__init__.py").exists() else path.with_suffix(".py")


@cache
def _tree(source: Path) -> ast.Module:
    return ast.parse(source.read_text(encoding="utf-8"))


@cache
def _tree_hash(source: Path) -> str:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        documented = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        if documented and ast.get_docstring(node, clean=False) is not None:
            node.body[0].value.value = ""
    digest = hashlib.sha256(ast.dump(tree).encode())
    for file in _named_data(tree, source.parent):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _named_data(tree: ast.Module, folder: Path) -> list[Path]:
    """Data files in a module's folder whose name, or whose folder's name, is written in the module."""
    names = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    entries = sorted(entry for entry in folder.iterdir() if entry.name in names)
    named = [entry for entry in entries if not (entry / "__init__.py").exists()]
    files = [file for entry in named for file in (sorted(entry.rglob("*")) if entry.is_dir() else [entry])]
    return [file for file in files if file.is_file() and file.suffix not in (".py", ".pyc")]
