"""One derivation on its way through a build: what is known of it, its locks, and the folders it works in."""

import contextlib
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from neve import _core
from neve._core import Derivation
from neve.builder.goals import Mode
from neve.builder.kinds import Kind, is_builtin, output_path_name
from neve.builder.options import DerivationOptions
from neve.errors import StoreError
from neve.sandbox.identity import Lease
from neve.store import Store
from neve.store.locks import PathLocks
from neve.store.paths import base_name, hash_part, name_part
from neve.store.removal import remove_path

_NO_HASH: Final = bytes(32)


@dataclass(slots=True)
class Job:
    """A derivation that is being built."""

    store: Store
    path: str
    derivation: Derivation
    kind: Kind
    options: DerivationOptions
    mode: Mode
    inputs: frozenset[str]
    """Everything the builder may see: the closure of its inputs."""
    known: Mapping[str, str]
    """Outputs whose final path is known, with that path."""
    valid: frozenset[str]
    """Outputs that exist already, undamaged."""
    is_sandboxed: bool
    locks: PathLocks
    lease: Lease | None = None
    scratch: dict[str, str] = field(default_factory=dict)
    """Output name → the store path that the builder is told to make."""
    rewrites: dict[str, str] = field(default_factory=dict)
    """What is replaced in everything that the builder is given."""
    folders: "Folders | None" = None

    @property
    def is_builtin(self) -> bool:
        """Whether no process is started for it."""
        return is_builtin(self.derivation)

    @property
    def wanted(self) -> list[str]:
        """The outputs that this build is to make."""
        names = sorted(self.derivation.outputs)
        if self.mode is Mode.CHECK:
            return names
        return [name for name in names if name not in self.valid]

    def choose_scratch_paths(self) -> None:
        """Decides where the builder writes each output.

        In a sandbox nothing is in the way of the final path. Outside, valid outputs are, so the builder is given other
        paths, and what it wrote is rewritten afterwards. Paths that depend on the contents are replaced in any case.
        """
        for name in sorted(self.derivation.outputs):
            final = self.known.get(name)
            scratch = final if final is not None else self._placeholder_path(name)
            if final is not None and not self.is_sandboxed and self._is_in_the_way(name, final):
                scratch = self._redirected_path(final)
                self.rewrites[hash_part(final)] = hash_part(scratch)
            self.scratch[name] = scratch
            self.rewrites[_core.placeholder(name)] = scratch

    def real_scratch_path(self, name: str) -> str:
        """Where an output appears on this machine."""
        scratch = self.scratch[name]
        if self.is_sandboxed and self.folders is not None:
            return f"{self.folders.output_dir}/{base_name(scratch)}"
        return self.store.real_path(scratch)

    def _is_in_the_way(self, name: str, final: str) -> bool:
        if name in self.valid:
            return True
        return self.mode is Mode.REPAIR and os.path.lexists(self.store.real_path(final))

    def _placeholder_path(self, output: str) -> str:
        kind = f"rewrite:{base_name(self.path)}:name:{output}"
        name = output_path_name(self.derivation.name, output)
        return _core.make_store_path(kind, _NO_HASH, name, self.store.store_dir)

    def _redirected_path(self, final: str) -> str:
        kind = f"rewrite:{base_name(self.path)}:{base_name(final)}"
        return _core.make_store_path(kind, _NO_HASH, name_part(final), self.store.store_dir)


def lock_targets(
    store: Store, path: str, known: Mapping[str, str], outputs: Mapping[str, object]
) -> list[str]:
    """The files whose locks keep others from building the same: one for each output."""
    return [
        store.real_path(known[name]) if name in known else f"{store.real_path(path)}.{name}"
        for name in outputs
    ]


class Folders:
    """The folders of one build: named first, made for it, removed after it."""

    def __init__(self, job: Job, parent: str, build_dir: str) -> None:
        """Chooses names below `parent` and in the store; `build_dir` is the working folder inside a sandbox."""
        self._parent: Final = parent
        self._is_made = False
        self._keeps_build_dir = False
        self._chroot: str | None = None
        self.output_dir = job.store.layout.real_store_dir
        self.root = ""
        self.temporary_dir = ""
        self.top: Final = f"{parent}/nix-{os.getpid()}-{secrets.randbits(32)}"
        self.host_build_dir: Final = f"{self.top}/build" if job.is_sandboxed else self.top
        self.build_dir: Final = build_dir if job.is_sandboxed else self.top
        if job.is_sandboxed:
            # A name that garbage collectors leave alone while the derivation is a temporary root.
            self._chroot = f"{job.store.real_path(job.path)}.chroot"
            self.root = f"{self._chroot}/root"
            self.output_dir = f"{self._chroot}/store"
            self.temporary_dir = f"{self._chroot}/temporary"

    def make(self, job: Job) -> None:
        """Makes them; raises `StoreError`."""
        self._is_made = True
        try:
            os.makedirs(self._parent, 0o755, exist_ok=True)
            os.mkdir(self.top, 0o700)
            if self._chroot is not None:
                os.mkdir(self.host_build_dir, 0o700)
                self._make_chroot(job, self._chroot)
            self._give(job, self.host_build_dir)
        except OSError as error:
            self.remove()
            raise StoreError(
                f"cannot make the folders for a build: {error.strerror}: '{error.filename}'"
            ) from error

    def _make_chroot(self, job: Job, chroot: str) -> None:
        remove_path(chroot)
        os.mkdir(chroot, 0o700)
        for folder, mode in (
            (self.root, 0o755),
            (self.output_dir, 0o1775),
            (self.temporary_dir, 0o1777),
        ):
            os.mkdir(folder)
            os.chmod(folder, mode)
        identity = job.lease.identity if job.lease is not None else None
        if identity is not None and not identity.is_own:
            os.chown(self.output_dir, 0, identity.gid)

    def _give(self, job: Job, path: str) -> None:
        identity = job.lease.identity if job.lease is not None else None
        if identity is not None and not identity.is_own:
            os.chown(path, identity.uid, identity.gid)

    def make_kvm_node(self, job: Job) -> str | None:
        """A device node that the builder may open, where we can make one and the host's is for others only."""
        identity = job.lease.identity if job.lease is not None else None
        if identity is None or identity.is_own or self._chroot is None or not self._is_made:
            return None
        status = os.stat("/dev/kvm")
        if status.st_mode & stat.S_IWOTH:
            return None
        path = f"{self._chroot}/kvm"
        try:
            os.mknod(path, stat.S_IFCHR, status.st_rdev)
            os.chmod(path, 0o666)  # noqa: S103 - nobody else can reach it
        except PermissionError:
            return None
        return path

    def write_files(self, job: Job, files: Mapping[str, str]) -> None:
        """Writes the builder's files; raises `StoreError`."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        for name, content in files.items():
            path = f"{self.host_build_dir}/{name}"
            try:
                with open(os.open(path, flags, 0o644), "wb") as file:
                    file.write(content.encode(errors="surrogateescape"))
                self._give(job, path)
            except OSError as error:
                raise StoreError(f"creating file '{path}': {error.strerror}") from error

    def keep_build_dir(self) -> str:
        """Leaves the working folder for whoever wants to find out what went wrong; its name."""
        self._keeps_build_dir = True
        for folder in {self.top, self.host_build_dir}:
            with contextlib.suppress(OSError):
                os.chmod(folder, 0o755)  # noqa: S103 - it is meant to be looked at
        return self.host_build_dir

    def remove(self) -> None:
        """Removes what is not kept."""
        if not self._is_made:
            return
        if self._chroot is not None:
            remove_path(self._chroot)
        if not self._keeps_build_dir:
            remove_path(self.top)
