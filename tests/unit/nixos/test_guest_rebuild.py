"""`nixos-rebuild` inside a system: which commands of Nix it runs, with what."""

import json
import os
from pathlib import Path

import nixos_rebuild
import pytest

FAKE = """#!/bin/sh
echo "${0##*/} $*" >> "$CALLS"
case "${0##*/} $*" in
nix-build*|"nix "*build*) echo "$SYSTEM" ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a built system, profiles, and commands that only say how they were called."""
    system = tmp_path / "system"
    (system / "bin").mkdir(parents=True)
    (system / "nixos-version").write_text("26.05\n")
    (system / "kernel-modules/lib/modules/6.12").mkdir(parents=True)
    tools = tmp_path / "tools"
    tools.mkdir()
    for file in (
        *(tools / name for name in ("nix", "nix-build", "nix-env", "nix-channel", "systemd-run")),
        system / "bin/switch-to-configuration",
    ):
        file.write_text(FAKE)
        file.chmod(0o755)
    (tmp_path / "profiles").mkdir()
    monkeypatch.setattr(nixos_rebuild, "PROFILES", str(tmp_path / "profiles"))
    monkeypatch.setattr("socket.gethostname", lambda: "host.example.org")
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("SYSTEM", str(system))
    return tmp_path


def calls(machine: Path) -> list[str]:
    """The commands that ran, without the machine's own folder."""
    text = (machine / "calls").read_text().replace(str(machine), "")
    return [line for line in text.splitlines() if not line.startswith("systemd-run")]


def test_switch_builds_sets_the_profile_and_activates(machine: Path) -> None:
    """And hands Nix's flags on."""
    words = ["switch", "--option", "cores", "1", "-I", "a=b", "--no-flake"]
    assert nixos_rebuild.main(words) == 0
    built, profile, *_ = calls(machine)
    assert built == (
        "nix-build <nixpkgs/nixos> -A config.system.build.toplevel --no-out-link --option cores 1 -I a=b"
    )
    assert profile == "nix-env -p /profiles/system --set /system"
    assert "switch-to-configuration switch" in (machine / "calls").read_text()


def test_a_flake_means_the_hosts_system(machine: Path) -> None:
    """Unless it names another."""
    assert nixos_rebuild.main(["build", "--flake", "/etc/config"]) == 0
    assert nixos_rebuild.main(["build", "--flake", ".#other"]) == 0
    places = [line.split()[-1] for line in calls(machine)]
    suffix = "config.system.build.toplevel"
    assert places == [
        f'/etc/config#nixosConfigurations."host".{suffix}',
        f'.#nixosConfigurations."other".{suffix}',
    ]


def test_what_is_no_system_becomes_no_default(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The profile stays as it was."""
    (machine / "system/nixos-version").unlink()
    assert nixos_rebuild.main(["boot", "--no-flake"]) == 1
    assert "is no NixOS system" in capsys.readouterr().err
    assert [line for line in calls(machine) if line.startswith("nix-env")] == []


def test_generations_are_listed(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Newest first, with the one that boots marked."""
    for number in (9, 10):
        (machine / f"profiles/system-{number}-link").symlink_to(machine / "system")
    (machine / "profiles/system").symlink_to("system-9-link")
    assert nixos_rebuild.main(["list-generations", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["generation"], row["current"]) for row in rows] == [(10, False), (9, True)]
    assert (rows[0]["nixosVersion"], rows[0]["kernelVersion"]) == ("26.05", "6.12")


def test_there_is_no_generation_before_the_first(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--rollback` says so."""
    (machine / "profiles/system-1-link").symlink_to(machine / "system")
    (machine / "profiles/system").symlink_to("system-1-link")
    assert nixos_rebuild.main(["test", "--rollback"]) == 1
    assert "has no generation before system-1-link" in capsys.readouterr().err
