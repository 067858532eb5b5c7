"""Sessions that see nothing of the machine's configuration."""

from collections.abc import Callable

import pytest

from neve.lang.session import Session
from neve.settings import Settings

MakeSession = Callable[..., Session]


@pytest.fixture
def make_session() -> MakeSession:
    """Makes a session that writes nothing and hears no channels; keyword arguments are those of `Session`."""

    def make(text: str = "", **options: object) -> Session:
        settings = Settings({"HOME": "/homeless", "NIX_STATE_DIR": "/stateless"})
        settings.apply(text, "test.conf")
        arguments: dict[str, object] = {"is_read_only": True, "say": lambda *_: None, **options}
        return Session(settings, **arguments)  # type: ignore[arg-type]

    return make
