"""Locking flakes from command lines: options, what changed in words, and writing `flake.lock`."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from neve import _core, process, terminal
from neve.cli.flakes import absolute_reference
from neve.cli.installables import LOCK_FILES, InstallableArguments
from neve.cli.options import Group, Option, flag
from neve.cli.stores import make_opener
from neve.errors import NeveError, UsageError
from neve.fetch import lock_file
from neve.fetch.flakes import LockedFlake, LockWishes
from neve.lang.fetching import Fetching
from neve.process import ProcessError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neve.fetch.lock_file import InputPath, Node
    from neve.settings import Settings


def _override(arguments: InstallableArguments, path: str, reference: str) -> None:
    arguments.overrides[path] = reference
    # A lock file with something else in it is nobody's business but this command's.
    arguments.writes_lock_file = False


def _update(arguments: InstallableArguments, path: str) -> None:
    arguments.updated_inputs.append(path)


LOCKS: Final = Group(
    "Lock file",
    (
        flag("--recreate-lock-file", "recreates_lock_file", "Look up all inputs anew."),
        Option("--update-input", _update, "Look up an input anew.", ("INPUT",)),
        Option("--override-input", _override, "Take an input from elsewhere.", ("INPUT", "REF")),
        *LOCK_FILES.options,
    ),
)


def parse_reference(text: str) -> dict[str, Any]:
    """The attributes of a reference on a command line; raises `UsageError`."""
    try:
        return dict(_core.parse_flake_ref(absolute_reference(text)))
    except ValueError as error:
        raise UsageError(str(error)) from error


@contextmanager
def open_fetching(arguments: InstallableArguments) -> Iterator[Fetching]:
    """What fetches trees for a command."""
    fetching = Fetching(
        arguments.settings,
        lambda: make_opener(arguments, is_old_command=False),
        arguments.eval_store,
    )
    yield fetching


def lock(
    fetching: Fetching,
    arguments: InstallableArguments,
    reference: dict[str, Any],
    *,
    must_write: bool = False,
) -> LockedFlake:
    """Locks a flake as the flags want it, and writes its lock file when it changed and may be written.

    A lock file with an input that is not locked is not written; with `must_write` that is a `NeveError`.
    """
    wishes = LockWishes(
        arguments.recreates_lock_file,
        frozenset(_input_path(text) for text in arguments.updated_inputs),
        {_input_path(path): parse_reference(text) for path, text in arguments.overrides.items()},
    )
    flake = fetching.fetcher.lock_flake(reference, wishes)
    if not flake.is_changed:
        return flake
    shown = _core.show_flake_ref(reference)
    if not arguments.may_update_lock_file:
        raise NeveError(
            f"flake '{shown}' requires lock file changes but they're not allowed due to '--no-update-lock-file'"
        )
    folder = local_folder(reference)
    changes = describe_changes(flake.old_root, flake.root)
    if folder is None or not arguments.writes_lock_file:
        terminal.warn(f"not writing modified lock file of flake '{shown}':\n{changes}")
        return flake
    unlocked = _find_unlocked(flake.root, arguments.settings)
    if unlocked is None:
        _write(flake, folder, changes, arguments)
        return flake
    problem = f"because it has an unlocked input ('{_core.show_flake_ref(unlocked)}')"
    if must_write:
        raise NeveError(
            f"Not writing lock file of flake '{shown}' {problem}. "
            "Use '--allow-dirty-locks' to allow this anyway."
        )
    if arguments.settings.flag("warn-dirty"):
        terminal.warn(f"not writing lock file of flake '{shown}' {problem}")
    return flake


def _find_unlocked(node: Node, settings: Settings) -> dict[str, Any] | None:
    """A reference below the node that says too little to be fetched again as it was."""
    for target in node.inputs.values():
        if isinstance(target, tuple):
            continue
        lies_inside_another = target.parent is not None
        if not lies_inside_another and not _is_locked(target.locked, settings):
            return target.locked
        found = _find_unlocked(target, settings)
        if found is not None:
            return found
    return None


def _is_locked(locked: dict[str, Any], settings: Settings) -> bool:
    kind = locked["type"]
    has_hash = "narHash" in locked
    if has_hash and settings.flag("allow-dirty-locks"):
        return True
    if kind in {"git", "hg"}:
        return "rev" in locked
    if kind in {"github", "gitlab", "sourcehut"}:
        trusts_revisions = settings.flag("trust-tarballs-from-git-forges")
        return "rev" in locked and (has_hash or trusts_revisions)
    return has_hash


def complete_lock_file(arguments: InstallableArguments, operand: str) -> None:
    """Writes what a flake in a folder of this machine lacks in its lock file, before it is evaluated."""
    reference = parse_reference(operand.partition("#")[0] or ".")
    if local_folder(reference) is not None:
        with open_fetching(arguments) as fetching:
            lock(fetching, arguments, reference)


def _input_path(text: str) -> InputPath:
    return tuple(part for part in text.split("/") if part)


def local_folder(reference: dict[str, Any]) -> str | None:
    """The folder of a flake that lies in a folder of this machine rather than in a version of one."""
    folder = str(reference.get("dir", ""))
    if reference["type"] == "path":
        return os.path.normpath(os.path.join(str(reference["path"]), folder))
    url = str(reference.get("url", ""))
    if reference["type"] == "git" and url.startswith("file://"):
        if "rev" in reference or "ref" in reference:
            return None
        return os.path.normpath(os.path.join(url.removeprefix("file://"), folder))
    return None


def _write(flake: LockedFlake, folder: str, changes: str, arguments: InstallableArguments) -> None:
    path = f"{folder}/flake.lock"
    exists = os.path.exists(path)
    if not exists and not flake.root.inputs:
        # A flake without inputs needs none.
        return
    verb = "updating" if exists else "creating"
    terminal.warn(f"{verb} lock file '{path}':\n{changes}")
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(lock_file.to_text(flake.root))
    os.replace(temporary, path)
    _tell_git(folder, arguments, changes)


def _tell_git(folder: str, arguments: InstallableArguments, changes: str) -> None:
    """Makes the lock file visible in a Git repository, whose flakes consist of known files only."""
    environment = process.minimal_environment()
    git = ["git", "-C", folder]
    try:
        process.capture([*git, "rev-parse", "--is-inside-work-tree"], environment=environment)
    except ProcessError:
        return
    process.run([*git, "add", "--intent-to-add", "--force", "flake.lock"], environment=environment)
    if arguments.commits_lock_file:
        summary = arguments.settings.text("commit-lock-file-summary") or "flake.lock: Update"
        message = f"{summary}\n\nFlake lock file updates:\n\n{changes}\n"
        words = [*git, "commit", "--quiet", "-m", message, "--", "flake.lock"]
        process.run(words, environment=environment)


# -- what changed


def describe_changes(old: Node, new: Node) -> str:
    """What differs between two lock files, input by input."""
    before, after = _flatten(old), _flatten(new)
    lines: list[str] = []
    for path in sorted(before.keys() | after.keys()):
        name = "/".join(path)
        if path not in before:
            lines += [f"• Added input '{name}':", f"    {after[path]}"]
        elif path not in after:
            lines.append(f"• Removed input '{name}'")
        elif before[path] != after[path]:
            lines += [f"• Updated input '{name}':", f"    {before[path]}", f"  → {after[path]}"]
    return "\n".join(lines)


def _flatten(node: Node, path: InputPath = ()) -> dict[InputPath, str]:
    found: dict[InputPath, str] = {}
    for name, target in node.inputs.items():
        place = (*path, name)
        if isinstance(target, tuple):
            found[place] = f"follows '{'/'.join(target)}'"
        else:
            found[place] = describe_locked(target)
            found |= _flatten(target, place)
    return found


def describe_locked(node: Node, *, moment_format: str = "%Y-%m-%d") -> str:
    """The version of an input, with its date where that is known."""
    shown = f"'{_core.show_flake_ref(node.locked)}'"
    moment = node.locked.get("lastModified")
    if moment is None:
        return shown
    return f"{shown} ({time.strftime(moment_format, time.gmtime(moment))})"
