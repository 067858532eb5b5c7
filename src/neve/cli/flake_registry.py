"""The user's registry of short names for flakes."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from neve.cli.flakes import parse_reference
from neve.cli.installables import InstallableArguments
from neve.cli.options import Group, value
from neve.errors import NeveError
from neve.fetch.lock_file import find_input
from neve.fetch.registry import Entry, load, parse
from neve.settings import configuration_dir, user_configuration_dir

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from neve.cli.options import Arguments
    from neve.lang.fetching import Fetching
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


def change_registries(fetching: Fetching, changes: Sequence[tuple[str, ...]]) -> None:
    """Lets references stand for others while `fetching` is used: see `EvaluationArguments.registry_changes`."""
    fetcher = fetching.fetcher
    for references in changes:
        source, *targets = map(parse_reference, references)
        if targets:
            fetcher.overrides.append(Entry(source, targets[0]))
            continue
        root = fetcher.lock_flake(source).root
        for name in root.inputs:
            node = find_input(root, (name,))
            if node is not None and node.locked:
                fetcher.overrides.append(Entry({"type": "indirect", "id": name}, node.locked))


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
