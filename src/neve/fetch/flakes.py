"""Flakes: their trees, what their files ask for, and lock files made or completed from that."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from neve import _core
from neve.errors import FetchError, NeveError
from neve.fetch import lock_file
from neve.fetch.lock_file import InputPath, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Reference = Mapping[str, Any]


@dataclass(frozen=True)
class Input:
    """What a flake file says of an input."""

    reference: dict[str, Any] | None = None
    follows: InputPath | None = None
    """From the root of the lock file on."""
    is_flake: bool = True
    inputs: dict[str, Input] = field(default_factory=dict)
    """Replacements for inputs of that input."""


@dataclass(frozen=True)
class FlakeFile:
    """What `flake.nix` holds, but for its outputs."""

    inputs: Mapping[str, Any]
    """The value of `inputs`: name → attributes."""
    arguments: tuple[str, ...] = ()
    """Names that the function `outputs` takes."""
    config: Mapping[str, str] = field(default_factory=dict)
    """What `nixConfig` wants of settings: name → text as in `nix.conf`."""


@dataclass(frozen=True)
class Tree:
    """A tree that was fetched."""

    locked: dict[str, Any]
    """Attributes that say all there is to know of it."""
    result: dict[str, Any]
    """As `fetchTree` answers."""
    folder: str
    """Where it lies on this machine."""


class FetchTree(Protocol):
    """Fetches a tree by its attributes; raises `NeveError`."""

    def __call__(self, reference: Reference, /, *, is_limited: bool = False) -> Tree:
        """With `is_limited`, the registries of this user and system do not count."""


@dataclass(frozen=True)
class Place:
    """Where a flake's file lies."""

    tree: Tree
    folder: str
    """Within the tree, `""` at its top."""

    @property
    def path(self) -> str:
        """The folder on this machine."""
        return posixpath.join(self.tree.folder, self.folder) if self.folder else self.tree.folder


@dataclass(frozen=True)
class LockedFlake:
    """A flake and the versions of all that it needs."""

    root: Node
    is_changed: bool
    """Whether the lock file of the flake says something else."""
    tree: Tree
    folder: str
    fetched: dict[Node, Place]
    """Trees that were needed to find this out."""
    old_root: Node = field(default_factory=Node)
    """What the lock file says now."""
    config: Mapping[str, str] = field(default_factory=dict)
    """The settings that the flake wishes, see `FlakeFile.config`."""


@dataclass(frozen=True)
class LockWishes:
    """What whoever locks a flake wants of its lock file, beside that it is complete."""

    recreates: bool = False
    """Whether all inputs are looked up anew."""
    updates: frozenset[InputPath] = frozenset()
    """Inputs that are looked up anew."""
    overrides: Mapping[InputPath, dict[str, Any]] = field(default_factory=dict)
    """Inputs and the references that take the place of theirs."""
    reference_file: str | None = None
    """A lock file that is read in place of the flake's own."""


@dataclass(frozen=True)
class _Override:
    input: Input
    place: Place
    parent: InputPath


@dataclass(frozen=True)
class _Spot:
    """Where in the graph inputs are looked at."""

    node: Node
    path: InputPath
    old: Node | None
    """The same in a lock file that was there before."""
    place: Place
    is_trusted: bool = False
    """Whether the inputs come from a lock file."""


class Locker:
    """Makes lock files."""

    def __init__(
        self, fetch: FetchTree, read_file: Callable[[str], FlakeFile], warn: Callable[[str], None]
    ) -> None:
        self._fetch: Final = fetch
        self._read_file: Final = read_file
        self._warn: Final = warn
        self._overrides: Final[dict[InputPath, _Override]] = {}
        self._fetched: Final[dict[Node, Place]] = {}
        self._parents: Final[list[dict[str, Any]]] = []
        self._wishes = LockWishes()

    def lock(self, reference: Reference, wishes: LockWishes | None = None) -> LockedFlake:
        """The flake at a reference; raises `FetchError`, and what fetching and reading raise."""
        self._wishes = wishes or LockWishes()
        place = self._fetch_flake(reference, is_limited=False)
        try:
            return self._lock(place)
        except NeveError as error:
            shown = _core.show_flake_ref(_with_dir(place.tree.locked, place.folder))
            error.add_note(f"while updating the lock file of flake '{shown}'")
            raise

    def _lock(self, place: Place) -> LockedFlake:
        file = self._read_flake_file(place)
        inputs = _inputs(file, ())
        old = self._read_old_lock(place)
        root = Node()
        for path, target in self._wishes.overrides.items():
            self._overrides[path] = _Override(Input(target), place, ())
        known = None if self._wishes.recreates else old
        self._add_inputs(inputs, _Spot(root, (), known, place))
        self._warn_of_strangers(root)
        lock_file.check_follows(root)
        is_changed = lock_file.to_json(root)[0] != lock_file.to_json(old)[0]
        return LockedFlake(
            root, is_changed, place.tree, place.folder, self._fetched, old, file.config
        )

    def _read_old_lock(self, place: Place) -> Node:
        file = self._wishes.reference_file
        return read_lock(place) if file is None else read_lock_file(file)

    def _warn_of_strangers(self, root: Node) -> None:
        """Says which wishes are about inputs that the flake does not have."""
        for path, target in self._wishes.overrides.items():
            if not _has_input(root, path):
                shown = f"{'/'.join(path)} {_core.show_flake_ref(target)}"
                self._warn(f"the flag '--override-input {shown}' does not match any input")
        for path in sorted(self._wishes.updates):
            if not _has_input(root, path):
                self._warn(f"'{'/'.join(path)}' does not match any input of this flake")

    def _fetch_flake(self, reference: Reference, *, is_limited: bool) -> Place:
        folder = str(reference.get("dir", ""))
        tree = self._fetch(_without_dir(reference), is_limited=is_limited)
        return Place(tree, str(tree.locked.get("dir") or folder))

    def _inputs(self, place: Place, path: InputPath) -> dict[str, Input]:
        return _inputs(self._read_flake_file(place), path)

    def _read_flake_file(self, place: Place) -> FlakeFile:
        name = f"{place.path}/flake.nix"
        if not os.path.exists(name):
            shown = _core.show_flake_ref(_with_dir(place.tree.locked, place.folder))
            raise FetchError(f"'{shown}' is no flake: it has no file 'flake.nix'")
        return self._read_file(name)

    # -- one level of the graph

    def _add_inputs(self, inputs: Mapping[str, Input], spot: _Spot) -> None:
        for name, asked in sorted(inputs.items()):
            self._note_overrides(asked, (*spot.path, name), spot)
        for path in self._overrides:
            if path[:-1] == spot.path and path[-1] not in inputs:
                self._warn(
                    f"input '{'/'.join(spot.path)}' has an override for a non-existent input '{path[-1]}'"
                )
        for name, asked in sorted(inputs.items()):
            try:
                self._add_input(name, asked, spot)
            except NeveError as error:
                error.add_note(f"while updating the flake input '{'/'.join((*spot.path, name))}'")
                raise

    def _note_overrides(self, asked: Input, path: InputPath, spot: _Spot) -> None:
        for name, inner in asked.inputs.items():
            if inner.reference is not None or inner.follows is not None:
                override = _Override(inner, spot.place, spot.path)
                self._overrides.setdefault((*path, name), override)
            self._note_overrides(inner, (*path, name), spot)

    def _add_input(self, name: str, asked: Input, spot: _Spot) -> None:
        path = (*spot.path, name)
        override = self._overrides.get(path)
        place, parent = spot.place, spot.path
        if override is not None:
            # Whether it is a flake is up to whoever uses it.
            asked = replace(override.input, is_flake=asked.is_flake)
            place, parent = override.place, override.parent
        if asked.follows is not None:
            spot.node.inputs[name] = asked.follows
            return
        reference = asked.reference or {"type": "indirect", "id": name}
        node = Node(
            original=reference,
            is_flake=asked.is_flake,
            parent=parent if is_relative(reference) else None,
        )
        old = spot.old.inputs.get(name) if spot.old is not None else None
        if path in self._wishes.updates or path in self._wishes.overrides:
            old = None
        spot.node.inputs[name] = node
        if isinstance(old, Node) and (old.original, old.parent) == (reference, node.parent):
            self._keep_input(node, old, replace(spot, path=path, place=place))
        else:
            self._lock_input(node, path, place)

    # -- an input that the old lock file knows

    def _keep_input(self, node: Node, old: Node, spot: _Spot) -> None:
        """Takes the old version over. Its flake is fetched only when what it follows may have changed."""
        node.locked, node.is_flake = old.locked, old.is_flake
        if spot.is_trusted or not self._has_lost_follows(old, spot.path):
            known = {name: _from_lock(target) for name, target in old.inputs.items()}
            self._add_inputs(known, replace(spot, node=node, old=old, is_trusted=True))
            return
        place = self._locate(old.locked, spot.place)
        self._fetched[node] = place
        inputs = self._inputs(place, spot.path)
        self._add_inputs(inputs, _Spot(node, spot.path, old, place))

    def _has_lost_follows(self, old: Node, path: InputPath) -> bool:
        return any(
            isinstance(target, tuple) and (*path, name) not in self._overrides
            for name, target in old.inputs.items()
        )

    # -- a new one

    def _lock_input(self, node: Node, path: InputPath, place: Place) -> None:
        reference = node.original
        # What a person at the command line names means what it means there.
        is_limited = path not in self._wishes.overrides
        found = self._locate(reference, place, is_limited=is_limited)
        self._fetched[node] = found
        if is_relative(reference):
            node.locked = dict(reference)
        else:
            node.locked = _with_dir(found.tree.locked, found.folder)
        if not node.is_flake:
            return
        if reference in self._parents:
            raise FetchError(
                f"found circular import of flake '{_core.show_flake_ref(dict(reference))}'"
            )
        self._parents.append(reference)
        try:
            spot = _Spot(node, path, read_lock(found), found)
            self._add_inputs(self._inputs(found, path), spot)
        finally:
            self._parents.pop()

    def _locate(self, reference: Reference, place: Place, *, is_limited: bool = True) -> Place:
        if not is_relative(reference):
            return self._fetch_flake(reference, is_limited=is_limited)
        folder = posixpath.normpath(posixpath.join(place.folder, str(reference["path"])))
        if folder.startswith(".."):
            raise FetchError(f"relative path '{reference['path']}' leads outside of its flake")
        return Place(place.tree, "" if folder == "." else folder)


def _inputs(file: FlakeFile, path: InputPath) -> dict[str, Input]:
    """What the flake at a path of the graph needs, by name."""
    found = {key: parse_input(value, path) for key, value in file.inputs.items() if key != "self"}
    for argument in file.arguments:
        if argument != "self":
            found.setdefault(argument, Input(_core.parse_flake_ref(argument)))
    return found


def is_relative(reference: Reference) -> bool:
    """Whether it is a path within the flake that asks for it."""
    return reference.get("type") == "path" and not str(reference.get("path", "/")).startswith("/")


def read_lock(place: Place) -> Node:
    """The root of a flake's lock file; an empty one where there is no file. Raises `FetchError`."""
    return read_lock_file(f"{place.path}/flake.lock")


def read_lock_file(file: str) -> Node:
    """The root of a lock file; an empty one where there is no file. Raises `FetchError`."""
    try:
        with open(file, encoding="utf-8") as stream:
            return lock_file.parse(stream.read(), file)
    except FileNotFoundError:
        return Node()
    except (OSError, UnicodeDecodeError) as error:
        raise FetchError(f"cannot read '{file}': {error}") from error


def _has_input(root: Node, path: InputPath) -> bool:
    node: Node | InputPath | None = root
    for name in path:
        node = node.inputs.get(name) if isinstance(node, Node) else None
    return node is not None


def parse_input(value: object, path: InputPath) -> Input:
    """What a flake at `path` says of an input, from its value in `flake.nix`; raises `FetchError`."""
    if not isinstance(value, dict):
        raise FetchError(f"a flake input is a set of attributes, but here it is '{value}'")
    attributes = dict(value)
    is_flake = bool(attributes.pop("flake", True))
    inner = {name: parse_input(asked, path) for name, asked in attributes.pop("inputs", {}).items()}
    text = attributes.pop("follows", None)
    follows = None
    if text is not None:
        follows = (*path, *(part for part in str(text).split("/") if part))
    reference = _parse_reference(attributes)
    if reference is not None and follows is not None:
        raise FetchError("flake input has both a flake reference and a follows attribute")
    return Input(reference, follows, is_flake, inner)


def _parse_reference(attributes: dict[str, Any]) -> dict[str, Any] | None:
    if "type" in attributes:
        return attributes
    url = attributes.pop("url", None)
    if attributes:
        raise FetchError(f"unexpected flake input attribute '{min(attributes)}'")
    if url is None:
        return None
    text = str(url)
    if text.startswith("."):
        text = f"path:{text}"
    try:
        return _core.parse_flake_ref(text)
    except ValueError as error:
        raise FetchError(str(error)) from error


def _from_lock(target: Node | InputPath) -> Input:
    if isinstance(target, tuple):
        return Input(follows=target)
    return Input(target.original, is_flake=target.is_flake)


def _without_dir(reference: Reference) -> dict[str, Any]:
    return {name: value for name, value in reference.items() if name != "dir"}


def _with_dir(reference: Reference, folder: str) -> dict[str, Any]:
    plain = _without_dir(reference)
    return {**plain, "dir": folder} if folder else plain
