"""Where the parts of a local store lie."""

from __future__ import annotations

import os

from neve.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Final, Self

DEFAULT_STORE_DIR: Final = "/nix/store"
DEFAULT_STATE_DIR: Final = "/nix/var/nix"
DEFAULT_LOG_DIR: Final = "/nix/var/log/nix"


class Layout(NamedTuple):
    """The folders of a local store; all are absolute and without a trailing slash.

    `store_dir` is the name that store paths carry, `real_store_dir` the folder that holds them: they differ for a
    store below a root directory of its own, whose paths are seen under their names inside a mount namespace only.
    """

    store_dir: str = DEFAULT_STORE_DIR
    real_store_dir: str = DEFAULT_STORE_DIR
    state_dir: str = DEFAULT_STATE_DIR
    log_dir: str = DEFAULT_LOG_DIR

    @classmethod
    def below(cls, root: str | Path, *, store_dir: str = DEFAULT_STORE_DIR) -> Self:
        """The store inside `root`: paths are named `<store_dir>/…` and lie in `<root>/nix/store`."""
        base = os.path.abspath(root).rstrip("/")
        return cls(
            store_dir=store_dir,
            real_store_dir=f"{base}/nix/store",
            state_dir=f"{base}/nix/var/nix",
            log_dir=f"{base}/nix/var/log/nix",
        )

    @classmethod
    def system(cls, environment: Mapping[str, str]) -> Self:
        """The store in `/nix`, or where `NIX_STORE_DIR`, `NIX_STATE_DIR` and `NIX_LOG_DIR` say."""
        store_dir = _directory(
            environment.get("NIX_STORE_DIR") or environment.get("NIX_STORE") or DEFAULT_STORE_DIR
        )
        return cls(
            store_dir=store_dir,
            real_store_dir=store_dir,
            state_dir=_directory(environment.get("NIX_STATE_DIR") or DEFAULT_STATE_DIR),
            log_dir=_directory(environment.get("NIX_LOG_DIR") or DEFAULT_LOG_DIR),
        )

    @property
    def is_relocated(self) -> bool:
        """Whether paths lie elsewhere than their names say."""
        return self.store_dir != self.real_store_dir

    @property
    def database_dir(self) -> str:
        """Holds `db.sqlite`, `big-lock`, `schema` and `reserved`."""
        return f"{self.state_dir}/db"

    @property
    def links_dir(self) -> str:
        """Holds one hard link for each distinct file of an optimised store, named after its hash."""
        return f"{self.real_store_dir}/.links"

    @property
    def temp_roots_dir(self) -> str:
        """Holds one file for each process that keeps paths from being collected."""
        return f"{self.state_dir}/temproots"

    @property
    def gc_roots_dir(self) -> str:
        """Holds links to what is to be kept."""
        return f"{self.state_dir}/gcroots"

    @property
    def profiles_dir(self) -> str:
        """Holds the system's profiles."""
        return f"{self.state_dir}/profiles"

    @property
    def gc_lock(self) -> str:
        """Held exclusively by a garbage collection, shared by whoever adds a temporary root."""
        return f"{self.state_dir}/gc.lock"

    @property
    def gc_socket(self) -> str:
        """Where a running garbage collection is told of new temporary roots."""
        return f"{self.state_dir}/gc-socket/socket"

    @property
    def builds_dir(self) -> str:
        """Where builders work, unless the setting `build-dir` says otherwise."""
        return f"{self.state_dir}/builds"

    def real_path(self, path: str) -> str:
        """Where a store path, or a file below one, lies on this machine."""
        if not self.is_relocated:
            return path
        return self.real_store_dir + path[len(self.store_dir) :]


def _directory(path: str) -> str:
    return os.path.abspath(path)
