"""Where a run of the driver keeps the state of its machines."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from test_driver.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from test_driver.logger import Logger

_LONGEST_SOCKET_ROOT: Final = 70
"""A Unix socket's path has at most 107 bytes, the machine's name and the socket's included."""

_SCRATCH_PREFIX: Final = "nixos-test-driver-"


@dataclass
class Places:
    """Folders of one run: `state_root` has `vm-state-<name>` for each machine; the rest is this run's alone."""

    state_root: Path
    out_dir: Path
    scratch: Path
    """For sockets and what machines share; removed at the end, or by the next run when this one is killed."""
    keeps_state: bool = False
    _locks: list[TextIO] = field(default_factory=list)
    _scratch_lock: int | None = None

    @classmethod
    def claim(
        cls, names: Iterable[str], out_dir: Path, logger: Logger, *, keeps_state: bool
    ) -> Places:
        """The usual folders, or ones of its own when another run uses the state of a machine of the same name.

        Raises `ConfigurationError` when the output folder cannot be written, or when state is to be kept but in use.
        """
        if not out_dir.is_dir() or not os.access(out_dir, os.W_OK | os.X_OK):
            raise ConfigurationError(f"the output folder {out_dir} must exist and be writable")
        usual = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
        locks = _lock_all(usual, names)
        if locks is None and keeps_state:
            raise ConfigurationError(
                f"another run uses the state of these machines in {usual}: "
                "end it, or leave --keep-machine-state out"
            )
        _sweep(_short(usual))
        scratch, scratch_lock = _make_scratch(_short(usual))
        if locks is None:
            logger.warning(f"another run uses machines of these names: state is in {scratch}")
        root = scratch if locks is None else usual
        places = cls(root, out_dir.absolute(), scratch, keeps_state, locks or [], scratch_lock)
        places.shared_dir.mkdir()
        return places

    @property
    def shared_dir(self) -> Path:
        """What every machine has as `/tmp/shared`."""
        return self.scratch / "shared-xchg"

    def state_dir(self, name: str) -> Path:
        """The folder of the machine `name`."""
        return self.state_root / f"vm-state-{name}"

    def sockets_dir(self, name: str) -> Path:
        """Where the sockets of the machine `name` can be: its state, unless that path is too long for sockets."""
        state = self.state_dir(name)
        if len(os.fsencode(state)) <= _LONGEST_SOCKET_ROOT:
            return state
        folder = self.scratch / name[:20]
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def release(self) -> None:
        """Remove what is this run's alone, and let others use the state."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        if self._scratch_lock is not None:
            os.close(self._scratch_lock)
            self._scratch_lock = None
        for lock in self._locks:
            Path(lock.name).unlink(missing_ok=True)
            lock.close()
        self._locks.clear()


def _short(folder: Path) -> Path:
    is_short = len(os.fsencode(folder)) <= _LONGEST_SOCKET_ROOT - 30
    return folder if is_short else Path("/tmp")  # noqa: S108 - mkdtemp makes a private folder there


def _make_scratch(root: Path) -> tuple[Path, int]:
    """A new folder in `root`, and the descriptor whose lock on it lasts as long as this process."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_SCRATCH_PREFIX, dir=root))
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        # Another run swept it away before it was locked.
        os.close(lock)


def _sweep(root: Path) -> None:
    """Remove what runs left that were killed: no process has a lock on their folders."""
    for folder in root.glob(f"{_SCRATCH_PREFIX}*"):
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            if os.fstat(lock).st_uid == os.geteuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(lock)


def _lock_all(root: Path, names: Iterable[str]) -> list[TextIO] | None:
    """Locks for the state of every machine; `None` when one of them is taken."""
    locks: list[TextIO] = []
    for name in names:
        lock = _lock(root / f"vm-state-{name}")
        if lock is None:
            for taken in locks:
                taken.close()
            return None
        locks.append(lock)
    return locks


def _lock(state: Path) -> TextIO | None:
    """A lock on the folder `state`, or `None` when another run has it or another user left it."""
    path = state.with_name(f"{state.name}.lock")
    try:
        if state.lstat().st_uid != os.geteuid():
            return None
    except FileNotFoundError:
        pass
    while True:
        try:
            lock = open(path, "w", opener=_open_own)  # noqa: SIM115 - held until the run ends
        except OSError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # A run that ends removes its lock: this may be the removed one, which nobody else would heed.
            if os.path.samestat(path.lstat(), os.fstat(lock.fileno())):
                return lock
        except BlockingIOError:
            lock.close()
            return None
        except FileNotFoundError:
            pass
        lock.close()


def _open_own(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
