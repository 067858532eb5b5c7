"""`nix eval`: print the value of an expression."""

from __future__ import annotations

import os
import sys

from neve.cli import common
from neve.cli.installables import (
    LOCK_FILES,
    READ_ONLY,
    SELECTION,
    InstallableArguments,
    open_installables,
    selected_values,
)
from neve.cli.json_output import PRETTY
from neve.cli.options import Command, Group, flag, value
from neve.errors import NeveError, UsageError, WrongTypeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve._core import Value
    from neve.settings import Settings


class EvalArguments(InstallableArguments):
    """What `nix eval` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_json = False
        self.is_raw = False
        self.pretty: bool | None = None
        self.function: str | None = None
        self.target: str | None = None


COMMAND: Final = Command(
    "nix eval",
    "print the value of an expression",
    (
        SELECTION,
        Group(
            "Output",
            (
                flag("--json", "is_json", "Print JSON."),
                *PRETTY,
                flag("--raw", "is_raw", "Print a string as it is, without a newline."),
                value(
                    "--apply", "function", "FUNCTION", "Print what the function makes of the value."
                ),
                value(
                    "--write-to",
                    "target",
                    "PATH",
                    "Write a string to a new file, or a set of strings to a new folder.",
                ),
                READ_ONLY,
            ),
        ),
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[ATTRIBUTE]",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, EvalArguments)
    if arguments is None:
        return 0
    if arguments.is_raw and arguments.is_json:
        raise UsageError("--raw and --json are mutually exclusive")
    if len(arguments.operands) > 1:
        raise UsageError(f"unexpected argument '{arguments.operands[1]}'")
    session = open_installables(arguments)
    [(_, result)] = selected_values(session, arguments)
    if arguments.function is not None:
        result = session.evaluate(arguments.function).call(result)
    _output(result, arguments)
    if not arguments.is_read_only:
        session.evaluator.flush()
    common.show_statistics(session)
    return 0


def _output(result: Value, arguments: EvalArguments) -> None:
    if arguments.target is not None:
        if os.path.lexists(arguments.target):
            raise NeveError(f"path '{arguments.target}' already exists")
        _write_tree(arguments.target, _read_tree(result, "the value"))
    elif arguments.is_raw:
        context = "while generating the eval command output"
        sys.stdout.write(result.coerce_to_string(context=context))
    elif arguments.is_json:
        _write_json(result.to_json(copy_paths=False), arguments)
    else:
        print(result.print(multiline=False))


def _write_json(text: str, arguments: EvalArguments) -> None:
    if arguments.pretty or (arguments.pretty is None and sys.stdout.isatty()):
        import json

        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    print(text)


def _read_tree(result: Value, where: str) -> object:
    """What `--write-to` would write, as bytes and dictionaries: evaluated to the end before anything is written."""
    if result.type == "string":
        text = result.as_python()
        return text if isinstance(text, bytes) else str(text).encode()
    if result.type != "set":
        raise WrongTypeError(f"{where} is not a string or an attribute set")
    tree: dict[str, object] = {}
    for name in result.attr_names():
        if name in {".", "..", ""} or "/" in name:
            raise NeveError(f"invalid file name '{name}'")
        item = result.attr(name)
        if item is not None:
            tree[name] = _read_tree(item, f"the attribute '{name}'")
    return tree


def _write_tree(path: str, tree: object) -> None:
    if isinstance(tree, bytes):
        with open(path, "xb") as stream:
            stream.write(tree)
    elif isinstance(tree, dict):
        os.mkdir(path)
        for name, item in tree.items():
            _write_tree(os.path.join(path, name), item)
