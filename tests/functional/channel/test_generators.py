"""`nixos-generate`, as its users call it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.functional,
    pytest.mark.network,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(os.geteuid() != 0, reason="writes to the machine's store"),
]

PROGRAMS = Path(sys.executable).parent
CONFIGURATION = """{
  networking.hostName = "made";
  fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; };
  boot.loader.grub.enable = false;
  system.stateVersion = "25.05";
}
"""


def generate(folder: Path, words: str) -> subprocess.CompletedProcess[str]:
    """Runs it in a shell that has its package."""
    environment = {name: value for name, value in os.environ.items() if name != "NIX_PATH"}
    environment["PATH"] = f"{PROGRAMS}:{environment['PATH']}"
    command = ["nix-shell", "-p", "nixos-generators", "--run", f"nixos-generate {words}"]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_machine_without_a_window(tmp_path: Path) -> None:
    """The format, the size of the disk and an argument of modules reach the machine; the link keeps it."""
    text = CONFIGURATION.replace(
        "{\n", "{ word, ... }: {\n  environment.etc.word.text = word;\n", 1
    )
    (tmp_path / "my.nix").write_text(text)
    done = generate(
        tmp_path,
        "--format vm-nogui -c ./my.nix -o result --disk-size 1500 --special-arg word 'a $x'",
    )
    assert done.returncode == 0, done.stderr
    runner = Path(done.stdout.splitlines()[-1])
    assert runner.resolve() == (tmp_path / "result/bin/run-made-vm").resolve()
    script = runner.read_text()
    assert "1500M" in script
    assert "-nographic" in script
    assert (tmp_path / "result/system/etc/word").read_text() == "a $x"


def test_refusals(tmp_path: Path) -> None:
    """A format whose modules are missing, one that is none, no configuration: each says so and builds nothing."""
    done = generate(
        tmp_path,
        "--list; nixos-generate -f iso -c x.nix; nixos-generate -f none; nixos-generate; nixos-generate -f vm -c x.nix",
    )
    assert done.returncode == 1
    assert done.stdout.split() == ["vm-bootloader", "vm-nogui", "vm"]
    for words in (
        "the format 'iso' needs modules for installation media",
        "there is no format 'none'; there are: vm-bootloader vm-nogui vm",
        "which format?",
        "there is no configuration x.nix; name one with -c",
    ):
        assert f"aborted: {words}" in done.stderr
    assert os.listdir(tmp_path) == []
