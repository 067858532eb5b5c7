"""Ctrl-C ends every kind of evaluation that takes long.

Each case says `begins` when its input is ready; a moment later the process gets the signal. From then on it may use a
fifth of a second of processor time, which other load on the machine does not stretch, and some seconds by the clock.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import pytest

pytestmark = pytest.mark.functional

PROCESSOR_SECONDS: Final = 0.2
WALL_SECONDS: Final = 20.0
ATTEMPTS: Final = 5
TICKS: Final = os.sysconf("SC_CLK_TCK")
GIGABYTE: Final = 1 << 30


class Case(NamedTuple):
    """`operation` takes long on `input`, and may read what `prepare` puts into the current folder."""

    operation: str
    input: str = "null"
    prepare: Callable[[], object] | None = None
    words: tuple[str, ...] = ("--eval",)
    head_start: float = 0.1
    """Processor seconds from the beginning to the signal."""


def sparse(name: str, size: int) -> Callable[[], object]:
    """Makes a big file that takes no room."""

    def prepare() -> None:
        Path(name).parent.mkdir(exist_ok=True)
        with Path(name).open("wb") as file:
            file.truncate(size)

    return prepare


def source(before: str, piece: str, after: str) -> Callable[[], object]:
    """Makes an expression of 50 MB, `big.nix`: a piece again and again."""
    return lambda: Path("big.nix").write_text(before + piece * (50_000_000 // len(piece)) + after)


def many_attributes() -> None:
    """Makes an expression with a set of two million attributes."""
    Path("big.nix").write_text("{" + "".join(f"a{n}={n};" for n in range(2_000_000)) + "}")


def many_files() -> None:
    """Makes a tree of 4,000 files."""
    for folder in range(4):
        Path("tree", str(folder)).mkdir(parents=True)
        for file in range(1000):
            Path("tree", str(folder), str(file)).touch()


INTEGERS: Final = "builtins.genList (n: n) 2000000"
UNSORTED: Final = "builtins.genList (n: n * 7919 - n / 3 * 104729) 2000000"
PAIRS: Final = 'builtins.genList (n: { name = "n${toString n}"; value = n; }) 300000'
SET: Final = f"builtins.listToAttrs ({PAIRS})"
TEXT: Final = 'builtins.foldl\' (all: _: all + all) "ab1-" (builtins.genList (n: n) 24)'
BINARY_TREE: Final = "let f = n: if n == 0 then [ ] else [ (f (n - 1)) (f (n - 1)) ]; in f 40"
AGAIN: Final = "builtins.foldl' (last: _: builtins.seq last ({})) 0 (builtins.genList (n: n) 10000)"
"""Something that is done again and again."""

CASES: Final = {
    "calls": Case("let f = n: if n < 2 then n else f (n - 1) + f (n - 2); in f 60"),
    "caught errors": Case(
        'let f = n: if n == 0 then throw "" else (builtins.tryEval (f (n - 1))).success || f (n - 1); in f 60'
    ),
    "deep calls": Case(AGAIN.format("let f = n: if n == 0 then 0 else 1 + f (n - 1); in f 5000")),
    "sort": Case("builtins.sort builtins.lessThan input", UNSORTED),
    "sort by a function": Case("builtins.sort (a: b: a < b) input", UNSORTED),
    "genList": Case("builtins.genList (n: n) 200000000"),
    "foldl'": Case("builtins.foldl' builtins.add 0 (builtins.genList (n: n) 100000000)"),
    "filter": Case("builtins.filter (n: builtins.all (m: m < n) input) input", INTEGERS),
    "equal lists": Case(AGAIN.format("map (n: n) input == map (n: n) input"), INTEGERS),
    "concatLists": Case("builtins.concatLists (builtins.genList (_: input) 100)", INTEGERS),
    "listToAttrs": Case(AGAIN.format("builtins.listToAttrs input"), PAIRS),
    "updates": Case(
        "builtins.foldl' (all: _: all // input) { } (builtins.genList (n: n) 1000)", SET
    ),
    "mapAttrs": Case(AGAIN.format("builtins.mapAttrs (_: v: v) input"), SET),
    "endless genericClosure": Case(
        "builtins.genericClosure { startSet = [ { key = 0; } ]; operator = { key }: [ { key = key + 1; } ]; }"
    ),
    "match": Case(
        'builtins.match "(a|a)*(a|a)*(a|a)*b" (builtins.substring 0 100000 input)',
        TEXT.replace("ab1-", "aaaa"),
    ),
    "split": Case('builtins.split "(1)" input', TEXT),
    "toJSON": Case("builtins.toJSON (input ++ input ++ input)", INTEGERS),
    "toXML": Case("builtins.toXML input", PAIRS),
    "fromJSON": Case(
        "builtins.fromJSON input",
        f"builtins.toJSON (builtins.concatLists (builtins.genList (_: {INTEGERS}) 3))",
    ),
    "fromTOML": Case('builtins.fromTOML "a = ${builtins.toJSON input}"', INTEGERS),
    "fromTOML of a long string": Case('builtins.fromTOML "a = \\"${input}\\""', TEXT),
    "concatStringsSep": Case(
        'builtins.concatStringsSep "," (builtins.genList (_: input) 1000)',
        'builtins.genList (n: "0123456789") 1000000'.replace(
            "builtins.genList", 'builtins.concatStringsSep "" (builtins.genList'
        )
        + ")",
    ),
    "replaceStrings": Case('builtins.replaceStrings [ "1" ] [ "one" ] input', TEXT),
    "replaceStrings that finds nothing": Case(
        'builtins.replaceStrings [ "x" "y" ] [ "" "" ] "${input}${input}${input}${input}"', TEXT
    ),
    "compareVersions": Case('builtins.compareVersions "${input}0" "${input}1"', TEXT),
    "splitVersion": Case("builtins.splitVersion input", TEXT),
    "hashString": Case(
        'builtins.hashString "sha512" (builtins.concatStringsSep "" (builtins.genList (_: input) 16))',
        TEXT,
    ),
    "hashFile": Case('builtins.hashFile "sha256" ./big', prepare=sparse("big", 8 * GIGABYTE)),
    "readFile": Case("builtins.readFile ./big", prepare=sparse("big", 2 * GIGABYTE)),
    "readDir": Case(AGAIN.format("builtins.readDir ./tree/1"), prepare=many_files),
    "path of a file": Case(
        "builtins.path { path = ./big; recursive = false; }", prepare=sparse("big", 8 * GIGABYTE)
    ),
    "path of a tree": Case('"${./big}"', prepare=sparse("big/file", 8 * GIGABYTE)),
    "path that is copied": Case(
        '"${./big}"',
        prepare=sparse("big/file", GIGABYTE),
        words=("--eval", "--read-write-mode"),
        head_start=1.0,
    ),
    "filtered path": Case(
        "builtins.filterSource (_: _: true) ./big", prepare=sparse("big/file", 8 * GIGABYTE)
    ),
    "filterSource of many files": Case(
        AGAIN.format("builtins.filterSource (_: _: true) ./tree"), prepare=many_files
    ),
    "findFile": Case(
        'builtins.findFile input "x"',
        'builtins.genList (n: { prefix = ""; path = "/none/${toString n}"; }) 300000',
    ),
    "scopedImport": Case(
        AGAIN.format(
            "builtins.foldl' (_: _: builtins.scopedImport { } ./x.nix) 0 (builtins.genList (n: n) 10000)"
        ),
        prepare=lambda: Path("x.nix").write_text("1"),
    ),
    "parsing a list": Case("import ./big.nix", prepare=source("[", "1234 ", "]"), head_start=0.3),
    "parsing a set": Case("import ./big.nix", prepare=many_attributes, head_start=0.3),
    "parsing a comment": Case(
        "import ./big.nix", prepare=source("", "# words\n", "1"), head_start=0.1
    ),
    "parsing a string": Case(
        "import ./big.nix", prepare=source("''\n", "  a line\n", "''"), head_start=0.1
    ),
    "parsing an expression": Case(
        "import ./big.nix", prepare=source("", "1 + ", "1"), head_start=0.3
    ),
    "derivations": Case(
        'builtins.foldl\' (_: n: (derivation { name = "n${toString n}"; system = "s"; builder = "b"; }).drvPath)'
        " 0 (builtins.genList (n: n) 10000000)"
    ),
    "deepSeq": Case(f"builtins.deepSeq ({BINARY_TREE}) 1"),
    "printing": Case(BINARY_TREE, words=("--eval", "--strict")),
    "printing JSON": Case(BINARY_TREE, words=("--eval", "--strict", "--json")),
    "printing XML": Case(BINARY_TREE, words=("--eval", "--strict", "--xml")),
}


def processor_seconds(process: subprocess.Popen[bytes]) -> float:
    """What a running process has used so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def await_work(process: subprocess.Popen[bytes], said: Path, seconds: float) -> float | None:
    """Waits until a process has said `begins` and used so many seconds since; what it used in all, if it goes on."""
    deadline = time.monotonic() + 5 * WALL_SECONDS
    start = None
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return None
        used = processor_seconds(process)
        if start is None and "begins" in said.read_text():
            start = used
        if start is not None and used >= start + seconds:
            return used
        time.sleep(0.005)
    raise AssertionError(f"it did nothing: {said.read_text()}")


def interrupt(case: Case, folder: Path) -> float | None:
    """Interrupts the evaluation, and checks how it ends; the seconds of the processors from the signal to the end.

    None if it was at its end before, as happens where something else keeps this process from looking.
    """
    expression = f'let input = {case.input}; in builtins.deepSeq input (builtins.trace "begins" ({case.operation}))'
    program = "from neve.cli.nix_instantiate import main; main()"
    command = [sys.executable, "-c", program, "--store", str(folder / "store"), *case.words]
    said = folder / "said"
    with (
        said.open("wb") as errors,
        subprocess.Popen(
            [*command, "-E", expression], stdout=subprocess.DEVNULL, stderr=errors
        ) as process,
    ):
        used = await_work(process, said, case.head_start)
        if used is None:
            assert process.returncode == 0, said.read_text()
            return None
        process.send_signal(signal.SIGINT)
        sent = time.monotonic()
        _, status, usage = os.wait4(process.pid, 0)
        waited = time.monotonic() - sent
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode == 0:
        return None
    assert process.returncode == 130
    assert said.read_text().endswith("error: interrupted by the user\n")
    assert waited < WALL_SECONDS
    return usage.ru_utime + usage.ru_stime - used


@pytest.mark.parametrize("name", CASES)
def test_it_ends_at_once(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the status of Ctrl-C, one line, and no more than a fifth of a second of work."""
    monkeypatch.chdir(tmp_path)
    case = CASES[name]
    if case.prepare is not None:
        case.prepare()
    # What else the machine does makes the same work longer, never shorter.
    tries = (interrupt(case, tmp_path) for _ in range(ATTEMPTS))
    ended = any(seconds is not None and seconds < PROCESSOR_SECONDS for seconds in tries)
    Path("big.nix").unlink(missing_ok=True)
    assert ended


SESSION: Final = """
import logging, os, signal, threading, neve

class Interrupt(logging.Handler):
    def emit(self, record):
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()

logging.getLogger().addHandler(Interrupt())
logging.getLogger().setLevel(logging.DEBUG)

def evaluate(text, given="null"):
    try:
        neve.evaluate(f'let given = {given}; in builtins.seq given (builtins.trace "begins" ({text}))')
    except KeyboardInterrupt:
        print("interrupted")

evaluate("let f = n: if n < 2 then n else f (n - 1) + f (n - 2); in f 60")
toml = '"a = ${builtins.toJSON (builtins.genList (n: n) 3000000)}"'
evaluate("builtins.length (builtins.fromTOML given).a", toml)
print(neve.evaluate("1 + 1"))
"""


def test_a_python_program_goes_on() -> None:
    """After an evaluation that heard of the signal and one that did not, the next has its answer."""
    done = subprocess.run(
        [sys.executable, "-c", SESSION], capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.stdout, done.stderr) == ("interrupted\ninterrupted\n2\n", "")
