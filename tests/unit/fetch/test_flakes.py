"""Lock files of flakes: made, completed, kept, and what is wrong with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from neve.errors import FetchError
from neve.fetch import lock_file
from neve.fetch.flakes import FlakeFile, Locker, Tree, parse_input

if TYPE_CHECKING:
    from pathlib import Path

    from neve.fetch.lock_file import Node


def address(name: str) -> dict[str, object]:
    """What a flake file says of an input with this address."""
    return {"url": f"git+https://h/{name}"}


def revision(name: str) -> str:
    """A made-up commit."""
    return f"{ord(name[0]):02x}" * 20


class World:
    """Trees that can be fetched from `https://h/NAME`, and the flake files in them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, FlakeFile] = {}
        self.fetched: list[str] = []
        self.warnings: list[str] = []

    def add(self, place: str, *arguments: str, **inputs: object) -> None:
        """A flake file at `TREE` or `TREE/FOLDER`: names that `outputs` takes, and the value of `inputs`."""
        folder = self.root / place
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "flake.nix").touch()
        self.files[f"{folder}/flake.nix"] = FlakeFile(inputs, arguments)

    def fetch(self, reference: Any, /, *, is_limited: bool = False) -> Tree:
        del is_limited
        url = str(reference.get("url") or f"https://h/{reference['id']}")
        name = url.rpartition("/")[2]
        self.fetched.append(name)
        locked = {"type": "git", "url": url, "rev": revision(name)}
        return Tree(locked, {"outPath": f"/nix/store/{name}"}, str(self.root / name))

    def lock(self) -> Node:
        """The root of a new lock file of `a`, which is written; `fetched` says what it took."""
        self.fetched.clear()
        locker = Locker(self.fetch, self.files.__getitem__, self.warnings.append)
        flake = locker.lock({"type": "git", "url": "https://h/a"})
        (self.root / "a/flake.lock").write_text(lock_file.to_text(flake.root))
        return flake.root


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def inputs_of(root: Node, *path: str) -> dict[str, str]:
    """Input → the name of the tree that it is locked to, or the path of what it follows."""
    node = lock_file.find_input(root, path)
    assert node is not None
    return {
        name: f"={'/'.join(target)}"
        if isinstance(target, tuple)
        else str(target.locked.get("url") or target.locked["path"]).removeprefix("https://h/")
        for name, target in node.inputs.items()
    }


def test_inputs_of_inputs_are_locked(world: World) -> None:
    """By addresses, by names that `outputs` takes, and as trees that are no flakes."""
    world.add("a", "self", "c", b=address("b"), data={**address("d"), "flake": False})
    world.add("b", c=address("c"))
    world.add("c")
    (world.root / "d").mkdir()
    root = world.lock()
    assert inputs_of(root) == {"b": "b", "c": "c", "data": "d"}
    assert inputs_of(root, "b") == {"c": "c"}
    value, _ = lock_file.to_json(root)
    assert value["nodes"]["root"] == {"inputs": {"b": "b", "c": "c_2", "data": "data"}}
    assert value["nodes"]["data"]["flake"] is False
    assert value["nodes"]["c"]["locked"] == {
        "type": "git",
        "url": "https://h/c",
        "rev": revision("c"),
    }
    assert value["nodes"]["c_2"]["original"] == {"type": "indirect", "id": "c"}


def test_inputs_are_replaced_from_above(world: World) -> None:
    """By another tree, or by an input of the one who asks (`follows`); what does not exist is warned of."""
    replaced = {"c": {"follows": "c"}, "e": address("f"), "none": address("f")}
    world.add("a", b={**address("b"), "inputs": replaced}, c=address("c"))
    world.add("b", c=address("x"), e=address("e"))
    world.add("c")
    world.add("f")
    root = world.lock()
    assert inputs_of(root, "b") == {"c": "=c", "e": "f"}
    assert set(world.fetched) == {"a", "b", "c", "f"}
    assert world.warnings == ["input 'b' has an override for a non-existent input 'none'"]


def test_flakes_in_folders_of_others(world: World) -> None:
    """A relative path is one of the tree that asks, and may not leave it."""
    world.add("a", sub={"url": "path:./sub"}, b={"url": "git+https://h/b?dir=in"})
    world.add("a/sub", up={"url": "path:../other"})
    world.add("a/other")
    world.add("b/in")
    root = world.lock()
    assert inputs_of(root) == {"sub": "./sub", "b": "b"}
    value, _ = lock_file.to_json(root)
    assert value["nodes"]["sub"]["parent"] == []
    assert value["nodes"]["up"]["parent"] == ["sub"]
    assert value["nodes"]["b"]["locked"]["dir"] == "in"
    world.add("a/sub", up={"url": "path:../../b"})
    (world.root / "a/flake.lock").unlink()
    with pytest.raises(FetchError, match="leads outside of its flake"):
        world.lock()


def test_what_is_locked_is_not_fetched_again(world: World) -> None:
    """Not even for the inputs of an input; only what `flake.nix` says anew is."""
    world.add("a", b=address("b"))
    world.add("b", c=address("c"))
    world.add("c")
    first = lock_file.to_text(world.lock())
    world.add("b", c=address("other"))
    assert lock_file.to_text(world.lock()) == first
    assert world.fetched == ["a"]
    world.add("a", b={**address("b"), "inputs": {"c": {"follows": "n"}}}, n=address("c"))
    assert inputs_of(world.lock(), "b") == {"c": "=n"}
    assert world.fetched == ["a", "c"]
    # Without the replacement, only the flake itself can say what it wants.
    world.add("a", b=address("b"), n=address("c"))
    world.add("other")
    assert inputs_of(world.lock(), "b") == {"c": "other"}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a": {"b": address("a")}}, "circular import of flake 'git.https://h/a'"),
        ({"a": {"b": {"follows": "c"}, "c": {"follows": "b"}}}, r"follow cycle detected: \["),
        ({"a": {"b": {"follows": "c/d"}}}, "input 'b' follows a non-existent input 'c/d'"),
        ({"a": {"b": address("none")}}, "has no file 'flake.nix'"),
        ({"a": {"b": "text"}}, "a flake input is a set"),
        ({"a": {"b": {**address("b"), "follows": "c"}}}, "both a flake reference and a follows"),
        ({"a": {"b": {**address("b"), "typo": 1}}}, "unexpected flake input attribute 'typo'"),
        ({"a": {"b": {"url": "a b"}}}, "a b"),
    ],
)
def test_flakes_that_cannot_be_locked(
    world: World, files: dict[str, dict[str, object]], words: str
) -> None:
    """Each says what is wrong."""
    for place, inputs in files.items():
        world.add(place, **inputs)
    with pytest.raises(FetchError, match=words):
        world.lock()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "Could not parse 'x.lock'"),
        ('{"version": 8}', "lock file 'x.lock' has unsupported version 8"),
        ('{"version": 7, "root": "r", "nodes": {}}', "Could not parse"),
        (
            json.dumps({"version": 7, "root": "r", "nodes": {"r": {"inputs": {"a": "b"}}}}),
            "references missing node 'b'",
        ),
        (
            json.dumps({"version": 7, "root": "r", "nodes": {"r": {"inputs": {"a": "r"}}}}),
            "contains cycle to root node",
        ),
    ],
)
def test_bad_lock_files(text: str, words: str) -> None:
    """The file is named."""
    with pytest.raises(FetchError, match=words):
        lock_file.parse(text, "x.lock")


def test_inputs_within_inputs() -> None:
    """What a flake says of an input counts from that flake on."""
    asked = parse_input({"inputs": {"x": {"follows": "y/z"}}}, ("b",))
    assert asked.inputs["x"].follows == ("b", "y", "z")
    assert asked.reference is None
