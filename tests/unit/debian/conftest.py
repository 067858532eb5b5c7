"""An archive and a store for tests."""

from pathlib import Path

import pytest
from tests.unit.debian.package_store import Store
from tests.unit.debian.signed_archive import SignedArchive


@pytest.fixture
def archive() -> SignedArchive:
    """A signed archive without suites."""
    return SignedArchive()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path)
