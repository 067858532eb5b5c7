"""Who builders are on the host.

Root gives every builder a user of its own: a member of the group `build-users-group` where there is one (as a
multi-user installation of Nix has), else ids from a range that no account uses. Each is locked by a file while it is in
use, the same files that C++ Nix locks. Anybody else builds as themselves.
"""

import contextlib
import fcntl
import grp
import os
import pwd
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from neve.errors import SandboxError

IDS_PER_SLOT: Final = 65536


@dataclass(frozen=True)
class Identity:
    """Who a builder is on the host."""

    uid: int
    gid: int
    is_own: bool
    """Whether they are the ids of this process, which then has no power to take on others."""
    groups: tuple[int, ...] = ()
    """Supplementary groups, where it may have any."""


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """The settings of the same names."""

    build_users_group: str = ""
    must_have_group: bool = False
    """Whether the user named the group, so that it has to exist."""
    auto_allocate_uids: bool = False
    start_id: int = 872415232
    id_count: int = 8388608


@dataclass(slots=True)
class Lease:
    """An identity that is nobody else's until it is released."""

    identity: Identity
    _lock: int | None = None

    def release(self) -> None:
        """Lets others have it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


class Identities:
    """The identities that builders of this process may have."""

    def __init__(self, state_dir: str, settings: IdentitySettings) -> None:
        """`state_dir` holds the lock files."""
        self._state_dir: Final = state_dir
        self._settings: Final = settings

    def acquire(self, *, is_sandboxed: bool) -> Lease | None:
        """An identity for one build; nothing when all are in use. Raises `SandboxError`.

        Ids from the range own nothing on the host, so only a sandbox can be given to them.
        """
        own = Identity(os.geteuid(), os.getegid(), is_own=True)
        if own.uid != 0:
            return Lease(own)
        group = None if self._settings.auto_allocate_uids else self._find_group()
        if group is not None:
            return self._acquire_member(group)
        if not is_sandboxed or not self._can_map_range():
            return Lease(own)
        return self._acquire_slot()

    def _find_group(self) -> grp.struct_group | None:
        name = self._settings.build_users_group
        if not name:
            return None
        try:
            return grp.getgrnam(name)
        except KeyError:
            if not self._settings.must_have_group:
                return None
            raise SandboxError(
                f"the group '{name}' specified in 'build-users-group' does not exist"
            ) from None

    def _acquire_member(self, group: grp.struct_group) -> Lease | None:
        if not group.gr_mem:
            raise SandboxError(f"the build users group '{group.gr_name}' has no members")
        for name in group.gr_mem:
            try:
                user = pwd.getpwnam(name)
            except KeyError:
                raise SandboxError(
                    f"the user '{name}' in the group '{group.gr_name}' does not exist"
                ) from None
            if user.pw_uid == 0:
                raise SandboxError(f"root must not be a member of '{group.gr_name}'")
            lock = self._try_lock("userpool", str(user.pw_uid))
            if lock is not None:
                groups = set(os.getgrouplist(name, user.pw_gid)) - {group.gr_gid}
                identity = Identity(
                    user.pw_uid, group.gr_gid, is_own=False, groups=(*sorted(groups),)
                )
                return Lease(identity, lock)
        return None

    def _acquire_slot(self) -> Lease | None:
        for slot in range(self._settings.id_count // IDS_PER_SLOT):
            lock = self._try_lock("userpool2", f"slot-{slot}")
            if lock is None:
                continue
            uid = self._settings.start_id + slot * IDS_PER_SLOT
            with contextlib.suppress(KeyError):
                account = pwd.getpwuid(uid).pw_name
                os.close(lock)
                raise SandboxError(
                    f"auto-allocated UID {uid} clashes with existing user account '{account}'; "
                    "set 'start-id' to the first of a range of ids that are free"
                )
            return Lease(Identity(uid, uid, is_own=False), lock)
        return None

    def _can_map_range(self) -> bool:
        """Whether the ids exist here: a container's user namespace may have few."""
        first = self._settings.start_id
        last = first + self._settings.id_count
        return all(
            any(start <= first and last <= start + count for start, count in _read_map(name))
            for name in ("uid_map", "gid_map")
        )

    def _try_lock(self, folder: str, name: str) -> int | None:
        directory = f"{self._state_dir}/{folder}"
        path = f"{directory}/{name}"
        try:
            os.makedirs(directory, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SandboxError(f"opening user lock '{path}': {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor


def _read_map(name: str) -> Iterator[tuple[int, int]]:
    """First id and count of each range of this user namespace."""
    with open(f"/proc/self/{name}", encoding="ascii") as stream:
        for line in stream:
            inside, _, count = line.split()
            yield int(inside), int(count)
