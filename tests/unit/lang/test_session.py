"""An evaluator with the settings, arguments and files that commands give it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from neve.errors import NeveError, RestrictedError, UndefinedVariableError
from neve.lang.session import Session, resolve_expression_path

MakeSession = Callable[..., Session]


def test_automatic_arguments_of_each_kind(make_session: MakeSession, tmp_path: Path) -> None:
    """Expression, string and file; what is not used is not evaluated."""
    (tmp_path / "f").write_text("from a file")
    session = make_session(
        auto_arguments={
            "e": ("expression", "1 + 1"),
            "s": ("string", "${not} interpolated"),
            "f": ("file", str(tmp_path / "f")),
            "unused": ("expression", 'throw "used"'),
        }
    )
    value = session.auto_call(session.evaluate("{ e, s, f, unused ? 0 }: [ e s f ]"))
    assert [value.item(index).as_python() for index in range(3)] == [
        2,
        "${not} interpolated",
        "from a file",
    ]


def test_select_calls_functions_on_the_way(make_session: MakeSession) -> None:
    """As `-A` does."""
    session = make_session(auto_arguments={"n": ("expression", "20")})
    value = session.evaluate("{ n }: { list = [ ({ m ? 1 }: { sum = n + m; }) ]; }")
    assert session.select(value, "list.0.sum").as_python() == 21
    with pytest.raises(NeveError, match="attribute 'x' in selection path 'x' not found"):
        session.select(value, "x")


def test_file_arguments(make_session: MakeSession, tmp_path: Path) -> None:
    """A file, a folder, a link to one, `<name>`."""
    (tmp_path / "default.nix").write_text('import ./other.nix + "!"')
    (tmp_path / "other.nix").write_text('"other"')
    os.symlink(tmp_path / "default.nix", tmp_path / "link.nix")
    session = make_session(includes=[f"here={tmp_path}"])
    for argument in (str(tmp_path), f"{tmp_path}/link.nix", "<here>", "<here/default.nix>"):
        assert session.evaluate_argument(argument).as_python() == "other!"
    assert session.resolve_argument("<here/other.nix>") == f"{tmp_path}/other.nix"


def test_relative_paths_start_where_the_link_points(tmp_path: Path) -> None:
    """A link to a file elsewhere is followed before relative paths in it are read."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "default.nix").write_text("1")
    os.symlink("real/default.nix", tmp_path / "a.nix")
    os.symlink("a.nix", tmp_path / "b.nix")
    os.symlink("real", tmp_path / "folder")
    expected = f"{tmp_path}/real/default.nix"
    assert resolve_expression_path(f"{tmp_path}/b.nix") == expected
    assert resolve_expression_path(f"{tmp_path}/folder") == expected


def test_missing_files_and_circular_links(tmp_path: Path) -> None:
    """Errors of ours, not of the system."""
    os.symlink("loop", tmp_path / "loop")
    with pytest.raises(NeveError, match="too many symbolic links"):
        resolve_expression_path(f"{tmp_path}/loop")
    with pytest.raises(NeveError, match="path '/no/such' does not exist"):
        resolve_expression_path("/no/such")


def test_settings_reach_the_evaluator(make_session: MakeSession) -> None:
    """Purity, system and features are those of `nix.conf`."""
    session = make_session("eval-system = vax-ultrix")
    assert session.evaluate("builtins.currentSystem").as_python() == "vax-ultrix"
    with pytest.raises(NeveError):
        make_session().evaluate("1 |> (x: x)")
    assert (
        make_session("experimental-features = pipe-operators")
        .evaluate("1 |> (x: x + 1)")
        .as_python()
        == 2
    )
    pure = make_session("pure-eval = true")
    assert pure.evaluate("builtins ? currentSystem").as_python() is False
    with pytest.raises(RestrictedError):
        pure.evaluate("builtins.readFile /etc/passwd")


def test_variables_of_a_scope(make_session: MakeSession) -> None:
    """What a scope holds is visible to expressions evaluated in it, and nowhere else."""
    session = make_session()
    scope = session.evaluator.new_scope()
    scope.add("x", session.evaluate("40"))
    assert session.evaluate("x + 2", scope=scope).as_python() == 42
    with pytest.raises(UndefinedVariableError, match="undefined variable 'x'"):
        session.evaluate("x")


def test_messages_have_their_level(make_session: MakeSession) -> None:
    """`trace` and `warn` are told apart."""
    said: list[tuple[str, str]] = []
    session = make_session(say=lambda level, text: said.append((level, text)))
    session.evaluate('builtins.trace "t" (builtins.warn "w" 1)')
    assert [level for level, _ in said] == ["trace", "warning"]
    assert said[0][1] == "t"
    assert said[1][1].endswith("w")


def test_paths_of_a_store_that_lies_elsewhere_can_be_read(
    make_session: MakeSession, tmp_path: Path
) -> None:
    """What expressions put into such a store, they and commands can read under its name there."""
    (tmp_path / "tree" / "below").mkdir(parents=True)
    (tmp_path / "tree" / "default.nix").write_text("import ./below + 1")
    (tmp_path / "tree" / "below" / "default.nix").write_text("41")
    session = make_session(store_uri=str(tmp_path / "root"), is_read_only=False)
    text = """
      tree: rec {
        file = builtins.readFile (builtins.toFile "file" "content");
        copy = builtins.path { path = tree; name = "tree"; };
        value = import copy;
        again = builtins.readDir (builtins.filterSource (_: type: type == "regular") copy);
      }
    """
    value = session.evaluate(text).call(session.evaluator.from_python(tmp_path / "tree"))
    copy = session.select(value, "copy").as_python()
    assert isinstance(copy, str)
    assert copy.startswith("/nix/store/")
    assert session.select(value, "file").as_python() == "content"
    assert session.select(value, "value").as_python() == 42
    assert session.select(value, "again").attr_names() == ["default.nix"]
    assert session.evaluate_argument(copy).as_python() == 42
    assert session.import_argument(f"{copy}/below").as_python() == 41


def test_restricted_evaluation_reads_the_lookup_path_alone(
    make_session: MakeSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its entries may be read whether they were looked up or not, those given relative to the folder, too."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.nix").write_text("1")
    (tmp_path / "b.nix").write_text("2")
    monkeypatch.chdir(tmp_path)
    session = make_session("restrict-eval = true", includes=["./in"])
    assert session.evaluate_argument("in/a.nix").as_python() == 1
    with pytest.raises(RestrictedError, match="forbidden in restricted mode"):
        session.evaluate_argument("b.nix")
