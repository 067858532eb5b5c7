"""What expressions may do to the world: messages, store objects, fetching, builds.

The evaluator (`neve._core`) calls a `Host` and nothing else. The store is opened when it is first needed, so that
an expression that needs none starts at once.
"""

from __future__ import annotations

import os

from neve import interruption
from neve._core import parse_flake_ref
from neve.errors import ImportFromDerivationError, NeveError, StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Final, Literal

    from neve._core import DebuggerDecision, DebuggerStop
    from neve.errors import Frame
    from neve.lang.store import EvaluationStore
    from neve.settings import Settings

    Say = Callable[[str, str], None]
    Fetch = Callable[[str, dict[str, Any]], dict[str, Any]]
    Realise = Callable[[list[tuple[str, str]]], dict[tuple[str, str], str]]
    Frames = list[tuple[Frame, str]]
    Debug = Callable[[DebuggerStop, Exception | None, Frames], DebuggerDecision]


class Effects:
    """What the layers above lend to evaluation; each may be missing.

    `fetch(function, arguments)` fetches, `realise([(drv, output)])` builds, `substitute(path)` gets a store path from a
    binary cache (false when none has it), `debug(reason, error, frames)` shows a debugger where evaluation stops;
    without it there are no stops. See `neve._core.Host` for what they return.
    With `is_repairing`, sources and derivations are written even where the store has them.
    """

    __slots__ = ("debug", "fetch", "is_repairing", "realise", "substitute")

    def __init__(
        self,
        *,
        fetch: Fetch | None = None,
        realise: Realise | None = None,
        substitute: Callable[[str], bool] | None = None,
        debug: Debug | None = None,
        is_repairing: bool = False,
    ) -> None:
        self.fetch = fetch
        self.realise = realise
        self.substitute = substitute
        self.debug = debug
        self.is_repairing = is_repairing


class Host:
    """Implements `neve._core.Host` for one store.

    `say(level, text)` gets what the evaluator has to say. With `is_read_only`, store paths are computed and nothing
    is written.
    """

    def __init__(
        self,
        settings: Settings,
        say: Say,
        *,
        store_uri: str | None = None,
        is_read_only: bool = False,
        effects: Effects | None = None,
    ) -> None:
        self._settings: Final = settings
        self._say: Final = say
        self._store_uri: Final = settings.text("store") if store_uri is None else store_uri
        self._store_dir: Final = store_directory(self._store_uri, settings.environment)
        self._is_read_only: Final = is_read_only
        effects = effects or Effects()
        self._is_repairing: Final = effects.is_repairing
        self._debug: Final = effects.debug
        self.is_debugger_quiet = False
        """Whether breakpoints and errors are passed over, as while an input is being completed."""
        self._fetch: Final = effects.fetch
        self._realise: Final = effects.realise
        self._substitute: Final = effects.substitute
        self._store: EvaluationStore | None = None

    @property
    def store(self) -> EvaluationStore:
        """The store that expressions see, opened when it is first needed."""
        if self._store is None:
            from neve.lang.store import open_store

            self._store = open_store(
                self._store_uri, self._settings, is_read_only=self._is_read_only
            )
        return self._store

    def close(self) -> None:
        """Closes the store; it is opened again when it is needed again."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def message(self, level: Literal["trace", "warning", "notice", "info"], text: str, /) -> None:
        """Passes on what the evaluator has to say."""
        self._say(level, text)

    def debug(
        self, reason: DebuggerStop, error: Exception | None, frames: Frames, /
    ) -> DebuggerDecision:
        """Asks whoever debugs."""
        if self._debug is None or self.is_debugger_quiet:
            return "continue"
        return self._debug(reason, error, frames)

    def interrupt(self) -> None:
        """Ends what is being built for an expression."""
        interruption.announce()

    def lookup_path_entry(self, value: str, /) -> str | None:
        """The folder behind an address, `channel:NAME` or `flake:REF` in the lookup path."""
        if value.startswith("flake:"):
            reference = parse_flake_ref(value.removeprefix("flake:"))
            return str(self.fetch("fetchTree", reference)["outPath"])
        return str(self.fetch("fetchTarball", {"url": value})["outPath"])

    def fetch(self, function: str, arguments: dict[str, Any], /) -> dict[str, Any]:
        """Fetches, where this installation can."""
        if self._fetch is None:
            what = (
                arguments.get("url") or arguments.get("fromPath") or arguments.get("type", function)
            )
            raise NeveError(
                f"cannot fetch '{what}': nothing may be fetched here; use a local path in its place"
            )
        return self._fetch(function, arguments)

    def realise(self, drv_outputs: list[tuple[str, str]], /) -> dict[tuple[str, str], str]:
        """Builds outputs, where this installation can."""
        if self._realise is None:
            drv, output = drv_outputs[0]
            raise ImportFromDerivationError(
                f"cannot build '{drv}^{output}' during evaluation: this evaluator builds nothing; build it first"
            )
        if self._settings.flag("trace-import-from-derivation"):
            drv, output = drv_outputs[0]
            self._say(
                "notice",
                f"built '{drv}^{output}' during evaluation due to an import from derivation",
            )
        return self._realise(drv_outputs)

    def is_valid_path(self, store_path: str, /) -> bool:
        """Whether the store has a path."""
        return self.store.is_valid_path(store_path)

    def ensure_path(self, store_path: str, /) -> None:
        """Makes a path valid, from a binary cache if need be; raises `StoreError` when none has it."""
        if self.store.is_valid_path(store_path):
            return
        if self._substitute is None or not self._substitute(store_path):
            raise StoreError(
                f"path '{store_path}' is required, but there is no substituter that can build it"
            )

    def path_references(self, store_path: str, /) -> list[str]:
        """What a path in the store refers to."""
        return sorted(self.store.query_references(store_path))

    def real_store_dir(self) -> str:
        """The folder that holds the store's paths; their own when the store is no local one."""
        from neve.store.opening import find_layout

        try:
            layout = find_layout(self._store_uri, self._settings.environment)
        except StoreError:
            return self._store_dir
        return layout.real_store_dir

    def real_path(self, path: str) -> str:
        """Where a path is: one that is missing may be a path of a store that lies elsewhere."""
        store_dir = f"{self._store_dir}/"
        if not path.startswith(store_dir) or os.path.lexists(path):
            return path
        return f"{self.real_store_dir()}/{path.removeprefix(store_dir)}"

    def add_path(
        self,
        path: str,
        method: Literal["flat", "nar"],
        expected: str,
        kept: frozenset[bytes] | None,
        /,
    ) -> None:
        """Copies a source into the store."""
        from neve.store import Ingestion

        how = Ingestion(method=method, kept=kept, repair=self._is_repairing)
        self.store.add_path(path, how, expected)

    def keep_texts(self, paths: list[str], /) -> set[str]:
        """Keeps derivations and files of `toFile` from being collected; those that are to be written."""
        missing = self.store.keep_paths(paths)
        return set(paths) if self._is_repairing else missing

    def add_texts(self, texts: list[tuple[str, bytes, list[str]]], /) -> None:
        """Writes derivations and files of `toFile`."""
        self.store.add_texts(texts, repair=self._is_repairing)


def store_directory(uri: str, environment: Mapping[str, str]) -> str:
    """The folder that a store's paths are named after, without opening the store."""
    _, _, query = uri.partition("?")
    for parameter in query.split("&"):
        name, _, text = parameter.partition("=")
        if name == "store" and text:
            return os.path.normpath(text)
    if uri.startswith("/") or "root=" in query:
        return "/nix/store"
    directory = environment.get("NIX_STORE_DIR") or environment.get("NIX_STORE") or "/nix/store"
    return os.path.normpath(directory)
