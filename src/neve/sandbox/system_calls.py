"""The Linux system calls that a sandbox is made of and Python's `os` lacks, through the C library.

Every function raises `OSError`; where a path is involved, the error carries it.
"""

import ctypes
import os
import struct
from typing import Final

# From linux/sched.h.
CLONE_NEWNS: Final = 0x0002_0000
CLONE_NEWUTS: Final = 0x0400_0000
CLONE_NEWIPC: Final = 0x0800_0000
CLONE_NEWUSER: Final = 0x1000_0000
CLONE_NEWPID: Final = 0x2000_0000
CLONE_NEWNET: Final = 0x4000_0000

# From linux/mount.h: flags of mount(2), then attributes of mount_setattr(2).
MS_RDONLY: Final = 1
MS_NOSUID: Final = 2
MS_NODEV: Final = 4
MS_NOEXEC: Final = 8
MS_REMOUNT: Final = 32
MS_BIND: Final = 4096
MS_REC: Final = 16384
MS_UNBINDABLE: Final = 1 << 17
MS_PRIVATE: Final = 1 << 18
MOUNT_ATTR_RDONLY: Final = 1
MOUNT_ATTR_NOSUID: Final = 2
MOUNT_ATTR_NODEV: Final = 4
MNT_DETACH: Final = 2
_AT_FDCWD: Final = -100
_AT_RECURSIVE: Final = 0x8000

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_CAPBSET_DROP: Final = 24
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_MODE_FILTER: Final = 2

_CAPABILITY_VERSION_3: Final = 0x2008_0522
_KEYCTL_JOIN_SESSION_KEYRING: Final = 1
_LANDLOCK_CREATE_RULESET_VERSION: Final = 1
_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET: Final = 1
_LANDLOCK_ABI_WITH_SCOPES: Final = 6

PER_LINUX32: Final = 0x0008
ADDR_NO_RANDOMIZE: Final = 0x0004_0000
UNAME26: Final = 0x0002_0000
_QUERY_PERSONALITY: Final = 0xFFFF_FFFF

_NUMBERS: Final = {
    "x86_64": {"capset": 126, "pivot_root": 155, "keyctl": 250},
    "aarch64": {"capset": 91, "pivot_root": 41, "keyctl": 219},
}
# These have one number on every machine.
_MOUNT_SETATTR: Final = 442
_LANDLOCK_CREATE_RULESET: Final = 444
_LANDLOCK_RESTRICT_SELF: Final = 446

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
_libc.mount.argtypes = [*[ctypes.c_char_p] * 3, ctypes.c_ulong, ctypes.c_char_p]


def _check(result: int, path: str | None = None) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return result


def _number(name: str) -> int:
    machine = os.uname().machine
    try:
        return _NUMBERS[machine][name]
    except KeyError:
        raise OSError(38, f"no number of the system call {name} is known for {machine}") from None


def unshare(flags: int) -> None:
    """Moves this process (its future children, for `CLONE_NEWPID`) into new namespaces."""
    _check(_libc.unshare(flags))


def mount(
    source: str | None, target: str, kind: str | None, *, flags: int, options: str | None = None
) -> None:
    """Mounts a file system, or changes a mount."""
    arguments = (None if text is None else os.fsencode(text) for text in (source, target, kind))
    data = None if options is None else options.encode()
    _check(_libc.mount(*arguments, flags, data), target)


def restrict_mount(target: str, attributes: int, *, recursive: bool) -> None:
    """Adds `MOUNT_ATTR_…` restrictions to a mount, or to all below it."""
    # struct mount_attr: what to set, what to clear, propagation, user namespace.
    wanted = struct.pack("=QQQQ", attributes, 0, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    path = os.fsencode(target)
    result = _libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, path, flags, wanted, len(wanted))
    if result == 0:
        return
    if ctypes.get_errno() != 38:
        _check(-1, target)
    # Linux older than 5.12. What the outer mount forbids must be named again, or the kernel refuses.
    kept = os.statvfs(target).f_flag & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mount(None, target, None, flags=MS_BIND | MS_REMOUNT | kept | attributes)


def pivot_root(new_root: str, put_old: str) -> None:
    """Makes `new_root`, a mount point, the root, and moves the old one to `put_old` below it."""
    number = _number("pivot_root")
    _check(_libc.syscall(number, os.fsencode(new_root), os.fsencode(put_old)), new_root)


def detach_mount(path: str) -> None:
    """Unmounts a tree at once, whoever still uses it."""
    _check(_libc.umount2(os.fsencode(path), MNT_DETACH), path)


def set_host_name(host: str, domain: str) -> None:
    """Sets the names of this UTS namespace."""
    for function, name in ((_libc.sethostname, host), (_libc.setdomainname, domain)):
        _check(function(name.encode(), len(name)))


def set_parent_death_signal(signal: int) -> None:
    """Has the kernel send `signal` to this process when its parent ends; 0 is none."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0))


def become_subreaper() -> None:
    """Makes orphans among the descendants children of this process."""
    _check(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))


def set_dumpable() -> None:
    """Keeps `/proc/self` owned by the process itself after a change of user."""
    _check(_libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0))


def set_no_new_privileges() -> None:
    """From now on, no program gains anything by being setuid or having file capabilities."""
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def install_filter(program: bytes) -> None:
    """Installs a seccomp filter: instructions of classic BPF, 8 bytes each."""
    instructions = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: how many there are, and where.
    head = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    wanted = ctypes.create_string_buffer(head, len(head))
    _check(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(wanted), 0, 0))


def drop_capabilities() -> None:
    """Gives up all capabilities, for programs yet to be started as well."""
    # In bytes: the module for another text encoding could no longer be loaded after a change of root.
    with open("/proc/sys/kernel/cap_last_cap", "rb") as stream:
        last = int(stream.read())
    for capability in range(last + 1):
        _check(_libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0))
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _check(_libc.syscall(_number("capset"), header, nothing))


def new_session_keyring() -> None:
    """Leaves the keys of the session behind; nothing where the kernel has no keyrings."""
    result = _libc.syscall(_number("keyctl"), _KEYCTL_JOIN_SESSION_KEYRING, None)
    if result < 0 and ctypes.get_errno() not in {1, 38}:
        _check(-1)


def forbid_abstract_sockets() -> bool:
    """Cuts this process off from abstract sockets made outside; false where the kernel cannot (before 6.12)."""
    create = _LANDLOCK_CREATE_RULESET
    version = _libc.syscall(create, None, 0, _LANDLOCK_CREATE_RULESET_VERSION)
    if version < _LANDLOCK_ABI_WITH_SCOPES:
        return False
    # struct landlock_ruleset_attr: handled file and network accesses, and scopes.
    rules = struct.pack("=QQQ", 0, 0, _LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET)
    descriptor = _check(_libc.syscall(create, rules, len(rules), 0))
    try:
        _check(_libc.syscall(_LANDLOCK_RESTRICT_SELF, descriptor, 0))
    finally:
        os.close(descriptor)
    return True


def add_personality(flags: int) -> None:
    """Adds `PER_…` and other flags to the process's execution domain; ignored where it is forbidden."""
    current = _libc.personality(_QUERY_PERSONALITY)
    if current != -1:
        _libc.personality(current | flags)
