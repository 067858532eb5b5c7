"""`nix flake metadata`: where a flake comes from, and what it needs."""

from __future__ import annotations

import time

from neve import _core
from neve.cli import common
from neve.cli.flake_locks import (
    describe_locked,
    lock,
)
from neve.cli.flakes import parse_reference
from neve.cli.installables import LOCK_FILES, InstallableArguments
from neve.cli.json_output import PRETTY, write_json
from neve.cli.options import Command, Group, flag
from neve.errors import UsageError
from neve.fetch import lock_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Final

    from neve.fetch.flakes import LockedFlake
    from neve.fetch.lock_file import Node
    from neve.settings import Settings


class MetadataArguments(InstallableArguments):
    """What `nix flake metadata` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_json = False
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nix flake metadata",
    "show where a flake comes from and what it needs",
    (
        Group("Output", (flag("--json", "is_json", "Print JSON."), *PRETTY)),
        LOCK_FILES,
        common.REGISTRIES,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[REF]",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, MetadataArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) > 1:
        raise UsageError(f"unexpected argument '{arguments.operands[1]}'")
    reference = parse_reference((arguments.operands or ["."])[0])
    flake = lock(arguments, reference)
    description = read_description(arguments, flake)
    facts = gather(reference, flake, description)
    if arguments.is_json:
        write_json(facts, arguments.pretty)
    else:
        _print(facts, flake.root)
    return 0


def read_description(arguments: InstallableArguments, flake: LockedFlake) -> str | None:
    """What `flake.nix` says the flake is."""
    from neve.cli.installables import open_installables

    folder = f"{flake.tree.folder}/{flake.folder}".rstrip("/")
    arguments.settings.set("pure-eval", "false")
    session = open_installables(arguments)
    found = session.evaluator.import_file(f"{folder}/flake.nix").attr("description")
    return None if found is None else found.coerce_to_string()


def gather(
    reference: dict[str, Any], flake: LockedFlake, description: str | None
) -> dict[str, Any]:
    """The object that `--json` prints."""
    locked = dict(flake.tree.locked)
    if flake.folder:
        locked["dir"] = flake.folder
    facts = {
        "description": description,
        "original": reference,
        "originalUrl": _core.show_flake_ref(reference),
        "resolved": reference,
        "resolvedUrl": _core.show_flake_ref(reference),
        "locked": locked,
        "url": _core.show_flake_ref(locked),
        "path": flake.tree.result["outPath"],
        "lastModified": flake.tree.result.get("lastModified"),
        "revision": flake.tree.result.get("rev"),
        "dirtyRevision": flake.tree.result.get("dirtyRev"),
        "revCount": flake.tree.result.get("revCount"),
        "locks": lock_file.to_json(flake.root)[0],
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _print(facts: dict[str, Any], root: Node) -> None:
    lines = [
        ("Resolved URL:", facts["resolvedUrl"]),
        ("Locked URL:", facts["url"]),
        ("Description:", facts.get("description")),
        ("Path:", facts["path"]),
        ("Revision:", facts.get("revision") or facts.get("dirtyRevision")),
        ("Revisions:", facts.get("revCount")),
    ]
    if "lastModified" in facts:
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(facts["lastModified"]))
        lines.append(("Last modified:", moment))
    for title, text in lines:
        if text is not None:
            print(f"{title:14} {text}")
    if root.inputs:
        print("Inputs:")
        for line in _tree(root, ""):
            print(line)


def _tree(node: Node, prefix: str) -> Iterator[str]:
    """The inputs of a node as branches."""
    names = sorted(node.inputs)
    for name in names:
        is_last = name == names[-1]
        branch = "└───" if is_last else "├───"
        target = node.inputs[name]
        if isinstance(target, tuple):
            yield f"{prefix}{branch}{name} follows input '{'/'.join(target)}'"
            continue
        version = describe_locked(target, moment_format="%Y-%m-%d %H:%M:%S").replace("'", "")
        yield f"{prefix}{branch}{name}: {version}"
        yield from _tree(target, prefix + ("    " if is_last else "│   "))
