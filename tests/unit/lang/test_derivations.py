"""Which derivations a value stands for."""

from collections.abc import Callable

import pytest

from neve.errors import NeveError, WrongTypeError
from neve.lang.derivations import find_derivations
from neve.lang.session import Session

MakeSession = Callable[..., Session]

MAKE = 'make = name: derivation { inherit name; system = "s"; builder = "b"; };'


def names(session: Session, body: str) -> list[str]:
    value = session.evaluate(f"let {MAKE} in {body}")
    return [
        f"{found.attr_path}={found.drv_path.partition('-')[2].removesuffix('.drv')}"
        for found in find_derivations(value, session.auto_values())
    ]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('make "a"', ["=a"]),
        ('{ b = make "b"; a = make "a"; }', ["a=a", "b=b"]),
        ('rec { a = make "a"; b = a; }', ["a=a"]),
        ('{ a = { x = make "x"; }; }', []),
        ('{ a = { x = make "x"; recurseForDerivations = true; }; }', ["a.x=x"]),
        ('[ (make "a") { x = make "x"; } ]', ["0=a", "1.x=x"]),
        ('{ n ? "d" }: make n', ["=d"]),
        ('{ a = 1; "not.path" = make "a"; "0" = make "b"; }', []),
        ('{ _combineChannels = [ ]; c = { x = make "x"; }; }', ["c.x=x"]),
    ],
)
def test_search(make_session: MakeSession, body: str, found: list[str]) -> None:
    """Sets are searched one level deep unless they ask for more; what is shared counts once."""
    assert names(make_session(), body) == found


def test_output_names(make_session: MakeSession) -> None:
    """The first output is the one that is meant."""
    session = make_session()
    value = session.evaluate(
        'derivation { name = "a"; system = "s"; builder = "b"; outputs = [ "lib" "out" ]; }'
    )
    [found] = find_derivations(value, {})
    assert found.output_name == "lib"


def test_other_values_are_an_error(make_session: MakeSession) -> None:
    """A number is no derivation, and a search wish must be true or false."""
    session = make_session()
    with pytest.raises(WrongTypeError, match="does not evaluate to a derivation"):
        names(session, "1")
    with pytest.raises(NeveError):
        names(session, "{ a.recurseForDerivations = 1; }")
