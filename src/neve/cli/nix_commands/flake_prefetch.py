"""`nix flake prefetch`: fetch the tree of a flake into the store."""

from __future__ import annotations

from neve import _core
from neve.cli import common
from neve.cli.flakes import parse_reference
from neve.cli.installables import InstallableArguments
from neve.cli.json_output import PRETTY, write_json
from neve.cli.options import Command, Group, flag, value
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class PrefetchArguments(InstallableArguments):
    """What `nix flake prefetch` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.out_link: str | None = None
        self.is_json = False
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nix flake prefetch",
    "fetch the tree of a flake into the store",
    (
        Group(
            "Output",
            (
                value("-o --out-link", "out_link", "LINK", "Make a link to the tree."),
                flag("--json", "is_json", "Print JSON."),
                *PRETTY,
            ),
        ),
        common.REGISTRIES,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[REF]",
    description="The tree need not be a flake: an archive or a Git repository will do.",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    from neve.cli.building import build_flow, keep

    arguments = common.read(COMMAND, words, PrefetchArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) > 1:
        raise UsageError(f"unexpected argument '{arguments.operands[1]}'")
    reference = parse_reference((arguments.operands or ["."])[0])
    with build_flow(arguments) as flow:
        tree = common.fetching_of(arguments).fetcher.fetch_tree(reference)
        path = str(tree.result["outPath"])
        digest = flow.store.query_path_info(path).nar_sha256
        if arguments.out_link is not None:
            keep(flow.store, path, arguments.out_link)
    nar_hash = _core.encode_hash(digest, "sha256", "sri")
    if arguments.is_json:
        found = {"hash": nar_hash, "original": reference, "locked": tree.locked, "storePath": path}
        write_json(found, arguments.pretty)
    else:
        print(f"Downloaded '{_core.show_flake_ref(tree.locked)}' to '{path}' (hash '{nar_hash}').")
    return 0
