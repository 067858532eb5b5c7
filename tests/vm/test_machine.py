"""The virtual machine of a plain configuration: how large it is, how it starts, and what it keeps."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

pytestmark = [
    pytest.mark.vm,
    pytest.mark.network,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(os.geteuid() != 0, reason="writes to the machine's store"),
]

PROGRAMS: Final = Path(sys.executable).parent
LARGEST_SYSTEM_MB: Final = 450

CONFIGURATION: Final = """
{ pkgs, ... }: {
  users.users.root.initialPassword = "seed";
  system.stateVersion = "23.11";
  %s
}
"""

# Writes to the folder that the host shares what a test wants to know, and ends the machine.
REPORT: Final = """
  systemd.services.report = {
    wantedBy = [ "default.target" ];
    after = [ "multi-user.target" ];
    serviceConfig.Type = "oneshot";
    script = ''
      exec > /tmp/shared/report
      echo "boots: $(wc -l < /var/boots 2>/dev/null || echo 0)"
      echo once >> /var/boots
      echo "failed: $(systemctl --failed --no-legend --plain | wc -l)"
      echo "store: $(sed -n 's,^[^ ]* /nix/.ro-store \\([^ ]*\\).*,\\1,p' /proc/mounts)"
      systemctl poweroff
    '';
  };
"""


def build(folder: Path, attribute: str, more: str = "") -> Path:
    """The link to what `attribute` of a plain configuration builds."""
    (folder / "configuration.nix").write_text(CONFIGURATION % more)
    environment = {name: value for name, value in os.environ.items() if name != "NIX_PATH"}
    subprocess.run(
        [
            PROGRAMS / "nix-build",
            "<nixpkgs/nixos>",
            "-A",
            attribute,
            "-I",
            "nixos-config=./configuration.nix",
        ],
        cwd=folder,
        env=environment,
        check=True,
    )
    return folder / "result"


def run(folder: Path, script: Path) -> dict[str, str]:
    """Run the machine until it powers off, and return what it reported."""
    shared = folder / "shared"
    shared.mkdir(exist_ok=True)
    done = subprocess.run(
        [script, "-nographic"],
        cwd=folder,
        env={
            **os.environ,
            "QEMU_KERNEL_PARAMS": "console=ttyS0",
            "SHARED_DIR": str(shared),
            "TMPDIR": str(folder),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return dict(line.split(": ") for line in (shared / "report").read_text().splitlines())


def test_plain_system_is_small(tmp_path: Path) -> None:
    """The closure of a plain machine's system has at most 450 MB; a failure names the ten largest paths."""
    system = build(tmp_path, "vm") / "system"
    listing = subprocess.run(
        [PROGRAMS / "nix", "path-info", "--recursive", "--json", system.resolve()],
        capture_output=True,
        text=True,
        check=True,
    )
    sizes = {path: entry["narSize"] for path, entry in json.loads(listing.stdout).items()}
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:10]
    total = sum(sizes.values()) / 1e6
    lines = "".join(f"\n{size / 1e6:8.1f} MB  {path}" for path, size in largest)
    assert total <= LARGEST_SYSTEM_MB, f"{total:.0f} MB; the largest are{lines}"


@pytest.mark.parametrize(
    ("option", "kind"),
    [("useNixStoreImage", "erofs"), ("mountHostNixStore", "9p")],
)
def test_machine_boots_and_keeps_its_disk(tmp_path: Path, option: str, kind: str) -> None:
    """With the store of either kind, no unit fails, and the second boot finds what the first one wrote."""
    result = build(
        tmp_path, "vm", REPORT + f"virtualisation.vmVariant.virtualisation.{option} = true;"
    )
    script = next((result / "bin").iterdir())
    reports = [run(tmp_path, script) for _ in range(2)]
    assert reports == [{"boots": str(boots), "failed": "0", "store": kind} for boots in range(2)]
    assert (tmp_path / "nixos.qcow2").exists()
