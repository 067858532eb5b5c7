"""The channel's library, `nixpkgs/lib`: its own tests, what its errors say, and the examples in its comments."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import neve

ROOT = Path(__file__).parents[2]
LIB = ROOT / "nixpkgs" / "lib"
TESTS = LIB / "tests"
NOT_RUN = ("default.nix", "errors.nix")
SETTINGS = {"show-trace": True}

# An example in a comment: an expression and its value, on one line.
EXAMPLE = re.compile(r"Example: `(.+)` => `(.+)`")


# The sets whose names are documented one by one; `misc` holds what nobody should use.
SETS = [
    "asserts",
    "attrsets",
    "cli",
    "customisation",
    "debug",
    "derivations",
    "fetchers",
    "fileset",
    "filesystem",
    "fixedPoints",
    "generators",
    "gvariant",
    "kernel",
    "lists",
    "meta",
    "modules",
    "network.ipv6",
    "options",
    "path",
    "path.subpath",
    "sources",
    "strings",
    "stringsWithDeps",
    "systems",
    "systems.architectures",
    "systems.inspect",
    "systems.parse",
    "trivial",
    "types",
    "versions",
]

# The place of every name in sets of the library; null where it is not in a file.
PLACES = """
    lib: names:
    builtins.concatMap (
      set:
      let value = lib.getAttrFromPath (lib.splitString "." set) lib;
      in map (name: { inherit name set; place = builtins.unsafeGetAttrPos name value; }) (builtins.attrNames value)
    ) names
"""


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No configuration of the machine counts."""
    for name in list(os.environ):
        if name.startswith(("NIX_", "XDG_", "IN_NIX_SHELL")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NIX_CONF_DIR", str(tmp_path))


def make_evaluator(folder: Path) -> neve.Evaluator:
    """One that has its store in a folder, and says nothing."""
    store = f"local?store={folder}/store&state={folder}/state&log={folder}/log"
    return neve.Evaluator(
        settings=SETTINGS, store=store, read_only=False, on_message=lambda *_: None
    )


def read_examples() -> Iterator[tuple[str, str, str]]:
    """Name, expression and value of every example."""
    for file in sorted(LIB.rglob("*.nix")):
        if TESTS in file.parents:
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if found := EXAMPLE.fullmatch(line.strip()):
                yield f"{file.relative_to(LIB)}:{number}", found[1], found[2]


def read_error_names() -> list[str]:
    """The names in `errors.nix`, which are the only ones indented by two spaces after its `in`."""
    body = (TESTS / "errors.nix").read_text().split("\nin\n", 1)[1]
    return re.findall(r"^  (\w+) = \{$", body, re.MULTILINE)


@pytest.mark.parametrize(
    "name", sorted(file.stem for file in TESTS.glob("*.nix") if file.name not in NOT_RUN)
)
def test_no_test_of_the_library_fails(name: str, tmp_path: Path) -> None:
    """Every test of a file has the value that is expected, or fails where it must."""
    failures = make_evaluator(tmp_path).evaluate_file(TESTS, attr=name)
    assert neve.to_python(failures) == []


@pytest.mark.parametrize("name", read_error_names())
def test_error_says(name: str) -> None:
    """An error names the option, the file and the likely mistake, in the words that users know."""
    evaluator = neve.Evaluator(settings=SETTINGS, on_message=lambda *_: None)
    test = evaluator.evaluate_file(TESTS / "errors.nix", attr=name)
    force = evaluator.evaluate("test: builtins.deepSeq test.expr null")
    with pytest.raises(neve.EvaluationError) as caught:
        force(test)
    colourless = re.sub(r"\x1b\[[0-9;]*m", "", caught.value.rendered)
    said = " ".join(colourless.split())
    for words in neve.to_python(test["says"]):
        assert " ".join(words.split()) in said


def test_examples_in_comments_are_true(tmp_path: Path) -> None:
    """The expression of every example has the value that stands beside it."""
    examples = list(read_examples())
    equations = "".join(
        f"{json.dumps(name)} = ({expression}) == ({value});\n"
        for name, expression, value in examples
    )
    evaluator = make_evaluator(tmp_path)
    results = evaluator.evaluate(f"let lib = import {LIB}; in with lib; {{\n{equations}}}")
    assert len(examples) > 400
    assert [name for name, _, _ in examples if results[name] is not True] == []


def test_every_name_is_documented() -> None:
    """What a file defines, and does not pass on from `builtins`, has a comment for the manual in front of it."""
    evaluator = neve.Evaluator(on_message=lambda *_: None)
    library = evaluator.evaluate_file(LIB)
    names = neve.to_python(evaluator.evaluate(PLACES)(library, SETS))
    assert len(names) > 600
    assert [f"{name['set']}.{name['name']}" for name in names if not is_documented(name)] == []


def is_documented(name: dict[str, Any]) -> bool:
    """Whether a comment ends before the line of a name, or before the `inherit` that the name is in."""
    lines = lines_up_to(name)
    start = next(n for n in reversed(range(len(lines))) if re.search(r"\binherit\b|=", lines[n]))
    if lines[start].strip().startswith("inherit (builtins)"):
        return True
    before = [line for line in lines[:start] if line.strip()]
    return bool(before) and before[-1].strip() == "*/"


def lines_up_to(name: dict[str, Any]) -> list[str]:
    """The file that defines a name, down to its line.

    Attributes made by `mapAttrs` have no place: they stand in the file of their set.
    """
    if name["place"]:
        return Path(name["place"]["file"]).read_text().splitlines()[: name["place"]["line"]]
    lines = (LIB / f"{name['set']}.nix").read_text().splitlines()
    word = re.compile(rf"\b{re.escape(name['name'])} *[=;]")
    return lines[: 1 + next(n for n, line in enumerate(lines) if word.search(line))]


def test_every_name_is_tested() -> None:
    """Each name of the library stands in an example or in a test."""
    evaluator = neve.Evaluator(on_message=lambda *_: None)
    library = evaluator.evaluate_file(LIB)
    names = neve.to_python(evaluator.evaluate(PLACES)(library, [*SETS, "misc"]))
    texts = [f"{expression} {value}" for _, expression, value in read_examples()]
    texts += [file.read_text() for file in TESTS.glob("*.nix")]
    words = {word for text in texts for word in re.findall(r"[A-Za-z_][\w'-]*", text)}
    assert sorted({name["name"] for name in names} - words) == []
