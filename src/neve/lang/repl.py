"""The interactive session, apart from its terminal: lines in, text out, variables kept.

A terminal (`neve.cli.repl_terminal`), a pipe or a test feeds it with `handle` and shows what it writes.
"""

from __future__ import annotations

import enum
import os

from neve import terminal
from neve.errors import NeveError, ParseError, describe, describe_os_error
from neve.lang import repl_documentation
from neve.lang.derivations import find_package_position
from neve.version import NEVE_VERSION, NIX_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Final, Protocol

    from neve._core import Scope, Value
    from neve.lang.session import Session

    class Actions(Protocol):
        """What the commands do that reach beyond evaluation."""

        def build(self, session: Session, drv_path: str) -> dict[str, str]:
            """Builds all outputs of a derivation: name → path."""

        def keep(self, session: Session, path: str, link: str) -> None:
            """Makes a link that keeps a path."""

        def run(self, session: Session, arguments: Sequence[str]) -> None:
            """Runs another program in the terminal, with the settings of the session."""

        def edit(self, file: str, line: int) -> None:
            """Opens a file in the user's editor."""

        def page(self, text: str) -> None:
            """Shows a text that may be long."""

        def open_flake(self, session: Session, reference: str) -> Value:
            """The outputs of a flake, with its own attributes."""

        def build_log(self, session: Session, drv_path: str) -> str:
            """The log of a build."""


GREETING: Final = f"Welcome to Nix {NIX_VERSION} (Neve {NEVE_VERSION}). Type :? for help."
PROMPT: Final = "nix-repl> "
CONTINUATION: Final = "        > "
_MAX_NAMES_SHOWN: Final = 20
_END_OF_FILE: Final = "unexpected end of file"

HELP: Final = (
    ("<expr>", "Evaluate an expression and print its value"),
    ("<x> = <expr>", "Bind a variable"),
    (":a, :add <expr>", "Add the attributes of a set to the variables"),
    (":b <expr>", "Build a derivation"),
    (":bl <expr>", "Build a derivation and link its outputs here,\nso that they are kept"),
    (":e, :edit <expr>", "Open a package, function or file in $EDITOR"),
    (":i <expr>", "Build a derivation and install it into your\nprofile"),
    (":l, :load <path>", "Load a file and add its attributes"),
    (":lf, :load-flake <ref>", "Load a flake and add its attributes"),
    (":ll, :last-loaded", "Show the names that were added last"),
    (":p, :print <expr>", "Print a value with all its parts; a string as\nit is"),
    (":q, :quit", "Leave"),
    (":r, :reload", "Load everything again, changed files too"),
    (":sh <expr>", "Build what a derivation needs, then start\nnix-shell"),
    (":t, :type <expr>", "Say what kind of value it is"),
    (":u <expr>", "Build a derivation, then start a shell with it"),
    (":doc <expr>", "Show the documentation of a function"),
    (":log <expr>", "Show the build log of a derivation"),
    (":te, :trace-enable [bool]", "Show whole traces with errors, or do not"),
    (":?, :help", "Show this list"),
)
"""Commands and what they do, in the order of `:?`."""


class Outcome(enum.Enum):
    """What the caller does after a line."""

    PROMPT = "prompt"
    """Ask for the next line."""
    MORE = "more"
    """The input so far is incomplete: ask for a continuation, and hand over everything again."""
    QUIT = "quit"
    """End the session; in the debugger, the evaluation."""
    CONTINUE = "continue"
    """In the debugger: go on to the next breakpoint or error."""
    STEP = "step"
    """In the debugger: go on for one step."""


class Repl:
    """One interactive session.

    `sources(session)` gives what is loaded at the start and by `:r`: (what it is called, its value). `write` gets what
    belongs to standard output, `notice` and `fail` what belongs beside it.
    """

    def __init__(
        self,
        session: Session,
        *,
        actions: Actions,
        sources: Callable[[Session], Iterable[tuple[str, Value]]] = lambda _: (),
        files: Sequence[str] = (),
        write: Callable[[str], object],
        notice: Callable[[str], object] = terminal.say,
        fail: Callable[[str], object] = terminal.error,
        has_colour: bool = False,
    ) -> None:
        self.session: Final = session
        self._actions: Final = actions
        self._sources: Final = sources
        self._files: list[str] = list(files)
        self._flakes: list[str] = []
        self._write: Final = write
        self._notice: Final = notice
        self._fail: Final = fail
        self._has_colour: Final = has_colour
        self._shows_trace = session.settings.flag("show-trace")
        self._last_loaded: list[str] | None = None
        self.scope: Scope = self.make_scope()
        self._commands: Final = self._command_table()

    def make_scope(self) -> Scope:
        """The variables to begin with, which the session's debugger sees, too."""
        self.session.variables = self.session.evaluator.new_scope()
        return self.session.variables

    def start(self) -> None:
        """Greets, and loads what was asked for; errors there end the session."""
        self._notice(GREETING)
        self._load_all()

    def handle(self, text: str) -> Outcome:
        """Does what one input says; everything that can go wrong is shown and survived."""
        try:
            outcome = self._process(text.strip())
        except NeveError as error:
            self._fail(describe(error))
            outcome = Outcome.PROMPT
        except KeyboardInterrupt:
            self._fail("interrupted by the user")
            outcome = Outcome.PROMPT
        except BrokenPipeError:
            raise
        except OSError as error:
            self._fail(describe_os_error(error))
            outcome = Outcome.PROMPT
        if outcome is Outcome.PROMPT:
            self._write("\n")
        return outcome

    def evaluate(self, text: str) -> Value:
        """The value of an expression in the session's variables."""
        return self.session.evaluate(text, scope=self.scope)

    def command_names(self) -> list[str]:
        """Every colon command, for completion."""
        return sorted(self._commands)

    def _process(self, line: str) -> Outcome:
        if not line:
            return Outcome.PROMPT
        if not line.startswith(":"):
            return self._evaluate_line(line)
        name, *rest = line.split(maxsplit=1)
        command = self._commands.get(name)
        if command is None:
            raise NeveError(f"unknown command '{name}'")
        try:
            return command(rest[0] if rest else "") or Outcome.PROMPT
        except ParseError as error:
            if _is_incomplete(error):
                return Outcome.MORE
            raise

    def _command_table(self) -> dict[str, Callable[[str], Outcome | None]]:
        table: dict[str, Callable[[str], Outcome | None]] = {
            ":? :help": lambda _: self._show_help(),
            ":a :add": lambda text: self._add_attributes(self.evaluate(text)),
            ":b": lambda text: self._build(text, link=False),
            ":bl": lambda text: self._build(text, link=True),
            ":doc": self._show_documentation,
            ":e :edit": self._edit,
            ":i": lambda text: self._run(["nix-env", "-i", self._derivation(text)]),
            ":l :load": self._load_fresh,
            ":lf :load-flake": self._load_flake,
            ":ll :last-loaded": lambda _: self._show_last_loaded(),
            ":log": self._show_log,
            ":p :print": self._print_deeply,
            ":q :quit": lambda _: Outcome.QUIT,
            ":r :reload": lambda _: self._reload(),
            ":sh": lambda text: self._run(["nix-shell", self._derivation(text)]),
            ":t :type": self._show_type,
            ":te": lambda word: self._switch_trace(":te", word),
            ":trace-enable": lambda word: self._switch_trace(":trace-enable", word),
            ":u": self._shell_with,
        }
        return {name: command for names, command in table.items() for name in names.split()}

    # -- expressions and bindings

    def _evaluate_line(self, line: str) -> Outcome:
        evaluator = self.session.evaluator
        try:
            bindings = evaluator.evaluate_bindings(
                os.fsencode(line), base_dir=os.getcwd(), scope=self.scope
            )
        except ParseError as error:
            if _is_incomplete(error):
                return Outcome.MORE
        else:
            for name in bindings.attr_names():
                self._bind(name, bindings)
            return Outcome.PROMPT
        try:
            result = self.evaluate(line)
        except ParseError as error:
            if _is_incomplete(error) or self._begins_bindings(line):
                return Outcome.MORE
            raise
        self._write(self._render(result, max_depth=1) + "\n")
        return Outcome.PROMPT

    def _begins_bindings(self, line: str) -> bool:
        """Whether an input that is no expression could become bindings by more lines: `x = {`."""
        try:
            self.session.evaluator.parse_to_text(os.fsencode(f"{{{line}"), base_dir=os.getcwd())
        except ParseError as error:
            return _is_incomplete(error)
        return False

    def _bind(self, name: str, bindings: Value) -> None:
        item = bindings.attr(name)
        if item is not None:
            self.scope.add(name, item)

    def _render(self, value: Value, *, max_depth: int | None) -> str:
        return value.print(max_depth=max_depth, colour=self._has_colour, multiline=True)

    def _print_deeply(self, text: str) -> None:
        value = self.evaluate(text)
        if value.type == "string":
            content = value.as_python()
            self._write(os.fsdecode(content) if isinstance(content, bytes) else str(content))
        else:
            self._write(self._render(value, max_depth=None))
        self._write("\n")

    # -- loading

    def _add_attributes(self, value: Value) -> None:
        count = self.scope.add_attrs(value)
        names = value.attr_names()
        self._last_loaded = names
        self._notice(f"Added {count} variables.")
        shown = ", ".join(map(quote_name, names[:_MAX_NAMES_SHOWN]))
        self._notice(shown)
        if count > _MAX_NAMES_SHOWN:
            self._notice(f"... and {count - _MAX_NAMES_SHOWN} more; view with :ll")

    def _load_file(self, file: str) -> None:
        if file in self._files:
            self._files.remove(file)
        self._files.append(file)
        self._add_attributes(self.session.auto_call(self.session.import_argument(file)))

    def _load_fresh(self, file: str) -> None:
        self.session.evaluator.forget_files()
        self._load_file(file)

    def _load_flake(self, reference: str) -> None:
        if not reference:
            raise NeveError(
                "cannot use ':load-flake' without a path specified. "
                "(Use '.' for the current working directory.)"
            )
        if reference in self._flakes:
            self._flakes.remove(reference)
        self._flakes.append(reference)
        self._add_attributes(self._actions.open_flake(self.session, reference))

    def _load_all(self) -> None:
        files, self._files = self._files, []
        for file in files:
            self._notice(f'Loading "{file}"...')
            self._load_file(file)
        for what, value in self._sources(self.session):
            self._notice(f"Loading installable '{what}'...")
            self._add_attributes(value)
        flakes, self._flakes = self._flakes, []
        for flake in flakes:
            self._notice(f"Loading flake '{flake}'...")
            self._load_flake(flake)

    def _reload(self) -> None:
        self.session.evaluator.forget_files()
        self.scope = self.make_scope()
        self._load_all()

    def _show_last_loaded(self) -> None:
        if self._last_loaded is None:
            raise NeveError("nothing has been loaded yet")
        self._actions.page("".join(f"{name}\n" for name in self._last_loaded))

    # -- words

    def _help(self) -> Iterable[tuple[str, str]]:
        """Commands and what they do."""
        return HELP

    def _show_help(self) -> None:
        lines = ["The following commands are available:", ""]
        for usage, meaning in self._help():
            first, *more = meaning.split("\n")
            lines.append(f"  {usage:29}{first}")
            lines += [f"{'':31}{line}" for line in more]
        self._write("\n".join(lines) + "\n")

    def _show_type(self, text: str) -> None:
        self._write(describe_type(self.evaluate(text)) + "\n")

    def _show_documentation(self, text: str) -> None:
        found = repl_documentation.find(self, text)
        self._write(repl_documentation.render(found, has_colour=self._has_colour) + "\n")

    def _switch_trace(self, command: str, word: str) -> None:
        choices = {"true": True, "false": False, "": not self._shows_trace}
        if word not in choices:
            raise NeveError(f"unexpected argument '{word}' to {command}")
        self._shows_trace = choices[word]
        self.session.evaluator.set_show_trace(self._shows_trace)
        self._write("showing error traces\n" if self._shows_trace else "not showing error traces\n")

    # -- beyond evaluation

    def _derivation(self, text: str) -> str:
        """The path of the derivation that an expression is, written to the store."""
        value = self.evaluate(text)
        if not value.is_derivation:
            raise NeveError("expression does not evaluate to a derivation, so I can't build it")
        drv_path = value.attr("drvPath")
        if drv_path is None:
            raise NeveError(
                "expression did not evaluate to a valid derivation (no 'drvPath' attribute)"
            )
        path = drv_path.coerce_to_string()
        self.session.evaluator.flush()
        return path

    def _build(self, text: str, *, link: bool) -> None:
        outputs = self._actions.build(self.session, self._derivation(text))
        self._write("\nThis derivation produced the following outputs:\n")
        for name, path in outputs.items():
            if link:
                self._actions.keep(self.session, path, f"repl-result-{name}")
                self._write(f"  ./repl-result-{name} -> {path}\n")
            else:
                self._write(f"  {name} -> {path}\n")

    def _shell_with(self, text: str) -> None:
        wrap = 'drv: (import <nixpkgs> {}).runCommand "shell" { buildInputs = [ drv ]; } ""'
        shell = self.evaluate(wrap).call(self.evaluate(text))
        drv_path = shell.attr("drvPath")
        if drv_path is None:
            raise NeveError("expression does not evaluate to a derivation, so I can't build it")
        path = drv_path.coerce_to_string()
        self.session.evaluator.flush()
        self._run(["nix-shell", path])

    def _run(self, arguments: Sequence[str]) -> None:
        self._actions.run(self.session, arguments)

    def _show_log(self, text: str) -> None:
        self._actions.page(self._actions.build_log(self.session, self._derivation(text)))

    def _edit(self, text: str) -> None:
        file, line = self._find_source(self.evaluate(text), text)
        self._actions.edit(file, line)
        self._reload()

    def _find_source(self, value: Value, text: str) -> tuple[str, int]:
        if value.type in {"path", "string"}:
            path = value.coerce_to_string()
            if not path.startswith("/"):
                raise NeveError(
                    f"string '{path}' doesn't represent an absolute path; write the name of a file as ./{path}"
                )
            return path, 0
        if value.type == "lambda":
            position = value.function_position()
            if position is None or not position[0].startswith("/"):
                raise NeveError(f"'{text}' cannot be shown in an editor")
            return position[0], position[1]
        return find_package_position(value, text)


def _is_incomplete(error: ParseError) -> bool:
    """Whether an input only lacks its end; a file that is imported does not get more complete by typing."""
    is_input = error.position is None or not error.position[0].startswith("/")
    return is_input and _END_OF_FILE in error.message


def describe_type(value: Value) -> str:
    """What kind of value it is, in words."""
    if value.type == "lambda":
        shown = value.print()
        for prefix, kind in (
            ("«partially applied primop ", "the partially applied built-in function"),
            ("«primop ", "the built-in function"),
        ):
            if shown.startswith(prefix):
                return f"{kind} '{shown.removeprefix(prefix).removesuffix('»')}'"
    if value.type == "string" and value.string_context():
        return "a string with context"
    return _TYPE_NAMES[value.type]


_TYPE_NAMES: Final = {
    "int": "an integer",
    "float": "a float",
    "bool": "a Boolean",
    "string": "a string",
    "path": "a path",
    "null": "null",
    "set": "a set",
    "list": "a list",
    "lambda": "a function",
}

_KEYWORDS: Final = frozenset(
    {"assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"}
)


def quote_name(name: str) -> str:
    """An attribute name as it would be written."""
    is_plain = (
        name.isascii()
        and (name[:1].isalpha() or name[:1] == "_")
        and all(character.isalnum() or character in "_-'" for character in name)
    )
    if is_plain and name not in _KEYWORDS:
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'
