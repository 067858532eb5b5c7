"""What tests of the module set share."""

from pathlib import Path

import pytest

NIXPKGS = Path(__file__).parents[3] / "nixpkgs"


@pytest.fixture
def packages() -> None:
    """For what needs packages; `make test-python` makes the index that they come from."""
    if not (NIXPKGS / "index" / "x86_64-linux").exists():
        pytest.skip("the package set has no index of Debian's archive here: run make index")
