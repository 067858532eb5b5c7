"""Stops of the debugger, without its terminal."""

from collections.abc import Callable
from typing import Any

import pytest

from neve.errors import EvaluatorDefectError, NeveError, ThrownError
from neve.lang.debugger import DebuggerRepl
from neve.lang.host import Effects
from neve.lang.repl import Outcome
from neve.lang.session import Session

MakeSession = Callable[..., Session]
Stop = tuple[str, list[str]]


class Debugging:
    """A session whose stops are noted and answered by `answer(session)`."""

    def __init__(self, make_session: MakeSession, settings: str = "") -> None:
        self.stops: list[Stop] = []
        self.answer: Callable[[Session], str] = lambda _: "continue"
        self.frames: list[Any] = []
        self.session = make_session(settings, effects=Effects(debug=self._stop))  # type: ignore[arg-type]

    def _stop(self, reason: str, error: Exception | None, frames: list[Any]) -> str:
        self.frames = frames
        self.stops.append((reason, [str(error)] if error else [f.message for f, _ in frames]))
        return self.answer(self.session)


def test_nothing_stops_without_a_debugger(make_session: MakeSession) -> None:
    """`break` is the identity."""
    assert make_session().evaluate("builtins.break (1 + 1)").as_python() == 2


def test_breakpoints_show_frames(make_session: MakeSession) -> None:
    """The break itself, then calls and `let`s, innermost first."""
    debugging = Debugging(make_session)
    value = debugging.session.evaluate("let f = x: let y = 1; in builtins.break (x + y); in f 2")
    assert value.as_python() == 3
    assert debugging.stops == [
        (
            "breakpoint",
            [
                "error: breakpoint reached",
                "while calling a function",
                "while evaluating a 'let' expression",
                "while calling 'f'",
                "while calling a function",
                "while evaluating a 'let' expression",
            ],
        )
    ]


def test_frames_have_their_variables(make_session: MakeSession) -> None:
    """Inner names hide outer ones, what is written hides what a `with` has; expressions see them while stopped."""
    debugging = Debugging(make_session)
    seen: list[object] = []

    def look(session: Session) -> str:
        scope = session.evaluator.frame_scope(0)
        seen.append([session.evaluate(name, scope=scope).as_python() for name in ("a", "b", "w")])
        seen.append(session.evaluator.frame_levels(0))
        return "continue"

    debugging.answer = look
    text = "let a = 1; b = 2; in with { a = 10; w = 3; }; builtins.seq w ((b: builtins.break b) 4)"
    assert debugging.session.evaluate(text).as_python() == 4
    values, levels = seen
    assert values == [1, 4, 3]
    assert levels == [(["b"], None), ([], ["a", "w"]), (["a", "b"], None)]


def test_an_error_is_a_stop_once(make_session: MakeSession) -> None:
    """However many calls it passes through; then it is raised."""
    debugging = Debugging(make_session)
    with pytest.raises(ThrownError, match="oops"):
        debugging.session.evaluate('let f = x: throw x; g = x: f x + 1; in g "oops"')
    assert debugging.stops == [("error", ["oops"])]


def test_errors_that_are_caught_may_be_passed_over(make_session: MakeSession) -> None:
    """With `ignore-try`."""
    text = 'builtins.tryEval (throw "a")'
    debugging = Debugging(make_session)
    debugging.session.evaluate(text)
    assert debugging.stops == [("tried error", ["a"])]
    debugging = Debugging(make_session, "ignore-try = true")
    debugging.session.evaluate(text)
    assert debugging.stops == []


def test_steps_and_their_end(make_session: MakeSession) -> None:
    """A step goes to the next call; leaving at a step ends the program."""
    debugging = Debugging(make_session)
    answers = iter(["step", "step", "quit"])
    debugging.answer = lambda _: next(answers)
    with pytest.raises(SystemExit) as ended:
        debugging.session.evaluate("let f = x: builtins.break x + f (x - 1); in f 3")
    assert ended.value.code == 0
    assert [reason for reason, _ in debugging.stops] == ["breakpoint", "step", "step"]


def test_traces_are_stops_if_wanted(make_session: MakeSession) -> None:
    """`debugger-on-trace` and `debugger-on-warn`."""
    text = '(x: builtins.trace "t" (builtins.warn "w" x)) 1'
    for setting, count in (
        ("", 0),
        ("debugger-on-warn = true", 1),
        ("debugger-on-trace = true", 2),
    ):
        debugging = Debugging(make_session, setting)
        assert debugging.session.evaluate(text).as_python() == 1
        assert len(debugging.stops) == count, setting


def test_what_the_debugger_raises_ends_the_evaluation(make_session: MakeSession) -> None:
    """So does an answer that is none."""
    debugging = Debugging(make_session)
    debugging.answer = lambda _: "sideways"
    with pytest.raises(ValueError, match="decided 'sideways'"):
        debugging.session.evaluate("(x: builtins.break x) 1")
    assert debugging.session.evaluate("1 + 1").as_python() == 2


def test_a_panic_is_an_error(make_session: MakeSession) -> None:
    """A collection inside an evaluation is a mistake of the caller: the process survives, the evaluator does not."""
    debugging = Debugging(make_session)

    def collect(session: Session) -> str:
        session.evaluator.collect_garbage()
        return "continue"

    debugging.answer = collect
    with pytest.raises(EvaluatorDefectError, match="must not happen during an evaluation"):
        debugging.session.evaluate("(x: builtins.break x) 1")
    with pytest.raises(EvaluatorDefectError, match="cannot go on"):
        debugging.session.evaluate("1")


def test_commands_of_the_debugger(make_session: MakeSession) -> None:
    """`:st` changes the frame that expressions are evaluated in."""
    debugging = Debugging(make_session)
    said: list[str] = []

    def talk(session: Session) -> str:
        repl = DebuggerRepl(session, debugging.frames, actions=None, write=said.append)  # type: ignore[arg-type]
        for line in ("x", ":st 3", "x"):
            assert repl.handle(line) is Outcome.PROMPT
        with pytest.raises(NeveError, match="numbered from 0 to 6"):
            repl._process(":st 9")
        assert repl.handle(":s") is Outcome.STEP
        return "quit" if repl.handle(":c") is Outcome.CONTINUE else "continue"

    debugging.answer = talk
    with pytest.raises(NeveError, match="breakpoint reached"):
        debugging.session.evaluate("let f = x: builtins.break x; g = x: f (x + 1); in g 1")
    assert said[0] == "2\n"
    assert said[-2] == "1\n"
