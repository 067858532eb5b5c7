"""An evaluator together with the settings, the lookup path and the store it works with.

session = Session(Settings.load(os.environ))
value = session.evaluate("{ a = 1; }")
session.select(value, "a").as_python()
"""

from __future__ import annotations

import os
import sys
import time

from neve import _core, terminal
from neve.errors import NeveError, UsageError
from neve.lang.attr_path import parse_attr_path
from neve.lang.host import Host, store_directory
from neve.lang.lookup import is_pseudo_url, lookup_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Final

    from neve._core import Scope, Value
    from neve.lang.host import Effects, Say
    from neve.settings import Settings

STANDARD_INPUT: Final = "-"


class Session:
    """One evaluator and what it was made from.

    `includes` are entries before those of `NIX_PATH`; `auto_arguments` what functions at the top of an expression are
    called with: name → (`expression`, `string`, `file` or `stdin`; text). With `is_read_only`, derivations are hashed
    and nothing is written. `base_dir` is where relative paths start, by default in the current folder.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        includes: Sequence[str] = (),
        auto_arguments: Mapping[str, tuple[str, str]] | None = None,
        store_uri: str | None = None,
        is_read_only: bool = False,
        base_dir: str | None = None,
        say: Say | None = None,
        effects: Effects | None = None,
    ) -> None:
        self.settings: Final = settings
        self._base_dir: Final = base_dir
        self.host: Final = Host(
            settings,
            say or say_on_terminal,
            store_uri=store_uri,
            is_read_only=is_read_only,
            effects=effects,
        )
        self._auto_arguments: Final = auto_arguments or {}
        self._auto_values: dict[str, Value] | None = None
        self.variables: Scope | None = None
        """Those of an interactive session, if this is one."""
        uri = settings.text("store") if store_uri is None else store_uri
        self.evaluator: Final = _core.Evaluator(
            self.host,
            {
                **evaluator_settings(settings),
                "store_dir": store_directory(uri, settings.environment),
                "lookup_path": lookup_path(settings, includes),
                **({"current_dir": base_dir} if base_dir is not None else {}),
                "read_only": is_read_only,
                "debugger": effects is not None and effects.debug is not None,
            },
        )

    @property
    def base_dir(self) -> str:
        """Where relative paths in expressions and arguments start."""
        return self._base_dir or os.getcwd()

    def evaluate(self, text: str, *, scope: Scope | None = None, lazy: bool = False) -> Value:
        """The value of an expression."""
        return self.evaluator.evaluate(
            os.fsencode(text), base_dir=self.base_dir, scope=scope, lazy=lazy
        )

    def evaluate_argument(self, argument: str) -> Value:
        """The value of a file as commands name one: `-`, `<name>`, an address, `flake:REF`, a file or a folder."""
        if self.settings.flag("pure-eval") or self.settings.flag("restrict-eval"):
            # Whether the file may be read at all is for the evaluator to say.
            return self.import_argument(argument)
        return self._evaluate_read(argument)

    def _evaluate_read(self, argument: str) -> Value:
        text, base_dir, origin = self._read_argument(argument)
        return self.evaluator.evaluate(text, base_dir=base_dir, origin=origin)

    def import_argument(self, argument: str) -> Value:
        """The same as `import` would see it: evaluated once, and named in traces."""
        if argument == STANDARD_INPUT:
            return self._evaluate_read(argument)
        return self.evaluator.import_file(self._find_argument(argument))

    def parse_argument(self, argument: str) -> str:
        """The syntax tree of such a file, as text."""
        text, base_dir, origin = self._read_argument(argument)
        return self.evaluator.parse_to_text(text, base_dir=base_dir, origin=origin)

    def _read_argument(self, argument: str) -> tuple[bytes, str, str]:
        """Text, folder that relative paths start from, and origin."""
        if argument == STANDARD_INPUT:
            return sys.stdin.buffer.read(), self.base_dir, STANDARD_INPUT
        path = self._find_argument(argument)
        with open(self.host.real_path(path), "rb") as stream:
            return stream.read(), os.path.dirname(path), path

    def _find_argument(self, argument: str) -> str:
        path = self.resolve_argument(argument)
        return resolve_expression_path(path, real_path=self.host.real_path)

    def resolve_argument(self, argument: str) -> str:
        """The path that such an argument stands for; what has to be fetched is fetched."""
        if is_pseudo_url(argument) or argument.startswith("flake:"):
            path = self.host.lookup_path_entry(argument)
            if path is None:
                raise NeveError(f"'{argument}' cannot be fetched")
            return path
        if len(argument) > 2 and argument.startswith("<") and argument.endswith(">"):
            return self.evaluator.find_file(argument[1:-1])
        return os.path.normpath(os.path.join(self.base_dir, argument))

    def auto_values(self) -> dict[str, Value]:
        """The values of the automatic arguments, each evaluated when it is needed."""
        if self._auto_values is None:
            self._auto_values = {
                name: self._auto_value(kind, text)
                for name, (kind, text) in self._auto_arguments.items()
            }
        return self._auto_values

    def _auto_value(self, kind: str, text: str) -> Value:
        if kind == "expression":
            return self.evaluate(text, lazy=True)
        if kind == "file":
            with open(
                os.path.join(self.base_dir, text), encoding="utf-8", errors="surrogateescape"
            ) as stream:
                text = stream.read()
        elif kind == "stdin":
            text = sys.stdin.read()
        elif kind != "string":
            raise UsageError(f"unknown kind of argument: '{kind}'")
        return self.evaluator.from_python(text)

    def select(self, value: Value, attr_path: str) -> Value:
        """What an attribute path leads to, functions on the way being called with the automatic arguments."""
        return value.select_path(parse_attr_path(attr_path), auto_call=self.auto_values())

    def auto_call(self, value: Value) -> Value:
        """Calls a function that the automatic arguments satisfy; anything else is itself."""
        return value.auto_call(self.auto_values())


def evaluator_settings(settings: Settings) -> dict[str, Any]:
    """What the evaluator wants to know of `nix.conf` and the process."""
    environment = settings.environment
    return {
        "system": settings.text("eval-system") or settings.text("system"),
        "pure": settings.flag("pure-eval"),
        "restricted": settings.flag("restrict-eval"),
        "allowed_paths": [],
        "allowed_uris": settings.words("allowed-uris"),
        "experimental_features": settings.words("experimental-features"),
        "max_call_depth": settings.number("max-call-depth"),
        "import_from_derivation": settings.flag("allow-import-from-derivation"),
        "max_heap_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4 * 3,
        "current_time": int(time.time()),
        "trace_verbose": settings.flag("trace-verbose"),
        "trace_function_calls": settings.flag("trace-function-calls"),
        "abort_on_warn": settings.flag("abort-on-warn"),
        "show_trace": settings.flag("show-trace"),
        "ignore_try": settings.flag("ignore-try"),
        "debugger_on_trace": settings.flag("debugger-on-trace"),
        "debugger_on_warn": settings.flag("debugger-on-warn"),
        "current_dir": os.getcwd(),
        "home": environment.get("HOME", ""),
        "environment": dict(environment),
        "lint_url_literals": settings.text("lint-url-literals"),
        "lint_short_path_literals": settings.text("lint-short-path-literals"),
        "lint_absolute_path_literals": settings.text("lint-absolute-path-literals"),
    }


def resolve_expression_path(path: str, *, real_path: Callable[[str], str] = str) -> str:
    """The file behind a path: links followed one by one, as relative paths inside it need, then `default.nix`.

    `real_path` says where a path is that is no plain file of this machine.
    """
    for _ in range(1024):
        place = real_path(path)
        if not os.path.islink(place):
            break
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(place)))
    else:
        raise NeveError(f"too many symbolic links encountered while traversing the path '{path}'")
    if os.path.isdir(place):
        path = os.path.join(path, "default.nix")
    if not os.path.lexists(real_path(path)):
        raise NeveError(f"path '{path}' does not exist")
    return path


def say_on_terminal(level: str, text: str) -> None:
    """Words of the evaluator on standard error."""
    if level == "trace":
        terminal.say(f"trace: {text}", level=0)
    elif level == "warning":
        if not text:
            return
        label = "evaluation warning:"
        first, *others = text.rstrip().split("\n")
        lines = [f"{terminal.MAGENTA}{label}{terminal.NORMAL} {first}".rstrip()]
        lines += [f"{' ' * len(label)} {line}".rstrip() for line in others]
        terminal.say("\n".join(lines), level=1)
    elif level == "info":
        terminal.say(text, level=3)
    else:
        terminal.warn(text)
