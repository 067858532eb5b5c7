"""Configurations of the kind that people publish: each becomes a system."""

from pathlib import Path

import pytest

import neve

NIXPKGS = Path(__file__).parents[3] / "nixpkgs"
FOLDER = Path(__file__).parent / "configurations"
NAMES = sorted(path.stem for path in FOLDER.glob("*.nix") if path.stem != "hardware")


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("name", NAMES)
def test_a_configuration_becomes_a_system(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every option that it sets exists, its assertions hold, and all of its packages are there."""
    monkeypatch.delenv("NIXOS_CONFIG", raising=False)
    source = f"""
        (import {NIXPKGS}/nixos {{ configuration = {FOLDER}/{name}.nix; system = "x86_64-linux"; }}).system.drvPath
    """
    evaluator = neve.Evaluator(settings={}, read_only=True)
    assert "-nixos-system-" in neve.to_python(evaluator.evaluate(source))
