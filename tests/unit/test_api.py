"""Nix values from Python; docs/python-api.md shows more."""

import copy
import json
import logging
import os
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import neve
from neve import errors


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No configuration of the machine counts."""
    for name in list(os.environ):
        if name.startswith(("NIX_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NIX_CONF_DIR", str(tmp_path))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1", 1),
        ("1.5", 1.5),
        ("true", True),
        ("null", None),
        ('"é"', "é"),
        ("/a/b", Path("/a/b")),
    ],
)
def test_scalars_are_pythons_own(expression: str, value: object) -> None:
    """With the same type."""
    result = neve.evaluate(expression)
    assert result == value
    assert type(result) is type(value)


def test_sets_are_mappings() -> None:
    """Lazy ones: an error in one attribute does not hide the others."""
    value = neve.evaluate('{ b = 1; a = throw "no"; c.d = 2; }')
    assert isinstance(value, neve.AttributeSet)
    assert issubclass(neve.AttributeSet, Mapping)
    assert list(value) == ["a", "b", "c"]
    assert len(value) == 3
    assert "b" in value
    assert "x" not in value
    assert value["c"] == {"d": 2}
    assert value.get("x") is None
    assert value.select("c.d") == 2
    with pytest.raises(KeyError):
        value["x"]
    with pytest.raises(neve.ThrownError, match="no"):
        value["a"]
    with pytest.raises(neve.NeveError):
        value.select("c.x")


def test_lists_are_sequences() -> None:
    """With slices, negative indices and comparison."""
    value = neve.evaluate("[ 1 2 3 ]")
    assert isinstance(value, neve.List)
    assert issubclass(neve.List, Sequence)
    assert value == [1, 2, 3]
    assert value != [1, 2]
    assert value != tuple("123")
    assert value[-1] == 3
    assert value[1:] == [2, 3]
    with pytest.raises(IndexError):
        value[3]


def test_functions_are_callable() -> None:
    """Curried, with named arguments, with functions and sets going in and out."""
    assert neve.evaluate("a: b: a + b")(1, 2) == 3
    assert neve.evaluate("{ a, b ? 2 }: a + b")(a=1) == 3
    assert neve.evaluate("{ a ? 1 }: a")() == 1
    nix = neve.Evaluator()
    assert nix.evaluate("f: f 20")(nix.evaluate("n: n + 1")) == 21
    assert nix.evaluate("s: s.x")({"x": [1, {"y": None}]}) == [1, {"y": None}]
    assert nix.evaluate("map")(nix.evaluate("n: n * 2"), [1, 2]) == [2, 4]
    assert neve.evaluate("{ a, b ? 2 }: a").arguments == {"a": False, "b": True}
    assert neve.evaluate("a: a").arguments is None
    assert "list" in neve.evaluate("map").documentation
    with pytest.raises(neve.EvaluationError, match="without required argument 'a'"):
        neve.evaluate("{ a }: a")()


def test_strings_keep_their_context() -> None:
    """Also on the way back into an expression."""
    nix = neve.Evaluator()
    drv = nix.evaluate('derivation { name = "a"; system = "s"; builder = "b"; }')
    path = drv["outPath"]
    assert isinstance(path, neve.NixString)
    assert path == os.fspath(drv)
    assert path.context == {f"!out!{drv.drv_path}"}
    assert nix.evaluate("builtins.hasContext")(path) is True


def test_derivations() -> None:
    """The usual attributes are properties."""
    drv = neve.evaluate(
        'derivation { name = "a-1"; system = "s"; builder = "b"; outputs = [ "out" "lib" ]; }'
    )
    assert isinstance(drv, neve.Derivation)
    assert (drv.name, drv.system, drv.output_name) == ("a-1", "s", "out")
    assert drv.drv_path.endswith("-a-1.drv")
    assert set(drv.outputs) == {"out", "lib"}
    assert drv.outputs["lib"].endswith("-a-1-lib")
    assert repr(drv) == f"<Derivation {drv.drv_path}>"


def test_to_python_evaluates_everything() -> None:
    """Into plain containers; a derivation is its output's path."""
    value = neve.evaluate(
        'rec { a = [ 1 { b = "x"; } ]; d = derivation { name = "a"; system = "s"; builder = "b"; }; s = "${d}"; }'
    )
    plain = neve.to_python(value)
    assert plain["a"] == [1, {"b": "x"}]
    assert plain["d"] == plain["s"]
    assert type(plain["s"]) is str
    assert json.loads(value.to_json()) == plain
    with pytest.raises(neve.WrongTypeError):
        neve.to_python(neve.evaluate("[ (x: x) ]"))


def test_views_are_copied_by_sharing_and_never_pickled() -> None:
    """A copy of what cannot change is itself; pickling says what to pickle."""
    value = neve.evaluate('{ a = [ 1 ]; s = "${builtins.toFile "x" "y"}"; }')
    assert copy.copy(value) is value
    assert copy.deepcopy({"v": value})["v"] is value
    assert copy.deepcopy(value["s"]).context == value["s"].context
    with pytest.raises(TypeError, match=r"a AttributeSet cannot be pickled.*neve\.to_python"):
        pickle.dumps(value)
    assert pickle.loads(pickle.dumps(neve.to_python(value))) == neve.to_python(value)
    text = pickle.loads(pickle.dumps(value["s"]))
    assert text == value["s"]
    assert type(text) is str


def test_errors_can_be_pickled() -> None:
    """They cross to other processes with all that they say."""
    with pytest.raises(neve.ThrownError) as caught:
        neve.evaluate('throw "x"')
    copied = pickle.loads(pickle.dumps(caught.value))
    assert copied.rendered == caught.value.rendered
    assert [frame.message for frame in copied.frames] == [
        frame.message for frame in caught.value.frames
    ]


def test_values_stay_with_their_evaluator() -> None:
    """Another one refuses them, wherever they are inside of what it is given; plain ones it takes."""
    nix = neve.Evaluator()
    value = nix.evaluate("{ a = 1; f = x: x; }")
    pick = nix.evaluate("x: x.a")
    assert pick(value) == 1
    assert nix.evaluate("{ x }: x.a", args={"x": value}) == 1
    foreign = neve.evaluate("x: x.a")
    for given in (value, {"a": value["f"]}, {"a": [value]}):
        with pytest.raises(neve.WrongTypeError, match="belongs to the evaluator that made it"):
            foreign(given)
    with pytest.raises(neve.WrongTypeError, match="belongs to the evaluator"):
        neve.evaluate("{ x }: x", args={"x": value})
    assert foreign(neve.to_python(nix.evaluate("{ a = [ 1 ]; }"))) == [1]


def test_what_cannot_be_a_value_is_refused() -> None:
    """Values that contain themselves in either direction, and NUL; bytes are strings."""
    identity = neve.evaluate("x: x")
    loop: dict[str, object] = {}
    loop["loop"] = loop
    with pytest.raises(neve.WrongTypeError, match="contains itself"):
        identity(loop)
    with pytest.raises(neve.WrongTypeError, match="contains itself"):
        neve.to_python(neve.evaluate("let a = { inherit a; }; in a"))
    for text in ("a\0b", b"a\0b"):
        with pytest.raises(neve.WrongTypeError, match="NUL"):
            identity(text)
    assert identity(b"abc") == "abc"
    assert identity(b"\xff") == b"\xff"
    with pytest.raises(TypeError, match="object of type 'set'"):
        identity({1, 2})


def test_files_attributes_and_arguments(tmp_path: Path) -> None:
    """`attr` and `args` work as on the command line; a folder is its default.nix."""
    (tmp_path / "default.nix").write_text("{ n ? 1 }: { list = [ { inherit n; } ]; }")
    assert neve.evaluate_file(tmp_path, attr="list.0.n", args={"n": 5}) == 5
    assert neve.evaluate_file(tmp_path / "default.nix", attr="list.0.n", args={}) == 1
    assert isinstance(neve.evaluate_file(tmp_path), neve.Function)
    with pytest.raises(neve.NeveError, match="does not exist"):
        neve.evaluate_file(tmp_path / "none.nix")


def test_errors_carry_message_place_and_trace(tmp_path: Path) -> None:
    """What the commands print is `rendered`."""
    file = tmp_path / "f.nix"
    file.write_text('let f = x: throw "bad ${x}"; in\n{ a = f "y"; }')
    with pytest.raises(neve.ThrownError) as caught:
        neve.evaluate_file(file)["a"]
    error = caught.value
    assert error.message == "bad y"
    assert isinstance(error, neve.EvaluationError)
    assert any(frame.file == str(file) for frame in error.frames)
    assert "bad y" in error.rendered


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("1 +", neve.ParseError),
        ("x", neve.UndefinedVariableError),
        ("{ }.a", neve.MissingAttributeError),
        ("builtins.length 1", neve.WrongTypeError),
        ('throw "x"', neve.ThrownError),
        ("assert false; 1", neve.AssertionFailedError),
        ('abort "x"', neve.AbortError),
        ("let x = x; in x", neve.InfiniteRecursionError),
        ("let f = n: 1 + f n; in f 0", neve.StackOverflowError),
    ],
)
def test_each_kind_of_failure_has_its_class(expression: str, kind: type[Exception]) -> None:
    """Callers choose what they handle."""
    with pytest.raises(kind) as caught:
        neve.evaluate(expression)
    assert type(caught.value) is kind


def test_options_of_the_evaluator(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Lookup path, purity, settings, messages."""
    (tmp_path / "x.nix").write_text("42")
    assert neve.evaluate("import <here/x.nix>", search_path={"here": tmp_path}) == 42
    assert neve.evaluate("import <x.nix>", search_path=[str(tmp_path)]) == 42
    with pytest.raises(neve.RestrictedError):
        neve.evaluate("builtins.readFile /etc/passwd", pure=True)
    assert neve.evaluate("builtins.currentSystem", settings={"eval-system": "vax"}) == "vax"
    with caplog.at_level(logging.INFO, logger="neve"):
        neve.evaluate('builtins.trace "seen" 1')
        neve.evaluate("1", settings={"no-such-setting": True})
    assert "seen" in caplog.text
    assert "unknown setting 'no-such-setting'" in caplog.text
    with pytest.raises(neve.NeveError):
        neve.evaluate("1", settings={"cores": "many"})


def test_writing_derivations(tmp_path: Path) -> None:
    """Only when asked for, and with everything they need."""
    expression = '(derivation { name = "a"; system = "s"; builder = "b"; src = ./f; }).drvPath'
    (tmp_path / "f").write_text("x")
    (tmp_path / "default.nix").write_text(expression)
    store = tmp_path / "store"
    neve.evaluate_file(tmp_path, store=str(store))
    assert not store.exists()
    path = neve.evaluate_file(tmp_path, store=str(store), read_only=False)
    written = {file.name.partition("-")[2] for file in (store / "nix/store").iterdir()}
    assert {"a.drv", "f"} <= written
    assert (store / path.lstrip("/")).exists()


def test_public_names_exist_and_are_lazy() -> None:
    """Everything in `__all__` can be had, nothing else."""
    for name in neve.__all__:
        assert getattr(neve, name) is not None
    assert set(dir(neve)) == set(neve.__all__)
    name = "no_such_name"
    with pytest.raises(AttributeError):
        getattr(neve, name)


def test_every_error_class_is_ours() -> None:
    """One base class catches all."""
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    kinds: list[Any] = [kind for kind in classes if issubclass(kind, BaseException)]
    assert len(kinds) > 10
    assert all(issubclass(kind, neve.NeveError) for kind in kinds)
