"""Commands for this machine and others."""

import pytest

from neve.system.generations import switch_environment, systemd_run
from neve.system.hosts import Elevation, Host


@pytest.fixture(autouse=True)
def _no_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIXOS_REBUILD_SSH_DEFAULT_OPTS", "-o X=1")
    monkeypatch.setenv("NIX_SSHOPTS", "-p 2222")
    monkeypatch.delenv("NIX_SUDOOPTS", raising=False)


def test_local() -> None:
    """Here a command is itself, elevated only where it has to be."""
    host = Host(elevation=Elevation.SUDO)
    assert host.command(["ls", "a b"]) == ["ls", "a b"]
    assert host.command(["ls"], is_elevated=True) == ["sudo", "--", "ls"]
    assert Host(elevation=Elevation.RUN0).command(["ls"], is_elevated=True)[0] == "run0"
    assert Host().command(["ls"], is_elevated=True) == ["ls"]


def test_remote() -> None:
    """Elsewhere it is one word for the other shell, quoted, with its variables."""
    host = Host("root@box", Elevation.SUDO, password="secret")
    command = host.command(["ls", "a b"], is_elevated=True, environment={"A": "x y"})
    assert command == [
        *("ssh", "-o", "X=1", "-p", "2222", "root@box", "--"),
        "sudo --prompt= --stdin -- env 'A=x y' ls 'a b'",
    ]
    assert "secret" not in repr(host)


def test_switch_environment() -> None:
    """Only what `switch-to-configuration` reads is passed on."""
    told = switch_environment({"LOCALE_ARCHIVE": "/l", "HOME": "/h"}, installs_bootloader=True)
    assert told == {"NIXOS_INSTALL_BOOTLOADER": "1", "LOCALE_ARCHIVE": "/l"}
    words = systemd_run(["switch"], told)
    assert words[0] == "systemd-run"
    assert "--setenv=LOCALE_ARCHIVE=/l" in words
    assert words[-1] == "switch"
