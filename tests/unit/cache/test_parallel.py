"""Work on several threads."""

import threading

import pytest

from neve.cache.parallel import map_parallel, run_ordered


def test_values_belong_to_their_items() -> None:
    """Whatever the order in which they are ready."""
    assert map_parallel(lambda number: number * 2, range(50), jobs=4) == {
        number: number * 2 for number in range(50)
    }
    assert map_parallel(str, [], jobs=4) == {}


def test_first_failure_ends_it() -> None:
    """The exception is the one that was raised."""

    def fail(number: int) -> int:
        if number == 3:
            raise KeyError(number)
        return number

    with pytest.raises(KeyError):
        map_parallel(fail, range(10), jobs=2)


def test_needs_come_first() -> None:
    """Each item is done after what it needs; strangers and itself do not count."""
    order: list[str] = []
    mutex = threading.Lock()

    def work(item: str) -> None:
        with mutex:
            order.append(item)

    needs = {"a": ["b", "c", "a"], "b": ["c", "stranger"], "c": [], "d": ["a"]}
    run_ordered(work, needs, jobs=3)
    assert order == ["c", "b", "a", "d"]


def test_independent_items_run_together() -> None:
    """Two that wait for each other both get to run."""
    barrier = threading.Barrier(2, timeout=5)
    waited: list[int] = []
    run_ordered(lambda _: waited.append(barrier.wait()), {"a": [], "b": []}, jobs=2)
    assert sorted(waited) == [0, 1]


def test_failure_keeps_users_from_running() -> None:
    """What needs a failed item is not begun."""
    done: list[str] = []

    def work(item: str) -> None:
        if item == "b":
            raise ValueError(item)
        done.append(item)

    with pytest.raises(ValueError, match="b"):
        run_ordered(work, {"a": ["b"], "b": []}, jobs=2)
    assert done == []
