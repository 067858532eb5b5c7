"""Time that a virtual machine takes to boot, processor time of QEMU with it, and memory in use then.

    bench/boot.py [--runs N] [--configuration FILE]

Both sides are emulated with 2 processors and 1 GiB, and run one after the other. Neve's machine has nginx and sshd,
unless a configuration is named. The other side is what NEVE_PEER_BOOT starts: a command that boots one machine and
prints `guest 1: SECONDS s; … MemTotal: N kB MemAvailable: N kB`. Bars: half of its time, no more memory.
"""

import argparse
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from peer import own_program

_SERVER: Final = """
  services.nginx.enable = true;
  services.openssh.enable = true;
"""

# Says on the serial line when everything is up, and how much memory is in use.
_MACHINE: Final = """
{ ... }:
{
  imports = [ %s ];
  virtualisation.vmVariant.virtualisation = {
    cores = 2;
    memorySize = 1024;
    graphics = false;
  };
  systemd.services.boot-done = {
    wantedBy = [ "default.target" ];
    after = [ "multi-user.target" ];
    serviceConfig.Type = "oneshot";
    # A terminal that is opened while a login prompt takes it over is hung up.
    script = ''
      say() { until echo "$@" > /dev/ttyS0; do sleep 0.1; done; }
      say BOOTDONE $(< /proc/uptime) $(grep -E "^Mem(Total|Available)" /proc/meminfo)
      say FAILED $(systemctl --failed --no-legend --plain | wc -l)
    '';
  };
  system.stateVersion = "26.05";
}
"""

_MEMORY: Final = re.compile(r"MemTotal: *(\d+) kB *MemAvailable: *(\d+) kB")
_LIMIT_SECONDS: Final = 600


@dataclass(frozen=True)
class Boot:
    """One boot: wall-clock seconds, QEMU's processor seconds (if known), memory in use in MiB."""

    seconds: float
    processor_seconds: float | None
    memory_mib: float


def build(folder: Path, configuration: Path | None) -> Path:
    """The script that starts Neve's machine; building is not part of what is measured."""
    imported = f"({{ {_SERVER} }})" if configuration is None else str(configuration.resolve())
    (folder / "configuration.nix").write_text(_MACHINE % imported)
    command = [
        *(str(own_program("nix-build")), "<nixpkgs/nixos>", "-A", "vm", "--out-link", "result"),
        *("-I", "nixos-config=./configuration.nix"),
    ]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return next((folder / "result/bin").iterdir())


def boot(script: Path) -> Boot:
    """Start the machine with a fresh disk and wait until everything is up."""
    with tempfile.TemporaryDirectory(prefix="boot-") as folder:
        environment = {**os.environ, "TMPDIR": folder, "USE_TMPDIR": "1"}
        environment["NIX_DISK_IMAGE"] = f"{folder}/disk.qcow2"
        start = time.perf_counter()
        with subprocess.Popen(
            [script],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as machine:
            try:
                line = _wait(machine, start, "BOOTDONE")
                seconds = time.perf_counter() - start
                processor = _processor_seconds(machine.pid)
                # Asked for afterwards: it is no part of the boot, and the other side does not do it.
                failed = re.search(r"FAILED (\d+)", _wait(machine, start, "FAILED"))
            finally:
                machine.kill()
    if failed is None or failed[1] != "0":
        sys.exit(f"units failed: {failed[1] if failed else 'their number is not known'}")
    return Boot(seconds, processor, _memory(line))


def _wait(machine: subprocess.Popen[str], start: float, word: str) -> str:
    """The next line of the machine's console that has the word."""
    if machine.stdout is None:
        raise AssertionError("the machine's output is a pipe")
    seen = []
    for line in machine.stdout:
        seen.append(line)
        if word in line:
            return line
        if time.perf_counter() - start > _LIMIT_SECONDS:
            break
    sys.exit("the machine did not boot:\n" + "".join(seen[-20:]))


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(line: str) -> float:
    found = _MEMORY.search(line)
    if found is None:
        sys.exit(f"no memory sizes in: {line.strip()}")
    return (int(found[1]) - int(found[2])) / 1024


def boot_peer(command: list[str]) -> Boot:
    """What the other side's command prints of its machine."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"guest 1: ([\d.]+) s", done.stdout)
    if found is None:
        sys.exit(f"{shlex.join(command)} printed no time: {done.stdout.strip()}")
    return Boot(float(found[1]), None, _memory(done.stdout))


def main() -> None:
    """Boot both sides and print what they take."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--configuration", type=Path)
    arguments = parser.parse_args()
    peer = shlex.split(os.environ.get("NEVE_PEER_BOOT", ""))
    with tempfile.TemporaryDirectory(prefix="boot-") as folder:
        script = build(Path(folder), arguments.configuration)
        own, other = [], []
        for _ in range(arguments.runs):
            own.append(boot(script))
            if peer:
                other.append(boot_peer(peer))
    seconds = statistics.median(run.seconds for run in own)
    processor = statistics.median(run.processor_seconds or 0.0 for run in own)
    memory = statistics.median(run.memory_mib for run in own)
    print(f"neve       {seconds:6.1f} s   processor {processor:6.1f} s   memory {memory:5.0f} MiB")
    if other:
        peer_seconds = statistics.median(run.seconds for run in other)
        peer_memory = statistics.median(run.memory_mib for run in other)
        print(f"reference  {peer_seconds:6.1f} s   memory {peer_memory:5.0f} MiB")
        print(f"ratio      {seconds / peer_seconds:6.2f}     memory {memory / peer_memory:5.2f}")
    else:
        print("NEVE_PEER_BOOT names no other side to compare with")


if __name__ == "__main__":
    main()
