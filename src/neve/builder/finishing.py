"""After the builder: what became of it, its outputs, and what is cleaned up. Runs in a thread of its own."""

import os
import signal
from collections.abc import Mapping
from typing import Final

from neve.builder import messages
from neve.builder.events import BuildFailed, Built
from neve.builder.goals import Mode
from neve.builder.hooks import run_diff_hook, run_post_build_hook
from neve.builder.job import Job
from neve.builder.output_checks import RejectedError
from neve.builder.outputs import Collector
from neve.builder.realisations import Realisations
from neve.builder.results import Failure, FailureKind
from neve.builder.settings import BuildSettings
from neve.errors import NeveError
from neve.log import Level
from neve.store.keys import SecretKey
from neve.store.removal import remove_path

_LITTLE_SPACE: Final = 8 << 20
_DISK_FULL: Final = "\nnote: build failure may have been caused by lack of free disk space"


class Finisher:
    """Finishes jobs; may be used from several threads."""

    def __init__(self, settings: BuildSettings, realisations: Realisations) -> None:
        """Raises `StoreError` for a signing key that cannot be read."""
        self._settings: Final = settings
        self._realisations: Final = realisations
        self._keys: Final = [SecretKey.load(file) for file in settings.secret_key_files]

    def finish(
        self, job: Job, status: int, failure: Failure | None, tail: list[str]
    ) -> Built | BuildFailed:
        """Collects the outputs if the builder succeeded (wait status 0); the folders and locks are given up."""
        paths: Mapping[str, str] = {}
        try:
            if failure is None and status != 0:
                failure = self._builder_failed(job, status, tail)
            if failure is None:
                paths = self._collect(job)
                self._run_hook(job, paths)
        except RejectedError as error:
            failure = error.failure
        except NeveError as error:
            failure = Failure(FailureKind.OTHER, str(error))
        except OSError as error:
            message = f"finishing the build of '{job.path}': {error.strerror}: {error.filename}"
            failure = Failure(FailureKind.OTHER, message)
        finally:
            give_up(job, self._settings, has_failed=failure is not None or not paths)
        if failure is not None:
            return BuildFailed(job.path, failure)
        return Built(job.path, paths)

    def _collect(self, job: Job) -> dict[str, str]:
        settings = self._settings
        uses_hook = bool(settings.run_diff_hook and settings.diff_hook)

        def compare(valid: str, kept: str) -> None:
            folder = job.folders.host_build_dir if job.folders is not None else "/"
            if uses_hook:
                run_diff_hook(settings, [valid, kept, job.path, folder], job.store.log)

        collector = Collector(
            job,
            secret_keys=self._keys,
            keeps_differences=settings.keep_failed or uses_hook,
            is_trusted=job.is_builtin,
            on_difference=compare,
        )
        paths = collector.collect()
        if job.kind.has_realisations and job.mode is not Mode.CHECK:
            self._realisations.register(job.derivation, paths)
        return paths

    def _run_hook(self, job: Job, paths: Mapping[str, str]) -> None:
        outputs = job.known.values() if job.mode is Mode.CHECK else paths.values()
        run_post_build_hook(self._settings, job.path, outputs, job.store.log)

    def _builder_failed(self, job: Job, status: int, tail: list[str]) -> Failure:
        is_full = _is_disk_full(job)
        message = f"{messages.cannot_build(job.path, f'builder {explain_status(status)}')}."
        message += messages.known_outputs(job.known.values())
        if tail and not self._settings.shows_logs:
            lines = "".join(f"> {line}\n" for line in tail)
            command = "nix log" if self._settings.has_feature("nix-command") else "nix-store -l"
            message += (
                f"\nLast {len(tail)} log lines:\n{lines}For full logs, run:\n  {command} {job.path}"
            )
        if is_full:
            message += _DISK_FULL
        is_passing = is_full or job.kind.may_use_network
        return Failure(FailureKind.TRANSIENT if is_passing else FailureKind.BUILDER_FAILED, message)


def give_up(job: Job, settings: BuildSettings, *, has_failed: bool) -> None:
    """Removes a job's folders, except the working folder of a failed build that is to be kept, and its locks."""
    try:
        if job.folders is not None:
            if has_failed and settings.keep_failed and not job.is_builtin:
                kept = job.folders.keep_build_dir()
                job.store.log.message(Level.ERROR, f'note: keeping build directory "{kept}"')
            if not job.is_sandboxed:
                _remove_untaken(job)
            job.folders.remove()
            job.folders = None
    except (NeveError, OSError) as error:
        job.store.log.message(Level.WARN, f"cleaning up after '{job.path}': {error}")
    finally:
        if job.lease is not None:
            job.lease.release()
        job.locks.release(delete=True)


def _remove_untaken(job: Job) -> None:
    """Removes what a builder without a sandbox wrote to the store itself and nobody took."""
    for path in job.scratch.values():
        if not job.store.is_valid_path(path):
            remove_path(job.store.real_path(path))


def explain_status(status: int) -> str:
    """A wait status in words."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"failed due to signal {number} ({signal.strsignal(number)})"
    return f"failed with exit code {os.waitstatus_to_exitcode(status)}"


def _is_disk_full(job: Job) -> bool:
    """Whether next to no space is left where the builder wrote."""
    folders = [job.store.layout.real_store_dir]
    if job.folders is not None:
        folders.append(job.folders.top)
    for folder in folders:
        try:
            status = os.statvfs(folder)
        except OSError:
            continue
        if status.f_bavail * status.f_bsize < _LITTLE_SPACE:
            return True
    return False
