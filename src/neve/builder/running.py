"""A builder while it runs: its output, its limits, its end."""

import contextlib
import os
import time
import tty
from dataclasses import dataclass
from typing import Final

from neve.builder.build_log import BuildLog, LogFile
from neve.builder.goals import Mode
from neve.builder.job import Job
from neve.builder.results import Failure, FailureKind
from neve.builder.settings import BuildSettings
from neve.errors import SandboxError, StoreError
from neve.log import Activity, ActivityType, Level, Logger

_READ_SIZE: Final = 1 << 16
_VERBS: Final = {
    Mode.NORMAL: "building '{}'",
    Mode.CHECK: "checking outputs of '{}'",
    Mode.REPAIR: "repairing outputs of '{}'",
}


def start_activity(job: Job, log: Logger) -> Activity:
    """Tells that a build begins."""
    return Activity(
        log,
        ActivityType.BUILD,
        _VERBS[job.mode].format(job.path),
        level=Level.INFO,
        fields=(job.path, "", 1, 1),
    )


@dataclass(slots=True)
class Terminal:
    """The terminal that a builder writes to, as some programs behave better on one."""

    ours: int
    theirs: int

    @classmethod
    def open(cls, job: Job) -> "Terminal":
        """Raises `SandboxError`."""
        try:
            ours, theirs = os.openpty()
        except OSError as error:
            raise SandboxError(f"opening a pseudoterminal for a build: {error.strerror}") from error
        # Nothing is to be translated on the way.
        tty.setraw(theirs)
        os.fchmod(theirs, 0o600)
        if job.lease is not None and not job.lease.identity.is_own:
            os.fchown(theirs, job.lease.identity.uid, -1)
        return cls(ours, theirs)

    def close_theirs(self) -> None:
        """Gives the builder's end away, so that its closing shows here."""
        if self.theirs >= 0:
            os.close(self.theirs)
            self.theirs = -1

    def close(self) -> None:
        """Closes what is open."""
        self.close_theirs()
        if self.ours >= 0:
            os.close(self.ours)
            self.ours = -1


class RunningBuild:
    """A job whose builder is a process."""

    def __init__(self, job: Job, settings: BuildSettings, log: Logger) -> None:
        """Opens terminal and log; raises `SandboxError`, `StoreError`."""
        self.job: Final = job
        self.terminal: Final = Terminal.open(job)
        self.number = 0
        """Of the builder, in the launcher's reports."""
        self.failure: Failure | None = None
        """Why we ended it, or it never began."""
        self.forbidden: tuple[str, int] | None = None
        """What the kernel refused, and the error number."""
        self.status: int | None = None
        """What waiting for it gave."""
        self._settings: Final = settings
        self._log_size = 0
        try:
            self._file: Final = LogFile.for_job(job, settings)
        except BaseException:
            self.terminal.close()
            raise
        self.activity: Final = start_activity(job, log)
        self.log: Final = BuildLog(self.activity, settings.log_lines)
        self._started_at: Final = time.monotonic()
        self._last_output_at = self._started_at

    def read(self) -> bool:
        """Takes what the builder wrote; false at the end of its output."""
        try:
            data = os.read(self.terminal.ours, _READ_SIZE)
        except OSError:
            # A terminal whose other end is closed.
            return False
        if not data:
            return False
        self._last_output_at = time.monotonic()
        self._log_size += len(data)
        limit = self._settings.max_build_log_size
        if limit and self._log_size > limit:
            self.fail(
                FailureKind.LOG_LIMIT,
                f"building derivation '{self.job.path}' killed after writing more than {limit} bytes of log output",
            )
            return True
        self.log.feed(data)
        try:
            self._file.write(data)
        except StoreError as error:
            self.fail(FailureKind.OTHER, str(error))
        return True

    def fail(self, kind: FailureKind, message: str) -> None:
        """Notes why it is ended; the first reason counts."""
        if self.failure is None:
            self.failure = Failure(kind, message)

    @property
    def deadline(self) -> float | None:
        """When it will have taken too long (`time.monotonic`), if nothing happens."""
        settings = self._settings
        limits = []
        if settings.timeout:
            limits.append(self._started_at + settings.timeout)
        if settings.max_silent_time:
            limits.append(self._last_output_at + settings.max_silent_time)
        return min(limits, default=None)

    def check_deadline(self, now: float) -> None:
        """Notes when it took too long."""
        settings = self._settings
        if settings.max_silent_time and now >= self._last_output_at + settings.max_silent_time:
            self.fail(FailureKind.TIMED_OUT, f"timed out after {settings.max_silent_time} seconds")
        elif settings.timeout and now >= self._started_at + settings.timeout:
            self.fail(FailureKind.TIMED_OUT, f"timed out after {settings.timeout} seconds")

    def end_output(self) -> None:
        """Takes the rest of the output, and closes terminal and log file; nothing of the builder is left."""
        if self.terminal.ours >= 0:
            self.terminal.close_theirs()
            with contextlib.suppress(BlockingIOError):
                os.set_blocking(self.terminal.ours, False)
                while self.read():
                    pass
            self.terminal.close()
        self.log.close()
        self._file.close()

    def close(self) -> None:
        """Ends the activity."""
        self.end_output()
        self.activity.__exit__(None, None, None)
