"""Flakes: references, and outputs from a lock file, with a host that knows the trees."""

import json
from pathlib import Path
from typing import Any

import pytest

from neve import _core
from neve.errors import EvaluationError, NeveError
from neve.lang.host import Effects, Host
from neve.lang.session import Session
from neve.settings import Settings

HASHES = "0123456789abcdfghijklmnpqrsvwxyz"


TREES: dict[str, dict[str, str]] = {
    "root": {
        "flake.nix": "{ outputs = { self, lib, near, plain, ... }: {"
        " sum = lib.one + near.two; file = plain.outPath; me = self.sum; commit = self.rev or null; }; }",
        "near/flake.nix": "{ outputs = { self, lib }: { two = lib.one + lib.one; path = self.outPath; }; }",
    },
    "lib": {"sub/flake.nix": "{ outputs = { self }: { one = 1; date = self.lastModifiedDate; }; }"},
    "plain": {"data": "x"},
}


def tree_path(store: Path, name: str) -> str:
    """A store path for a tree; the hash is made up."""
    return f"{store}/{HASHES[list(TREES).index(name)] * 32}-source"


@pytest.fixture
def session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Session, list[dict[str, Any]]]:
    """A flake with inputs in a subfolder, of another flake, in its own tree, and that is no flake."""
    store = tmp_path / "store"
    for name, files in TREES.items():
        for file, text in files.items():
            path = Path(tree_path(store, name)) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    lock = {
        "version": 7,
        "root": "root",
        "nodes": {
            "root": {"inputs": {"lib": "lib", "near": "near", "plain": "plain"}},
            "lib": {
                "locked": {
                    "type": "github",
                    "owner": "a",
                    "repo": "lib",
                    "rev": "1" * 40,
                    "dir": "sub",
                }
            },
            "near": {
                "inputs": {"lib": ["lib"]},
                "locked": {"type": "path", "path": "./near"},
                "parent": [],
            },
            "plain": {"locked": {"type": "tarball", "url": "https://h/plain.tar"}, "flake": False},
        },
    }
    fetched: list[dict[str, Any]] = []

    def fetch(function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        fetched.append({"function": function, **arguments})
        if function == "getFlake":
            info = {"outPath": tree_path(store, "root"), "lastModified": 0}
            return {
                "lockFile": json.dumps(lock),
                "overrides": {"root": {"sourceInfo": info, "dir": ""}},
            }
        name = "lib" if arguments["type"] == "github" else "plain"
        return {
            "outPath": tree_path(store, name),
            "rev": arguments.get("rev"),
            "lastModified": 1686503798,
        }

    monkeypatch.setattr(Host, "is_valid_path", lambda _self, _path: True)
    settings = Settings({"HOME": "/homeless", "NIX_STORE_DIR": str(store)})
    settings.apply("experimental-features = nix-command flakes", "test.conf")
    made = Session(settings, is_read_only=True, say=lambda *_: None, effects=Effects(fetch=fetch))
    return made, fetched


Made = tuple[Session, list[dict[str, Any]]]


def test_inputs_are_fetched_as_the_lock_file_says(session: Made) -> None:
    """Subfolders, `follows`, inputs below their parent, and trees that are no flakes come together."""
    evaluator, fetched = session
    flake = evaluator.evaluate('builtins.getFlake "git+https://h/root?dir=d"')
    assert evaluator.select(flake, "sum").as_python() == 3
    assert evaluator.select(flake, "me").as_python() == 3
    assert evaluator.select(flake, "commit").as_python() is None
    assert str(evaluator.select(flake, "file").as_python()).endswith("-source")
    assert str(evaluator.select(flake, "inputs.near.path").as_python()).endswith("-source/./near")
    assert evaluator.select(flake, "inputs.lib.shortRev").as_python() == "1111111"
    assert evaluator.select(flake, "inputs.lib.date").as_python() == "20230611171638"
    assert evaluator.select(flake, "_type").as_python() == "flake"
    assert fetched[0] == {
        "function": "getFlake",
        "type": "git",
        "url": "https://h/root",
        "dir": "d",
    }
    assert {
        "function": "fetchTree",
        "__final": True,
        "type": "tarball",
        "url": "https://h/plain.tar",
    } in fetched


def test_nothing_is_fetched_that_is_not_needed(session: Made) -> None:
    """Only the flake itself is asked for as long as no output of an input is."""
    evaluator, fetched = session
    evaluator.evaluate('builtins.attrNames (builtins.getFlake "path:/root").inputs')
    assert [entry["function"] for entry in fetched] == ["getFlake"]


def test_trees_are_described_as_their_fetcher_knows_them(session: Made) -> None:
    """What is no commit has no `rev` for `fetchTree`, and the commit 0 for `fetchGit`."""
    evaluator, fetched = session
    tree = evaluator.evaluate('builtins.fetchTree { type = "tarball"; url = "https://h/x.tar"; }')
    assert tree.attr_names() == ["lastModified", "lastModifiedDate", "outPath"]
    commit = evaluator.evaluate('fetchGit "git@h:r"')
    assert evaluator.select(commit, "rev").as_python() == "0" * 40
    assert evaluator.select(commit, "submodules").as_python() is False
    assert fetched[-1] == {
        "function": "fetchGit",
        "type": "git",
        "url": "ssh://git@h/r",
        "exportIgnore": True,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('builtins.getFlake "nixpkgs#x"', "unexpected fragment 'x' in flake reference 'nixpkgs#x'"),
        ('builtins.fetchTree { type = "git"; }', "input attribute 'url' is missing"),
        (
            'builtins.fetchTree { type = "git"; url = "/x"; bad = 1; }',
            "'bad' not supported by scheme",
        ),
        ('builtins.fetchTree "file:./x.tar"', "must use an absolute path"),
        ("builtins.fetchGit { url = 1; }", "input attribute .url. is not a string"),
    ],
)
def test_bad_references_never_reach_the_host(session: Made, text: str, message: str) -> None:
    """They are refused in Nix's words."""
    evaluator, fetched = session
    with pytest.raises(EvaluationError, match=message):
        evaluator.evaluate(text)
    assert not fetched


def test_references_for_python() -> None:
    """Attributes and URLs turn into each other; what is neither is a `ValueError`."""
    attrs = _core.parse_flake_ref("github:NixOS/nixpkgs/23.05?dir=lib")
    assert attrs == {
        "type": "github",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "ref": "23.05",
        "dir": "lib",
    }
    assert _core.show_flake_ref(attrs) == "github:NixOS/nixpkgs/23.05?dir=lib"
    with pytest.raises(ValueError, match="is not an absolute path"):
        _core.parse_flake_ref("./here")
    with pytest.raises(ValueError, match="'type' attribute"):
        _core.show_flake_ref({})
    with pytest.raises(TypeError, match="'x' of a flake reference is a 'NoneType'"):
        _core.show_flake_ref({"x": None})  # type: ignore[dict-item]


def test_without_fetchers_a_flake_is_an_error() -> None:
    """It says what cannot be fetched."""
    settings = Settings({"HOME": "/homeless"})
    settings.apply("experimental-features = flakes", "test.conf")
    session = Session(settings, is_read_only=True)
    with pytest.raises(NeveError, match="cannot fetch 'indirect'"):
        session.evaluate('builtins.getFlake "nixpkgs"')
