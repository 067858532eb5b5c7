"""`nix search`: find packages by name, description and attribute path."""

from __future__ import annotations

import re
import sys

from neve import terminal
from neve.cli import common
from neve.cli.installables import (
    LOCK_FILES,
    SELECTION,
    InstallableArguments,
    has_source,
    open_installables,
    selected_values,
)
from neve.cli.json_output import PRETTY
from neve.cli.options import Command, Group, flag, repeated
from neve.errors import EvaluationError, NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from neve._core import Value
    from neve.lang.session import Session
    from neve.settings import Settings

_TEXTS: Final = (("name",), ("meta", "description"))
_ROOTS: Final = ("packages.{system}", "legacyPackages.{system}")


class SearchArguments(InstallableArguments):
    """What `nix search` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_read_only = True
        self.is_json = False
        self.pretty: bool | None = None
        self.excluded: list[str] = []


COMMAND: Final = Command(
    "nix search",
    "find packages",
    (
        SELECTION,
        Group(
            "What is found",
            (
                repeated("-e --exclude", "excluded", "REGEX", "Leave out packages that match."),
                flag("--json", "is_json", "Print JSON."),
                *PRETTY,
            ),
        ),
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="INSTALLABLE REGEX…",
    description="""
Shows the packages of a flake (nixpkgs), or of what --file or --expr names, whose name, description or attribute path
matches every REGEX, whatever the case of letters. `nix search nixpkgs ^` shows all. With --file, INSTALLABLE is an
attribute path, `.` for the whole.
""",
)


class Found:
    """A package that matches."""

    def __init__(self, attr_path: str, name: str, version: str, description: str) -> None:
        self.attr_path: Final = attr_path
        self.name: Final = name
        self.version: Final = version
        self.description: Final = description


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, SearchArguments)
    if arguments is None:
        return 0
    installable, *patterns = arguments.operands or ["."]
    if not patterns:
        raise UsageError(
            "Must provide at least one regex! To match all packages, use 'nix search <installable> ^'."
        )
    wanted, excluded = _compile(patterns), _compile(arguments.excluded)
    session = open_installables(arguments)
    found = (
        package
        for attr_path, root in _find_roots(session, arguments, installable)
        for package in find_all(root, attr_path)
        if _matches(package, wanted, excluded)
    )
    if arguments.is_json:
        _print_json(found, arguments)
        return 0
    if not _print(found, wanted):
        raise NeveError("no results for the given search term(s)!")
    return 0


def _compile(patterns: Sequence[str]) -> list[re.Pattern[str]]:
    from neve.lang.package_names import Selector

    return [Selector.compile(pattern, re.IGNORECASE) for pattern in patterns]


def _find_roots(
    session: Session, arguments: SearchArguments, installable: str
) -> Iterator[tuple[str, Value]]:
    """The sets of packages that are searched, with their attribute paths."""
    if has_source(arguments):
        yield from selected_values(session, arguments, [installable])
        return
    from neve.cli.flakes import evaluate_flake, find_attr

    reference, _, attr_path = installable.partition("#")
    flake = evaluate_flake(session, arguments, reference or ".")
    system = session.settings.text("system")
    roots = [root.format(system=system) for root in _ROOTS]
    wanted = [f"{root}.{attr_path}" for root in roots] + [attr_path] if attr_path else roots
    found = [(path, find_attr(session, flake, path)) for path in wanted]
    if all(value is None for _, value in found):
        raise EvaluationError(
            f"flake '{reference or '.'}' does not provide attribute {' or '.join(map(repr, wanted))}"
        )
    yield from ((path, value) for path, value in found if value is not None)


def find_all(root: Value, attr_path: str) -> Iterator[Found]:
    """All packages in a set, and in sets within it that ask to be searched; what fails to evaluate is left out."""
    root = root.auto_call({})
    if root.is_derivation:
        texts = [_text_at(root, path) for path in _TEXTS]
        yield _describe(attr_path, texts)
    elif root.type == "set":
        yield from _find_in_set(root, attr_path)


def _find_in_set(root: Value, attr_path: str) -> Iterator[Found]:
    from neve.lang.derivations import survey

    for name, (kind, _, item, texts) in survey(root, root.attr_names(), _TEXTS):
        path = f"{attr_path}.{name}" if attr_path else name
        if kind == "derivation":
            yield _describe(path, texts)
        elif kind == "searched" and item is not None:
            yield from _find_in_set(item, path)


def _text_at(value: Value, path: Sequence[str]) -> str | None:
    found: Value | None = value
    for name in path:
        found = found.attr(name) if found is not None and found.type == "set" else None
    return found.coerce_to_string() if found is not None and found.type == "string" else None


def _describe(attr_path: str, texts: Sequence[str | None]) -> Found:
    from neve.lang.package_names import PackageName

    name, description = (text or "" for text in texts)
    parts = PackageName(name)
    return Found(attr_path, parts.name, parts.version, description.replace("\n", " "))


def _matches(
    package: Found, wanted: Sequence[re.Pattern[str]], excluded: Sequence[re.Pattern[str]]
) -> bool:
    texts = (package.attr_path, package.name, package.description)

    def occurs(pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(text) for text in texts)

    return all(map(occurs, wanted)) and not any(map(occurs, excluded))


def _print_json(found: Iterator[Found], arguments: SearchArguments) -> None:
    from neve.cli.json_output import write_json

    packages = {
        package.attr_path: {
            "pname": package.name,
            "version": package.version,
            "description": package.description,
        }
        for package in found
    }
    write_json(packages, arguments.pretty)


def _print(found: Iterator[Found], wanted: Sequence[re.Pattern[str]]) -> bool:
    """Prints packages as they are found; whether there were any."""
    is_any = False
    colours = terminal.has_colour(sys.stdout)
    for package in found:
        if is_any:
            print()
        is_any = True
        version = f" ({package.version})" if package.version else ""
        shown = _highlight(package.attr_path, wanted) if colours else package.attr_path
        print(f"* {shown}{version}")
        if package.description:
            text = _highlight(package.description, wanted) if colours else package.description
            print(f"  {text}")
    return is_any


def _highlight(text: str, patterns: Sequence[re.Pattern[str]]) -> str:
    spans = sorted(
        match.span() for pattern in patterns for match in pattern.finditer(text) if match[0]
    )
    parts: list[str] = []
    position = 0
    for start, end in spans:
        if end > position:
            before, inside = text[position:start], text[max(start, position) : end]
            parts += [before, terminal.GREEN, inside, terminal.NORMAL]
            position = end
    return "".join([*parts, text[position:]])
