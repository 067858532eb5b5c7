"""Programs that run with other rights than those of who starts them.

Nothing in the store can be set-id, so such programs are copied to /run/wrappers. What they load is found by absolute
paths that are written into them, which the loader follows for set-id programs too.
"""

from __future__ import annotations

import os
import struct

from activate.errors import ActivationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from activate.target import Target

_PARENT = "/run/wrappers"
_LINK = f"{_PARENT}/bin"
# The order is that of <linux/capability.h>.
_CAPABILITIES = (  # noqa: SIM905 - in lines, as the header has them
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service "
    "net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin "
    "sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override "
    "mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"
).split()
_BITS = {"r": 4, "w": 2, "x": 1}
_REVISION_2 = 0x02000000
_EFFECTIVE = 1


def encode_capabilities(text: str) -> bytes:
    """The attribute `security.capability` for capabilities such as `cap_net_raw+ep,cap_kill+p`.

    Raises ActivationError for names and flags that do not exist. The form is `struct vfs_cap_data` of the kernel.
    """
    permitted = inheritable = flags = 0
    for part in text.replace(" ", ",").split(","):
        if not part:
            continue
        name, _, letters = part.replace("=", "+").partition("+")
        name = name.lower().removeprefix("cap_")
        if name not in _CAPABILITIES or not set(letters) <= set("eip"):
            raise ActivationError(f"{part} is no capability such as cap_net_raw+ep")
        bit = 1 << _CAPABILITIES.index(name)
        if "p" in letters:
            permitted |= bit
        if "i" in letters:
            inheritable |= bit
        if "e" in letters:
            flags = _EFFECTIVE
    low = 0xFFFFFFFF
    return struct.pack(
        "<5I",
        _REVISION_2 | flags,
        permitted & low,
        inheritable & low,
        permitted >> 32,
        inheritable >> 32,
    )


def encode_mode(permissions: str, *, setuid: bool, setgid: bool) -> int:
    """The mode for permissions such as `u+rx,g+x` or `755`, of a program that may be set-id."""
    mode = 0
    if permissions.isdigit():
        mode = int(permissions, 8)
    else:
        for clause in permissions.split(","):
            sign = next(char for char in clause if char in "+-=")
            who, _, letters = clause.partition(sign)
            bits = 0 if sign == "-" else sum(_BITS[letter] for letter in set(letters))
            for shift, owner in ((6, "u"), (3, "g"), (0, "o")):
                if owner in who or "a" in who:
                    mode |= bits << shift
    return mode | (0o4000 if setuid else 0) | (0o2000 if setgid else 0)


def _numbers(target: Target, path: str) -> dict[str, int]:
    lines = (target.read(path) or "").splitlines()
    return {
        fields[0]: int(fields[2])
        for fields in (line.split(":") for line in lines)
        if len(fields) > 2
    }


def _owner(numbers: dict[str, int], name: str, wrapper: str) -> int:
    if name.isdigit():
        return int(name)
    if name not in numbers:
        raise ActivationError(f"security.wrappers.{wrapper} is for {name}, which does not exist")
    return numbers[name]


def _is_script(path: str) -> bool:
    with open(path, "rb") as stream:
        return stream.read(2) == b"#!"


def _install(target: Target, wrapper: dict[str, Any], place: str, owner: tuple[int, int]) -> None:
    source = os.path.realpath(wrapper["source"])
    if _is_script(source):
        raise ActivationError(
            f"security.wrappers.{wrapper['program']}.source is the script {source}, "
            "which the kernel starts without other rights"
        )
    with open(source, "rb") as program, open(place, "wb") as copy:
        copy.write(program.read())
    mode = encode_mode(wrapper["permissions"], setuid=wrapper["setuid"], setgid=wrapper["setgid"])
    target.grant(place, *owner, mode)
    if wrapper["capabilities"]:
        target.set_capabilities(place, encode_capabilities(wrapper["capabilities"]))


def install_wrappers(target: Target, plan: dict[str, Any]) -> None:
    """Install `plan["wrappers"]` into a fresh folder, and let /run/wrappers/bin be it."""
    if target.is_dry:
        return
    parent = target.path(_PARENT)
    os.makedirs(parent, exist_ok=True)
    if not target.root and not os.path.ismount(parent):
        os.spawnv(os.P_WAIT, plan["mount"][0], plan["mount"])
    record = repr(plan["wrappers"])
    if target.read(f"{_LINK}/.plan") == record:
        return
    users, groups = _numbers(target, "/etc/passwd"), _numbers(target, "/etc/group")
    folder = f"{_PARENT}/wrappers.{target.run}"
    os.makedirs(target.path(folder), exist_ok=True)
    os.chmod(target.path(folder), 0o755)  # noqa: S103 - everybody starts them
    failed = []
    for wrapper in plan["wrappers"]:
        name = wrapper["program"]
        try:
            owner = _owner(users, wrapper["owner"], name), _owner(groups, wrapper["group"], name)
            _install(target, wrapper, target.path(f"{folder}/{name}"), owner)
        except (ActivationError, OSError) as error:
            failed.append(f"{name}: {error}")
    target.write(f"{folder}/.plan", record, 0o444)
    target.link(folder, _LINK)
    for name in os.listdir(parent):
        if name.startswith("wrappers.") and name != os.path.basename(folder):
            for program in os.listdir(f"{parent}/{name}"):
                os.unlink(f"{parent}/{name}/{program}")
            os.rmdir(f"{parent}/{name}")
    if failed:
        raise ActivationError("; ".join(failed))
