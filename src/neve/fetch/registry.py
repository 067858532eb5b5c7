"""Registries of short names: files of the user and of the system, and one for everybody (format version 2)."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from neve import _core
from neve.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Reference = Mapping[str, Any]

_LONGEST_CHAIN: Final = 100
_VERSION: Final = 2


@dataclass(frozen=True)
class Entry:
    """One name and what it stands for."""

    source: dict[str, Any]
    target: dict[str, Any]
    is_exact: bool = False
    """Whether only the very same reference is meant, not another version of it as well."""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Entry:
        """From an element of `flakes`; raises `KeyError`, `TypeError`, `ValueError`."""
        return cls(dict(value["from"]), dict(value["to"]), bool(value.get("exact", False)))

    def apply(self, reference: Reference) -> dict[str, Any] | None:
        """What a reference stands for by this entry, if it is about it."""
        if self.is_exact:
            return dict(self.target) if dict(reference) == self.source else None
        if any(reference.get(name) != value for name, value in self.source.items()):
            return None
        extra = reference.keys() - self.source.keys()
        if not extra <= {"ref", "rev", "dir"}:
            return None
        chosen = {name: reference[name] for name in extra}
        if "rev" in chosen or "ref" in chosen:
            kept = {key: value for key, value in self.target.items() if key not in {"ref", "rev"}}
            return {**kept, **chosen}
        return {**self.target, **chosen}


@dataclass(frozen=True)
class Registries:
    """Where short names are looked up."""

    user_files: tuple[str, ...] = ()
    """Of the user and of the system, in this order."""
    read_global: Callable[[], str] | None = None
    """The text of the registry for everybody; nothing where it is not used."""
    global_name: str = ""
    """Its address, for messages."""
    overrides: Sequence[Entry] = ()
    """What a command line says, which counts first and for everybody."""

    def resolve(self, reference: Reference, *, is_limited: bool = False) -> dict[str, Any]:
        """What a reference stands for in the end; itself when no registry knows it.

        With `is_limited`, the files of the user and of the system do not count: so it is for what a flake asks for,
        which means the same to everybody. Raises `FetchError`.
        """
        found = dict(reference)
        for _ in range(_LONGEST_CHAIN):
            following = self._step(found, is_limited=is_limited)
            if following is None:
                return found
            found = following
        raise FetchError(
            f"cycle detected in flake registry for '{_core.show_flake_ref(dict(reference))}'"
        )

    def _step(self, reference: Reference, *, is_limited: bool) -> dict[str, Any] | None:
        for entry in self._entries(is_limited=is_limited):
            found = entry.apply(reference)
            if found is not None:
                return found
        return None

    def _entries(self, *, is_limited: bool) -> Iterator[Entry]:
        yield from self.overrides
        for file in () if is_limited else self.user_files:
            if os.path.exists(file):
                yield from load(file)
        if self.read_global is not None:
            yield from parse(self.read_global(), self.global_name)


def load(file: str) -> list[Entry]:
    """The entries of a file; raises `FetchError`."""
    try:
        with open(file, encoding="utf-8") as stream:
            text = stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise FetchError(f"cannot read the flake registry '{file}': {error}") from error
    return parse(text, file)


def parse(text: str, name: str) -> list[Entry]:
    """The entries of a registry's text; raises `FetchError`."""
    try:
        value = json.loads(text)
        version = value.get("version")
        if version != _VERSION:
            raise FetchError(f"flake registry '{name}' has unsupported version {version}")
        return [Entry.from_json(entry) for entry in value["flakes"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FetchError(f"cannot read the flake registry '{name}': {error}") from error
