"""`nixos-rebuild`: builds a system's configuration, and makes it the one that runs or boots."""

from __future__ import annotations

from neve.cli import common, program
from neve.cli.common import EvaluationArguments
from neve.cli.json_output import PRETTY
from neve.cli.options import Command, Group, Option, flag, value
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final, NoReturn

    from neve.settings import Settings

ACTIONS: Final = (
    "switch",
    "boot",
    "test",
    "build",
    "dry-build",
    "dry-run",
    "dry-activate",
    "build-vm",
    "build-vm-with-bootloader",
    "build-image",
    "edit",
    "repl",
    "list-generations",
)
REMOTE_ACTIONS: Final = frozenset(ACTIONS) - {"edit", "repl", "list-generations", "build-image"}
"""What may be built on, or deployed to, another machine."""
ACTIVATIONS: Final[frozenset[str]] = frozenset({"switch", "boot", "test", "dry-activate"})


class RebuildArguments(EvaluationArguments):
    """What `nixos-rebuild` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.file: str | None = None
        self.attr_path: str | None = None
        self.flake: str | None = None
        self.ignores_system_flake = False
        self.profile_name = "system"
        self.specialisation: str | None = None
        self.rolls_back = False
        self.store_path: str | None = None
        self.upgrades: str | None = None
        """`nixos` for the channels that NixOS follows, `all` for all."""
        self.installs_bootloader = False
        self.build_host: str | None = None
        self.target_host: str | None = None
        self.elevation = "none"
        self.asks_password = False
        self.substitutes_on_destination = False
        self.image_variant: str | None = None
        self.shows_difference = False
        self.is_json = False
        self.pretty: bool | None = None

    @property
    def rebuild_action(self) -> str:
        """The action on the command line."""
        return self.operands[0]


class UnknownActionError(UsageError):
    """There is no such action."""

    exit_status = 2


def _set_elevation(arguments: RebuildArguments, word: str) -> None:
    if word not in {"none", "sudo", "run0"}:
        raise UsageError(f"'--elevate' is none, sudo or run0, not '{word}'")
    arguments.elevation = word


def _ask_password(arguments: RebuildArguments) -> None:
    arguments.elevation = "sudo"
    arguments.asks_password = True


def _does_nothing(_: RebuildArguments) -> None:
    """For flags of older tools whose wish is how things are anyway."""


SOURCE: Final = Group(
    "Which configuration",
    (
        value("-f --file", "file", "FILE", "A Nix file that describes systems."),
        value("-A --attr", "attr_path", "PATH", "The system in it."),
        value(
            "-F --flake",
            "flake",
            "[REF[#NAME]]",
            "nixosConfigurations.NAME of a flake (.); NAME is the host's, else `default`.",
        ),
        flag("--no-flake", "ignores_system_flake", "Do not look at /etc/nixos/flake.nix."),
        value("--store-path", "store_path", "PATH", "A system that is built already."),
        flag("--rollback", "rolls_back", "The generation before the current one."),
        flag("--upgrade", "upgrades", "Update the channel `nixos` first.", to="nixos"),
        flag("--upgrade-all", "upgrades", "Update all of root's channels first.", to="all"),
    ),
)

DEPLOYMENT: Final = Group(
    "Where it goes",
    (
        value("-p --profile-name", "profile_name", "NAME", "Another system profile."),
        value("-c --specialisation", "specialisation", "NAME", "A specialisation to activate."),
        flag("--install-bootloader", "installs_bootloader", "Install the boot loader again."),
        flag("--install-grub", "installs_bootloader", "An old name of that."),
        value("--build-host", "build_host", "[USER@]HOST", "Build on another machine."),
        value("--target-host", "target_host", "[USER@]HOST", "Deploy to another machine."),
        Option("--elevate", _set_elevation, "How to become root: none, sudo, run0.", ("HOW",)),
        flag("--sudo --use-remote-sudo", "elevation", "The same as --elevate sudo.", to="sudo"),
        Option(
            "-S --ask-elevate-password --ask-sudo-password",
            _ask_password,
            "Ask for sudo's password once, beforehand.",
        ),
        flag(
            "-s --use-substitutes --substitute-on-destination",
            "substitutes_on_destination",
            "Let the other machine fetch from its caches.",
        ),
        Option(
            "--no-reexec --fast --no-ssh-tty --no-build-nix",
            _does_nothing,
            "For scripts that turn off what Neve never does.",
        ),
    ),
)

OUTPUT: Final = Group(
    "What is shown",
    (
        value("--image-variant", "image_variant", "VARIANT", "The image that build-image makes."),
        flag("--diff", "shows_difference", "How the closure differs from the running system's."),
        flag("--json", "is_json", "Generations as JSON."),
        *PRETTY,
    ),
)

COMMAND: Final = Command(
    "nixos-rebuild",
    "build and activate the configuration of a NixOS system",
    (
        SOURCE,
        DEPLOYMENT,
        OUTPUT,
        common.EVALUATION,
        common.BUILDING,
        common.NETWORK,
        common.LOGGING,
        Group(
            common.MISCELLANEOUS.title,
            (*common.MISCELLANEOUS.options, flag("-h", "action", "Show this text.", to="help")),
        ),
    ),
    operands="ACTION",
    description="""
Actions:
  switch            build the configuration, make it the default to boot, and activate it
  boot              the same without activating it
  test              activate it without making it the default
  build             only build it: ./result
  dry-build         say what would be built and fetched
  dry-activate      build it and say what activating it would change
  build-vm          build a script that runs it in a virtual machine: ./result/bin/run-HOST-vm
  build-vm-with-bootloader   the same with a disk that boots on its own
  build-image       build a disk image of it; --image-variant says which
  edit              open the configuration in $EDITOR
  repl              explore the configuration
  list-generations  show the systems that were made the default, newest first

The configuration is that of --flake, of --file and --attr, of /etc/nixos/flake.nix where there is one, else what
<nixos-config> or $NIXOS_CONFIG names, else /etc/nixos/configuration.nix.
""",
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, spell_flake(words) or ["--help"], RebuildArguments)
    if arguments is None:
        return 0
    check(arguments)
    from neve.cli.nixos_rebuild_actions import act

    return act(arguments)


def spell_flake(words: Sequence[str]) -> list[str]:
    """The command line with a value behind each `--flake`: the current folder where none was given."""
    spelt: list[str] = []
    for position, word in enumerate(words):
        if word.startswith("--flake="):
            spelt += ["--flake", word.partition("=")[2]]
            continue
        spelt.append(word)
        following = words[position + 1] if position + 1 < len(words) else "-"
        if word in {"--flake", "-F"} and (following.startswith("-") or following in ACTIONS):
            spelt.append(".")
    return spelt


def check(arguments: RebuildArguments) -> None:
    """Refuses what makes no sense; raises `UsageError`."""
    if len(arguments.operands) != 1:
        raise UnknownActionError(f"one action is needed: {', '.join(ACTIONS)}")
    action = arguments.rebuild_action
    if action not in ACTIONS:
        raise UnknownActionError(f"unknown action '{action}': one of {', '.join(ACTIONS)}")
    for flags, is_given, actions in _restricted(arguments):
        if is_given and action not in actions:
            raise UsageError(f"{flags} cannot be used with '{action}'")
    names_file = arguments.file is not None or arguments.attr_path is not None
    if arguments.flake is not None and names_file:
        raise UsageError("'--flake' cannot be used with '--file' or '--attr'")
    names_source = names_file or arguments.flake is not None or arguments.rolls_back
    if arguments.store_path is not None and names_source:
        raise UsageError(
            "'--store-path' cannot be used with '--rollback', '--flake', '--file' or '--attr'"
        )


def _restricted(arguments: RebuildArguments) -> Iterator[tuple[str, bool, frozenset[str]]]:
    """Flags that only some actions take: their names, whether one is given, the actions."""
    names_file = arguments.file is not None or arguments.attr_path is not None
    names_host = arguments.build_host is not None or arguments.target_host is not None
    all_but_edit = frozenset(ACTIONS) - {"edit"}
    yield "'--file' and '--attr'", names_file, all_but_edit
    yield "'--build-host' and '--target-host'", names_host, REMOTE_ACTIONS
    yield "'--rollback'", arguments.rolls_back, frozenset({"switch", "boot", "test", "build"})
    yield "'--specialisation'", arguments.specialisation is not None, frozenset({"switch", "test"})
    yield "'--image-variant'", arguments.image_variant is not None, frozenset({"build-image"})
    yield "'--store-path'", arguments.store_path is not None, ACTIVATIONS
