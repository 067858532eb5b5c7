"""The packages stand on floors, and imports point downward only (see docs/architecture.md)."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

SOURCE: Final = Path(__file__).parents[2] / "src" / "neve"

FLOORS: Final = {
    "cli": 5,
    "api": 5,
    "testing": 5,
    "system": 4,
    "image": 4,
    "vm": 4,
    "lang": 3,
    "builder": 3,
    "sandbox": 2,
    "fetch": 2,
    "debian": 2,
    "cache": 2,
    "store": 1,
    "ending": 0,
    "errors": 0,
    "interruption": 0,
    "log": 0,
    "named_tuple": 0,
    "process": 0,
    "processor": 0,
    "progress": 0,
    "progress_tree": 0,
    "settings": 0,
    "settings_table": 0,
    "terminal": 0,
    "transfer": 0,
    "transfer_errors": 0,
    "transfer_settings": 0,
    "version": 0,
    "_core": 0,
}
"""Part → floor. Parts of floor 0 may import each other, a part above only from below it and from itself."""


def part_of(module: str) -> str:
    """The part that a module such as `neve.cli.nix` belongs to."""
    return module.split(".")[1] if "." in module else "__init__"


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and module of each import of Neve's own in a file, those for types only among them."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("neve."):
                    yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative import"
            if node.module == "neve":
                for alias in node.names:
                    yield node.lineno, f"neve.{alias.name}"
            elif node.module is not None and node.module.split(".")[0] == "neve":
                yield node.lineno, node.module


FILES: Final = sorted(file for file in SOURCE.rglob("*.py") if file != SOURCE / "__init__.py")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_imports_point_downward(file: Path) -> None:
    """A file imports nothing from its own floor's neighbours or from above."""
    part = file.relative_to(SOURCE).parts[0].removesuffix(".py")
    assert part in FLOORS, f"give '{part}' a floor in {Path(__file__).name}"
    for line, module in imports(file):
        target = part_of(module)
        if target == part:
            continue
        allowed = FLOORS[target] < FLOORS[part] or FLOORS[target] == FLOORS[part] == 0
        assert allowed, (
            f"{file}:{line}: '{part}' (floor {FLOORS[part]}) imports '{module}' (floor {FLOORS[target]})"
        )


def test_only_the_commands_name_the_api_at_the_top() -> None:
    """`import neve` costs nothing: its own file imports lazily."""
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    eager = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert eager == []


STARTERS: Final = {
    ("os", "popen"),
    ("os", "posix_spawn"),
    ("os", "system"),
    *(("subprocess", name) for name in ("Popen", "call", "check_call", "check_output", "run")),
}


def test_processes_start_in_one_place() -> None:
    """No file but `process.py` starts a program by the standard library's own means."""
    for file in FILES:
        if file == SOURCE / "process.py":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = node.func
                if isinstance(called.value, ast.Name):
                    name = (called.value.id, called.attr)
                    assert name not in STARTERS, f"{file}:{node.lineno}: use neve.process"
