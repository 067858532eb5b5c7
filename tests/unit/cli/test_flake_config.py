"""`nixConfig` of flakes: read, asked about, taken or ignored, remembered."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from neve.cache.opening import StoreOpener
from neve.cache.settings import CacheSettings
from neve.cli.flake_config import apply_config
from neve.errors import FetchError, NeveError
from neve.lang.flake_files import read_flake_file
from neve.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

WISH = {"extra-substituters": "https://cache.example"}
IGNORED = "ignoring untrusted flake configuration setting 'extra-substituters'"


class Terminal(io.StringIO):
    """A stream that somebody sits at."""

    @override
    def isatty(self) -> bool:
        return True


def make_settings(folder: Path, **changes: str) -> Settings:
    """Settings of a user with a home of their own."""
    settings = Settings({"HOME": str(folder), "NIX_CONFIG": ""})
    settings.set("experimental-features", "flakes")
    for name, text in changes.items():
        settings.set(name.replace("_", "-"), text)
    return settings


def decisions(folder: Path) -> object:
    """What was decided for good."""
    return json.loads((folder / ".local/share/nix/trusted-settings.json").read_text())


def answer(monkeypatch: pytest.MonkeyPatch, *words: str) -> Terminal:
    """Lets a user type words; what they see."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{word}\n" for word in words)))
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def read(folder: Path, config: str) -> dict[str, str]:
    """The settings that a flake with this `nixConfig` wishes for."""
    file = folder / "flake.nix"
    file.write_text(f"{{ nixConfig = {config}; outputs = _: {{ }}; }}")
    return dict(read_flake_file(make_settings(folder), str(file)).config)


def test_settings_are_read_as_text(tmp_path: Path) -> None:
    """Strings, numbers, truth values and lists of strings stand as in `nix.conf`."""
    config = '{ a = "x"; b = 3; c = true; d = [ "e" "f" ]; g = [ ]; }'
    assert read(tmp_path, config) == {"a": "x", "b": "3", "c": "true", "d": "e f", "g": ""}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("3", "expected a set but got a int"),
        ("{ a = { }; }", "setting 'a' is a set"),
        ("{ a = [ 1 ]; }", "list element in flake configuration setting 'a' is a int"),
    ],
)
def test_what_is_no_setting_is_an_error(tmp_path: Path, config: str, message: str) -> None:
    """The error names the setting."""
    with pytest.raises(FetchError, match=message):
        read(tmp_path, config)


def test_nothing_is_taken_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody can answer, wishes are ignored with a warning, but for harmless ones."""
    settings = make_settings(tmp_path, substituters="")
    apply_config({**WISH, "bash-prompt": "$"}, settings)
    assert settings.words("substituters") == []
    assert settings.text("bash-prompt") == "$"
    assert IGNORED in capsys.readouterr().err


def test_wishes_are_taken_when_the_user_accepts_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`accept-flake-config` asks nothing."""
    settings = make_settings(tmp_path, substituters="", accept_flake_config="true")
    apply_config(WISH, settings)
    assert settings.words("substituters") == ["https://cache.example"]
    assert capsys.readouterr().err == ""


def test_the_user_decides_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A yes is remembered and asked for no more."""
    screen = answer(monkeypatch, "y", "y")
    settings = make_settings(tmp_path, substituters="")
    apply_config(WISH, settings)
    assert settings.words("substituters") == ["https://cache.example"]
    assert "permanently mark this value as trusted" in screen.getvalue()
    assert decisions(tmp_path) == {"extra-substituters": {"https://cache.example": True}}
    screen = answer(monkeypatch)
    again = make_settings(tmp_path, substituters="")
    apply_config(WISH, again)
    assert again.words("substituters") == ["https://cache.example"]
    assert "Using saved setting" in screen.getvalue()


def test_a_no_is_remembered_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked once whether it is for good."""
    screen = answer(monkeypatch, "n", "y")
    settings = make_settings(tmp_path, substituters="")
    apply_config(WISH, settings)
    assert settings.words("substituters") == []
    assert IGNORED in screen.getvalue()
    assert decisions(tmp_path) == {"extra-substituters": {"https://cache.example": False}}


def test_damaged_decisions_are_an_error(tmp_path: Path) -> None:
    """The file is named."""
    file = tmp_path / ".local/share/nix/trusted-settings.json"
    file.parent.mkdir(parents=True)
    for damage in ("{", "[]", '{"a": 1}'):
        file.write_text(damage)
        with pytest.raises(NeveError, match=r"trusted-settings\.json"):
            apply_config(WISH, make_settings(tmp_path))


def test_stores_that_are_open_trust_new_keys(tmp_path: Path) -> None:
    """A flake's caches come with keys, and the store was opened before the flake was read."""
    settings = make_settings(tmp_path, trusted_public_keys="")
    with StoreOpener(CacheSettings.from_settings(settings)) as opener:
        store = opener.open_local(str(tmp_path / "root"))
        assert not store.public_keys
        settings.set("extra-trusted-public-keys", "k:AAAA")
        opener.change_settings(CacheSettings.from_settings(settings))
        assert store.public_keys == ("k:AAAA",)
