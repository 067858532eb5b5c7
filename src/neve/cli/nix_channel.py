"""`nix-channel`: the channels that a user follows."""

from __future__ import annotations

import os
import re
import sys

from neve.cli import common, program
from neve.cli.common import EvaluationArguments
from neve.cli.json_output import PRETTY
from neve.cli.options import Command, Group, flag
from neve.errors import NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final, NoReturn

    from neve.settings import Settings


class ChannelArguments(EvaluationArguments):
    """What `nix-channel` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.operation: str | None = None
        self.is_json = False
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nix-channel",
    "manage the channels that packages come from",
    (
        Group(
            "Operations",
            (
                flag("--add", "operation", "Follow a channel: URL [NAME].", to="add"),
                flag("--remove", "operation", "Follow it no more: NAME.", to="remove"),
                flag("--list", "operation", "Show what is followed.", to="list"),
                flag("--update", "operation", "Fetch channels, all or by NAME.", to="update"),
                flag("--list-generations", "operation", "Show earlier states.", to="generations"),
                flag("--lock", "operation", "Pin Neve's own one in ./neve.lock.", to="lock"),
                flag("--rollback", "operation", "Go back to one: [NUMBER].", to="rollback"),
            ),
        ),
        Group("Output", (flag("--json", "is_json", "With --list: as JSON."), *PRETTY)),
        common.EVALUATION,
        common.BUILDING,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="OPERATION [ARGUMENT…]",
    description="""
A channel is the address of a package set that changes over time. NAME is what `<NAME>` and `nix-env -iA NAME.PACKAGE`
call it. With the setting nixpkgs-provider = embedded, a channel of NixOS stands for the package set that comes with
Neve; an update then looks at Debian's archive anew. So does `nix-channel --update` where no channel is followed.
""",
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, ChannelArguments)
    if arguments is None:
        return 0
    if arguments.operation is None:
        raise UsageError("no command specified")
    _OPERATIONS[arguments.operation](arguments)
    return 0


def read_channels(file: str) -> dict[str, str]:
    """The names and addresses in a list of channels, sorted by name."""
    try:
        with open(file, encoding="utf-8") as stream:
            lines = stream.read().splitlines()
    except FileNotFoundError:
        return {}
    channels: dict[str, str] = {}
    for line in lines:
        words = line.split()
        if words and not words[0].startswith("#"):
            url = words[0].rstrip("/")
            channels[words[1] if len(words) > 1 else url.rpartition("/")[2]] = url
    return dict(sorted(channels.items()))


def default_name(url: str) -> str:
    """What a channel is called when nobody says: the end of its address, without what kind of branch it is."""
    name = url.rstrip("/").rpartition("/")[2]
    return name.removesuffix("-unstable").removesuffix("-stable")


def _write_channels(arguments: ChannelArguments, channels: dict[str, str]) -> None:
    file = _file(arguments)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    # A link to a file elsewhere stays one.
    target = os.path.realpath(file)
    temporary = f"{target}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as stream:
        stream.writelines(f"{url} {name}\n" for name, url in sorted(channels.items()))
    os.replace(temporary, target)


def _file(arguments: ChannelArguments) -> str:
    from neve.cli.profiles import channels_file

    return channels_file(arguments.settings)


def _add(arguments: ChannelArguments) -> None:
    if not 1 <= len(arguments.operands) <= 2:
        raise UsageError("'--add' requires one or two arguments")
    url, *names = arguments.operands
    name = names[0] if names else default_name(url)
    if not url.startswith(("file://", "http://", "https://")):
        raise NeveError(
            f"invalid channel URL '{url}': it must begin with https://, http:// or file://"
        )
    if not re.fullmatch(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]*", name):
        raise NeveError(f"invalid channel identifier '{name}'")
    channels = read_channels(_file(arguments))
    channels[name] = url.rstrip("/")
    _write_channels(arguments, channels)


def _remove(arguments: ChannelArguments) -> None:
    if len(arguments.operands) != 1:
        raise UsageError("'--remove' requires one argument")
    [name] = arguments.operands
    channels = read_channels(_file(arguments))
    channels.pop(name, None)
    _write_channels(arguments, channels)
    from neve.cli.channels import remove_channel

    remove_channel(arguments, name)


def _list(arguments: ChannelArguments) -> None:
    if arguments.operands:
        raise UsageError("'--list' expects no arguments")
    channels = read_channels(_file(arguments))
    if arguments.is_json:
        from neve.cli.json_output import write_json

        write_json(channels, arguments.pretty)
    else:
        sys.stdout.writelines(f"{name} {url}\n" for name, url in channels.items())


def _update(arguments: ChannelArguments) -> None:
    from neve.cli.channels import update_channels

    channels = read_channels(_file(arguments))
    unknown = sorted(set(arguments.operands) - set(channels))
    if unknown:
        raise NeveError(
            f"you follow no channel '{unknown[0]}'; `nix-channel --add URL {unknown[0]}` does"
        )
    update_channels(arguments, channels, set(arguments.operands))


def _profile_words(arguments: ChannelArguments) -> list[str]:
    from neve.cli.profiles import profiles_dir

    return ["--profile", f"{profiles_dir(arguments.settings)}/channels"]


def _generations(arguments: ChannelArguments) -> None:
    if arguments.operands:
        raise UsageError("'--list-generations' expects no arguments")
    from neve.cli import nix_env

    nix_env.run([*_profile_words(arguments), "--list-generations"])


def _roll_back(arguments: ChannelArguments) -> None:
    if len(arguments.operands) > 1:
        raise UsageError("'--rollback' has at most one argument")
    from neve.cli import nix_env

    how = ["--switch-generation", *arguments.operands] if arguments.operands else ["--rollback"]
    nix_env.run([*_profile_words(arguments), *how])


def _lock(arguments: ChannelArguments) -> None:
    if arguments.operands:
        raise UsageError("'--lock' expects no arguments")
    from neve.cli.channels import lock_channel

    lock_channel(arguments, os.getcwd())


_OPERATIONS: Final[dict[str, Callable[[ChannelArguments], None]]] = {
    "add": _add,
    "remove": _remove,
    "list": _list,
    "update": _update,
    "generations": _generations,
    "lock": _lock,
    "rollback": _roll_back,
}
