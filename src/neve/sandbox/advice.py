"""What to do when the kernel refuses what a sandbox is made of."""

import errno
import os
from typing import Final

from neve.errors import NamespaceForbiddenError

_WITHOUT: Final = "or build without a sandbox (--no-sandbox), if you trust what you build"
_CONTAINER: Final = (
    "in a container, let it have namespaces: --security-opt seccomp=unconfined (Docker, Podman), "
    "or --cap-add SYS_ADMIN"
)


def explain_forbidden(what: str, number: int) -> NamespaceForbiddenError:
    """The error for a refused namespace (a name in `/proc/self/ns`) or, for `proc`, for a refused `/proc`."""
    reason = os.strerror(number)
    if what == "proc":
        message = (
            f"cannot make a sandbox: the kernel refuses to mount a new /proc ({reason}), as it does where parts of it "
            "are hidden; in a container, show all of it: --security-opt systempaths=unconfined (Docker), "
            f"--security-opt unmask=ALL (Podman); {_WITHOUT}"
        )
    else:
        advice = "; ".join([*_find_causes(what, number), _WITHOUT])
        message = (
            f"cannot make a sandbox: the kernel refuses a new {what} namespace ({reason}): {advice}"
        )
    return NamespaceForbiddenError(message, what)


def _find_causes(what: str, number: int) -> list[str]:
    names = {"mnt": "max_mnt_namespaces"}
    limit = f"/proc/sys/user/{names.get(what, f'max_{what}_namespaces')}"
    if number == errno.ENOSPC or _read_number(limit) == 0:
        return [f"no more are allowed; raise the number in {limit}"]
    if number == errno.EINVAL:
        return [f"this kernel was built without {what} namespaces"]
    causes = []
    if what == "user":
        if _read_number("/proc/sys/kernel/unprivileged_userns_clone") == 0:
            causes.append("allow them to all users: sysctl kernel.unprivileged_userns_clone=1")
        if _read_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1:
            causes.append(
                "AppArmor restricts them: sysctl kernel.apparmor_restrict_unprivileged_userns=0"
            )
        if _is_in_chroot():
            causes.append(
                "this process runs in a chroot, where there are none; use a container instead"
            )
    return causes or [_CONTAINER]


def _is_in_chroot() -> bool:
    """Whether the root is no mount point, so that it cannot be the root of a mount namespace."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as stream:
            return not any(line.split()[4] == "/" for line in stream)
    except OSError:
        return False


def _read_number(path: str) -> int | None:
    try:
        with open(path, encoding="ascii") as stream:
            return int(stream.read())
    except (OSError, ValueError):
        return None
