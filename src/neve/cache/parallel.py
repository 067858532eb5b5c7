"""Many things at once, on threads: independent ones, and ones that wait for others."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_parallel(
    function: Callable[[Item], Result], items: Iterable[Item], *, jobs: int
) -> dict[Item, Result]:
    """The function's value for each item; the first exception ends it all."""
    listed = list(dict.fromkeys(items))
    if len(listed) < 2 or jobs < 2:
        return {item: function(item) for item in listed}
    with ThreadPoolExecutor(min(jobs, len(listed))) as pool:
        try:
            return dict(zip(listed, pool.map(function, listed), strict=True))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def run_ordered(
    work: Callable[[str], None], needs: Mapping[str, Iterable[str]], *, jobs: int
) -> None:
    """Does the work for each key of `needs`, after that for those it needs (those that are no keys are done).

    The first exception ends it all, once what has begun is over. Needs must not form a cycle.
    """
    waiting = {
        item: {need for need in wanted if need in needs and need != item}
        for item, wanted in needs.items()
    }
    users: dict[str, list[str]] = {}
    for item, wanted in waiting.items():
        for need in wanted:
            users.setdefault(need, []).append(item)
    with ThreadPoolExecutor(max(1, min(jobs, len(needs)))) as pool:
        running: dict[Future[None], str] = {
            pool.submit(work, item): item for item, wanted in waiting.items() if not wanted
        }
        try:
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    finished = running.pop(future)
                    future.result()
                    for user in users.get(finished, ()):
                        waiting[user].discard(finished)
                        if not waiting[user]:
                            running[pool.submit(work, user)] = user
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
