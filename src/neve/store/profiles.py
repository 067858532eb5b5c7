"""Profiles: a link to the current one of numbered generations `<profile>-<number>-link`, each a root of its own."""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from neve.errors import StoreError, UsageError
from neve.log import Level, Logger
from neve.store.locks import locked_paths
from neve.store.roots import make_link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from neve.store.local import Store

_DAY_SECONDS: Final = 24 * 3600


@dataclass(frozen=True)
class Generation:
    """One state that a profile had."""

    number: int
    link: str
    """File name of the generation's link."""
    creation_time: int
    """Seconds since 1970."""


@dataclass(frozen=True)
class Generations:
    """All states of a profile, oldest first, and the current one's number."""

    all: tuple[Generation, ...]
    current: int | None


class Profile:
    """A profile by the name of its link, which need not exist yet."""

    def __init__(self, link: str, log: Logger) -> None:
        self.link: Final = os.path.abspath(link)
        self._log: Final = log
        self._pattern: Final = re.compile(re.escape(os.path.basename(self.link)) + r"-(\d+)-link")

    def generations(self) -> Generations:
        """Reads the folder anew."""
        directory = os.path.dirname(self.link)
        found = []
        try:
            for name in os.listdir(directory):
                number = self._number(name)
                if number is not None:
                    link = f"{directory}/{name}"
                    found.append(Generation(number, link, int(os.lstat(link).st_mtime)))
            current = (
                self._number(os.path.basename(os.readlink(self.link)))
                if os.path.lexists(self.link)
                else None
            )
        except OSError as error:
            raise StoreError(
                f"reading profile '{self.link}': {error.strerror} ('{error.filename}')"
            ) from error
        return Generations(tuple(sorted(found, key=lambda generation: generation.number)), current)

    def _number(self, name: str) -> int | None:
        match = self._pattern.match(name)
        return int(match[1]) if match else None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from changing the profile while the block runs."""
        with locked_paths(
            [self.link], self._log, message=f'waiting for lock on profile "{self.link}"'
        ):
            yield

    def create_generation(self, store: Store, path: str) -> str:
        """Makes a generation for a store path unless the last one is just that; its link. Does not switch to it."""
        generations = self.generations().all
        if generations and os.readlink(generations[-1].link) == path:
            return generations[-1].link
        number = generations[-1].number + 1 if generations else 1
        return store.add_permanent_root(path, f"{self.link}-{number}-link")

    def switch_link(self, target: str) -> None:
        """Points the profile to a generation's link in one step."""
        if os.path.dirname(target) == os.path.dirname(self.link):
            target = os.path.basename(target)
        make_link(self.link, target)

    def switch(self, number: int | None, *, dry_run: bool = False) -> None:
        """Goes to a generation; without a number, to the one before the current."""
        with self.locked():
            generations = self.generations()
            current = generations.current or 0
            candidates = [
                generation
                for generation in generations.all
                if (generation.number < current if number is None else generation.number == number)
            ]
            if not candidates:
                raise StoreError(
                    f"no profile version older than the current ({current}) exists"
                    if number is None
                    else f"profile version {number} does not exist"
                )
            target = candidates[-1]
            self._log.message(
                Level.NOTICE, f"switching profile from version {current} to {target.number}"
            )
            if not dry_run:
                self.switch_link(target.link)

    # -- deleting

    def delete(self, numbers: Iterable[int], *, dry_run: bool = False) -> None:
        """Deletes generations; raises `StoreError` when the current one is among them."""
        wanted = set(numbers)
        with self.locked():
            generations = self.generations()
            if generations.current in wanted:
                raise StoreError(f'cannot delete current version of profile "{self.link}"')
            self._delete(
                (found for found in generations.all if found.number in wanted), dry_run=dry_run
            )

    def delete_old(self, *, dry_run: bool = False) -> None:
        """Deletes all but the current generation."""
        with self.locked():
            generations = self.generations()
            old = (found for found in generations.all if found.number != generations.current)
            self._delete(old, dry_run=dry_run)

    def delete_all_but(self, count: int, *, dry_run: bool = False) -> None:
        """Keeps the current generation, the newer ones, and `count` - 1 before it."""
        if count == 0:
            raise StoreError(
                "Must keep at least one generation, otherwise the current one would be deleted"
            )
        with self.locked():
            newest_first = self._from_current_down()
            self._delete(newest_first[count:], dry_run=dry_run)

    def delete_older_than(self, moment: int, *, dry_run: bool = False) -> None:
        """Deletes what was already replaced at a moment (seconds since 1970).

        The generation that was current then stays, so that one can go back to it.
        """
        with self.locked():
            generations = self.generations()
            newest_first = generations.all[::-1]
            older = [
                index for index, found in enumerate(newest_first) if found.creation_time < moment
            ]
            if older:
                rest = newest_first[older[0] + 1 :]
                self._delete(
                    (found for found in rest if found.number != generations.current),
                    dry_run=dry_run,
                )

    def _from_current_down(self) -> tuple[Generation, ...]:
        generations = self.generations()
        newest_first = generations.all[::-1]
        start = next(
            (
                index
                for index, found in enumerate(newest_first)
                if found.number == generations.current
            ),
            len(newest_first),
        )
        return newest_first[start:]

    def _delete(self, generations: Iterable[Generation], *, dry_run: bool) -> None:
        verb = "would remove" if dry_run else "removing"
        for generation in generations:
            self._log.message(Level.NOTICE, f"{verb} profile version {generation.number}")
            if dry_run:
                continue
            try:
                os.unlink(generation.link)
            except OSError as error:
                raise StoreError(f"removing file '{generation.link}': {error.strerror}") from error


def parse_older_than(text: str, now: Callable[[], float] = time.time) -> int:
    """`30d` → the moment that many days ago, in seconds since 1970; raises `UsageError`."""
    if not text.endswith("d"):
        raise UsageError(
            f"invalid number of days specifier '{text}', expected something like '14d'"
        )
    days = text[:-1]
    if not days.isascii() or not days.isdigit() or int(days) < 1:
        raise UsageError(f"invalid number of days specifier '{text}'")
    return int(now()) - int(days) * _DAY_SECONDS
