"""Carries out what the scheduler wants, and tells it what happened.

One thread runs the loop: it starts builders, reads their output and talks to the launcher. What takes long without a
builder (downloads, builtin builders, hashing outputs) runs in other threads, which hand events back through a queue.
"""

import contextlib
import os
import queue
import selectors
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from neve import interruption
from neve.builder import messages
from neve.builder.events import (
    Adopt,
    Blocked,
    Build,
    Cancelled,
    Event,
    Fetch,
    Fetched,
    Find,
    Found,
    Inspect,
    Instruction,
    Kill,
    Load,
    Loaded,
    Offer,
    Resolve,
    Tell,
    Unblocked,
)
from neve.builder.goals import Goal, Mode
from neve.builder.progress import ProgressReporter
from neve.builder.repair import inspect_closure
from neve.builder.resolution import adopt, resolve
from neve.builder.scheduler import Limits, Policy, Scheduler, Summary
from neve.builder.session import Session
from neve.cache.substitution import Substituters
from neve.errors import NeveError
from neve.log import Level

if TYPE_CHECKING:
    from neve.builder.local_builds import LocalBuilds

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BUILTIN_JOBS: Final = 16


class Worker:
    """Reaches goals of one session."""

    def __init__(self, session: Session) -> None:
        self._session: Final = session
        self._selector: Final = selectors.DefaultSelector()
        self._done: Final[queue.SimpleQueue[Callable[[], Iterable[Event]]]] = queue.SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, self._take_done)
        settings = session.settings
        self._pool: Final = ThreadPoolExecutor(
            _BUILTIN_JOBS + settings.max_substitution_jobs + settings.max_jobs + 2
        )
        self._made_builds: LocalBuilds | None = None
        self._blocked: Final[dict[str, float]] = {}
        """Derivation → when to try again."""
        self._interrupted: int | None = None
        self._mode = Mode.NORMAL

    def close(self) -> None:
        """Kills what still runs and waits for it."""
        if self._made_builds is not None:
            self._made_builds.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def run(self, goals: Iterable[Goal], mode: Mode = Mode.NORMAL) -> Summary:
        """How the goals ended; raises `KeyboardInterrupt` after an interruption, when all builders are gone."""
        self._mode = mode
        settings = self._session.settings
        scheduler = Scheduler(
            goals,
            Limits(settings.max_jobs, _BUILTIN_JOBS, settings.max_substitution_jobs),
            Policy(
                mode=mode,
                keep_going=settings.keep_going,
                substitute=self._session.substituters is not None,
                fallback=settings.fallback,
            ),
        )
        with self._catching_signals(), ProgressReporter(self._session.log, scheduler) as reporter:
            instructions = scheduler.start()
            while True:
                events = self._carry_out(instructions)
                if not events:
                    reporter.report()
                    if scheduler.is_finished:
                        break
                    events = self._wait()
                instructions = scheduler.handle(*events)
        if self._interrupted is not None:
            raise KeyboardInterrupt
        return scheduler.summary

    # -- instructions

    def _carry_out(self, instructions: Iterable[Instruction]) -> list[Event]:
        """Does what is done at once, begins the rest; what happened already."""
        events: list[Event] = []
        wanted: list[str] = []
        for instruction in instructions:
            if isinstance(instruction, Find):
                wanted.append(instruction.path)
                continue
            event = self._carry_out_one(instruction)
            if event is not None:
                events.append(event)
        if wanted:
            events += self._find(wanted)
        return events

    def _carry_out_one(self, instruction: Instruction) -> Event | None:
        match instruction:
            case Load(derivation, mode):
                return Loaded(derivation, self._session.table.facts(derivation, mode))
            case Build(derivation, mode):
                return self._build(derivation, mode)
            case Kill(derivation):
                return self._builds.kill(derivation)
            case Fetch(path, offer):
                self._submit_one(lambda: self._fetch(path, offer))
            case Inspect(output):
                self._submit_one(lambda: inspect_closure(self._session, output))
            case Resolve():
                return resolve(self._session, instruction)
            case Adopt():
                return adopt(self._session, instruction)
            case Tell(failure):
                self._session.log.message(Level.ERROR, messages.as_error(failure))
        return None

    @property
    def _builds(self) -> "LocalBuilds":
        """What runs builders; made for the first of them, as most sessions only download."""
        if self._made_builds is None:
            from neve.builder.local_builds import LocalBuilds

            self._made_builds = LocalBuilds(self._session, self._selector, self._submit_one)
        return self._made_builds

    def _build(self, derivation: str, mode: Mode) -> Event | None:
        event = self._builds.start(derivation, mode)
        if isinstance(event, Blocked):
            poll = self._session.settings.build_poll_interval
            self._blocked[derivation] = time.monotonic() + poll
        return event

    def _find(self, wanted: list[str]) -> list[Event]:
        session = self._session
        session.store.add_temp_roots(wanted)
        valid = session.store.query_valid_paths(wanted)
        if self._mode is Mode.REPAIR:
            valid = {path for path in valid if session.contents.is_good(path)}
        events: list[Event] = [Found(path, is_valid=True) for path in wanted if path in valid]
        missing = [path for path in wanted if path not in valid]
        if session.substituters is None:
            events += [Found(path, is_valid=False) for path in missing]
        elif missing:
            substituters = session.substituters
            self._submit(lambda: self._ask_caches(substituters, missing))
        return events

    def _ask_caches(self, substituters: Substituters, missing: list[str]) -> list[Event]:
        found = {}
        try:
            found = substituters.find(missing, self._session.table.content_addresses())
        except NeveError as error:
            self._session.log.message(Level.ERROR, f"error: {error}")
        events: list[Event] = []
        for path in missing:
            offer = found.get(path)
            offers: tuple[Offer, ...] = ()
            if offer is not None:
                references = offer.info.references
                size = offer.info.nar_size
                offers = (Offer(offer.source.uri, references, offer.download_size, size),)
            events.append(Found(path, is_valid=False, offers=offers))
        return events

    def _fetch(self, path: str, offer: Offer) -> Event:
        substituters = self._session.substituters
        if substituters is None:
            return Fetched(path, error="there are no caches", has_vanished=True)
        del offer
        address = self._session.table.content_addresses().get(path)
        try:
            has_path = substituters.substitute(
                path, address=address, repair=self._mode is Mode.REPAIR
            )
        except NeveError as error:
            return Fetched(path, error=str(error))
        if not has_path:
            return Fetched(path, error="no cache has it any more", has_vanished=True)
        self._session.contents.mark_good(path)
        return Fetched(path)

    # -- other threads

    def _submit_one(self, work: Callable[[], Event]) -> None:
        self._submit(lambda: [work()])

    def _submit(self, work: Callable[[], Iterable[Event]]) -> None:
        future = self._pool.submit(work)

        def wake(_: object) -> None:
            self._done.put(future.result)
            with contextlib.suppress(OSError):
                os.write(self._wake_write, b"x")

        future.add_done_callback(wake)

    def _take_done(self) -> Iterator[Event]:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 1 << 12)
        while True:
            try:
                result = self._done.get_nowait()
            except queue.Empty:
                return
            yield from result()

    # -- waiting

    def _wait(self) -> list[Event]:
        events: list[Event] = []
        for key, _ in self._selector.select(self._timeout()):
            events += key.data()
        if self._made_builds is not None:
            self._made_builds.check_deadlines()
        if self._interrupted is not None:
            events.append(Cancelled())
        now = time.monotonic()
        for derivation in [path for path, at in self._blocked.items() if at <= now]:
            del self._blocked[derivation]
            events.append(Unblocked(derivation))
        return events

    def _timeout(self) -> float | None:
        moments = list(self._blocked.values())
        deadline = None if self._made_builds is None else self._made_builds.deadline
        if deadline is not None:
            moments.append(deadline)
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def interrupt(self) -> None:
        """Ends the loop as Ctrl-C does; any thread may call it."""
        self._interrupted = signal.SIGINT
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b"x")

    @contextlib.contextmanager
    def _catching_signals(self) -> Iterator[None]:
        """Lets Ctrl-C and signals end the loop in an orderly way."""

        def note(number: int, _: object) -> None:
            self._interrupted = number

        try:
            old_wake = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        except ValueError:
            # Another thread than the interpreter's main one, such as an evaluator's. Asking `threading` which is the
            # main one is no use: to it, that is the first thread that needed it.
            with interruption.heard(self.interrupt):
                yield
            return
        old = {number: signal.signal(number, note) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in old.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(old_wake)
