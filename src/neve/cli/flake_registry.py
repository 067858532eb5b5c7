"""The user's registry of short names for flakes."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from neve.cli.installables import InstallableArguments
from neve.cli.options import Group, value
from neve.errors import NeveError
from neve.fetch.registry import Entry, load, parse
from neve.settings import configuration_dir, user_configuration_dir

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neve.cli.options import Arguments
    from neve.settings import Settings


class RegistryArguments(InstallableArguments):
    """Arguments of a subcommand that works on a registry."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.registry = registry_files(settings)["user"]


REGISTRY: Final = Group(
    "Which registry", (value("--registry", "registry", "FILE", "The file (the user's own)."),)
)


def registry_files(settings: Settings) -> dict[str, str]:
    """Whose registry → the file that it is in, those that count first."""
    environment = settings.environment
    return {
        "user": f"{user_configuration_dir(environment)}/registry.json",
        "system": f"{configuration_dir(environment)}/registry.json",
    }


def read_own(file: str) -> list[Entry]:
    """The entries of a file, which need not exist."""
    return load(file) if os.path.exists(file) else []


def read_global(arguments: Arguments) -> list[Entry]:
    """The entries of the registry for everybody; none, where the settings name none. Raises `NeveError`."""
    address = arguments.settings.text("flake-registry")
    if not address:
        return []
    if "://" not in address:
        return load(address)
    from neve.cli.stores import make_opener
    from neve.lang.fetching import Fetching

    fetching = Fetching(arguments.settings, lambda: make_opener(arguments), None)
    path = str(fetching.fetch("fetchurl", {"url": address})["outPath"])
    with open(path, encoding="utf-8") as file:
        return parse(file.read(), address)


def registry_text(entries: Iterable[Entry]) -> str:
    """A registry as its file holds it."""
    registry = {
        "version": 2,
        "flakes": [
            {
                "from": entry.source,
                "to": entry.target,
                **({"exact": True} if entry.is_exact else {}),
            }
            for entry in entries
        ],
    }
    return json.dumps(registry, indent=2, sort_keys=True) + "\n"


def write_own(file: str, entries: Iterable[Entry]) -> None:
    """Writes a registry, whole or not at all."""
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        temporary = f"{file}.{os.getpid()}"
        with open(temporary, "w", encoding="utf-8") as stream:
            stream.write(registry_text(entries))
        os.replace(temporary, file)
    except OSError as error:
        raise NeveError(f"writing the flake registry '{file}': {error.strerror}") from error
