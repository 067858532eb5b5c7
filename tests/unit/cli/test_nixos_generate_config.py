"""Which files `nixos-generate-config` writes."""

from pathlib import Path

import pytest

from neve import terminal
from neve.cli import nixos_generate_config
from neve.errors import UsageError


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    words: list[str] = []
    monkeypatch.setattr(terminal, "say", lambda text, **_: words.append(text))
    monkeypatch.setattr(terminal, "warn", words.append)
    monkeypatch.setattr(nixos_generate_config, "DEFAULTS_FILE", "/no/such/file")
    return words


def test_own_file_is_kept(tmp_path: Path, said: list[str]) -> None:
    """A second run writes the hardware file anew and leaves the owner's file alone, unless forced."""
    folder = tmp_path / "nixos"
    assert nixos_generate_config.run(["--dir", str(folder)]) == 0
    for name in ("configuration.nix", "hardware-configuration.nix"):
        (folder / name).write_text("mine")
    assert nixos_generate_config.run(["--dir", str(folder), "--flake"]) == 0
    assert (folder / "configuration.nix").read_text() == "mine"
    assert (folder / "hardware-configuration.nix").read_text() != "mine"
    assert "nixosConfigurations" in (folder / "flake.nix").read_text()
    assert f"not overwriting existing {folder}/configuration.nix" in said
    nixos_generate_config.run(["--dir", str(folder), "--force", "--kernel", "latest"])
    assert "linuxPackages_latest" in (folder / "configuration.nix").read_text()
    assert sorted(path.name for path in folder.iterdir()) == [
        "configuration.nix",
        "flake.nix",
        "hardware-configuration.nix",
    ]


def test_show(tmp_path: Path, said: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The hardware file can be looked at; nothing is written."""
    words = ["--show-hardware-config", "--no-filesystems", "--dir", str(tmp_path / "none")]
    assert nixos_generate_config.run(words) == 0
    shown = capsys.readouterr().out
    assert "nixpkgs.hostPlatform" in shown
    assert "fileSystems" not in shown
    assert not (tmp_path / "none").exists()
    assert said == []


def test_root(tmp_path: Path, said: list[str]) -> None:
    """For another root folder the files go below it."""
    nixos_generate_config.run(["--root", f"{tmp_path}/", "--no-filesystems"])
    assert (tmp_path / "etc/nixos/configuration.nix").exists()
    assert said[0] == f"writing {tmp_path}/etc/nixos/hardware-configuration.nix..."


def test_defaults(tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of defaults says what the command line leaves open."""
    file = tmp_path / "defaults.conf"
    file.write_text(f"[Defaults]\nDirectory = {tmp_path}/one\nFlake = true\n")
    monkeypatch.setattr(nixos_generate_config, "DEFAULTS_FILE", str(file))
    nixos_generate_config.run([])
    nixos_generate_config.run(["--dir", str(tmp_path / "two")])
    assert (tmp_path / "one/flake.nix").exists()
    assert (tmp_path / "two/configuration.nix").exists()
    assert said


@pytest.mark.parametrize("words", [["--root", "/"], ["--kernel", "newest"], ["extra"], ["--dir"]])
def test_nonsense(words: list[str], said: list[str]) -> None:
    """What makes no sense is refused before anything is looked at."""
    with pytest.raises(UsageError):
        nixos_generate_config.run(words)
    assert said == []
