"""How command lines are read."""

import pytest

from neve.cli import common, options
from neve.cli.options import Arguments, Command, Group, flag, repeated, value
from neve.errors import UsageError
from neve.settings import Settings


class Example(common.EvaluationArguments):
    """A command line with one option of each kind."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.quick = False
        self.name = ""
        self.items: list[str] = []


OWN = Group(
    "Own",
    (
        flag("-q --quick", "quick", "Hurry."),
        value("-n --name", "name", "NAME", "Be called so."),
        repeated("-l", "items", "ITEM", "Take this too."),
    ),
)
GROUPS = (
    OWN,
    common.EVALUATION,
    common.BUILDING,
    common.NETWORK,
    common.LOGGING,
    common.MISCELLANEOUS,
)
OLD = Command("nix-example", "an example", GROUPS, operands="WORD…")
NEW = Command("nix example", "an example", GROUPS, operands="WORD…")


def parse(*words: str, command: Command = OLD) -> tuple[Example, list[str]]:
    warnings: list[str] = []
    arguments = Example(Settings({"HOME": "/homeless"}, warn=warnings.append))
    options.parse(command, words, arguments)
    return arguments, warnings


def test_options_and_operands_mix() -> None:
    """Order does not matter, `-` is an operand, and after `--` everything is."""
    arguments, _ = parse("a", "--name", "x", "-", "-q", "--", "-l", "--quick")
    assert arguments.operands == ["a", "-", "-l", "--quick"]
    assert (arguments.name, arguments.quick) == ("x", True)


def test_short_options_bundle() -> None:
    """`-ql x` is `-q -l x`, and digits are a value."""
    arguments, _ = parse("-ql", "x", "-j3", "-l", "y")
    assert arguments.items == ["x", "y"]
    assert arguments.quick
    assert arguments.settings.number("max-jobs") == 3


def test_settings_are_options() -> None:
    """Every setting is one, with its negation and its addition."""
    arguments, _ = parse(
        "--cores", "4", "--keep-going", "--no-substitute", "--extra-substituters", "https://a",
        "--option", "log-lines", "7", "--relaxed-sandbox", "--show-trace", "--impure",
    )  # fmt: skip
    settings = arguments.settings
    assert settings.number("cores") == 4
    assert settings.number("log-lines") == 7
    assert settings.flag("keep-going")
    assert settings.flag("show-trace")
    assert not settings.flag("substitute")
    assert settings.words("substituters")[-1] == "https://a"
    assert settings.text("sandbox") == "relaxed"


def test_sandbox_is_a_flag_of_three_values() -> None:
    """`--sandbox` and `--no-sandbox` take no value although the setting is no Boolean."""
    assert parse("--no-sandbox", "x")[0].operands == ["x"]
    assert parse("--sandbox", "x")[0].settings.text("sandbox") == "true"


def test_bad_values_of_option_are_warned_of() -> None:
    """`--option` forgives what a flag of its own does not."""
    _, warnings = parse("--option", "no-such", "1")
    assert warnings == ["unknown setting 'no-such'"]
    with pytest.raises(UsageError, match="setting 'cores' has invalid value 'x'"):
        parse("--cores", "x")


@pytest.mark.parametrize(
    ("words", "command", "message"),
    [
        (["--bogus"], OLD, "unrecognised flag '--bogus'"),
        (["-z"], OLD, "unrecognised flag '-z'"),
        (["--no-cores"], OLD, "unrecognised flag '--no-cores'"),
        (["--name"], OLD, "'--name' requires an argument"),
        (["--name"], NEW, "flag '--name' requires 1 argument(s), but only 0 were given"),
        (["--arg", "x"], OLD, "flag '--arg' requires 2 argument(s), but only 1 were given"),
        (["--log-format", "x"], OLD, "option 'log-format' has an invalid value 'x'"),
    ],
)
def test_mistakes_are_named(words: list[str], command: Command, message: str) -> None:
    """A command line that makes no sense is an error that says why."""
    with pytest.raises(UsageError) as caught:
        parse(*words, command=command)
    assert str(caught.value) == message


def test_verbosity_and_arguments() -> None:
    """`-v` and `--quiet` count; automatic arguments keep their kind."""
    arguments, _ = parse("-vv", "--quiet", "--arg", "a", "1", "--argstr", "b", "2", "-I", "x=y")
    assert arguments.verbosity == 4
    assert arguments.auto_arguments == {"a": ("expression", "1"), "b": ("string", "2")}
    assert arguments.includes == ["x=y"]
    assert parse("--quiet", "--quiet", "--quiet", "--quiet", "--quiet")[0].verbosity == 0


def test_offline_and_refresh_change_settings() -> None:
    """Both are ways to say several settings at once."""
    settings = parse("--offline")[0].settings
    assert not settings.flag("substitute")
    assert settings.number("download-attempts") == 0
    assert parse("--refresh")[0].settings.number("tarball-ttl") == 0


def test_help_ends_reading() -> None:
    """What follows `--help` is not looked at."""
    assert parse("--help", "--bogus")[0].action == "help"


def test_help_lists_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    """The text has each option's names and what it does."""
    from neve.cli import help as help_texts

    arguments = Arguments(Settings({}))
    arguments.action = "help"
    help_texts.show(OLD, arguments)
    text = capsys.readouterr().out
    for group in GROUPS:
        assert f"{group.title}:" in text
        for option in group.options:
            assert option.text in text
            assert all(name in text for name in option.names)


def test_version_ends_in_the_version_of_nix(capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts read the last word of the first line; `-v` says where things are."""
    from neve.cli import help as help_texts

    arguments = Arguments(Settings({"HOME": "/h"}))
    arguments.action = "version"
    help_texts.show(OLD, arguments)
    assert capsys.readouterr().out == "nix-example (Neve 0.1.0, like Nix) 2.34.8\n"
    arguments.verbosity = 4
    help_texts.show(OLD, arguments)
    assert "System configuration file: /etc/nix/nix.conf\n" in capsys.readouterr().out
