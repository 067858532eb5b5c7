"""Command lines in Nix's grammar: one table of options for a command, one loop that reads it.

The grammar is not that of the standard parsers: an option may take two values (`--arg NAME EXPR`), short ones are
bundled (`-qlf`, `-j3`), `--name=value` is no option, and every setting of `nix.conf` is one.
"""

from __future__ import annotations

from neve import terminal
from neve.errors import UsageError
from neve.settings import find_setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from neve.settings import Settings


class Option:
    """One option: its names, what its values are called, what it does, and how `--help` words it."""

    __slots__ = ("apply", "metavars", "names", "text")

    def __init__(
        self, names: str, apply: Callable[..., object], text: str, metavars: tuple[str, ...] = ()
    ) -> None:
        self.names = tuple(names.split())
        self.apply = apply
        self.text = text
        self.metavars = metavars


class Group:
    """Options under one heading of `--help`."""

    __slots__ = ("options", "title")

    def __init__(self, title: str, options: Sequence[Option]) -> None:
        self.title = title
        self.options = options


class UnknownFlagError(UsageError):
    """A command has no such option."""

    def __init__(self, flag: str) -> None:
        super().__init__(f"unrecognised flag '{flag}'")
        self.flag = flag


class Command:
    """What a command is called and takes; `operands` is its synopsis after the options.

    Without one it takes no operands; `refusal` is what is said of any then, in place of naming it.
    """

    __slots__ = ("description", "groups", "is_old", "name", "operands", "refusal", "summary")

    def __init__(
        self,
        name: str,
        summary: str,
        groups: Sequence[Group],
        *,
        operands: str = "",
        description: str = "",
        refusal: str | None = None,
    ) -> None:
        self.name = name
        self.refusal = refusal
        self.summary = summary
        self.groups = groups
        self.operands = operands
        self.description = description
        self.is_old = not name.startswith("nix ") and name != "nix"


class Arguments:
    """What a command line says. Commands add attributes of their own.

    `settings` are those in force, flags included; `operands` is what is no option.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.operands: list[str] = []
        self.is_old_command = False
        """Whether the command is none of `nix`'s own subcommands."""
        self.verbosity = 3
        self.log_format: str | None = None
        self.action: str | None = None
        """`help` or `version` when that is asked for instead."""


def flag(names: str, attribute: str, text: str, *, to: Any = True) -> Option:
    """An option that sets an attribute of the arguments to a fixed value."""

    def apply(arguments: Arguments) -> None:
        setattr(arguments, attribute, to)

    return Option(names, apply, text)


def value(names: str, attribute: str, metavar: str, text: str) -> Option:
    """An option that sets an attribute to its value."""

    def apply(arguments: Arguments, word: str) -> None:
        setattr(arguments, attribute, word)

    return Option(names, apply, text, (metavar,))


def repeated(names: str, attribute: str, metavar: str, text: str) -> Option:
    """An option that may be given several times: its values, in order."""

    def apply(arguments: Arguments, word: str) -> None:
        getattr(arguments, attribute).append(word)

    return Option(names, apply, text, (metavar,))


def deprecated(option: Option, warning: str) -> Option:
    """An option that says what to use in its place."""

    def apply(arguments: Arguments, *words: str) -> None:
        terminal.warn(warning)
        option.apply(arguments, *words)

    return Option(" ".join(option.names), apply, option.text, option.metavars)


def without(group: Group, *names: str) -> Group:
    """A group of options but for those of some names."""
    kept = [option for option in group.options if not set(names) & set(option.names)]
    return Group(group.title, kept)


def setting(names: str, setting_name: str, text: str, *, to: str | None = None) -> Option:
    """An option that is another name for a setting: with a value, or a fixed one."""

    def apply(arguments: Arguments, word: str | None = None) -> None:
        arguments.settings.set(setting_name, word if to is None else to)  # type: ignore[arg-type]

    return Option(names, apply, text, ("N",) if to is None else ())


def parse(command: Command, words: Sequence[str], arguments: Arguments) -> None:
    """Reads a command line into `arguments`; raises `UsageError` for one that makes no sense."""
    arguments.is_old_command = command.is_old
    pending = list(reversed(words))
    while pending:
        word = pending.pop()
        if word == "--":
            arguments.operands += reversed(pending)
            break
        if word == "-" or not word.startswith("-"):
            arguments.operands.append(word)
            continue
        if not word.startswith("--") and len(word) > 2 and word[1].isalpha():
            pending += reversed(_unbundle(word))
            continue
        option = find_option(command, word)
        if option is None:
            raise UnknownFlagError(word)
        values = _take(command, word, option, pending)
        option.apply(arguments, *values)
        if arguments.action is not None:
            return
    if arguments.operands and not command.operands:
        raise UsageError(command.refusal or f"unexpected argument '{arguments.operands[0]}'")
    arguments.settings.warn_unknown()


def find_option(command: Command, word: str) -> Option | None:
    """What a word that begins with `-` means to a command: an option of its own, or a setting."""
    for group in command.groups:
        for option in group.options:
            if word in option.names:
                return option
    return _setting_option(word)


def _take(command: Command, word: str, option: Option, pending: list[str]) -> list[str]:
    wanted = len(option.metavars)
    if len(pending) < wanted:
        if command.is_old and wanted == 1:
            raise UsageError(f"'{word}' requires an argument")
        raise UsageError(
            f"flag '{word}' requires {wanted} argument(s), but only {len(pending)} were given"
        )
    return [pending.pop() for _ in range(wanted)]


def _unbundle(word: str) -> list[str]:
    parts: list[str] = []
    for index, character in enumerate(word[1:], 1):
        if not character.isalpha():
            return [*parts, word[index:]]
        parts.append(f"-{character}")
    return parts


def _setting_option(word: str) -> Option | None:
    """The option that sets a setting: `--name VALUE`, `--name` and `--no-name` for one that is true or false."""
    name = word.removeprefix("--")
    if name == word:
        return None
    found = find_setting(name)
    if found is not None:
        kind = found[1].kind
        if kind == "bool" or name in {"sandbox", "build-use-chroot", "build-use-sandbox"}:
            return setting(word, name, "", to="true")
        return setting(word, name, "")
    for prefix, to in (("no-", "false"), ("relaxed-", "relaxed")):
        found = find_setting(name.removeprefix(prefix)) if name.startswith(prefix) else None
        if found is None:
            continue
        canonical, row, _ = found
        if canonical == "sandbox" or (row.kind == "bool" and to == "false"):
            return setting(word, canonical, "", to=to)
    return None
