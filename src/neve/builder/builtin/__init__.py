"""Builders that run inside this process: a derivation names them as `builtin:NAME`.

Each is a module with a function `build(context)` that writes the outputs. A new one is a module and a line here.
"""

import importlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from neve._core import Derivation
from neve.errors import NeveError
from neve.fetch.addresses import OpenUrl
from neve.log import Activity
from neve.store import Store

_MODULES: Final = {
    "buildenv": "neve.builder.builtin.buildenv",
    "debian": "neve.builder.builtin.debian",
    "fetchurl": "neve.builder.builtin.fetchurl",
    "unpack-channel": "neve.builder.builtin.unpack_channel",
}
"""Name → module, imported when it is first needed."""


class BuiltinError(NeveError):
    """A builtin builder cannot make its outputs."""


@dataclass(slots=True)
class BuiltinContext:
    """What a builtin builder works with."""

    store: Store
    derivation: Derivation
    path: str
    """The derivation's own."""
    outputs: Mapping[str, str]
    """Output name → the file name to write it to; nothing is there yet."""
    folder: str
    """An empty folder for its own use."""
    open_url: OpenUrl
    hashed_mirrors: tuple[str, ...]
    debian_mirror: str
    """The setting; empty for the mirror that apt uses."""
    debian_snapshot: str
    """The snapshot service; empty for none."""
    activity: Activity
    """Where progress is reported; its logger takes messages."""
    say: Callable[[str], None]
    """Adds a line to the build log."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when nobody wants the outputs any more."""

    def attribute(self, name: str) -> str:
        """A variable of the derivation; raises `BuiltinError` when it is missing."""
        value = self.derivation.env.get(name)
        if value is None:
            raise BuiltinError(f"attribute '{name}' missing")
        return value

    def check_stop(self) -> None:
        """Raises `BuiltinError` when the build was given up; called now and then in long work."""
        if self.stop.is_set():
            raise BuiltinError("interrupted")


def find_builtin(builder: str) -> Callable[[BuiltinContext], None] | None:
    """The function behind `builtin:NAME`; nothing for an unknown name."""
    module = _MODULES.get(builder.removeprefix("builtin:"))
    if module is None:
        return None
    build: Callable[[BuiltinContext], None] = importlib.import_module(module).build
    return build
