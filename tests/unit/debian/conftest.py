"""An archive for tests."""

import pytest
from tests.unit.debian.signed_archive import SignedArchive


@pytest.fixture
def archive() -> SignedArchive:
    """A signed archive without suites."""
    return SignedArchive()
