"""What a process does to become a sandboxed builder: small values that describe themselves and act.

A plan is a sequence of them (`neve.sandbox.plan`); the launcher (`neve.sandbox.launcher`) carries it out. They travel
between processes, so they hold plain data only, and this module imports little: it is loaded for every build session.
"""

import contextlib
import errno
import fcntl
import os
import resource
import signal
import socket
import stat
import struct
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from neve.sandbox import system_calls


class Operation(Protocol):
    """One step of a plan."""

    def describe(self) -> str:
        """The step in words, without a full stop."""

    def execute(self) -> None:
        """Does it to the calling process; raises `OSError`."""


class Namespace(Enum):
    """Kinds of namespaces; the values are the names of the files in `/proc/self/ns`."""

    USER = "user"
    PID = "pid"
    MOUNT = "mnt"
    NETWORK = "net"
    IPC = "ipc"
    UTS = "uts"


_CLONE_FLAGS: Final = {
    Namespace.USER: system_calls.CLONE_NEWUSER,
    Namespace.PID: system_calls.CLONE_NEWPID,
    Namespace.MOUNT: system_calls.CLONE_NEWNS,
    Namespace.NETWORK: system_calls.CLONE_NEWNET,
    Namespace.IPC: system_calls.CLONE_NEWIPC,
    Namespace.UTS: system_calls.CLONE_NEWUTS,
}


class ForbiddenError(OSError):
    """The kernel refused a namespace, or a new `/proc`; `namespace` is which, or `proc`."""

    def __init__(self, number: int, text: str, namespace: str) -> None:
        super().__init__(number, text)
        self.namespace: Final = namespace


def _enter(namespace: Namespace) -> None:
    try:
        system_calls.unshare(_CLONE_FLAGS[namespace])
    except OSError as error:
        number = error.errno or 0
        raise ForbiddenError(number, os.strerror(number), namespace.value) from error


@dataclass(frozen=True)
class EnterNamespace:
    """Moves the process into a new namespace; for `PID`, its next child."""

    namespace: Namespace

    def describe(self) -> str:
        """Names it."""
        return f"enter a new {self.namespace.value} namespace"

    def execute(self) -> None:
        """Unshares it."""
        _enter(self.namespace)


@dataclass(frozen=True)
class DropGroups:
    """Gives up supplementary groups; ids of the groups to have instead."""

    groups: tuple[int, ...] = ()
    is_optional: bool = False
    """An ordinary user may not; then they stay."""

    def describe(self) -> str:
        """Says which remain."""
        return f"set supplementary groups to [{', '.join(map(str, self.groups))}]"

    def execute(self) -> None:
        """Calls setgroups(2)."""
        try:
            os.setgroups(self.groups)
        except PermissionError:
            if not self.is_optional:
                raise


@dataclass(frozen=True)
class EnterUserNamespace:
    """A user namespace in which one user and one group of the host have other numbers."""

    uid: int
    gid: int
    host_uid: int
    host_gid: int

    def describe(self) -> str:
        """Says what is mapped to what."""
        return (
            f"enter a new user namespace: uid {self.uid} is the host's {self.host_uid}, "
            f"gid {self.gid} is the host's {self.host_gid}"
        )

    def execute(self) -> None:
        """Unshares it and writes the maps: those of one's own ids oneself, others by a helper that stays outside."""
        if (self.host_uid, self.host_gid) == (os.geteuid(), os.getegid()):
            _enter(Namespace.USER)
            self._write_maps("self")
        else:
            self._execute_with_helper()

    def _execute_with_helper(self) -> None:
        read_end, write_end = os.pipe()
        parent = os.getpid()
        helper = os.fork()
        if helper == 0:
            status = 1
            with contextlib.suppress(OSError):
                os.close(write_end)
                if os.read(read_end, 1):
                    self._write_maps(str(parent))
                    status = 0
            os._exit(status)
        try:
            _enter(Namespace.USER)
            os.write(write_end, b"1")
        finally:
            os.close(write_end)
            os.close(read_end)
            _, status = os.waitpid(helper, 0)
        if status:
            raise OSError(errno.EPERM, "the id maps of the user namespace cannot be written")

    def _write_maps(self, process: str) -> None:
        _write(f"/proc/{process}/uid_map", f"{self.uid} {self.host_uid} 1")
        _write(f"/proc/{process}/setgroups", "deny")
        _write(f"/proc/{process}/gid_map", f"{self.gid} {self.host_gid} 1")


@dataclass(frozen=True)
class BecomeUser:
    """Takes on a user and a group."""

    uid: int
    gid: int

    def describe(self) -> str:
        """Names them."""
        return f"become uid {self.uid}, gid {self.gid}"

    def execute(self) -> None:
        """Sets real, effective and saved ids."""
        os.setresgid(self.gid, self.gid, self.gid)
        os.setresuid(self.uid, self.uid, self.uid)


@dataclass(frozen=True)
class BringUpLoopback:
    """Starts the loopback interface of a new network namespace."""

    def describe(self) -> str:
        """Names it."""
        return "bring up the loopback interface"

    def execute(self) -> None:
        """SIOCSIFFLAGS with IFF_UP, IFF_LOOPBACK and IFF_RUNNING; see netdevice(7)."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as interface:
            fcntl.ioctl(interface, 0x8914, struct.pack("16sH22x", b"lo", 0x1 | 0x8 | 0x40))


@dataclass(frozen=True)
class SetHostName:
    """Names the machine."""

    name: str
    domain: str = "(none)"

    def describe(self) -> str:
        """Names it."""
        return f"set the host name to {self.name}"

    def execute(self) -> None:
        """Sets both names."""
        system_calls.set_host_name(self.name, self.domain)


@dataclass(frozen=True)
class MakeMountsPrivate:
    """Cuts the mounts of this namespace off from those of the host."""

    def describe(self) -> str:
        """Says so."""
        return "make all mounts private"

    def execute(self) -> None:
        """MS_PRIVATE for all of them."""
        flags = system_calls.MS_REC | system_calls.MS_PRIVATE
        system_calls.mount(None, "/", None, flags=flags)


@dataclass(frozen=True)
class KeepOutOfBinds:
    """Leaves a mount point, and what is mounted below it, out of what `Bind` shows elsewhere from now on.

    Without it, a copy of a folder that the new root is being made in would show all that is in the new root.
    """

    path: str

    def describe(self) -> str:
        """Names it."""
        return f"keep {self.path} out of binds"

    def execute(self) -> None:
        """Makes the mount unbindable."""
        system_calls.mount(None, self.path, None, flags=system_calls.MS_UNBINDABLE)


@dataclass(frozen=True)
class MountFileSystem:
    """Mounts a new file system without setuid programs and devices."""

    kind: str
    target: str
    options: str | None = None

    def describe(self) -> str:
        """Names kind, place and options."""
        options = f" ({self.options})" if self.options else ""
        return f"mount a new {self.kind} at {self.target}{options}"

    def execute(self) -> None:
        """Makes the folder and mounts."""
        os.makedirs(self.target, exist_ok=True)
        flags = system_calls.MS_NOSUID
        if self.kind != "devpts":
            flags |= system_calls.MS_NODEV
        try:
            system_calls.mount("none", self.target, self.kind, flags=flags, options=self.options)
        except PermissionError as error:
            if self.kind != "proc":
                raise
            # Containers hide parts of /proc, and then the kernel lets nobody mount a whole one.
            raise ForbiddenError(errno.EPERM, os.strerror(errno.EPERM), "proc") from error


@dataclass(frozen=True)
class Bind:
    """Shows a file, folder or link of the host at another place."""

    source: str
    target: str
    is_read_only: bool = False
    has_devices: bool = False
    is_optional: bool = False
    """It may be missing."""

    def describe(self) -> str:
        """Names both ends."""
        how = " read-only" if self.is_read_only else ""
        return f"bind {self.source} to {self.target}{how}"

    def execute(self) -> None:
        """Makes the mount point, mounts, restricts. A link cannot be mounted; an equal one is made."""
        try:
            mode = os.lstat(self.source).st_mode
        except FileNotFoundError:
            if self.is_optional:
                return
            raise
        if stat.S_ISLNK(mode):
            os.makedirs(os.path.dirname(self.target), exist_ok=True)
            os.symlink(os.readlink(self.source), self.target)
            return
        if stat.S_ISDIR(mode):
            os.makedirs(self.target, exist_ok=True)
        else:
            _make_empty_file(self.target)
        flags = system_calls.MS_BIND | system_calls.MS_REC
        system_calls.mount(self.source, self.target, None, flags=flags)
        system_calls.restrict_mount(self.target, self._restrictions(), recursive=True)

    def _restrictions(self) -> int:
        restrictions = system_calls.MOUNT_ATTR_NOSUID
        if self.is_read_only:
            restrictions |= system_calls.MOUNT_ATTR_RDONLY
        if not self.has_devices:
            restrictions |= system_calls.MOUNT_ATTR_NODEV
        return restrictions


@dataclass(frozen=True)
class MakeLink:
    """A symbolic link."""

    path: str
    target: str

    def describe(self) -> str:
        """Names both ends."""
        return f"link {self.path} to {self.target}"

    def execute(self) -> None:
        """Makes it."""
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        os.symlink(self.target, self.path)


@dataclass(frozen=True)
class WriteFile:
    """A small file that everybody may read."""

    path: str
    content: str

    def describe(self) -> str:
        """Names it."""
        return f"write {self.path}"

    def execute(self) -> None:
        """Writes it."""
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        _write(self.path, self.content)


@dataclass(frozen=True)
class ChangeRoot:
    """Makes a mount point the root, read-only, and lets go of the old one."""

    path: str

    def describe(self) -> str:
        """Names it."""
        return f"make {self.path} the root, read-only, and detach the host's"

    def execute(self) -> None:
        """Pivots."""
        os.chdir(self.path)
        # The old root is stacked on the new one at the same place, and the topmost is what "." means below.
        system_calls.pivot_root(".", ".")
        system_calls.detach_mount(".")
        os.chdir("/")
        system_calls.restrict_mount("/", system_calls.MOUNT_ATTR_RDONLY, recursive=False)


@dataclass(frozen=True)
class EnterDirectory:
    """The working folder."""

    path: str

    def describe(self) -> str:
        """Names it."""
        return f"enter {self.path}"

    def execute(self) -> None:
        """Changes to it."""
        os.chdir(self.path)


@dataclass(frozen=True)
class SetDefaults:
    """What every builder starts with: session, masks, signals, limits, keys."""

    def describe(self) -> str:
        """Lists it."""
        return "start a session and a session keyring, umask 022, no core dumps, default signals"

    def execute(self) -> None:
        """Sets them."""
        os.setsid()
        os.umask(0o022)
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.RLIM_INFINITY))
        system_calls.new_session_keyring()
        # Python ignores some signals, and what is ignored stays so in the builder.
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


@dataclass(frozen=True)
class SetPersonality:
    """How the kernel presents itself: addresses are not randomised, so that builds repeat."""

    is_32_bit: bool = False
    is_linux_26: bool = False

    def describe(self) -> str:
        """Says which."""
        parts = ["fixed addresses"]
        if self.is_32_bit:
            parts.append("a 32-bit machine")
        if self.is_linux_26:
            parts.append("Linux 2.6")
        return f"present {', '.join(parts)}"

    def execute(self) -> None:
        """Adds the flags."""
        flags = system_calls.ADDR_NO_RANDOMIZE
        if self.is_32_bit:
            flags |= system_calls.PER_LINUX32
        if self.is_linux_26:
            flags |= system_calls.UNAME26
        system_calls.add_personality(flags)


@dataclass(frozen=True)
class ForbidNewPrivileges:
    """Programs gain nothing by setuid bits or file capabilities."""

    def describe(self) -> str:
        """Says so."""
        return "forbid new privileges"

    def execute(self) -> None:
        """PR_SET_NO_NEW_PRIVS."""
        system_calls.set_no_new_privileges()


@dataclass(frozen=True)
class ForbidAbstractSockets:
    """Builders that share the host's network cannot reach abstract sockets."""

    def describe(self) -> str:
        """Says so."""
        return "forbid abstract sockets made outside"

    def execute(self) -> None:
        """Through Landlock, where the kernel has it."""
        system_calls.forbid_abstract_sockets()


@dataclass(frozen=True)
class InstallFilter:
    """A filter of system calls."""

    program: bytes

    def describe(self) -> str:
        """Says what it does."""
        return "refuse setuid and setgid modes, extended attributes and io_uring"

    def execute(self) -> None:
        """Installs it."""
        system_calls.install_filter(self.program)


@dataclass(frozen=True)
class DropCapabilities:
    """No capability is left, in no set."""

    def describe(self) -> str:
        """Says so."""
        return "drop all capabilities"

    def execute(self) -> None:
        """Empties all sets."""
        system_calls.drop_capabilities()


def _write(path: str, content: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        os.write(descriptor, content.encode())
    finally:
        os.close(descriptor)


def _make_empty_file(path: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        os.close(os.open(path, flags, 0o444))
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, flags, 0o444))
