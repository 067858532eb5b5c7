"""The files of accounts: /etc/passwd, /etc/group, /etc/shadow, and what is remembered about numbers."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from activate.target import Target

STATE = "/var/lib/nixos"
# What JSON writes as it is.
_PLAIN = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 !#$%&()*+-./;<=>?@[]^_`{|}~"
)


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
    return _parse_numbers(text) if text else {}


def write_map(target: Target, name: str, numbers: dict[str, int]) -> None:
    """Remember numbers by name."""
    target.write(f"{STATE}/{name}", _render_numbers(numbers), 0o644)


def _parse_numbers(text: str) -> dict[str, int]:
    """A JSON object of numbers. The package for JSON takes long to load, so what is written here is read without it."""
    numbers = {}
    for entry in text.strip()[1:-1].split(", "):
        name, _, value = entry.partition(": ")
        if (
            name[:1] + name[-1:] != '""'
            or not _PLAIN.issuperset(name[1:-1])
            or not value.isdecimal()
        ):
            break
        numbers[name[1:-1]] = int(value)
    else:
        return numbers
    import json

    return {key: int(value) for key, value in json.loads(text).items()}


def _render_numbers(numbers: dict[str, int]) -> str:
    if all(_PLAIN.issuperset(name) for name in numbers):
        return "{" + ", ".join(f'"{name}": {numbers[name]}' for name in sorted(numbers)) + "}"
    import json

    return json.dumps(numbers, sort_keys=True)


def read_names(target: Target, name: str) -> set[str]:
    """Names that an earlier configuration declared, such as `declarative-users`."""
    return set((target.read(f"{STATE}/{name}") or "").split())


def write_names(target: Target, name: str, names: Iterable[str]) -> None:
    """Remember what this configuration declares."""
    target.write(f"{STATE}/{name}", " ".join(sorted(names)), 0o644)
