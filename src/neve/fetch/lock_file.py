"""Lock files of flakes: which version of each input is used (`flake.lock`, version 7)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from neve.errors import FetchError

VERSION: Final = 7
_OLDEST_VERSION: Final = 5

InputPath = tuple[str, ...]
"""Names of inputs from the root of a lock file on."""


@dataclass(eq=False)
class Node:
    """A flake or another tree, and its inputs; the root has no reference of its own."""

    locked: dict[str, Any] = field(default_factory=dict)
    """Attributes that say all there is to know."""
    original: dict[str, Any] = field(default_factory=dict)
    """What `flake.nix` says."""
    is_flake: bool = True
    parent: InputPath | None = None
    """For a path within another flake: that flake."""
    inputs: dict[str, Node | InputPath] = field(default_factory=dict)
    """Input name → a node, or the path of an input that takes its place (`follows`)."""


def parse(text: str, file: str) -> Node:
    """The root of a lock file; raises `FetchError`."""
    try:
        value = json.loads(text)
        version = value.get("version", 0)
        if not _OLDEST_VERSION <= version <= VERSION:
            raise FetchError(f"lock file '{file}' has unsupported version {version}")
        return _Reader(value["nodes"], value["root"]).read()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FetchError(f"Could not parse '{file}': {error}") from error


class _Reader:
    def __init__(self, values: dict[str, Any], root: str) -> None:
        self._values: Final = values
        self._root: Final = root
        self._nodes: Final[dict[str, Node]] = {}

    def read(self) -> Node:
        root = Node()
        self._nodes[self._root] = root
        self._read_inputs(root, self._values[self._root])
        return root

    def _read_inputs(self, node: Node, value: dict[str, Any]) -> None:
        for name, target in value.get("inputs", {}).items():
            node.inputs[name] = tuple(target) if isinstance(target, list) else self._find(target)

    def _find(self, key: str) -> Node:
        if key == self._root:
            raise FetchError("lock file contains cycle to root node")
        if key not in self._nodes:
            if key not in self._values:
                raise FetchError(f"lock file references missing node '{key}'")
            value = self._values[key]
            parent = value.get("parent")
            node = Node(
                # Once there was a place of its own for what is not asked for.
                {**value["locked"], **value.get("info", {})},
                dict(value["original"]),
                bool(value.get("flake", True)),
                None if parent is None else tuple(parent),
            )
            self._nodes[key] = node
            self._read_inputs(node, value)
        return self._nodes[key]


def to_json(root: Node) -> tuple[dict[str, Any], dict[Node, str]]:
    """The value of a lock file, and which key each node has in it."""
    nodes: dict[str, Any] = {}
    keys: dict[Node, str] = {}
    _dump(root, "root", keys, nodes)
    return {"version": VERSION, "root": keys[root], "nodes": nodes}, keys


def to_text(root: Node) -> str:
    """A lock file as it is written."""
    return json.dumps(to_json(root)[0], indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _dump(node: Node, name: str, keys: dict[Node, str], nodes: dict[str, Any]) -> str:
    if node in keys:
        return keys[node]
    taken = set(keys.values())
    key, number = name, 2
    while key in taken:
        key, number = f"{name}_{number}", number + 1
    keys[node] = key
    value: dict[str, Any] = {}
    if node.inputs:
        value["inputs"] = {
            child: list(target) if isinstance(target, tuple) else _dump(target, child, keys, nodes)
            for child, target in sorted(node.inputs.items())
        }
    if node.original:
        value["original"] = node.original
        value["locked"] = node.locked
        if not node.is_flake:
            value["flake"] = False
        if node.parent is not None:
            value["parent"] = list(node.parent)
    nodes[key] = value
    return key


def find_input(root: Node, path: InputPath, visited: tuple[InputPath, ...] = ()) -> Node | None:
    """The node at a path, through `follows`; raises `FetchError` for a cycle."""
    if path in visited:
        cycle = [*visited[visited.index(path) :], path]
        raise FetchError(f"follow cycle detected: [{' -> '.join(map('/'.join, cycle))}]")
    node = root
    for name in path:
        target = node.inputs.get(name)
        found = find_input(root, target, (*visited, path)) if isinstance(target, tuple) else target
        if found is None:
            return None
        node = found
    return node


def check_follows(root: Node, node: Node | None = None, path: InputPath = ()) -> None:
    """Raises `FetchError` for a cycle of `follows`, and for one that leads nowhere."""
    for name, target in (node or root).inputs.items():
        if isinstance(target, Node):
            check_follows(root, target, (*path, name))
        elif target and find_input(root, target) is None:
            raise FetchError(
                f"input '{'/'.join((*path, name))}' follows a non-existent input '{'/'.join(target)}'"
            )
