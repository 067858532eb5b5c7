"""Building and fetching from the outside: goals in, paths out, or one error that says what failed."""

import contextlib
from collections.abc import Iterable

from neve.builder import messages
from neve.builder.goals import Goal, Mode, Output
from neve.builder.results import Failure, FailureKind, Outcome, Success
from neve.builder.scheduler import Summary
from neve.builder.session import Session
from neve.builder.settings import BuildSettings
from neve.builder.worker import Worker
from neve.cache.substitution import Substituters
from neve.errors import BuildError
from neve.fetch.addresses import url_opener
from neve.log import Level, Logger
from neve.store import Store
from neve.store.paths import name_part
from neve.transfer import Transfers


class Builder:
    """Builds in one store with one set of settings. Close it in the end."""

    def __init__(
        self,
        store: Store,
        settings: BuildSettings,
        *,
        log: Logger,
        substituters: Substituters | None = None,
        transfers: Transfers | None = None,
    ) -> None:
        """Without `substituters` nothing comes from caches, without `transfers` nothing is downloaded."""
        self.session = Session(
            store,
            settings,
            log=log,
            substituters=substituters,
            open_url=url_opener(transfers),
        )

    def run(self, goals: Iterable[Goal], mode: Mode = Mode.NORMAL) -> Summary:
        """How each goal ended; raises only when the session itself is broken."""
        with contextlib.closing(Worker(self.session)) as worker:
            return worker.run(goals, mode)

    def build(self, goals: Iterable[Goal], mode: Mode = Mode.NORMAL) -> dict[Goal, str]:
        """The path of each goal; raises `BuildError` when one was not reached.

        Its exit status tells what kinds of failures there were, as the old commands do.
        """
        summary = self.run(goals, mode)
        raise_failures(summary, self.session.log)
        return {goal: _single_path(outcome) for goal, outcome in summary.outcomes.items()}


def raise_failures(summary: Summary, log: Logger) -> None:
    """Raises the failure of the goals; when several failed, says each and raises that they did."""
    failed: dict[str, Failure] = {}
    for goal, outcome in sorted(summary.outcomes.items(), key=lambda item: _order(item[0])):
        if isinstance(outcome, Failure):
            failed.setdefault(_subject(goal), outcome)
    if not failed:
        return
    said = [failure for failure in failed.values() if failure.kind is not FailureKind.CANCELLED]
    if len(failed) == 1 and said:
        raise BuildError(said[0].message, exit_status=summary.exit_status)
    # The first comes last, next to the summary.
    for failure in [*said[1:], *said[:1]]:
        log.message(Level.ERROR, messages.as_error(failure))
    names = ", ".join(f"'{name}'" for name in sorted(failed))
    raise BuildError(f"build of {names} failed", exit_status=summary.exit_status)


def _single_path(outcome: Outcome) -> str:
    assert isinstance(outcome, Success)  # noqa: S101 - failures were raised
    [path] = outcome.paths.values()
    return path


def _subject(goal: Goal) -> str:
    return goal.derivation if isinstance(goal, Output) else goal.path


def _order(goal: Goal) -> tuple[str, str]:
    subject = _subject(goal)
    return name_part(subject), subject
