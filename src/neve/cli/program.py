"""How every command begins and ends: errors become words and an exit status, never a traceback."""

from __future__ import annotations

import os
import sys

from neve import ending, terminal
from neve.errors import NeveError, UsageError, describe, describe_os_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final, NoReturn

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C, as of a shell's child that died of it."""
BROKEN_PIPE: Final = 141
"""Exit status when nobody reads the output, as of one that died of SIGPIPE."""


def start(run: Callable[[Sequence[str]], int], name: str) -> NoReturn:
    """Runs a command with the process's arguments and ends the process.

    What the interpreter would do at its end is skipped: an evaluator's heap need not be taken down piece by piece.
    """
    os._exit(finish(run, sys.argv[1:], name))


def finish(run: Callable[[Sequence[str]], int], arguments: Sequence[str], name: str) -> int:
    """Runs a command, says what went wrong, and flushes; the exit status."""
    # Names of files and attributes pass through as they are, whatever the locale says of them.
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        try:
            status = _guard(run, arguments, name)
        finally:
            ending.close_all()
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        # Whatever is still buffered would fail again when the stream is closed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return BROKEN_PIPE
    return status


def _guard(run: Callable[[Sequence[str]], int], arguments: Sequence[str], name: str) -> int:
    try:
        return run(arguments)
    except UsageError as error:
        terminal.error(describe(error))
        terminal.say(f"Try '{name} --help' for more information.")
        return error.exit_status
    except NeveError as error:
        terminal.error(describe(error))
        return error.exit_status
    except KeyboardInterrupt:
        terminal.error("interrupted by the user")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except OSError as error:
        terminal.error(describe_os_error(error))
        return 1
    except RecursionError:
        terminal.error("stack overflow (possible infinite recursion)")
        return 1
    except Exception as error:  # noqa: BLE001 - the last line of defence against a traceback
        import traceback

        terminal.say(traceback.format_exc().rstrip())
        terminal.error(f"this is a bug in Neve, please report it: {error!r}")
        return 70
