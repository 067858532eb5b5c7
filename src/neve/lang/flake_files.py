"""What `flake.nix` says of a flake, read by an evaluator of its own that may not reach the outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from neve._core import Evaluator
from neve.errors import FetchError
from neve.fetch.flakes import FlakeFile
from neve.lang.host import Host, store_directory
from neve.lang.session import evaluator_settings, say_on_terminal

if TYPE_CHECKING:
    from neve._core import Value
    from neve.settings import Settings

_KNOWN: Final = frozenset({"description", "inputs", "outputs", "nixConfig"})


def read_flake_file(settings: Settings, file: str) -> FlakeFile:
    """What the file at a path says; raises `FetchError` for one that is no flake, and `EvaluationError`."""
    folder = file.rpartition("/")[0]
    value = _make_evaluator(settings, folder).import_file(file)
    return _read(value, file)


def _make_evaluator(settings: Settings, folder: str) -> Evaluator:
    """An evaluator that sees one folder, and fetches and builds nothing."""
    return Evaluator(
        Host(settings, say_on_terminal, is_read_only=True),
        {
            **evaluator_settings(settings),
            "store_dir": store_directory(settings.text("store"), settings.environment),
            "lookup_path": [],
            "pure": True,
            "allowed_paths": [folder],
            "read_only": True,
            "debugger": False,
        },
    )


def _read(value: Value, file: str) -> FlakeFile:
    if value.type != "set":
        raise FetchError(f"file '{file}' must be an attribute set")
    for name in value.attr_names():
        if name not in _KNOWN:
            raise FetchError(f"flake '{file}' has an unsupported attribute '{name}'")
    outputs = value.attr("outputs")
    if outputs is None:
        raise FetchError(f"flake '{file}' lacks attribute 'outputs'")
    inputs = value.attr("inputs")
    if inputs is not None and inputs.type != "set":
        raise FetchError(f"expected a set but got a {inputs.type}: 'inputs' of '{file}'")
    folder = file.rpartition("/")[0]
    return FlakeFile(
        {} if inputs is None else _plain(inputs, folder, "inputs"),
        tuple(outputs.function_args() or ()),
        _config(value, file),
    )


def _config(value: Value, file: str) -> dict[str, str]:
    """The settings in `nixConfig`."""
    config = value.attr("nixConfig")
    if config is None:
        return {}
    if config.type != "set":
        raise FetchError(f"expected a set but got a {config.type}: 'nixConfig' of '{file}'")
    return {
        name: _setting(name, member)
        for name in config.attr_names()
        if (member := config.attr(name)) is not None
    }


def _setting(name: str, value: Value) -> str:
    """The text of a setting as in `nix.conf`."""
    if value.type == "bool":
        return "true" if value.as_python() else "false"
    if value.type in {"string", "int", "path"}:
        return str(value.as_python())
    if value.type != "list":
        raise FetchError(f"flake configuration setting '{name}' is a {value.type}")
    members = [value.item(index) for index in range(len(value))]
    for member in members:
        if member.type != "string":
            raise FetchError(
                f"list element in flake configuration setting '{name}' is a {member.type} "
                "while a string is expected"
            )
    return " ".join(str(member.as_python()) for member in members)


def _plain(value: Value, folder: str, where: str) -> Any:
    """A value of sets and scalars; paths become references relative to the flake."""
    if value.type == "set":
        return {
            name: _plain(member, folder, f"{where}.{name}")
            for name in value.attr_names()
            if (member := value.attr(name)) is not None
        }
    if value.type == "path":
        path = str(value.as_python())
        if not path.startswith(f"{folder}/"):
            raise FetchError(
                f"input attribute path '{path}' must be in the same source tree as '{folder}'"
            )
        return f"path:.{path.removeprefix(folder)}"
    if value.type in {"string", "bool", "int"}:
        return value.as_python()
    raise FetchError(
        f"flake input attribute '{where}' is a {value.type} while a string, Boolean, or integer is expected"
    )
