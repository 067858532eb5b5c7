"""How `nix` finds its subcommands."""

import pytest

from neve.cli import nix
from neve.errors import UsageError


def test_every_file_is_a_command_that_describes_itself() -> None:
    """A file in `nix_commands` has a description under the name it is called by, and something to run."""
    for name in nix.command_names():
        module = nix.load_command(name)
        assert module.COMMAND.name == f"nix {name}"
        assert module.COMMAND.summary
        assert callable(module.run)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["eval", "--json", "x"], ([], "eval", ["--json", "x"])),
        (["--option", "a", "b", "eval"], (["--option", "a", "b"], "eval", [])),
        (["--cores", "2", "-v", "hash", "path"], (["--cores", "2", "-v"], "hash", ["path"])),
        (["--version"], (["--version"], None, [])),
    ],
)
def test_options_may_stand_before_the_subcommand(
    words: list[str], expected: tuple[list[str], str | None, list[str]]
) -> None:
    """Values of such options are not taken for the subcommand."""
    assert nix.split_command(words) == expected


def test_commands_of_two_words() -> None:
    """The second word is taken from the arguments."""
    module, rest = nix.find_command("hash", ["to-base16", "x"])
    assert module.COMMAND.name == "nix hash to-base16"
    assert rest == ["x"]


def test_old_names_work_with_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts for older versions go on."""
    module, _ = nix.find_command("show-config", [])
    assert module.COMMAND.name == "nix config show"
    assert "'show-config' is a deprecated alias for 'config show'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "rest", "message"),
    [
        ("evla", [], "'evla' is not a recognised command\nDid you mean eval?"),
        ("qqq", [], "'qqq' is not a recognised command"),
        ("hash", [], "'nix hash' needs a subcommand: one of convert, file, path, to-base16"),
        ("hash", ["paht"], "'paht' is not a recognised command\nDid you mean path?"),
    ],
)
def test_unknown_commands_are_errors(name: str, rest: list[str], message: str) -> None:
    """With what was probably meant."""
    with pytest.raises(UsageError) as caught:
        nix.find_command(name, rest)
    assert str(caught.value).startswith(message)
