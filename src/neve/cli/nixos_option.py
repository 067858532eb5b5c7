"""`nixos-option`: the value of an option, what it is for, and where it was set."""

from __future__ import annotations

import sys

from neve.cli import common, program
from neve.cli.common import EvaluationArguments
from neve.cli.json_output import PRETTY
from neve.cli.options import Command, Group, flag, value
from neve.errors import EvaluationError, NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Final, NoReturn

    from neve._core import Value
    from neve.lang.session import Session
    from neve.settings import Settings


class OptionArguments(EvaluationArguments):
    """What `nixos-option` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_recursive = False
        self.flake: str | None = None
        self.ignores_system_flake = False
        self.is_json = False
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nixos-option",
    "show options of a NixOS configuration",
    (
        Group(
            "What is shown",
            (
                flag("-r --recursive", "is_recursive", "The values of all options below PATH."),
                flag("--json", "is_json", "As JSON."),
                *PRETTY,
            ),
        ),
        Group(
            "Which configuration",
            (
                value("-F --flake", "flake", "REF[#NAME]", "nixosConfigurations.NAME of a flake."),
                flag("--no-flake", "ignores_system_flake", "Not that of /etc/nixos/flake.nix."),
            ),
        ),
        common.EVALUATION,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[PATH]",
    description="""
PATH is that of an option, such as services.openssh.enable: shows its value, default, type, description, and the files,
lines and priorities of its definitions. For a set of options it shows their names.
""",
)

_DESCRIBE: Final = """
option:
let
  try = default: value:
    let result = builtins.tryEval value; in if result.success then result.value else default;
in {
  hasValue = option ? value && (option.isDefined or true);
  hasDefault = option ? default || option ? defaultText;
  hasExample = option ? example;
  type = try null (option.type.description or null);
  description = try null (
    let text = option.description or null; in if builtins.isAttrs text then text.text or null else text
  );
  priority = try null (option.highestPrio or null);
  declarations = map
    (declared: { file = toString declared.file; line = declared.line or null; column = declared.column or null; })
    (option.declarationPositions
      or (map (file: { inherit file; }) (option.declarations or [ ])));
}
"""


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    from neve.cli.system_sources import choose_source

    arguments = common.read(COMMAND, words, OptionArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) > 1:
        raise UsageError(f"unexpected argument '{arguments.operands[1]}'")
    path = arguments.operands[0] if arguments.operands else ""
    arguments.is_read_only = True
    session = common.open_session(arguments)
    source = choose_source(
        flake=arguments.flake, ignores_system_flake=arguments.ignores_system_flake
    )
    explorer = Explorer(session, source.evaluate(session))
    if arguments.is_recursive:
        _show_all(explorer, path, arguments)
    else:
        _show_one(explorer, path, arguments)
    return 0


class Explorer:
    """The options of one system."""

    def __init__(self, session: Session, system: Value) -> None:
        self._session: Final = session
        self._options: Final = self._member(system, "options")
        self._config: Final = self._member(system, "config")

    @staticmethod
    def _member(system: Value, name: str) -> Value:
        found = system.attr(name) if system.type == "set" else None
        if found is None:
            raise NeveError(f"the configuration has no '{name}': it is no NixOS system")
        return found

    def find(self, path: str) -> tuple[Value, list[str]]:
        """The option or set of options at a path, and what of the path leads on inside the option's value.

        Raises `NeveError` when there is none, with the names that come near.
        """
        from neve.lang.attr_path import parse_attr_path

        names = parse_attr_path(path)
        current = self._options
        for position, name in enumerate(names):
            if is_option(current):
                return _inside(current, names[position:])
            following = current.attr(name)
            if following is None:
                raise NeveError(self._unknown(path, current, name))
            current = following
        return current, []

    def _unknown(self, path: str, options: Value, name: str) -> str:
        import difflib

        near = difflib.get_close_matches(name, options.attr_names(), 3, 0.6)
        hint = f"\nDid you mean {' or '.join(near)}?" if near else ""
        return f"there is no option '{path}': '{name}' is unknown{hint}"

    def value_at(self, option: Value, rest: Sequence[str]) -> Value:
        """The value of an option, or a part of it."""
        found = option.attr("value")
        if found is None:
            raise NeveError("the option has no value: nothing defines it")
        return found.select_path(list(rest))

    def describe(self, option: Value) -> dict[str, Any]:
        """What is known of an option beside its value."""
        import json

        described = self._session.evaluate(_DESCRIBE).call(option)
        return dict(json.loads(described.to_json(copy_paths=False)))

    def definitions(self, option: Value) -> list[tuple[dict[str, Any], Value]]:
        """Each definition's place (`file`, and `line` and `column` where they are known) and its value."""
        listed = option.attr("definitionsWithLocations")
        found: list[tuple[dict[str, Any], Value]] = []
        for index in range(len(listed) if listed is not None else 0):
            assert listed is not None  # noqa: S101 - its length was taken
            definition = listed.item(index)
            file, defined = definition.attr("file"), definition.attr("value")
            if file is not None and defined is not None:
                found.append((_place_of(file.coerce_to_string(), definition.attr("pos")), defined))
        return found

    def walk(self, options: Value, path: str) -> Iterator[tuple[str, Value]]:
        """All options below a set of options."""
        if is_option(options):
            yield path, options
            return
        for name in options.attr_names():
            item = options.attr(name)
            if item is not None and item.type == "set" and not name.startswith("_"):
                quoted = name if name.replace("-", "").replace("_", "").isalnum() else f'"{name}"'
                yield from self.walk(item, f"{path}.{quoted}" if path else quoted)


def _inside(option: Value, names: list[str]) -> tuple[Value, list[str]]:
    """The option that a path leads to within an option of submodules, and what of the path leads on in its value.

    What types know of the parts of a value is in `valueMeta`: sets have `attrs`, submodules their `configuration`.
    """
    meta, position = option.attr("valueMeta"), 0
    while meta is not None and position < len(names) and "attrs" in meta.attr_names():
        meta = meta.select_path(["attrs"]).attr(names[position])
        position += 1
    if meta is None or "configuration" not in meta.attr_names():
        return option, names
    found: Value | None = meta.select_path(["configuration", "options"])
    while found is not None and not is_option(found) and position < len(names):
        found = found.attr(names[position])
        position += 1
    if found is None:
        return option, names
    return _inside(found, names[position:]) if is_option(found) else (found, [])


def _place_of(file: str, position: Value | None) -> dict[str, Any]:
    """Where a definition is written: its line is of use only in the file that the definition is said to be from."""
    import json

    if position is None or position.type != "set":
        return {"file": file}
    place = dict(json.loads(_json(position)))
    return place if place.get("file") == file else {"file": file}


def is_option(value: Value) -> bool:
    """Whether a value is an option rather than a set of them."""
    if value.type != "set":
        return False
    kind = value.attr("_type")
    return kind is not None and kind.type == "string" and kind.as_python() == "option"


def _show_one(explorer: Explorer, path: str, arguments: OptionArguments) -> None:
    found, rest = explorer.find(path)
    if not is_option(found):
        _show_names(found, arguments)
    elif rest:
        shown = explorer.value_at(found, rest)
        print(_json(shown) if arguments.is_json else _print(shown))
    elif arguments.is_json:
        from neve.cli.json_output import write_json

        write_json(_as_json(explorer, found), arguments.pretty)
    else:
        sys.stdout.write(_render(explorer, found))


def _show_names(options: Value, arguments: OptionArguments) -> None:
    names = [name for name in options.attr_names() if not name.startswith("_")]
    if arguments.is_json:
        from neve.cli.json_output import write_json

        write_json(names, arguments.pretty)
        return
    print("This attribute set contains:")
    sys.stdout.writelines(f"{name}\n" for name in names)


def _show_all(explorer: Explorer, path: str, arguments: OptionArguments) -> None:
    found, rest = explorer.find(path)
    options = [(path, found)] if rest or is_option(found) else explorer.walk(found, path)
    if arguments.is_json:
        import json

        from neve.cli.json_output import write_json

        write_json(
            {name: json.loads(_value_json(option)) for name, option in options}, arguments.pretty
        )
        return
    for name, option in options:
        print(f"{name} = {_value_text(option)};")


def _render(explorer: Explorer, option: Value) -> str:
    """An option as sections, each a heading and indented lines."""
    facts = explorer.describe(option)
    sections = [("Value", _value_text(option))]
    for name, attr in (("Default", "default"), ("Example", "example")):
        text = _literal(option, attr)
        if text is not None:
            sections.append((name, text))
    sections.append(("Type", facts["type"] or "unknown"))
    sections.append(("Description", (facts["description"] or "").rstrip()))
    declared = "\n".join(_place(item) for item in facts["declarations"])
    sections.append(("Declared by", declared))
    definitions = explorer.definitions(option)
    lines = [f"{_place(place)}: {_print(defined)}" for place, defined in definitions]
    if facts["priority"] is not None and definitions:
        lines.append(f"priority {facts['priority']}")
    sections.append(("Defined by", "\n".join(lines)))
    return "\n".join(
        f"{title}:\n" + "".join(f"  {line}".rstrip() + "\n" for line in text.split("\n"))
        for title, text in sections
    )


def _place(declared: dict[str, Any]) -> str:
    if declared.get("line") is None:
        return str(declared["file"])
    return f"{declared['file']}:{declared['line']}:{declared['column']}"


def _literal(option: Value, name: str) -> str | None:
    """The text or the value of a default or an example."""
    text = option.attr(f"{name}Text") if name == "default" else None
    found = text if text is not None else option.attr(name)
    if found is None:
        return None
    if found.type == "set":
        written = found.attr("text")
        if found.attr("_type") is not None and written is not None:
            return written.coerce_to_string()
    return _print(found)


def _value_text(option: Value) -> str:
    """The value; what is wrong, where it has none."""
    found = None
    try:
        found = option.attr("value")
        return "not set" if found is None else _print(found)
    except EvaluationError as error:
        return f"error: {error.message.splitlines()[0]}"


def _value_json(option: Value) -> str:
    try:
        found = option.attr("value")
        return "null" if found is None else _json(found)
    except EvaluationError:
        return "null"


def _print(value: Value) -> str:
    return value.print(max_depth=8)


def _json(value: Value) -> str:
    return value.to_json(copy_paths=False)


def _as_json(explorer: Explorer, option: Value) -> dict[str, Any]:
    import json

    facts = explorer.describe(option)
    return {
        "value": json.loads(_value_json(option)),
        "default": _literal(option, "default"),
        "example": _literal(option, "example"),
        "type": facts["type"],
        "description": facts["description"],
        "declarations": facts["declarations"],
        "definitions": [
            {**place, "value": json.loads(_json(defined))}
            for place, defined in explorer.definitions(option)
        ],
        "priority": facts["priority"],
    }
