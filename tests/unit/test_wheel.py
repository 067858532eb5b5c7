"""What an installed Neve consists of."""

import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_wheel_holds_the_package_set() -> None:
    """Every file of `nixpkgs/` is included below the package, where the embedded channel looks for it."""
    source = ROOT / PROJECT["tool"]["maturin"]["python-source"]
    included = {
        file.relative_to(source)
        for entry in PROJECT["tool"]["maturin"]["include"]
        for file in ROOT.glob(entry["path"])
        if file.is_file()
    }
    tree = ROOT / "nixpkgs"
    wanted = {
        Path("neve/nixpkgs") / file.relative_to(tree)
        for file in tree.rglob("*")
        if file.is_file() and file.relative_to(tree).parts[0] != "index"
    }
    assert Path("neve/nixpkgs/default.nix") in wanted
    assert wanted <= included


def test_programs_exist() -> None:
    """Every command that is installed is a function of the package."""
    for target in PROJECT["project"]["scripts"].values():
        module, _, function = target.partition(":")
        assert callable(getattr(import_module(module), function)), target
