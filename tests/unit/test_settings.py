"""The settings table and how values come into force."""

import os
import re
from pathlib import Path

import pytest

from neve import settings as settings_module
from neve.errors import UsageError
from neve.settings import Settings, find_setting, user_files
from neve.settings_table import TABLE


class Warnings(list[str]):
    """Collects what would be said on a terminal."""

    def __call__(self, message: str) -> None:
        self.append(message)


def make(text: str = "", **environment: str) -> tuple[Settings, Warnings]:
    warnings = Warnings()
    settings = Settings({"HOME": "/homeless", **environment}, warn=warnings)
    settings.apply(text, "test.conf")
    settings.warn_unknown()
    return settings, warnings


@pytest.mark.parametrize("name", sorted(TABLE))
def test_default_of_each_setting_is_of_its_own_kind(name: str) -> None:
    """Every row of the table has a default that its own parser accepts and can print."""
    settings, warnings = make()
    value = settings.default(name)
    assert settings.set(name, settings.show(name)) or TABLE[name].feature
    assert settings.value(name) == value
    expected = TABLE[name].feature is None and name not in {"builders", "warn-short-path-literals"}
    assert bool(warnings) is not expected


def test_later_lines_win_and_comments_are_dropped() -> None:
    """A value is the last one given, without its comment."""
    settings, _ = make("cores = 2 # two\n# cores = 9\n\n  cores   =  3\n")
    assert settings.number("cores") == 3


def test_sizes_take_units() -> None:
    """K, M, G and T multiply by powers of 1024, in either case."""
    settings, _ = make("min-free = 5G\nmax-free = 7k\n")
    assert (settings.number("min-free"), settings.number("max-free")) == (5 << 30, 7 << 10)


def test_aliases_set_the_setting_they_name() -> None:
    """An old name works."""
    settings, _ = make("binary-caches = https://a https://b\nbuild-max-jobs = auto\n")
    assert settings.words("substituters") == ["https://a", "https://b"]
    assert settings.number("max-jobs") == os.cpu_count()


def test_extra_adds_to_lists_sets_and_maps() -> None:
    """`extra-` keeps what was there."""
    settings, warnings = make(
        "extra-substituters = https://b\n"
        "system-features = kvm\nextra-system-features = benchmark kvm\n"
        "access-tokens = a=1\nextra-access-tokens = b=2\n"
        "extra-cores = 2\n"
    )
    assert settings.words("substituters") == ["https://cache.nixos.org/", "https://b"]
    assert settings.words("system-features") == ["benchmark", "kvm"]
    assert settings.mapping("access-tokens") == {"a": "1", "b": "2"}
    assert warnings == ["unknown setting 'extra-cores'"]


def test_unknown_names_are_warned_of_once_in_order() -> None:
    """A misspelt setting ends nothing."""
    settings, warnings = make("zeta = 1\nalpha = 2\n")
    settings.warn_unknown()
    assert warnings == ["unknown setting 'alpha'", "unknown setting 'zeta'"]


def test_settings_of_disabled_features_are_ignored_with_a_warning() -> None:
    """A setting that belongs to an experimental feature needs it, wherever the feature is enabled."""
    settings, warnings = make("accept-flake-config = true\n")
    assert not settings.flag("accept-flake-config")
    assert "Ignoring setting 'accept-flake-config'" in warnings[0]
    settings, warnings = make("allow-dirty-locks = true\nexperimental-features = flakes\n")
    assert settings.flag("allow-dirty-locks")
    assert settings.has_feature("fetch-tree"), "flakes bring fetch-tree"
    assert not warnings


@pytest.mark.parametrize(
    ("line", "warnings"),
    [
        (
            "builders = ssh://m",
            ["setting 'builders' has no effect: builds run on this machine only"],
        ),
        ("builders =", []),
        ("eval-profiler = disabled", []),
        ("trusted-users = root alice", []),
        (
            "use-case-hack = true",
            ["setting 'use-case-hack' has no effect: file systems of Linux tell cases apart"],
        ),
    ],
)
def test_settings_that_change_nothing_say_so(line: str, warnings: list[str]) -> None:
    """Who asks for what Neve does not do is told; who asks for what it does anyway is not."""
    assert make(f"{line}\n")[1] == warnings


def test_every_setting_is_read_or_says_why_not() -> None:
    """No setting is accepted and ignored: something reads it, or its row says why it changes nothing."""
    source = Path(settings_module.__file__).parent
    themselves = {source / "settings.py", source / "settings_table.py"}
    files = [file for file in source.rglob("*.py") if file not in themselves]
    text = "\n".join(file.read_text() for file in files if "nixpkgs" not in file.parts)
    words = set(re.findall(r"[\w-]+", text))
    silent = {
        name
        for name, row in TABLE.items()
        if row.idle is None and name not in words and name.replace("-", "_") not in words
    }
    assert silent == {"warn-short-path-literals"}, "that one is passed on to its successor"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("keep-going = maybe", "Boolean setting 'keep-going' has invalid value 'maybe'"),
        ("cores = -1", "setting 'cores' has invalid value '-1'"),
        ("cores = ", "setting 'cores' has invalid value ''"),
        ("max-jobs = many", "configuration setting 'max-jobs' should be 'auto' or an integer"),
        ("netrc-file =", "setting 'netrc-file' is a path and paths cannot be empty"),
        ("diff-hook = x", "setting 'diff-hook' has 'x', which is not an absolute path"),
        ("external-builders = {", "parsing setting 'external-builders'"),
        ("sandbox = perhaps", "expected one of 'true', 'relaxed', 'false'"),
        ("cores 5", "syntax error in configuration line 'cores 5' in \"test.conf\""),
        ("cores", "syntax error in configuration line 'cores' in \"test.conf\""),
        ("include", "syntax error in configuration line 'include' in \"test.conf\""),
        ("include /no/such", 'file "/no/such" included from "test.conf" not found'),
    ],
)
def test_bad_lines_are_named(line: str, message: str) -> None:
    """An error says which setting and what is wrong with it."""
    with pytest.raises(UsageError) as caught:
        make(line)
    assert message in str(caught.value)


def test_includes_are_relative_to_their_file(tmp_path: Path) -> None:
    """`include` reads beside the file; `!include` does not mind a missing one."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.conf").write_text("cores = 7\n!include missing.conf\n")
    (tmp_path / "a.conf").write_text("cores = 1\ninclude sub/b.conf\n")
    settings, _ = make()
    settings.apply_file(str(tmp_path / "a.conf"))
    assert settings.number("cores") == 7


def test_load_reads_system_user_and_environment_in_that_order(tmp_path: Path) -> None:
    """The user's first file beats the second, `NIX_CONFIG` beats files."""
    for name, cores, jobs, lines in (("nix", 1, 1, 1), ("first", 2, 2, 0), ("second", 3, 0, 0)):
        text = f"cores = {cores}\n"
        text += f"max-jobs = {jobs}\n" if jobs else ""
        text += f"log-lines = {lines}\n" if lines else ""
        (tmp_path / f"{name}.conf").write_text(text)
    settings = Settings.load(
        {
            "NIX_CONF_DIR": str(tmp_path),
            "NIX_USER_CONF_FILES": f"{tmp_path}/first.conf:{tmp_path}/second.conf",
            "NIX_CONFIG": "max-jobs = 9",
        }
    )
    assert settings.number("cores") == 2
    assert settings.number("max-jobs") == 9
    assert settings.number("log-lines") == 1


def test_user_files_follow_xdg() -> None:
    """The user's own folder comes before the shared ones."""
    assert user_files({"HOME": "/h", "XDG_CONFIG_DIRS": "/x:/y"}) == [
        "/h/.config/nix/nix.conf",
        "/x/nix/nix.conf",
        "/y/nix/nix.conf",
    ]
    assert user_files({"NIX_CONFIG_HOME": "/n", "HOME": "/h"})[0] == "/n/nix.conf"


def test_nix_path_variable_hides_the_setting() -> None:
    """`NIX_PATH` replaces `nix-path` from files."""
    settings, _ = make("nix-path = a=/a", NIX_PATH="")
    assert not settings.is_set("nix-path")
    settings, _ = make("nix-path = a=/a b")
    assert settings.words("nix-path") == ["a=/a", "b"]


def test_values_print_as_they_are_read() -> None:
    """`show` gives what `nix.conf` would hold."""
    settings, _ = make(
        "sandbox-paths = /bin/sh=/busybox /opt? /etc=/my?\naccess-tokens = h=t g=u\nkeep-going = yes\n"
    )
    assert settings.show("sandbox-paths") == "/bin/sh=/busybox /etc=/my? /opt?"
    assert settings.show("access-tokens") == "g=u h=t"
    assert settings.show("keep-going") == "true"
    assert settings.show("build-dir") == ""


def test_short_path_literal_warning_moves_to_the_lint_setting() -> None:
    """The deprecated name says what replaces it, and does not override that."""
    settings, warnings = make("warn-short-path-literals = true")
    assert settings.text("lint-short-path-literals") == "warn"
    assert "use 'lint-short-path-literals = warn' instead" in warnings[0]
    settings, _ = make("lint-short-path-literals = fatal\nwarn-short-path-literals = true")
    assert settings.text("lint-short-path-literals") == "fatal"


def test_accessors_refuse_settings_of_another_kind() -> None:
    """A caller's mistake is found at once."""
    settings, _ = make()
    with pytest.raises(TypeError):
        settings.flag("cores")
    with pytest.raises(KeyError):
        settings.text("no-such")
    assert find_setting("no-such") is None
