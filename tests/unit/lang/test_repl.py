"""The interactive session without its terminal."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from neve._core import Value
from neve.errors import NeveError
from neve.lang.repl import GREETING, HELP, Outcome, Repl, describe_type, quote_name
from neve.lang.repl_completion import complete
from neve.lang.repl_documentation import render
from neve.lang.session import Session

MakeSession = Callable[..., Session]


class FakeActions:
    """Notes what the session wants done outside of evaluation."""

    def __init__(self, out: list[str]) -> None:
        self.done: list[object] = []
        self.out = out

    def build(self, session: Session, drv_path: str) -> dict[str, str]:
        del session
        self.done.append(("build", drv_path.partition("-")[2]))
        return {"out": "/s/out", "lib": "/s/lib"}

    def keep(self, session: Session, path: str, link: str) -> None:
        del session
        self.done.append(("keep", path, link))

    def run(self, session: Session, arguments: Sequence[str]) -> None:
        del session
        self.done.append(("run", *arguments[:-1], arguments[-1].partition("-")[2]))

    def edit(self, file: str, line: int) -> None:
        self.done.append(("edit", file, line))

    def build_log(self, session: Session, drv_path: str) -> str:
        del session, drv_path
        return "the log\n"

    def page(self, text: str) -> None:
        self.out.append(text)

    def open_flake(self, session: Session, reference: str) -> Value:
        self.done.append(("flake", reference))
        return session.evaluate("{ output = 1; }")


class Talk:
    """A session and everything it said."""

    def __init__(self, session: Session, **options: object) -> None:
        self.out: list[str] = []
        self.words: list[str] = []
        self.actions = FakeActions(self.out)
        self.repl = Repl(
            session,
            actions=self.actions,
            write=self.out.append,
            notice=self.words.append,
            fail=lambda text: self.words.append(f"error: {text}"),
            **options,  # type: ignore[arg-type]
        )

    def say(self, *lines: str) -> str:
        """What is printed for these inputs; each must be complete."""
        self.out.clear()
        for line in lines:
            assert self.repl.handle(line) is Outcome.PROMPT, line
        return "".join(self.out)

    def fail(self, line: str) -> str:
        """The words with which an input fails."""
        self.words.clear()
        self.repl.handle(line)
        [error] = self.words
        return error


@pytest.fixture
def talk(make_session: MakeSession) -> Talk:
    """A fresh session."""
    return Talk(make_session())


def test_expressions_print_one_level_deep(talk: Talk) -> None:
    """`:p` prints the rest, and strings as they are."""
    assert talk.say("1 + 1") == "2\n\n"
    assert talk.say("{ a = { b = 1; }; }") == "{\n  a = { ... };\n}\n\n"
    assert talk.say(":p { a = { b = 1; }; }") == "{\n  a = { b = 1; };\n}\n\n"
    assert talk.say(':p "x\\ny"') == "x\ny\n\n"


def test_bindings_last_and_may_be_lazy(talk: Talk) -> None:
    """Several at once, `inherit`, and errors only when they are looked at."""
    assert (
        talk.say("x = 5", 'bad = throw "later"; y = 6;', "inherit (rec { z = 7; }) z", "x + y + z")
        == "\n\n\n18\n\n"
    )
    assert talk.fail("bad").endswith("error: later")


def test_new_bindings_hide_old_ones(talk: Talk) -> None:
    """What was defined with the old one keeps it."""
    assert talk.say("x = 1", "f = _: x", "x = x + 1", "[ x (f 0) ]").endswith("[\n  2\n  1\n]\n\n")


@pytest.mark.parametrize(
    "lines",
    [
        ["[ 1", "2 ]"],
        ["let a = 1;", "in", "a"],
        ['"abc', 'def"'],
        ["''", "''"],
        ["x = {", "a = 1; }"],
        ["x =", "1"],
        ["x: {", "}"],
        [":t [", "]"],
    ],
)
def test_incomplete_input_goes_on(talk: Talk, lines: list[str]) -> None:
    """Each line but the last asks for more."""
    for count in range(1, len(lines)):
        assert talk.repl.handle("\n".join(lines[:count])) is Outcome.MORE
    assert talk.repl.handle("\n".join(lines)) is Outcome.PROMPT
    assert talk.words == []


def test_a_broken_file_does_not_ask_for_more(talk: Talk, tmp_path: Path) -> None:
    """Its end is not going to be typed."""
    (tmp_path / "broken.nix").write_text("{ a = 1;")
    assert "unexpected end of file" in talk.fail(f"import {tmp_path}/broken.nix")


def test_errors_are_shown_and_survived(talk: Talk) -> None:
    """With the place in the input."""
    assert talk.fail("foo").startswith("error: undefined variable 'foo'\n       at «string»:1:1:")
    assert talk.fail(":zz") == "error: unknown command ':zz'"
    assert talk.fail(":te maybe") == "error: unexpected argument 'maybe' to :te"
    assert talk.fail(":ll") == "error: nothing has been loaded yet"
    assert talk.say("1") == "1\n\n"


def test_add_says_how_many_and_which(talk: Talk) -> None:
    """Names in order, the rest of many behind `:ll`."""
    talk.say(':a { z = 1; q = 2; "a b" = 3; }')
    assert talk.words == ["Added 3 variables.", '"a b", q, z']
    assert talk.say("z + q") == "3\n\n"
    assert talk.say(":ll") == "a b\nq\nz\n\n"
    talk.words.clear()
    talk.say(
        ':a builtins.listToAttrs (builtins.genList (n: { name = "n${toString n}"; value = n; }) 25)'
    )
    assert talk.words[0] == "Added 25 variables."
    assert talk.words[2] == "... and 5 more; view with :ll"


def test_start_greets_and_loads(make_session: MakeSession, tmp_path: Path) -> None:
    """Files, then what the command line names; `:r` does it again with what changed, without other variables."""
    file = tmp_path / "f.nix"
    file.write_text("{ n ? 1 }: { inherit n; }")
    talk = Talk(
        make_session(),
        files=[str(file)],
        sources=lambda session: [("", session.evaluate("{ b = 2; }"))],
    )
    talk.repl.start()
    assert talk.words == [
        GREETING,
        f'Loading "{file}"...',
        "Added 1 variables.",
        "n",
        "Loading installable ''...",
        "Added 1 variables.",
        "b",
    ]
    assert talk.say("x = 1", "n + b") == "\n3\n\n"
    file.write_text("{ n = 10; }")
    talk.say(":r")
    assert talk.say("n + b") == "12\n\n"
    assert "undefined variable 'x'" in talk.fail("x")


def test_load_reads_files_again(talk: Talk, tmp_path: Path) -> None:
    """`:l` forgets what was imported before."""
    file = tmp_path / "f.nix"
    file.write_text("{ n = 1; }")
    talk.say(f":l {file}")
    file.write_text("{ n = 2; }")
    talk.say(f":l {file}")
    assert talk.say("n") == "2\n\n"


def test_quit(talk: Talk) -> None:
    """Both names."""
    assert talk.repl.handle(":q") is Outcome.QUIT
    assert talk.repl.handle(":quit") is Outcome.QUIT


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1", "an integer"),
        ("1.5", "a float"),
        ("true", "a Boolean"),
        ("null", "null"),
        ('"s"', "a string"),
        (
            '(derivation { name = "a"; system = "s"; builder = "b"; }).outPath',
            "a string with context",
        ),
        ("/a", "a path"),
        ("[ ]", "a list"),
        ("{ }", "a set"),
        ("x: x", "a function"),
        ("map", "the built-in function 'map'"),
        ("map (x: x)", "the partially applied built-in function 'map'"),
    ],
)
def test_describe_type(make_session: MakeSession, text: str, words: str) -> None:
    """`:t` in words."""
    assert describe_type(make_session().evaluate(text)) == words


def test_commands_beyond_evaluation(talk: Talk) -> None:
    """Builds, shells, links and logs are handed over with the derivation's path."""
    talk.say('d = derivation { name = "d"; system = "s"; builder = "b"; }')
    assert talk.say(":b d").endswith("outputs:\n  out -> /s/out\n  lib -> /s/lib\n\n")
    assert "  ./repl-result-out -> /s/out\n" in talk.say(":bl d")
    talk.say(":i d", ":sh d")
    assert talk.say(":log d") == "the log\n\n"
    assert talk.actions.done == [
        ("build", "d.drv"),
        ("build", "d.drv"),
        ("keep", "/s/out", "repl-result-out"),
        ("keep", "/s/lib", "repl-result-lib"),
        ("run", "nix-env", "-i", "d.drv"),
        ("run", "nix-shell", "d.drv"),
    ]
    assert (
        talk.fail(":b 1")
        == "error: expression does not evaluate to a derivation, so I can't build it"
    )


def test_edit_finds_the_place(talk: Talk, tmp_path: Path) -> None:
    """A path, a function, a package with `meta.position`."""
    file = tmp_path / "f.nix"
    file.write_text('{\n  f = x: x;\n  p = { meta.position = "/p.nix:7"; };\n}\n')
    talk.say(f":l {file}", ":e f", ":e p", f":e {file}")
    assert talk.actions.done == [
        ("edit", str(file), 2),
        ("edit", "/p.nix", 7),
        ("edit", str(file), 0),
    ]
    assert talk.fail(":e 1 + 1").startswith("error: package '1 + 1' has no source")


def test_trace_can_be_switched(talk: Talk) -> None:
    """`:te` toggles, and the next error obeys."""
    assert talk.say(":te") == "showing error traces\n\n"
    assert talk.say(":te false") == "not showing error traces\n\n"
    short = talk.fail("let f = x: x.a; in f { b = 1; }")
    talk.say(":te true")
    assert len(talk.fail("let f = x: x.a; in f { b = 1; }")) > len(short)


def test_help_names_every_command(talk: Talk) -> None:
    """The list and the table of commands are one."""
    text = talk.say(":?")
    for name in talk.repl.command_names():
        assert any(name in usage.replace(",", "").split() for usage, _ in HELP), name
        assert name in text


def test_documentation(talk: Talk, tmp_path: Path) -> None:
    """Builtins have their manual, functions their comment, attributes their place."""
    assert "builtins.map f list" in talk.say(":doc map")
    file = tmp_path / "f.nix"
    file.write_text("{\n  /** Doubles a number. */\n  double = n: n * 2;\n  plain = 1;\n}\n")
    talk.say(f"lib = import {file}")
    shown = talk.say(":doc lib.double")
    assert "Doubles a number." in shown
    assert f"{file}:3:" in shown
    assert f"defined at {file}:4:3" in talk.say(":doc lib.plain")
    assert talk.fail(":doc 1") == "error: value does not have documentation"


def test_every_function_of_the_language_is_documented(talk: Talk) -> None:
    """Names of arguments and what it does, for all functions in `builtins`."""
    names = talk.repl.evaluate("builtins.attrNames builtins")
    functions = talk.repl.evaluate("builtins.filter (n: builtins.isFunction builtins.${n})").call(
        names
    )
    assert len(functions) > 100
    for index in range(len(functions)):
        name = functions.item(index).coerce_to_string()
        assert len(talk.say(f":doc builtins.{name}").strip().splitlines()) >= 2, name


def test_completion(talk: Talk, tmp_path: Path) -> None:
    """Variables, attributes (of whatever the words before the dot are), files and commands."""
    (tmp_path / "file.nix").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / ".hidden").touch()
    talk.say('alpha = { beta = 1; bravo = 2; "c d" = 3; }')
    assert complete(talk.repl, "1 + alp") == (3, ["alpha"])
    assert complete(talk.repl, "(alpha.b") == (7, ["alpha.beta", "alpha.bravo"])
    assert complete(talk.repl, "alpha.c") == (7, ['alpha."c d"'])
    assert "builtins.map" in complete(talk.repl, "builtins.ma")[1]
    assert complete(talk.repl, "nothing.") == (8, [])
    assert complete(talk.repl, f":l {tmp_path}/f") == (
        len(f"{tmp_path}/f"),
        [f"{tmp_path}/file.nix", f"{tmp_path}/folder/"],
    )
    assert complete(talk.repl, "x.y+alpha.bet") == (9, ["alpha.beta"])
    assert complete(talk.repl, "!alp") == (3, ["alpha"])
    talk.say(':a { oddly = 1; "odd name" = 2; }')
    assert complete(talk.repl, "odd") == (3, ["oddly"])
    assert complete(talk.repl, ":lo") == (3, [":load", ":load-flake", ":log"])


def test_completion_of_lookup_paths(make_session: MakeSession, tmp_path: Path) -> None:
    """Names of the lookup path after `<`, and files below them."""
    (tmp_path / "tree" / "folder").mkdir(parents=True)
    talk = Talk(make_session(includes=[f"tree={tmp_path}/tree", f"twig={tmp_path}"]))
    assert complete(talk.repl, "import <t") == (1, ["tree>", "twig>"])
    assert complete(talk.repl, "<tree/fo") == (7, ["tree/folder/"])
    assert complete(talk.repl, "<none/") == (5, [])
    assert complete(talk.repl, "1 < to") == (2, ["toString"])


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a", "a"),
        ("a-b'", "a-b'"),
        ("a b", '"a b"'),
        ("1", '"1"'),
        ("if", '"if"'),
        ('"', '"\\""'),
        ("", '""'),
    ],
)
def test_quote_name(name: str, written: str) -> None:
    """Names that could not be typed are quoted."""
    assert quote_name(name) == written


def test_markdown_becomes_text() -> None:
    """Emphasis goes without colours, code stands behind a bar."""
    text = "**Synopsis:** `f` *x*\n\n```nix\nf 1\n```\n\n    g 2\n"
    assert render(text, has_colour=False) == "Synopsis: f x\n\n  │ f 1\n\n  │ g 2"
    assert render("*x*", has_colour=True) == "\x1b[1mx\x1b[0m"


def test_interrupts_end_the_evaluation_only(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is an error like another."""

    def interrupt(text: str) -> object:
        raise KeyboardInterrupt(text)

    monkeypatch.setattr(talk.repl, "evaluate", interrupt)
    assert talk.fail("1 + 1") == "error: interrupted by the user"


def test_bad_files_are_errors(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not there, a value that is no set, a current folder that has gone."""
    assert "does not exist" in talk.fail(":l /no/such.nix")
    with pytest.raises(NeveError):
        talk.repl._add_attributes(talk.repl.evaluate("1"))

    def fail() -> str:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr("os.getcwd", fail)
    assert talk.fail("1") == "error: No such file or directory"


def test_flakes_are_opened_anew_by_reload(talk: Talk) -> None:
    """`:lf` adds what a flake puts out, `:r` does it again."""
    talk.say(":lf ./flake", ":lf ./flake", ":r")
    assert talk.actions.done == [("flake", "./flake")] * 3
    assert talk.say("output") == "1\n\n"
    assert "without a path" in talk.fail(":lf")
