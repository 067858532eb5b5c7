"""What commands take: time on the clock, time of the processors, and memory."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from typing_extensions import override


@dataclass(frozen=True)
class Cost:
    """What a command took, and what it printed."""

    clock: float
    """Seconds that passed."""
    processor: float
    """Seconds of the processors, user and system, children included: other work disturbs them less."""
    peak_bytes: int
    """Of the largest process."""
    output: str = ""

    def less_start(self, seconds: float) -> "Cost":
        """Without the time that starting it took."""
        return replace(self, clock=self.clock - seconds)

    def ratio(self, other: "Cost") -> str:
        """Both times as parts of another's, to be read."""
        return f"{self.clock / other.clock:.2f} ({self.processor / other.processor:.2f})"

    @override
    def __str__(self) -> str:
        return f"{self.clock:.2f} s ({self.processor:.2f} s of the processors)"


def run(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    given: str = "",
) -> Cost:
    """Runs a command that must succeed, in a folder, with `given` as its input; ends this program when it fails."""
    with (
        tempfile.TemporaryFile("w+") as source,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
    ):
        source.write(given)
        source.seek(0)
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=source, stdout=output, stderr=errors
        )
        # The usage of this process and of the children that it waited for, unlike what `getrusage` adds up.
        _, status, usage = os.wait4(process.pid, 0)
        clock = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            words = " ".join(map(str, command))
            sys.exit(f"{words}:\n{errors.read().decode(errors='replace')[-2000:]}")
        text = output.read().decode(errors="replace").strip()
    return Cost(clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text)


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each time, the greatest peak, the first output."""
    return Cost(
        statistics.median(cost.clock for cost in costs),
        statistics.median(cost.processor for cost in costs),
        max(cost.peak_bytes for cost in costs),
        costs[0].output,
    )
