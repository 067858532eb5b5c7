"""Profiles of `nix profile`: a list of packages in `manifest.json`, version 3, as C++ Nix writes it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from neve import terminal
from neve.builder.builtin import BuiltinError
from neve.builder.builtin.buildenv import EnvironmentBuilder, Package
from neve.errors import NeveError, UsageError
from neve.lang.package_names import PackageName, Selector
from neve.store.adding import Ingestion
from neve.store.paths import name_part
from neve.store.profiles import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from neve.store import Store

DEFAULT_PRIORITY: Final = 5
_VERSION: Final = 3
_URL_KEYS: Final = {1: ("originalUri", "uri"), 2: ("originalUrl", "url"), 3: ("originalUrl", "url")}
_HOW_TO_CHOOSE: Final = (
    "'nix profile remove NAME' takes a package out; of those added with 'nix profile add --priority N', "
    "the one with the smaller number has the file."
)
_NOTHING: Final = "∅"


@dataclass(frozen=True)
class Source:
    """The flake that a package comes from."""

    original_url: str
    url: str
    """The version that was used."""
    attr_path: str
    outputs: tuple[str, ...] | None = None
    """Chosen outputs, `*` for all; nothing when the package says which."""

    @property
    def outputs_suffix(self) -> str:
        """What follows the attribute path on a command line."""
        return "" if self.outputs is None else f"^{','.join(self.outputs)}"

    @property
    def installable(self) -> str:
        """How the package is named on a command line."""
        return f"{self.original_url}#{self.attr_path}{self.outputs_suffix}"


@dataclass(frozen=True)
class Element:
    """A package in a profile."""

    store_paths: tuple[str, ...]
    source: Source | None = None
    is_active: bool = True
    priority: int = DEFAULT_PRIORITY

    @property
    def identifier(self) -> str:
        """What it is called in messages."""
        if self.source is not None:
            return self.source.installable
        return ", ".join(sorted({PackageName(name_part(path)).name for path in self.store_paths}))

    @property
    def versions(self) -> str:
        """The versions of its store paths."""
        found = sorted({PackageName(name_part(path)).version for path in self.store_paths})
        return ", ".join(version or "ε" for version in found) or _NOTHING

    @property
    def default_name(self) -> str:
        """The name that it gets in a profile."""
        return self.identifier if self.source is None else name_from_source(self.source)

    def as_json(self) -> dict[str, Any]:
        """The object in the list."""
        value: dict[str, Any] = {
            "active": self.is_active,
            "priority": self.priority,
            "storePaths": sorted(self.store_paths),
        }
        if self.source is not None:
            outputs = self.source.outputs
            value |= {
                "originalUrl": self.source.original_url,
                "url": self.source.url,
                "attrPath": self.source.attr_path,
                "outputs": None if outputs is None else list(outputs),
            }
        return value


def name_from_source(source: Source) -> str:
    """The end of the attribute path; for a default package, the name of the flake."""
    last = source.attr_path.rpartition(".")[2].strip('"')
    if last and last != "default" and not last.startswith("defaultPackage"):
        return last
    address, _, query = source.original_url.partition("?")
    for parameter in query.split("&"):
        if parameter.startswith("dir="):
            return parameter.rpartition("/")[2].removeprefix("dir=")
    scheme, _, path = address.partition(":")
    parts = [part for part in path.split("/") if part]
    is_forge = scheme in {"github", "gitlab", "sourcehut"}
    name = parts[1] if is_forge and len(parts) > 1 else (parts or [address])[-1]
    return name.removesuffix(".git")


@dataclass
class Manifest:
    """The packages of a profile by name."""

    elements: dict[str, Element] = field(default_factory=dict)

    @classmethod
    def read(cls, profile: str) -> Manifest:
        """That of a profile or of one of its generations; an empty one where there is none. Raises `NeveError`."""
        file = f"{profile}/manifest.json"
        try:
            with open(file, encoding="utf-8") as stream:
                value = json.load(stream)
        except FileNotFoundError:
            if os.path.exists(f"{profile}/manifest.nix"):
                raise NeveError(
                    f"profile '{profile}' was made by 'nix-env'; use that, or another profile (--profile)"
                ) from None
            return cls()
        except (OSError, ValueError) as error:
            raise NeveError(f"cannot read the profile manifest '{file}': {error}") from error
        version = value.get("version", 0)
        if version not in _URL_KEYS:
            raise NeveError(f"profile manifest '{file}' has unsupported version {version}")
        return cls._from_json(value["elements"], _URL_KEYS[version])

    @classmethod
    def _from_json(cls, elements: Any, keys: tuple[str, str]) -> Manifest:
        manifest = cls()
        named = elements.items() if isinstance(elements, dict) else [(None, e) for e in elements]
        for name, value in named:
            source = None
            if value.get(keys[1]):
                outputs = value.get("outputs")
                source = Source(
                    value[keys[0]],
                    value[keys[1]],
                    value["attrPath"],
                    None if outputs is None else tuple(outputs),
                )
            priority = value.get("priority", DEFAULT_PRIORITY)
            element = Element(tuple(value["storePaths"]), source, value["active"], priority)
            manifest.add(name or element.default_name, element)
        return manifest

    def add(self, name: str, element: Element) -> None:
        """Adds a package, under another name when the name is taken."""
        free, number = name, 1
        while free in self.elements:
            free, number = f"{name}-{number}", number + 1
        self.elements[free] = element

    def as_json(self) -> dict[str, Any]:
        """The value of the file."""
        elements = {name: element.as_json() for name, element in sorted(self.elements.items())}
        return {"version": _VERSION, "elements": elements}

    def build(self, store: Store) -> str:
        """The store path of an environment with the packages; raises `NeveError` when two have the same file."""
        packages = [
            Package(path, is_active=True, priority=element.priority)
            for _, element in sorted(self.elements.items())
            for path in sorted(element.store_paths)
            if element.is_active
        ]
        references = {path for element in self.elements.values() for path in element.store_paths}
        with store.temporary_directory() as folder:
            target = f"{folder}/profile"
            os.mkdir(target)
            try:
                EnvironmentBuilder(store, target).add_all(packages)
            except BuiltinError as error:
                raise NeveError(f"{error}\n{_HOW_TO_CHOOSE}") from error
            text = json.dumps(
                self.as_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False
            )
            with open(f"{target}/manifest.json", "w", encoding="utf-8") as stream:
                stream.write(text)
            how = Ingestion(references=frozenset(references))
            return store.add_path(target, name="profile", how=how).path

    def switch(self, store: Store, link: str) -> None:
        """Makes a generation of a profile with these packages and goes to it."""
        path = self.build(store)
        profile = Profile(link, store.log)
        with profile.locked():
            profile.switch_link(profile.create_generation(store, path))

    # -- choosing

    def choose(self, names: Iterable[str], patterns: Iterable[str], *, wants_all: bool) -> set[str]:
        """The names of elements that operands mean; warns of those that mean none. Raises `UsageError`."""
        names, patterns = list(names), list(patterns)
        if not (names or patterns or wants_all):
            raise UsageError("No packages specified.")
        if wants_all and (names or patterns):
            raise UsageError("--all cannot be used with package names or regular expressions.")
        if not self.elements:
            terminal.warn("There are no packages in the profile.")
            return set()
        if wants_all:
            return set(self.elements)
        chosen: set[str] = set()
        for title, found in self._matches(names, patterns):
            if not found:
                terminal.warn(f"{title} does not match any packages in the profile.")
            chosen |= found
        return chosen

    def _matches(self, names: list[str], patterns: list[str]) -> Iterator[tuple[str, set[str]]]:
        for name in names:
            if name.isdigit():
                raise UsageError(f"'nix profile' no longer supports indices ('{name}')")
            if name.startswith("/"):
                by_path = {key for key, item in self.elements.items() if name in item.store_paths}
                yield f"Store path '{name}'", by_path
            else:
                yield f"Package name '{name}'", {name} & self.elements.keys()
        for text in patterns:
            pattern = Selector.compile(text, re.IGNORECASE)
            matching = {
                key for key, item in self.elements.items() if pattern.fullmatch(item.identifier)
            }
            yield f"Regex '{text}'", matching


def describe_difference(before: Mapping[str, Element], after: Mapping[str, Element]) -> list[str]:
    """What changed from one state of a profile to another, a line for each package."""
    lines: list[str] = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        shown = new or old
        assert shown is not None  # noqa: S101 - it is in one of them
        versions = [_NOTHING if item is None else item.versions for item in (old, new)]
        if old is None or new is None or versions[0] != versions[1]:
            lines.append(f"{shown.identifier}: {versions[0]} -> {versions[1]}")
    return lines or ["No changes."]
