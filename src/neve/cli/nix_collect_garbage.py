"""`nix-collect-garbage`: delete what no root reaches, and with `-d` the old generations of profiles before."""

from __future__ import annotations

import os
import time

from neve.cli import common, program
from neve.cli.options import Arguments, Command, Group, Option, flag
from neve.cli.sizes import parse_size
from neve.cli.stores import make_opener, open_local_store
from neve.errors import StoreError, UsageError
from neve.log import Level
from neve.settings import home_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, NoReturn

    from neve.log import Logger
    from neve.settings import Settings
    from neve.store import Store


class GarbageArguments(Arguments):
    """What `nix-collect-garbage` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.deletes_old = False
        self.older_than: str | None = None
        self.is_dry_run = False
        self.max_freed: int | None = None


def _take_age(arguments: GarbageArguments, word: str) -> None:
    arguments.deletes_old = True
    arguments.older_than = word


def _take_limit(arguments: GarbageArguments, word: str) -> None:
    arguments.max_freed = max(parse_size(word, "--max-freed"), 0)


COMMAND: Final = Command(
    "nix-collect-garbage",
    "delete unreachable store objects",
    (
        Group(
            "What to delete",
            (
                flag("-d --delete-old", "deletes_old", "All old generations of profiles first."),
                Option(
                    "--delete-older-than",
                    _take_age,
                    "Only those that were replaced so long ago: 30d.",
                    ("AGE",),
                ),
                Option("--max-freed", _take_limit, "Stop after freeing so much.", ("BYTES",)),
                flag("--dry-run", "is_dry_run", "Only say what would be deleted."),
            ),
        ),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, GarbageArguments)
    if arguments is None:
        return 0
    if arguments.max_freed is not None and arguments.is_dry_run:
        raise UsageError("options --max-freed and --dry-run cannot be combined")
    from neve.cli.collection import collect

    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        if arguments.deletes_old:
            _delete_old_generations(store, arguments)
        collect(store, max_freed=arguments.max_freed, dry_run=arguments.is_dry_run)
    return 0


def _delete_old_generations(store: Store, arguments: GarbageArguments) -> None:
    from neve.store.profiles import parse_older_than

    moment = None
    if arguments.older_than is not None:
        moment = parse_older_than(arguments.older_than, time.time)
    cleaner = _Cleaner(store.log, moment, is_dry_run=arguments.is_dry_run)
    for folder in sorted(_profile_folders(store, arguments.settings)):
        cleaner.clean(folder)


def _profile_folders(store: Store, settings: Settings) -> set[str]:
    """Where profiles lie: the user's own, and the system's."""
    environment = settings.environment
    home = home_dir(environment)
    state = environment.get("NIX_STATE_HOME") or (
        (environment.get("XDG_STATE_HOME") or f"{home}/.local/state") + "/nix"
    )
    own = f"{store.layout.profiles_dir}/per-user/root" if os.geteuid() == 0 else f"{state}/profiles"
    default = (
        f"{state}/profile" if settings.flag("use-xdg-base-directories") else f"{home}/.nix-profile"
    )
    folders = {own, store.layout.profiles_dir}
    if os.path.islink(default):
        target = os.path.join(os.path.dirname(default), os.readlink(default))
        folders.add(os.path.dirname(os.path.abspath(target)))
    return folders


class _Cleaner:
    """Deletes old generations of all profiles below a folder."""

    def __init__(self, log: Logger, moment: int | None, *, is_dry_run: bool) -> None:
        self._log: Final = log
        self._moment: Final = moment
        self._is_dry_run: Final = is_dry_run

    def clean(self, folder: str) -> None:
        if not os.access(folder, os.R_OK):
            return
        may_write = os.access(folder, os.W_OK)
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise StoreError(f"reading directory '{folder}': {error.strerror}") from error
        for entry in found:
            if entry.is_symlink():
                if may_write and _is_profile(entry.path):
                    self._clean_profile(entry.path)
            elif entry.is_dir(follow_symlinks=False):
                self.clean(entry.path)

    def _clean_profile(self, link: str) -> None:
        from neve.store.profiles import Profile

        self._log.message(Level.INFO, f"removing old generations of profile {link}")
        profile = Profile(link, self._log)
        if self._moment is None:
            profile.delete_old(dry_run=self._is_dry_run)
        else:
            profile.delete_older_than(self._moment, dry_run=self._is_dry_run)


def _is_profile(link: str) -> bool:
    """Whether a link leads to a generation; it may have been deleted meanwhile."""
    try:
        return "link" in os.readlink(link)
    except FileNotFoundError:
        return False
