"""The entries that `<name>` is looked up in."""

from pathlib import Path

import pytest

from neve.lang.lookup import channel_entries, lookup_path, split_lookup_path
from neve.settings import Settings


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("", []),
        ("a=/x:/y", ["a=/x", "/y"]),
        ("a=https://h/p:b=/y", ["a=https://h/p", "b=/y"]),
        ("https://h/p:/y", ["https://h/p", "/y"]),
        ("n=channel:nixos-23.11:/y", ["n=channel:nixos-23.11", "/y"]),
        ("n=flake:nixpkgs", ["n=flake:nixpkgs"]),
        ("a::b", ["a", "", "b"]),
    ],
)
def test_split_lookup_path(text: str, entries: list[str]) -> None:
    """Colons separate, but not inside addresses."""
    assert split_lookup_path(text) == entries


def make(text: str = "", **environment: str) -> Settings:
    settings = Settings({"HOME": "/homeless", "NIX_STATE_DIR": "/stateless", **environment})
    settings.apply("nixpkgs-provider = upstream", "default.conf")
    settings.apply(text, "test.conf")
    return settings


def test_includes_come_first_and_the_variable_hides_the_file() -> None:
    """`-I`, then `NIX_PATH`; `nix-path` from a file counts only without the variable."""
    settings = make("nix-path = c=/c", NIX_PATH="b=/b:/bb")
    assert lookup_path(settings, ["a=/a"]) == [("a", "/a"), ("b", "/b"), ("", "/bb")]
    assert lookup_path(make("nix-path = c=/c")) == [("c", "/c")]


def test_a_flag_hides_the_variable() -> None:
    """What the command line sets is stronger than the environment."""
    settings = make(NIX_PATH="b=/b")
    settings.set("nix-path", "d=/d")
    assert lookup_path(settings) == [("d", "/d")]


def test_pure_evaluation_has_no_lookup_path() -> None:
    """Not even what is given by hand."""
    assert lookup_path(make("pure-eval = true", NIX_PATH="b=/b"), ["a=/a"]) == []


def test_the_own_package_set_is_what_nothing_else_is() -> None:
    """A missing `<nixpkgs>` is Neve's, unless an entry, the setting, or the mode of evaluation says otherwise."""
    own = ("nixpkgs", "channel:nixpkgs")
    embedded = "nixpkgs-provider = embedded"
    assert lookup_path(make(embedded)) == [own]
    assert lookup_path(make(embedded), ["b=/b"]) == [("b", "/b"), own]
    assert lookup_path(make(embedded, NIX_PATH="b=/b")) == [("b", "/b")]
    assert lookup_path(make(embedded), ["nixpkgs=/n"]) == [("nixpkgs", "/n")]
    assert lookup_path(make(f"{embedded}\nrestrict-eval = true")) == []
    assert lookup_path(make(f"{embedded}\npure-eval = true")) == []


def test_channels_come_last_where_they_exist(tmp_path: Path) -> None:
    """The user's channels, then root's; none of them in restricted evaluation."""
    channels = tmp_path / "state/profiles/per-user/root/channels"
    (channels / "nixpkgs").mkdir(parents=True)
    (tmp_path / ".nix-defexpr/channels").mkdir(parents=True)
    variables = {"HOME": str(tmp_path), "NIX_STATE_DIR": str(tmp_path / "state")}
    assert channel_entries(make(**variables)) == [
        f"{tmp_path}/.nix-defexpr/channels",
        f"nixpkgs={channels}/nixpkgs",
        str(channels),
    ]
    assert lookup_path(make("restrict-eval = true", **variables)) == []


def test_channels_follow_xdg_when_asked(tmp_path: Path) -> None:
    """`use-xdg-base-directories` moves the user's channels."""
    (tmp_path / "nix/defexpr/channels").mkdir(parents=True)
    settings = make("use-xdg-base-directories = true", XDG_STATE_HOME=str(tmp_path))
    assert channel_entries(settings) == [f"{tmp_path}/nix/defexpr/channels"]
