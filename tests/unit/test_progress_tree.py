"""Progress as a live tree."""

from collections.abc import Iterator

import pytest

from neve import terminal
from neve.log import Activity, ActivityType, Level, ResultType
from neve.progress_tree import TreeLogger

HELLO = f"/nix/store/{'a' * 32}-hello-2.10.drv"
MEBIBYTE = 1 << 20


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tree(clock: Clock) -> Iterator[TreeLogger]:
    tree = TreeLogger(shows_logs=False, clock=clock)
    yield tree
    tree.close()


def plain(tree: TreeLogger, rows: int = 20) -> list[str]:
    """The tree without colours."""
    return [terminal.strip_colours(line) for line in tree.lines(rows)]


def test_builds_show_phase_output_and_time(tree: TreeLogger, clock: Clock) -> None:
    """And the sum says how many are done, run, wait and failed."""
    with (
        Activity(tree, ActivityType.BUILDS) as builds,
        Activity(
            tree, ActivityType.BUILD, f"building '{HELLO}'", level=Level.INFO, fields=(HELLO,)
        ) as build,
    ):
        builds.progress(3, 12, running=1, failed=1)
        build.result(ResultType.SET_PHASE, "buildPhase")
        build.result(ResultType.BUILD_LOG_LINE, "\x1b[31mgcc -c hello.c\x1b[0m")
        assert plain(tree) == [
            "building hello-2.10 (buildPhase)",
            "  gcc -c hello.c",
            "3/12 built, 1 running, 7 waiting, 1 failed, 0:00",
        ]
        clock.now += 75
        assert plain(tree)[0] == "building hello-2.10 (buildPhase) 1m15s"
        assert plain(tree)[-1].endswith(", 1:15")
    assert tree.lines(20) == []


def test_downloads_show_sizes_and_speed(tree: TreeLogger, clock: Clock) -> None:
    """Below what they are for; the less important activities between have no line."""
    with (
        Activity(tree, ActivityType.SUBSTITUTE, level=Level.VOMIT, fields=(HELLO, "u")) as outer,
        Activity(
            tree,
            ActivityType.COPY_PATH,
            fields=(HELLO.removesuffix(".drv"), "https://c"),
            parent=outer.id,
        ) as copy,
        Activity(
            tree, ActivityType.FILE_TRANSFER, "downloading 'https://c/x'", parent=copy.id
        ) as transfer,
    ):
        clock.now += 2
        copy.progress(MEBIBYTE, 4 * MEBIBYTE)
        transfer.progress(3 * MEBIBYTE, 0)
        assert plain(tree)[:2] == [
            "fetching hello-2.10 from https://c 1.0/4.0 MiB 0.5 MiB/s 2s",
            "  downloading 'https://c/x' 3.0 MiB 1.5 MiB/s 2s",
        ]


def test_a_small_terminal_shows_a_part(tree: TreeLogger) -> None:
    """What does not fit is counted."""
    for number in range(9):
        Activity(tree, ActivityType.UNKNOWN, f"doing {number}", level=Level.INFO)
    assert plain(tree, 5) == ["doing 0", "doing 1", "doing 2", "… and 6 more", "0:00"]


def test_messages_go_above(
    tree: TreeLogger, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tree is taken away for them, and in the end for good."""
    with Activity(tree, ActivityType.UNKNOWN, "doing it", level=Level.INFO):
        capsys.readouterr()
        clock.now += 1
        tree.message(Level.WARN, "careful")
        words = capsys.readouterr().err
        assert words.startswith("\r\x1b[K\x1b[1A\x1b[Kwarning: careful\n")
        assert "doing it 1s\n" in words
    assert capsys.readouterr().err.endswith("\r\x1b[K\x1b[1A\x1b[K")
    tree.close()
    assert terminal.VOICE.before is None


def test_build_output_above_the_tree(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """Where logs are wanted, all of it."""
    tree = TreeLogger(shows_logs=True, clock=clock)
    try:
        with Activity(tree, ActivityType.BUILD, "building 'x'", level=Level.INFO) as build:
            build.result(ResultType.BUILD_LOG_LINE, "one")
            assert "one" not in "".join(tree.lines(9))
    finally:
        tree.close()
    assert "one\n" in capsys.readouterr().err
