"""Locking flakes from command lines: what changed in words, and writing `flake.lock`."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from neve import _core, process, terminal
from neve.cli.common import fetching_of
from neve.cli.flakes import parse_reference
from neve.errors import NeveError
from neve.fetch import lock_file
from neve.fetch.flakes import LockedFlake, LockWishes
from neve.process import ProcessError

if TYPE_CHECKING:
    from neve.cli.installables import InstallableArguments
    from neve.fetch.lock_file import InputPath, Node
    from neve.settings import Settings


def lock(
    arguments: InstallableArguments, reference: dict[str, Any], *, must_write: bool = False
) -> LockedFlake:
    """Locks a flake as the flags want it, and writes its lock file when it changed and may be written.

    A lock file with an input that is not locked is not written; with `must_write` that is a `NeveError`.
    """
    flake = fetching_of(arguments).fetcher.lock_flake(reference, _wishes(arguments))
    if not flake.is_changed and arguments.output_lock_file is None:
        return flake
    shown = _core.show_flake_ref(reference)
    changes = describe_changes(flake.old_root, flake.root)
    if not arguments.writes_lock_file:
        terminal.warn(f"not writing modified lock file of flake '{shown}':\n{changes}")
        return flake
    folder = local_folder(reference)
    if folder is None and arguments.output_lock_file is None:
        raise NeveError(
            f"cannot write modified lock file of flake '{shown}' (use '--no-write-lock-file' to ignore)"
        )
    unlocked = _find_unlocked(flake.root, arguments.settings)
    if unlocked is not None:
        _refuse(shown, unlocked, arguments, must_write=must_write)
        return flake
    if not arguments.may_update_lock_file:
        raise NeveError(
            f"flake '{shown}' requires lock file changes but they're not allowed due to '--no-update-lock-file'"
        )
    if arguments.output_lock_file is not None:
        _write_elsewhere(flake, arguments)
        return flake
    assert folder is not None  # noqa: S101 - see above
    if not _write(flake, folder, changes, arguments):
        return flake
    # The flake is another one with its new lock file.
    return fetching_of(arguments).fetcher.lock_flake(reference)


def _wishes(arguments: InstallableArguments) -> LockWishes:
    if arguments.reference_lock_file is not None and not arguments.settings.flag("allow-dirty"):
        raise NeveError(
            "reference lock file was provided, but the `allow-dirty` setting is set to false"
        )
    return LockWishes(
        arguments.recreates_lock_file,
        frozenset(_input_path(text) for text in arguments.updated_inputs),
        {_input_path(path): parse_reference(text) for path, text in arguments.overrides.items()},
        arguments.reference_lock_file,
    )


def _refuse(
    shown: str, unlocked: dict[str, Any], arguments: InstallableArguments, *, must_write: bool
) -> None:
    problem = f"because it has an unlocked input ('{_core.show_flake_ref(unlocked)}')"
    if must_write:
        raise NeveError(
            f"Not writing lock file of flake '{shown}' {problem}. "
            "Use '--allow-dirty-locks' to allow this anyway."
        )
    if arguments.settings.flag("warn-dirty"):
        terminal.warn(f"not writing lock file of flake '{shown}' {problem}")


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


def _write(flake: LockedFlake, folder: str, changes: str, arguments: InstallableArguments) -> bool:
    """Writes the lock file of a flake, unless it needs none; whether it did."""
    path = f"{folder}/flake.lock"
    exists = os.path.exists(path)
    if not exists and not flake.root.inputs:
        return False
    colon = f":\n{changes}" if changes else ""
    terminal.warn(
        f'updating lock file "{path}"{colon}'
        if exists
        else f'creating lock file "{path}": \n{changes}'
    )
    _replace_file(path, lock_file.to_text(flake.root))
    _tell_git(folder, arguments, changes)
    return True


def _write_elsewhere(flake: LockedFlake, arguments: InstallableArguments) -> None:
    if arguments.commits_lock_file:
        raise NeveError("'--commit-lock-file' and '--output-lock-file' are incompatible")
    assert arguments.output_lock_file is not None  # noqa: S101 - asked for before
    _replace_file(arguments.output_lock_file, lock_file.to_text(flake.root))


def _replace_file(path: str, text: str) -> None:
    temporary = f"{path}.{os.getpid()}"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        raise NeveError(f"writing the lock file '{path}': {error.strerror}") from error


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
