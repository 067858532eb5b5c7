"""Bad input of each kind: one clear error with its place, status 1, and nothing half-written in the store."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import pytest

import neve
from neve.errors import EvaluationError, NeveError
from neve.lang.session import Session
from neve.settings import Settings

pytestmark = pytest.mark.functional


class Case(NamedTuple):
    """What a file is made of, and what is said of it."""

    text: str | bytes | Callable[[], str]
    message: str
    place: str | None = r"bad\.nix:\d+:\d+"


CASES: Final = {
    "a syntax error": Case("{ a = 1;\n  b = }", "syntax error, unexpected '}'", r"bad\.nix:2:7"),
    "an unfinished string": Case('"abc', "syntax error, unexpected end of file"),
    "a missing file": Case("import ./none.nix", "path '.*/none.nix' does not exist"),
    "a missing lookup path": Case("<none>", "file 'none' was not found in the Nix search path"),
    "a folder as a file": Case(
        "builtins.readFile ./.", "cannot read the file '.*': Is a directory"
    ),
    "invalid UTF-8": Case(b"{ a\xff = 1; }", "syntax error, unexpected invalid token"),
    "invalid UTF-8 in JSON": Case(b'builtins.fromJSON "\\"\xff\\""', "ill-formed UTF-8 byte"),
    "a NUL byte": Case(
        b"[ 1 \0 2 ]",
        "input string .* cannot be represented as Nix string|unexpected invalid token",
    ),
    "a file with NUL bytes read": Case(
        "builtins.readFile ./zeros", "cannot be represented as a Nix string"
    ),
    "100,000 brackets": Case(
        lambda: "[" * 100_000 + "]" * 100_000, "nested more than 20000 levels deep"
    ),
    "100,000 parentheses": Case(
        lambda: "(" * 100_000 + "1" + ")" * 100_000, "nested more than 20000 levels deep"
    ),
    "100,000 open braces": Case(lambda: "{a=" * 100_000, "nested more than 20000 levels deep"),
    "100,000 operators": Case(
        lambda: "1" + " ++ 1" * 100_000, "nested more than 20000 levels deep"
    ),
    "JSON nested 100,000 deep": Case(
        lambda: 'builtins.fromJSON "' + "[" * 100_000 + '"', "stack overflow|unexpected end|nested"
    ),
    "TOML nested 100,000 deep": Case(
        lambda: 'builtins.fromTOML "a = ' + "[" * 100_000 + '"', "while parsing TOML"
    ),
    "a line of 100 MB": Case(
        lambda: '"' + "ab" * 50_000_000 + '" }', "syntax error, unexpected '}'"
    ),
    "a recursive set printed": Case(
        "let x = { y = x; }; in builtins.toJSON x", "stack overflow|infinite recursion"
    ),
    "a recursive list compared": Case(
        "let x = [ x ]; y = [ y ]; in x == y", "stack overflow", place=None
    ),
    "a recursive function": Case("let f = x: f (x + 1) + 1; in f 0", "stack overflow"),
    "a value that needs itself": Case("let x = x + 1; in x", "infinite recursion encountered"),
    "a cyclic import": Case("1 + import ./bad.nix", "infinite recursion encountered"),
    "a context in an attribute name": Case(
        '{ "${builtins.toFile "a" ""}" = 1; }', "not allowed to refer to a store path"
    ),
    "a context that is no path": Case(
        'builtins.appendContext "a" { x = { }; }', "is not a store path|is not in the Nix store"
    ),
    "a context of another kind": Case(
        'builtins.appendContext "a" { "${builtins.storeDir}/00000000000000000000000000000000-a" = 1; }',
        "is required, but there is no substituter that can build it",
    ),
    "a derivation without a builder": Case(
        '(derivation { name = "a"; system = "b"; }).drvPath', "required attribute 'builder' missing"
    ),
    "a bad name": Case(
        '(derivation { name = "a b"; system = "s"; builder = "b"; }).drvPath',
        "illegal|invalid|contains",
    ),
}


def instantiate(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    program = "from neve.cli.nix_instantiate import main; main()"
    return subprocess.run(
        [
            *(sys.executable, "-c", program, "--store", str(folder / "store")),
            *("--option", "substitute", "false", *words),
        ],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "NIX_CONF_DIR": str(folder)},
        capture_output=True,
        check=False,
        timeout=250,
    )


def objects(folder: Path) -> list[str]:
    """What lies in the store."""
    directory = folder / "store" / "nix" / "store"
    return sorted(os.listdir(directory)) if directory.exists() else []


@pytest.mark.parametrize("name", CASES)
def test_one_clear_error(name: str, tmp_path: Path) -> None:
    """Status 1, nothing on standard output, an error of some lines that names file, line and column."""
    case = CASES[name]
    text = case.text() if callable(case.text) else case.text
    (tmp_path / "zeros").write_bytes(bytes(10))
    (tmp_path / "bad.nix").write_bytes(text.encode() if isinstance(text, str) else text)
    done = instantiate(tmp_path, "--eval", "--strict", "--read-write-mode", "bad.nix")
    words = done.stderr.decode()
    assert (done.returncode, done.stdout) == (1, b""), words
    assert len(words) < 20_000
    assert re.search(case.message, words), words
    assert case.place is None or re.search(case.place, words), words
    assert "Traceback" not in words
    assert [found for found in objects(tmp_path) if not found.endswith("-a")] in ([], [".links"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read")
def test_an_unreadable_file(tmp_path: Path) -> None:
    """Said of the file, with the place in the expression."""
    secret = tmp_path / "secret"
    secret.touch(0o600)
    neve.evaluate("1")
    tmp_path.chmod(0o755)
    folders = [folder for folder in tmp_path.parents if not folder.stat().st_mode & 0o001]
    modes = [folder.stat().st_mode for folder in folders]
    for folder in folders:
        folder.chmod(0o755)
    os.seteuid(65534)
    try:
        with pytest.raises(EvaluationError, match=r"secret': Permission denied") as failure:
            neve.evaluate(f"builtins.readFile {secret}")
    finally:
        os.seteuid(0)
        for folder, mode in zip(folders, modes, strict=True):
            folder.chmod(mode)
    assert failure.value.frames


KINDS: Final = ("null", "true", "1", "1.5", '"a"', "./.", "[ ]", "{ }", "(x: x)", "builtins.add")


@pytest.mark.parametrize("name", sorted(neve.evaluate("builtins")))
def test_wrong_arguments_are_errors_of_one_tree(name: str) -> None:
    """Every builtin with up to three arguments of every kind gives a value, or an error of the one tree."""
    builtin = f"builtins.{name}"
    if neve.evaluate(f"builtins.typeOf {builtin}") != "lambda" or name in NOT_CALLED:
        return
    session = Session(
        Settings({"HOME": "/homeless", "NIX_STATE_DIR": "/stateless"}),
        is_read_only=True,
        say=lambda *_: None,
    )
    for kind in KINDS:
        for call in (
            f"{builtin} {kind}",
            f"{builtin} {kind} {kind}",
            f"{builtin} {kind} {kind} {kind}",
        ):
            with contextlib.suppress(NeveError):
                session.evaluate(f"builtins.deepSeq ({call}) null")


NOT_CALLED: Final = (
    "break",
    "getFlake",
    "fetchGit",
    "fetchMercurial",
    "fetchTarball",
    "fetchurl",
    "fetchTree",
)
"""Those reach for a network or a repository, and have tests of their own."""


@pytest.mark.parametrize(
    ("opening", "inner", "closing"),
    [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("{a=", "1", ";}"),
        ("!", "true", ""),
        ("x: ", "1", ""),
        ("let a = 1; in ", "1", ""),
        ("if false then 1 else ", "1", ""),
        ("{ } // ", "{ }", ""),
        ('"${', '"a"', '}"'),
    ],
)
def test_sources_may_be_nested_deeply(opening: str, inner: str, closing: str) -> None:
    """What programs generate is read and evaluated, thousands of levels deep."""
    evaluator = neve.Evaluator()
    evaluator.evaluate(opening * 19_000 + inner + closing * 19_000)
