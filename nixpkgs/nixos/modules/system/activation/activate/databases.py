"""The files of accounts: /etc/passwd, /etc/group, /etc/shadow, and what is remembered about numbers."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from activate.target import Target

STATE = "/var/lib/nixos"


class User:
    """A line of /etc/passwd, from its fields."""

    def __init__(self, fields: list[str]) -> None:
        self.name, self.password, uid, gid, self.description, self.home, self.shell = fields
        self.uid = int(uid)
        self.gid = int(gid)

    def line(self) -> str:
        """The line."""
        first = f"{self.name}:{self.password}:{self.uid}:{self.gid}"
        return f"{first}:{self.description}:{self.home}:{self.shell}"


class Group:
    """A line of /etc/group."""

    def __init__(self, name: str, gid: int, members: list[str], password: str = "x") -> None:  # noqa: S107 - none
        self.name = name
        self.gid = gid
        self.members = members
        self.password = password

    def line(self) -> str:
        """The line."""
        return f"{self.name}:{self.password}:{self.gid}:{','.join(self.members)}"


def _fields(target: Target, path: str, count: int) -> Iterable[list[str]]:
    for line in (target.read(path) or "").splitlines():
        fields = line.split(":")
        if len(fields) >= count:
            yield fields


def read_users(target: Target) -> dict[str, User]:
    """The users that there are, by name."""
    return {fields[0]: User(fields[:7]) for fields in _fields(target, "/etc/passwd", 7)}


def read_groups(target: Target) -> dict[str, Group]:
    """The groups that there are, by name."""
    groups = {}
    for name, password, gid, members in (fields[:4] for fields in _fields(target, "/etc/group", 4)):
        groups[name] = Group(
            name, int(gid), [member for member in members.split(",") if member], password
        )
    return groups


def read_shadow(target: Target) -> dict[str, list[str]]:
    """The nine fields of /etc/shadow, by name."""
    return {fields[0]: (fields + [""] * 9)[:9] for fields in _fields(target, "/etc/shadow", 2)}


def to_text(accounts: Iterable[User | Group]) -> str:
    """The text of a file of accounts."""
    return "".join(f"{account.line()}\n" for account in accounts)


def read_map(target: Target, name: str) -> dict[str, int]:
    """A set of numbers by name that is remembered, such as `uid-map`."""
    text = target.read(f"{STATE}/{name}")
    return {key: int(value) for key, value in json.loads(text).items()} if text else {}


def write_map(target: Target, name: str, numbers: dict[str, int]) -> None:
    """Remember numbers by name."""
    target.write(f"{STATE}/{name}", json.dumps(numbers, sort_keys=True), 0o644)


def read_names(target: Target, name: str) -> set[str]:
    """Names that an earlier configuration declared, such as `declarative-users`."""
    return set((target.read(f"{STATE}/{name}") or "").split())


def write_names(target: Target, name: str, names: Iterable[str]) -> None:
    """Remember what this configuration declares."""
    target.write(f"{STATE}/{name}", " ".join(sorted(names)), 0o644)
