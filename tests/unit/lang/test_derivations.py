"""Which derivations a value stands for."""

from collections.abc import Callable, Sequence

import pytest

from neve.errors import NeveError, WrongTypeError
from neve.lang.derivations import find_derivations, search, survey
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


def test_survey(make_session: MakeSession) -> None:
    """One call tells what many attributes are; one that fails takes no other with it."""
    session = make_session()
    value = session.evaluate(
        f"""let {MAKE} in {{
            a = make "a" // {{ meta.description = "first"; }};
            b = throw "no";
            c = make "c" // {{ meta = 1; }};
            d = make (throw "no");
            e.recurseForDerivations = true;
            f.recurseForDerivations = 1;
            g = 1;
        }}"""
    )
    found = {
        name: (kind, texts)
        for name, (kind, _, _, texts) in survey(
            value, [*value.attr_names(), "absent"], [["name"], ["meta", "description"]]
        )
    }
    assert found == {
        "a": ("derivation", ["a", "first"]),
        "b": ("failed", []),
        "c": ("derivation", ["c", None]),
        "d": ("failed", []),
        "e": ("searched", []),
        "f": ("failed", []),
        "g": ("other", []),
        "absent": ("other", []),
    }


def test_packages_are_found_in_few_calls(make_session: MakeSession) -> None:
    """What a package is called costs no call to the evaluator of its own, and what fails is skipped."""
    session = make_session()
    value = session.evaluate(
        f"""let {MAKE} in {{
            a = make "a-1" // {{ meta.description = "first"; }};
            b = throw "no";
            c = make "c-2";
        }}"""
    )

    def make(attr_path: str, _: object, known: Sequence[str | None]) -> str:
        return f"{attr_path}={known[0]}"

    found = list(search(value, {}, make, texts=[["name"]], skips_failed_assertions=True))
    assert found == ["a=a-1", "c=c-2"]
    with pytest.raises(NeveError, match="no"):
        list(search(value, {}, make, texts=[["name"]]))
