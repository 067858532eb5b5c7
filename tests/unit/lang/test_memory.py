"""What values take: a limit for one evaluation, and nothing kept of those that are over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

import neve
from neve.errors import EvaluationError
from neve.lang import session as session_module
from neve.lang.session import Session

LIMIT: Final = 64 << 20
MANY: Final = "builtins.genList (_: text) 4000"

TOO_MUCH: Final = {
    "joined": f'builtins.concatStringsSep "" ({MANY})',
    "separators": 'builtins.concatStringsSep text (builtins.genList (_: "") 4000)',
    "interpolated": 'builtins.foldl\' (all: _: "${all}${all}") text (builtins.genList (x: x) 60)',
    "added": "builtins.foldl' (all: _: all + all) text (builtins.genList (x: x) 60)",
    "replaced": 'builtins.replaceStrings [ "0" ] [ text ] text',
    "replaced between": 'builtins.replaceStrings [ "" ] [ text ] text',
    "replaced by several": 'builtins.replaceStrings [ "0" "1" ] [ text text ] text',
    "listed": f"toString ({MANY})",
    "JSON": f"builtins.toJSON ({MANY})",
    "XML": f"builtins.toXML ({MANY})",
    "lists": "builtins.concatLists (builtins.genList (_: list) 100000)",
    "lists of calls": "builtins.concatMap (_: list) list",
    "a long list": "builtins.genList (x: x) 200000000",
    "values": "builtins.foldl' (all: x: [ all x ]) null (builtins.genList (x: x) 10000000)",
    "read": "builtins.readFile ./large",
    "imported": "import ./large",
    "parsed": 'builtins.fromJSON ("[" + builtins.concatStringsSep "," (map toString list) + "]")',
}


@pytest.fixture
def limited(
    make_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Session:
    """A session whose values may take 64 MiB."""
    original = session_module.evaluator_settings

    def with_limit(*arguments: Any) -> dict[str, Any]:
        return original(*arguments) | {"max_heap_bytes": LIMIT}

    monkeypatch.setattr(session_module, "evaluator_settings", with_limit)
    with (tmp_path / "large").open("wb") as large:
        large.truncate(LIMIT)
    return make_session(base_dir=str(tmp_path))


def resident_bytes() -> int:
    """The memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.parametrize("what", TOO_MUCH)
def test_too_much_for_the_memory_is_an_error(limited: Session, what: str) -> None:
    """However it is made, it ends the evaluation and not the process, and the next evaluation has room again."""
    given = """let
      text = builtins.concatStringsSep "" (builtins.genList (_: "0123456789") 10000);
      list = builtins.genList (x: x) 600000;
    in """
    before = resident_bytes()
    with pytest.raises(EvaluationError, match="out of memory"):
        limited.evaluate(given + TOO_MUCH[what])
    assert resident_bytes() - before < 3 * LIMIT
    # Enough for a collection before the next one, which finds nothing under way.
    limited.evaluate("builtins.length (builtins.genList (x: x) 1000000)")
    assert limited.evaluate(f"{given} builtins.stringLength text").as_python() == 100_000


def test_printing_too_much_is_an_error(limited: Session) -> None:
    """What is shown takes memory, too."""
    value = limited.evaluate(
        'let text = builtins.concatStringsSep "" (builtins.genList (_: "0123456789") 100000);'
        "in builtins.genList (_: text) 1000"
    )
    with pytest.raises(EvaluationError, match="out of memory"):
        value.print()


EVERYDAY: Final = {
    "numbers": lambda count: f"1 + {count}",
    "strings": lambda count: (
        f'builtins.stringLength (builtins.concatStringsSep "{"x" * 50}" '
        f'(builtins.genList (_: "{count}") {1000 + count * 17 % 30000}))'
    ),
    "lists": lambda count: (
        f"builtins.length (map (x: x) (builtins.genList (x: x) {count * 37 % 50000}))"
    ),
    "errors": lambda count: f'(builtins.tryEval (throw "{count}")).success',
}


@pytest.mark.parametrize("what", EVERYDAY)
def test_two_thousand_evaluations_take_the_memory_of_a_few(what: str) -> None:
    """A process that evaluates all day does not grow with what it did: after some, it has all that it will need."""
    evaluator = neve.Evaluator()
    for count in range(700):
        evaluator.evaluate(EVERYDAY[what](count))
    warm = resident_bytes()
    for count in range(700, 2700):
        evaluator.evaluate(EVERYDAY[what](count))
    assert resident_bytes() - warm < 96 << 20
