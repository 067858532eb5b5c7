"""Users and groups as the configuration has them.

With `mutableUsers`, what was made by hand stays, and so do passwords; otherwise accounts are those of the
configuration. Numbers that were given once are kept in /var/lib/nixos, so that an account that comes back has the
same one.
"""

from __future__ import annotations

import fcntl
import os

from activate import passwords
from activate.databases import (
    STATE,
    Group,
    User,
    read_groups,
    read_map,
    read_names,
    read_shadow,
    read_users,
    to_text,
    write_map,
    write_names,
)
from activate.errors import ActivationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from activate.target import Target

_SYSTEM_IDS = range(999, 399, -1)
_NORMAL_UIDS = range(1000, 30000)
_SUB_ID_START = 100000
_SUB_ID_COUNT = 65536
_LINGER = "/var/lib/systemd/linger"


# What kind of number it is about, a name, the number that the configuration gives, the number that it has.
_Account = tuple[str, str, "int | None", "int | None"]


class _Numbers:
    """Gives out numbers that nobody has."""

    def __init__(self, used: set[int], remembered: dict[str, int]) -> None:
        self._used = used
        self._reserved = set(remembered.values())
        self.remembered = remembered

    def take(self, name: str, candidates: range) -> int:
        """The number that `name` had before, or one that nobody has and nobody had."""
        number = self.remembered.get(name)
        if number is None or number in self._used:
            free = (value for value in candidates if value not in self._used | self._reserved)
            number = next(free, None)
        if number is None:
            raise ActivationError(f"there is no number left for {name}")
        return number

    def keep(self, name: str, number: int) -> None:
        """Remember that `name` has `number`."""
        self._used.add(number)
        self.remembered[name] = number


def _choose(target: Target, numbers: _Numbers, account: _Account, candidates: range) -> int:
    """The number of an account."""
    what, name, declared, existing = account
    if existing is not None:
        if declared is not None and declared != existing:
            target.say(
                f"warning: not applying {what} change of {name} ({existing} -> {declared}); "
                f"change it, and the owner of the files, by hand"
            )
        number = existing
    elif declared is not None:
        number = declared
    else:
        number = numbers.take(name, candidates)
    numbers.keep(name, number)
    return number


def _update_groups(target: Target, plan: dict[str, Any]) -> dict[str, Group]:
    current = read_groups(target)
    declared_before = read_names(target, "declarative-groups")
    users_before = read_names(target, "declarative-users")
    used = {group.gid for group in current.values()}
    used |= {group["gid"] for group in plan["groups"] if group["gid"] is not None}
    numbers = _Numbers(used, read_map(target, "gid-map"))
    groups = {}
    for declared in plan["groups"]:
        name, members = declared["name"], list(declared["members"])
        existing = current.get(name)
        account = ("GID", name, declared["gid"], existing.gid if existing else None)
        gid = _choose(target, numbers, account, _SYSTEM_IDS)
        if plan["mutableUsers"] and existing:
            members += [member for member in existing.members if member not in users_before]
        groups[name] = Group(
            name, gid, sorted(set(members)), existing.password if existing else "x"
        )
    for name, group in current.items():
        if name in groups:
            continue
        if plan["mutableUsers"] and name not in declared_before:
            groups[name] = group
        else:
            target.say(f"removing group {name}")
    if not target.is_dry:
        write_map(target, "gid-map", numbers.remembered)
        write_names(target, "declarative-groups", (group["name"] for group in plan["groups"]))
        ordered = sorted(groups.values(), key=lambda group: group.gid)
        target.write("/etc/group", to_text(ordered), 0o644)
    return groups


def _gid(groups: dict[str, Group], user: dict[str, Any]) -> int:
    name = user["group"]
    if name in groups:
        return groups[name].gid
    if name.isdigit():
        return int(name)
    raise ActivationError(f"the user {user['name']} is in the group {name}, which does not exist")


def _update_users(
    target: Target, plan: dict[str, Any], groups: dict[str, Group]
) -> dict[str, User]:
    current = read_users(target)
    declared_before = read_names(target, "declarative-users")
    used = {user.uid for user in current.values()}
    used |= {user["uid"] for user in plan["users"] if user["uid"] is not None}
    numbers = _Numbers(used, read_map(target, "uid-map"))
    users = {}
    for declared in plan["users"]:
        name = declared["name"]
        existing = current.get(name)
        account = ("UID", name, declared["uid"], existing.uid if existing else None)
        candidates = _SYSTEM_IDS if declared["isSystemUser"] else _NORMAL_UIDS
        uid = _choose(target, numbers, account, candidates)
        gid = _gid(groups, declared)
        users[name] = User(
            [
                name,
                "x",
                str(uid),
                str(gid),
                declared["description"],
                declared["home"],
                declared["shell"],
            ]
        )
    for name, user in current.items():
        if name in users:
            continue
        if plan["mutableUsers"] and name not in declared_before:
            users[name] = user
        else:
            target.say(f"removing user {name}")
    if not target.is_dry:
        write_map(target, "uid-map", numbers.remembered)
        write_names(target, "declarative-users", (user["name"] for user in plan["users"]))
        ordered = sorted(users.values(), key=lambda user: user.uid)
        target.write("/etc/passwd", to_text(ordered), 0o644)
    return users


def _days(date: str) -> str:
    """The days from 1970 to a date such as 2030-01-31."""
    import datetime as dt

    return str((dt.date.fromisoformat(date) - dt.date(1970, 1, 1)).days)


def _password(
    target: Target, plan: dict[str, Any], user: dict[str, Any], entry: list[str] | None
) -> str:
    """The digest for /etc/shadow. `entry` is the user's line there, if there is one."""
    library = plan["crypt"]
    if entry and plan["mutableUsers"]:
        return entry[1]
    found = passwords.declared(target, user, library)
    if found is None and entry and "initialPassword" in user and entry[1] != passwords.LOCKED:
        # A new digest of the same password at every boot would be of no use.
        return entry[1]
    if found is None:
        found = passwords.initial(target, user, library)
    return passwords.LOCKED if found is None else found


def _update_shadow(
    target: Target, plan: dict[str, Any], users: dict[str, User], shadow_gid: int
) -> None:
    declared = {user["name"]: user for user in plan["users"]}
    current = read_shadow(target)
    lines = []
    for name in users:
        entry = current.get(name)
        fields = entry or [name, passwords.LOCKED, "1", "", "", "", "", "", ""]
        if name in declared:
            fields[1] = _password(target, plan, declared[name], entry)
            expires = declared[name].get("expires")
            if expires or not plan["mutableUsers"]:
                fields[7] = _days(expires) if expires else ""
        lines.append(":".join(fields) + "\n")
    target.write("/etc/shadow", "".join(lines), 0o640, shadow_gid)


def _update_sub_ids(target: Target, plan: dict[str, Any]) -> None:
    remembered = read_map(target, "auto-subuid-map")
    taken = set(remembered.values())
    uids, gids = [], []
    for user in plan["users"]:
        name = user["name"]
        uids += [f"{name}:{part['startUid']}:{part['count']}\n" for part in user["subUidRanges"]]
        gids += [f"{name}:{part['startGid']}:{part['count']}\n" for part in user["subGidRanges"]]
        if user["autoSubUidGidRange"]:
            if name not in remembered:
                start = _SUB_ID_START
                while start in taken:
                    start += _SUB_ID_COUNT
                remembered[name] = start
                taken.add(start)
            line = f"{name}:{remembered[name]}:{_SUB_ID_COUNT}\n"
            uids.append(line)
            gids.append(line)
    write_map(target, "auto-subuid-map", remembered)
    target.write("/etc/subuid", "".join(uids), 0o644)
    target.write("/etc/subgid", "".join(gids), 0o644)


def _make_home(target: Target, declared: dict[str, Any], user: User) -> None:
    place = target.path(user.home)
    if not os.path.isdir(place):
        os.makedirs(place, mode=0o755)
    target.grant(place, user.uid, user.gid, int(declared["homeMode"], 8))


def _set_linger(target: Target, declared: dict[str, Any]) -> None:
    place = target.path(f"{_LINGER}/{declared['name']}")
    if declared["linger"] and not os.path.exists(place):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w", encoding="utf-8"):
            pass
    elif not declared["linger"] and os.path.exists(place):
        os.unlink(place)


def update_accounts(target: Target, plan: dict[str, Any]) -> None:
    """Make users, groups, passwords and homes what `plan` says."""
    os.makedirs(target.path("/etc"), exist_ok=True)
    os.makedirs(target.path(STATE), exist_ok=True)
    # The same lock as passwd(1) and its kin take.
    with open(target.path("/etc/.pwd.lock"), "w", encoding="utf-8") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        groups = _update_groups(target, plan)
        users = _update_users(target, plan, groups)
        if target.is_dry:
            return
        shadow = groups.get("shadow")
        _update_shadow(target, plan, users, shadow.gid if shadow else 0)
        _update_sub_ids(target, plan)
    for declared in plan["users"]:
        if declared["createHome"]:
            _make_home(target, declared, users[declared["name"]])
        if "linger" in declared:
            _set_linger(target, declared)
