"""`nix config show`: the settings in force."""

from __future__ import annotations

import sys

from neve.cli import common
from neve.cli.json_output import PRETTY, write_json
from neve.cli.options import Arguments, Command, Group, flag
from neve.errors import NeveError, UsageError
from neve.settings_table import TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from neve.settings import Parsed, Settings


class ShowArguments(Arguments):
    """What `nix config show` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        settings.set("pure-eval", "true")
        self.is_json = False
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nix config show",
    "print the settings in force, or one of them",
    (
        Group(
            "Output",
            (flag("--json", "is_json", "Print JSON, with defaults and meanings."), *PRETTY),
        ),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[NAME]",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, ShowArguments)
    if arguments is None:
        return 0
    settings = arguments.settings
    names = sorted(
        name
        for name, row in TABLE.items()
        if row.feature is None or settings.has_feature(row.feature)
    )
    if arguments.operands:
        _show_one(arguments, names)
    elif arguments.is_json:
        write_json({name: describe(settings, name) for name in sorted(TABLE)}, arguments.pretty)
    else:
        sys.stdout.write("".join(f"{name} = {settings.show(name)}\n" for name in names))
    return 0


def _show_one(arguments: ShowArguments, names: list[str]) -> None:
    name, *rest = arguments.operands
    if rest:
        raise UsageError(f"unexpected argument '{rest[0]}'")
    if arguments.is_json:
        raise UsageError("'--json' is not supported when specifying a setting name")
    if name not in names:
        raise NeveError(f"could not find setting '{name}'")
    print(arguments.settings.show(name))


def describe(settings: Settings, name: str) -> dict[str, Any]:
    """All there is to say of a setting."""
    row = TABLE[name]
    return {
        "aliases": sorted(row.aliases),
        "defaultValue": _to_json(row.kind, settings.default(name)),
        "description": row.meaning,
        "documentDefault": row.default is not None,
        "experimentalFeature": row.feature,
        "value": _to_json(row.kind, settings.value(name)),
    }


def _to_json(kind: str, value: Parsed) -> Any:
    if kind == "mounts" and isinstance(value, dict):
        return {
            inside: {"optional": source.endswith("?"), "source": source.removesuffix("?")}
            for inside, source in value.items()
        }
    if kind == "json" and isinstance(value, str):
        import json

        return json.loads(value)
    if value in {"true", "false"} if isinstance(value, str) else False:
        return value == "true"
    return value
