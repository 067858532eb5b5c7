"""How far a session is, as events for whoever shows it."""

from typing import Final, Self

from neve.builder.scheduler import Counts, Scheduler
from neve.log import Activity, ActivityType, Level, Logger


class ProgressReporter:
    """Reports counts of builds and downloads when they change."""

    def __init__(self, log: Logger, scheduler: Scheduler) -> None:
        self._scheduler: Final = scheduler
        self._realise: Final = Activity(log, ActivityType.REALISE, level=Level.ERROR)
        self._builds: Final = Activity(log, ActivityType.BUILDS, level=Level.ERROR)
        self._copies: Final = Activity(log, ActivityType.COPY_PATHS, level=Level.ERROR)
        self._last: tuple[object, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for activity in (self._copies, self._builds, self._realise):
            activity.__exit__(None, None, None)

    def report(self) -> None:
        """Says what changed since the last time."""
        progress = self._scheduler.progress
        now = (
            _counts(progress.builds),
            _counts(progress.fetches),
            progress.download_size,
            progress.nar_size,
        )
        if now == self._last:
            return
        self._last = now
        self._report_counts(self._builds, progress.builds)
        self._report_counts(self._copies, progress.fetches)
        self._realise.set_expected(ActivityType.FILE_TRANSFER, progress.download_size)
        self._realise.set_expected(ActivityType.COPY_PATH, progress.nar_size)

    def _report_counts(self, activity: Activity, counts: Counts) -> None:
        activity.progress(
            counts.done, counts.expected, running=counts.running, failed=counts.failed
        )


def _counts(counts: Counts) -> tuple[int, ...]:
    return counts.done, counts.expected, counts.running, counts.failed
