"""`--debugger`: a stopped evaluation in the terminal."""

from __future__ import annotations

import sys

from neve import terminal
from neve.cli import repl_terminal
from neve.errors import NeveError, describe
from neve.lang.debugger import GREETING, DebuggerRepl
from neve.lang.repl import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve._core import DebuggerDecision, DebuggerStop
    from neve.lang.host import Frames
    from neve.lang.session import Session

_TRYING = (
    "This exception occurred in a 'tryEval' call. "
    f"Use {terminal.GREEN}--ignore-try{terminal.NORMAL} to skip these."
)


class Debugger:
    """Talks to the user at each stop of a session, which is to be set once there is one."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self._has_greeted = False

    def __call__(
        self, reason: DebuggerStop, error: Exception | None, frames: Frames, /
    ) -> DebuggerDecision:
        """Shows why evaluation stopped, and what the user wants then."""
        if self.session is None:
            return "continue"
        _announce(reason, error)
        if not self._has_greeted:
            terminal.say(GREETING)
            self._has_greeted = True
        repl = DebuggerRepl(
            self.session,
            frames,
            actions=repl_terminal.TerminalActions(),
            write=sys.stdout.write,
            has_colour=terminal.has_colour(sys.stdout),
        )
        outcome = repl_terminal.converse(repl, repl_terminal.choose_reader(repl))
        if outcome is Outcome.STEP:
            return "step"
        return "continue" if outcome is Outcome.CONTINUE else "quit"


def _announce(reason: DebuggerStop, error: Exception | None) -> None:
    if reason == "breakpoint":
        terminal.say("info: breakpoint reached\n")
    elif error is not None:
        terminal.error(describe(error) if isinstance(error, NeveError) else str(error))
        terminal.say(f"{_TRYING}\n" if reason == "tried error" else "")
