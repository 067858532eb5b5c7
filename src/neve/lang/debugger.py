"""The debugger's interactive session: the commands of `nix repl`, and those that look at a stopped evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from neve import terminal
from neve.errors import NeveError
from neve.lang.repl import HELP, Outcome, Repl
from neve.version import NEVE_VERSION, NIX_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Final

    from neve._core import Scope
    from neve.lang.host import Frames
    from neve.lang.repl import Actions
    from neve.lang.session import Session

GREETING: Final = f"Nix {NIX_VERSION} debugger (Neve {NEVE_VERSION}). Type :? for help."

DEBUGGER_HELP: Final = (
    (":env", "Show the variables of all scopes here"),
    (":bt, :backtrace", "Show what is under way, innermost first"),
    (":st", "Show the current frame"),
    (":st <idx>", "Make another frame the current one"),
    (":c, :continue", "Go on to the next error or breakpoint"),
    (":s, :step", "Go on for one step"),
)
"""Commands that only the debugger has."""


class DebuggerRepl(Repl):
    """A session at one stop. Expressions see the variables of the current frame; `frames` are the evaluator's."""

    def __init__(
        self,
        session: Session,
        frames: Frames,
        *,
        actions: Actions,
        write: Callable[[str], object],
        has_colour: bool = False,
    ) -> None:
        self._frames: Final = frames
        self._current = 0
        super().__init__(session, actions=actions, write=write, has_colour=has_colour)

    @override
    def make_scope(self) -> Scope:
        return self.session.evaluator.frame_scope(self._current, base=self.session.variables)

    @override
    def _command_table(self) -> dict[str, Callable[[str], Outcome | None]]:
        return {
            **super()._command_table(),
            ":bt": lambda _: self._show_frames(),
            ":backtrace": lambda _: self._show_frames(),
            ":env": lambda _: self._show_scopes(),
            ":st": self._show_frame,
            ":s": lambda _: Outcome.STEP,
            ":step": lambda _: Outcome.STEP,
            ":c": lambda _: Outcome.CONTINUE,
            ":continue": lambda _: Outcome.CONTINUE,
        }

    @override
    def _help(self) -> Iterator[tuple[str, str]]:
        yield from HELP
        yield from DEBUGGER_HELP

    def _show_frames(self) -> None:
        for index in range(len(self._frames)):
            self._write(self._describe_frame(index))

    def _show_scopes(self) -> None:
        self._write(self._describe_scopes())

    def _show_frame(self, word: str) -> None:
        if word:
            if not word.isdecimal() or int(word) >= len(self._frames):
                raise NeveError(
                    f"there is no frame '{word}': they are numbered from 0 to {len(self._frames) - 1}"
                )
            self._current = int(word)
            self.scope = self.make_scope()
        self._write(self._describe_frame(self._current) + "\n" + self._describe_scopes())

    def _describe_frame(self, index: int) -> str:
        frame, excerpt = self._frames[index]
        text = f"\n{self._coloured(terminal.BOLD, str(index))}: {frame.message}\n"
        if frame.file is not None:
            text += f"{frame.file}:{frame.line}:{frame.column}\n"
        return text + (f"{excerpt}\n" if excerpt else "")

    def _describe_scopes(self) -> str:
        text = ""
        levels = self.session.evaluator.frame_levels(self._current)
        for number, (names, names_of_with) in enumerate(levels):
            text += f"Env level {number}\nstatic: {self._list(names)}\n"
            if names_of_with is not None:
                text += f"with: {self._list(names_of_with)}\n"
            text += "\n"
        builtins = self.session.evaluator.new_scope().names()
        shown = [name for name in builtins if not name.startswith("__")]
        return text + f"Env level {len(levels)}\n{self._list(shown)}\n"

    def _list(self, names: list[str]) -> str:
        return self._coloured(terminal.MAGENTA, " ".join(names))

    def _coloured(self, colour: str, text: str) -> str:
        return f"{colour}{text}{terminal.NORMAL}" if self._has_colour else text
