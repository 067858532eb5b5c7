"""`nix store verify`: whether paths are intact and signed."""

from __future__ import annotations

from neve import _core, terminal
from neve.cli import common
from neve.cli.options import Command, Group, Option, flag
from neve.cli.store_paths import (
    INSTALLABLES,
    STORE_PATHS,
    SUBSTITUTERS,
    StorePathArguments,
    select_paths,
)
from neve.cli.stores import make_opener, open_store
from neve.errors import HashMismatchError, InvalidPathError, NeveError, UsageError
from neve.log import Activity, ActivityType, Level, ResultType
from neve.store.content import is_content_addressed
from neve.store.keys import is_good_signature, trusted_keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.log import Logger
    from neve.settings import Settings
    from neve.store import AnyStore, PathInfo

_CORRUPTED: Final = 1
_UNTRUSTED: Final = 2
_FAILED: Final = 4


class VerificationArguments(StorePathArguments):
    """What `nix store verify` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.checks_contents = True
        self.checks_trust = True
        self.signatures_needed = 0


def _take_count(arguments: VerificationArguments, word: str) -> None:
    if not (word.isascii() and word.isdigit()):
        raise UsageError(f"'{word}' is not an integer, as '--sigs-needed' wants one")
    arguments.signatures_needed = int(word)


COMMAND: Final = Command(
    "nix store verify",
    "verify the integrity of store paths",
    (
        Group(
            "What to check",
            (
                flag("--no-contents", "checks_contents", "Hash no files.", to=False),
                flag("--no-trust", "checks_trust", "Check no signatures.", to=False),
                Option("-n --sigs-needed", _take_count, "Good signatures that it takes.", ("N",)),
            ),
        ),
        SUBSTITUTERS,
        STORE_PATHS,
        *INSTALLABLES,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[PATH | ATTRIBUTE]…",
    description="""
Exits with the sum of 1 for damaged paths, 2 for such that no trusted key signed, 4 for other failures.
""",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, VerificationArguments)
    if arguments is None:
        return 0
    settings = arguments.settings
    keys = trusted_keys(settings.words("trusted-public-keys"), settings.words("secret-key-files"))
    status = 0
    with make_opener(arguments) as opener:
        store = open_store(opener, arguments)
        others = [opener.open(uri) for uri in arguments.other_stores]
        paths = select_paths(opener, store, arguments)
        with Activity(opener.log, ActivityType.VERIFY_PATHS) as activity:
            for done, path in enumerate(paths):
                activity.progress(done, len(paths))
                status |= _Verification(store, others, keys, arguments).check(path, opener.log)
    return status


class _Verification:
    def __init__(
        self,
        store: AnyStore,
        others: Sequence[AnyStore],
        keys: tuple[str, ...],
        arguments: VerificationArguments,
    ) -> None:
        self._store: Final = store
        self._others: Final = others
        self._keys: Final = keys
        self._arguments: Final = arguments

    def check(self, path: str, log: Logger) -> int:
        """The status bits for a path."""
        try:
            info = self._store.query_path_info(path)
            with Activity(log, text=f"checking '{path}'", level=Level.INFO) as activity:
                status = 0
                if self._arguments.checks_contents and not self._is_intact(info):
                    activity.result(ResultType.CORRUPTED_PATH, path)
                    status |= _CORRUPTED
                if self._arguments.checks_trust and not self._is_trusted(info):
                    activity.result(ResultType.UNTRUSTED_PATH, path)
                    terminal.say(f"path '{path}' is untrusted", level=0)
                    status |= _UNTRUSTED
                return status
        except NeveError as error:
            terminal.error(str(error))
            return _FAILED

    def _is_intact(self, info: PathInfo) -> bool:
        hasher = _core.Hasher("sha256")
        try:
            self._store.dump_nar(info.path, hasher.update)
        except HashMismatchError as error:
            terminal.say(str(error), level=0)
            return False
        digest = hasher.digest()
        if digest == info.nar_sha256:
            return True
        found = _core.encode_hash(digest, "sha256", "nix32", prefix=True)
        terminal.say(
            f"path '{info.path}' was modified! expected hash '{info.nar_hash}', got '{found}'",
            level=0,
        )
        return False

    def _is_trusted(self, info: PathInfo) -> bool:
        wanted = self._arguments.signatures_needed
        if (info.is_ultimate and not wanted) or is_content_addressed(info, self._store.store_dir):
            return True
        seen = set(info.signatures)
        for other in self._others:
            try:
                seen |= other.query_path_info(info.path).signatures
            except InvalidPathError:
                continue
            except NeveError as error:
                terminal.error(str(error))
        good = sum(is_good_signature(info, signature, self._keys) for signature in seen)
        return good >= max(wanted, 1)
