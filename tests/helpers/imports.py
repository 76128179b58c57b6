"""What Python files import, read from their syntax trees without running them."""

from __future__ import annotations

import ast
import sys
from pathlib import Path


def package_modules(root: Path) -> dict[str, Path]:
    """Every module of osteon with its file."""
    library = root / "workflow" / "lib"
    modules = {}
    for file in sorted((library / "osteon").rglob("*.py")):
        parts = file.relative_to(library).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return modules


def imported_modules(file: Path) -> set[str]:
    """Names of all modules that a file imports anywhere in it.

    An import from osteon is listed with what it takes (`osteon.images.masks.union`), because the text
    alone does not tell whether `from osteon.images import masks` takes a module or a function.
    """
    return _imported(file.read_text(encoding="utf-8"))


def imported_by_rules(file: Path) -> set[str]:
    """The same for a rule file, which Python alone cannot read: its import lines."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith(("import ", "from "))]
    return _imported("\n".join(lines))


def packages_behind(modules: set[str], root: Path) -> set[str]:
    """Top-level names of all packages from outside that modules need, directly or through osteon."""
    files = package_modules(root)
    outside: set[str] = set()
    seen: set[str] = set()
    waiting = set(modules)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        top = name.split(".")[0]
        if top != "osteon":
            outside.add(top)
            continue
        while name not in files:  # what was taken is a function or a class
            name = name.rpartition(".")[0]
        waiting |= imported_modules(files[name])
    return outside - set(sys.stdlib_module_names)


def _imported(text: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(_WithoutAnnotations().visit(ast.parse(text))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not used"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= inner if node.module.split(".")[0] == "osteon" else {node.module}
    return names


class _WithoutAnnotations(ast.NodeTransformer):
    """Drops what is imported for type checkers alone."""

    def visit_If(self, node: ast.If) -> ast.If | None:
        return None if ast.unparse(node.test) == "TYPE_CHECKING" else self.generic_visit(node)
