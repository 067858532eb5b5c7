"""Builds on this machine: begun, watched and ended."""

import contextlib
import os
import selectors
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from neve.builder.build_log import BuildLog, LogFile
from neve.builder.builtin import BuiltinContext, find_builtin
from neve.builder.events import Blocked, BuildFailed, Built, Event
from neve.builder.goals import Mode
from neve.builder.hooks import run_pre_build_hook
from neve.builder.job import Folders, Job, lock_targets
from neve.builder.output_checks import RejectedError
from neve.builder.preparation import make_job, plan_builder, wants_sandbox
from neve.builder.rejection import find_rejection
from neve.builder.results import Failure, FailureKind
from neve.builder.running import RunningBuild, start_activity
from neve.builder.session import Session
from neve.errors import NeveError, StoreError
from neve.log import Activity, ActivityType, Level
from neve.sandbox.advice import explain_forbidden
from neve.sandbox.client import LauncherClient, Report
from neve.sandbox.plan import Mount
from neve.store.locks import PathLocks
from neve.store.removal import remove_path

Submit = Callable[[Callable[[], Event]], None]
"""Has a function run in another thread; its event is handled when it is done."""

_CANCELLED: Final = Failure(FailureKind.CANCELLED, "cancelled")
_BUILDER_FAILURE: Final = 1 << 8
"""The wait status of a program that ended with status 1."""


@dataclass(slots=True)
class _Builtin:
    """A builtin builder at work."""

    stop: threading.Event


class LocalBuilds:
    """The builds that run now."""

    def __init__(self, session: Session, selector: selectors.BaseSelector, submit: Submit) -> None:
        self._session: Final = session
        self._selector: Final = selector
        self._submit: Final = submit
        self._launcher: LauncherClient | None = None
        self._running: Final[dict[str, RunningBuild]] = {}
        self._by_number: Final[dict[int, RunningBuild]] = {}
        self._builtins: Final[dict[str, _Builtin]] = {}
        self._waiting: Final[dict[str, Activity]] = {}
        self._has_sandbox = True

    def prepare(self) -> None:
        """Starts the launcher, which then is ready when the first builder is."""
        if self._launcher is None:
            self._launcher = LauncherClient()
            self._selector.register(self._launcher, selectors.EVENT_READ, self._take_reports)

    def close(self) -> None:
        """Kills what still runs and ends the launcher."""
        for activity in self._waiting.values():
            activity.__exit__(None, None, None)
        for builtin in self._builtins.values():
            builtin.stop.set()
        if self._launcher is not None:
            self._selector.unregister(self._launcher)
            self._launcher.close()
            self._launcher = None

    # -- beginning

    def start(self, derivation: str, mode: Mode) -> Event | None:
        """Begins a build; an event if it ended at once."""
        try:
            return self._start(derivation, mode)
        except RejectedError as error:
            return BuildFailed(derivation, error.failure)
        except NeveError as error:
            return BuildFailed(derivation, Failure(FailureKind.OTHER, str(error)))

    def _start(self, derivation: str, mode: Mode) -> Event | None:
        session = self._session
        known = session.table.get(derivation)
        rejection = find_rejection(derivation, known, session.settings)
        if rejection is not None:
            return BuildFailed(derivation, rejection)
        outputs = session.table.output_paths(derivation)
        locks = PathLocks(session.log)
        targets = lock_targets(session.store, derivation, outputs, known.derivation.outputs)
        if not locks.acquire(targets, wait=False):
            names = ", ".join(f"'{target}'" for target in targets)
            return self._block(derivation, f"waiting for lock on {names}")
        try:
            # Another process may have built them before it gave the locks up.
            valid = session.table.valid_outputs(outputs, mode)
            if mode is not Mode.CHECK and len(valid) == len(known.derivation.outputs):
                locks.release(delete=True)
                return Built(derivation, outputs, was_built=False)
            job = make_job(session, derivation, mode, locks)
            job.valid = valid
        except BaseException:
            locks.release(delete=True)
            raise
        return self._start_job(job)

    def _block(self, derivation: str, reason: str) -> Blocked:
        if derivation not in self._waiting:
            self._waiting[derivation] = Activity(
                self._session.log, ActivityType.BUILD_WAITING, reason, level=Level.WARN
            )
        return Blocked(derivation)

    def _start_job(self, job: Job) -> Event | None:
        session = self._session
        has_started = False
        try:
            job.is_sandboxed = wants_sandbox(job, session.settings) and (
                self._has_sandbox or job.is_builtin or job.store.layout.is_relocated
            )
            if not job.is_builtin:
                job.lease = session.identities.acquire(is_sandboxed=job.is_sandboxed)
                if job.lease is None:
                    return self._block(
                        job.path, f"waiting for a free build user ID for '{job.path}'"
                    )
            self._make_room(job)
            if job.is_builtin:
                self._start_builtin(job)
            else:
                self._start_process(job)
            has_started = True
        finally:
            if not has_started:
                self._abandon(job)
        waiting = self._waiting.pop(job.path, None)
        if waiting is not None:
            waiting.__exit__(None, None, None)
        return None

    def _make_room(self, job: Job) -> None:
        session = self._session
        session.store.collect_if_full()
        for name, path in job.known.items():
            if name not in job.valid and not session.store.is_valid_path(path):
                session.store.delete_unregistered(path)
        job.choose_scratch_paths()
        for path in set(job.scratch.values()) - set(job.known.values()):
            remove_path(session.store.real_path(path))
        parent = session.settings.build_dir or session.store.layout.builds_dir
        job.folders = Folders(job, parent, session.settings.sandbox_build_dir)
        job.folders.make(job)

    def _start_process(self, job: Job) -> None:
        session = self._session
        self.prepare()
        assert self._launcher is not None  # noqa: S101 - prepared
        assert job.folders is not None  # noqa: S101 - whoever calls has made room
        chroot = job.folders.root if job.is_sandboxed else None
        shown = run_pre_build_hook(session.settings, job.path, chroot)
        mounts = {target: Mount(source) for target, source in shown.items()}
        plan, files = plan_builder(job, job.folders, session.settings, mounts)
        job.folders.write_files(job, files)
        running = RunningBuild(job, session.settings, session.log)
        try:
            running.number = self._launcher.start(plan, running.terminal.theirs)
            running.terminal.close_theirs()
        except BaseException:
            running.close()
            raise
        self._running[job.path] = running
        self._by_number[running.number] = running

        def read() -> Iterator[Event]:
            self._read_output(running)
            return iter(())

        self._selector.register(running.terminal.ours, selectors.EVENT_READ, read)

    def _abandon(self, job: Job) -> None:
        """Cleans up after a build that did not begin."""
        if job.folders is not None:
            job.folders.remove()
            job.folders = None
        if job.lease is not None:
            job.lease.release()
        job.locks.release(delete=True)

    # -- watching

    @property
    def deadline(self) -> float | None:
        """When the first running build will have taken too long."""
        deadlines = [running.deadline for running in self._running.values()]
        return min((value for value in deadlines if value is not None), default=None)

    def check_deadlines(self) -> None:
        """Kills what took too long."""
        now = time.monotonic()
        for running in self._running.values():
            running.check_deadline(now)
            self._kill_if_failed(running)

    def kill(self, derivation: str) -> Event | None:
        """Ends a build that nobody wants any more."""
        running = self._running.get(derivation)
        if running is not None:
            running.failure = running.failure or _CANCELLED
            self._kill_if_failed(running)
            return None
        builtin = self._builtins.pop(derivation, None)
        if builtin is None:
            return None
        # It ends when it next looks; nobody waits for that, and what it wrote is dropped.
        builtin.stop.set()
        return BuildFailed(derivation, _CANCELLED)

    def _kill_if_failed(self, running: RunningBuild) -> None:
        if running.failure is not None and self._launcher is not None:
            self._launcher.kill(running.number)

    def _read_output(self, running: RunningBuild) -> None:
        if running.terminal.ours < 0:
            # It ended in the same turn of the loop.
            return
        if not running.read():
            self._selector.unregister(running.terminal.ours)
            running.terminal.close()
        self._kill_if_failed(running)

    def _take_reports(self) -> Iterator[Event]:
        assert self._launcher is not None  # noqa: S101 - who else would report
        for report in self._launcher.read_reports():
            running = self._by_number.get(report.number)
            if running is not None:
                event = self._take_report(running, report)
                if event is not None:
                    yield event

    def _take_report(self, running: RunningBuild, report: Report) -> Event | None:
        if report.word == "failed":
            running.fail(
                FailureKind.OTHER,
                f"while setting up the build environment of '{running.job.path}': {report.text}",
            )
        elif report.word == "forbidden":
            what, _, number = report.text.partition(" ")
            running.forbidden = what, int(number)
        elif report.word == "ended":
            running.status = int(report.text)
        elif report.word == "gone":
            return self._end(running)
        return None

    # -- ending

    def _end(self, running: RunningBuild) -> Event | None:
        job = running.job
        del self._running[job.path]
        del self._by_number[running.number]
        if running.terminal.ours >= 0:
            self._selector.unregister(running.terminal.ours)
        running.end_output()
        if running.forbidden is not None and running.failure is None:
            return self._retry_without_sandbox(running, *running.forbidden)
        status = running.status
        if status is None:
            running.fail(FailureKind.OTHER, f"the builder of '{job.path}' ended without a word")
            status = _BUILDER_FAILURE

        def finish() -> Event:
            event = self._session.finisher.finish(
                job, status, running.failure, list(running.log.tail)
            )
            running.close()
            return event

        self._submit(finish)
        return None

    def _retry_without_sandbox(self, running: RunningBuild, what: str, number: int) -> Event | None:
        job = running.job
        running.close()
        self._abandon(job)
        error = explain_forbidden(what, number)
        if not self._session.settings.sandbox_fallback or job.store.layout.is_relocated:
            return BuildFailed(job.path, Failure(FailureKind.OTHER, str(error)))
        if self._has_sandbox:
            self._has_sandbox = False
            self._session.log.message(
                Level.WARN, f"{error}; building without one, as 'sandbox-fallback' allows"
            )
        return self.start(job.path, job.mode)

    # -- builtin builders

    def _start_builtin(self, job: Job) -> None:
        builtin = _Builtin(threading.Event())
        self._builtins[job.path] = builtin
        self._submit(lambda: self._run_builtin(job, builtin))

    def _run_builtin(self, job: Job, builtin: _Builtin) -> Event:
        settings = self._session.settings
        with start_activity(job, self._session.log) as activity:
            log = BuildLog(activity, settings.log_lines)
            status = _BUILDER_FAILURE
            failure: Failure | None = None
            try:
                file = LogFile.for_job(job, settings)
            except StoreError as error:
                failure = Failure(FailureKind.OTHER, str(error))
            else:
                with contextlib.closing(file):
                    status = _call_builtin(self._builtin_context(job, builtin, log, file))
            if builtin.stop.is_set():
                failure = _CANCELLED
            self._builtins.pop(job.path, None)
            return self._session.finisher.finish(job, status, failure, list(log.tail))

    def _builtin_context(
        self, job: Job, builtin: _Builtin, log: BuildLog, file: LogFile
    ) -> BuiltinContext:
        assert job.folders is not None  # noqa: S101 - whoever calls has made room

        def say(text: str) -> None:
            line = text.encode(errors="surrogateescape") + b"\n"
            log.feed(line)
            # A full disk shows where the outputs are written, too.
            with contextlib.suppress(StoreError):
                file.write(line)

        return BuiltinContext(
            store=job.store,
            derivation=job.derivation,
            path=job.path,
            outputs={name: job.real_scratch_path(name) for name in job.wanted},
            folder=job.folders.host_build_dir,
            open_url=self._session.open_url,
            hashed_mirrors=self._session.settings.hashed_mirrors,
            debian_mirror=self._session.settings.debian_mirror,
            debian_snapshot=self._session.settings.debian_snapshot,
            activity=log.activity,
            say=say,
            stop=builtin.stop,
        )


def _call_builtin(context: BuiltinContext) -> int:
    """Runs a builtin builder; what its wait status would be, were it a process."""
    name = context.derivation.builder.removeprefix("builtin:")
    build = find_builtin(context.derivation.builder)
    if build is None:
        context.say(f"error: unsupported builtin builder '{name}'")
        return _BUILDER_FAILURE
    try:
        build(context)
    except NeveError as error:
        context.say(f"error: {error}")
    except OSError as error:
        where = f" '{os.fsdecode(error.filename)}'" if error.filename else ""
        context.say(f"error: {error.strerror}{where}")
    else:
        return 0
    return _BUILDER_FAILURE
