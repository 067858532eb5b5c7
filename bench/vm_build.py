"""Time of `nix-build '<nixpkgs/nixos>' -A vm` with the packages in the store, for three states of a configuration.

    bench/vm_build.py [--nixpkgs NIXPKGS] [--runs N] [--evaluation] [--json]

Bars: nothing of the system built yet 6 s, nothing changed 1.5 s, one option changed 4 s. With --evaluation also
the time of `nix-instantiate` (bar 1.5 s) and whether a reference Nix gives the same derivation.

Each run sets options to values that were never used before, so that everything that depends on them is built again.
CPU seconds are printed beside the time that passes: on a machine that does other things, too, they are what to compare.
"""

import argparse
import json
import os
import secrets
import sys
import tempfile
from pathlib import Path
from typing import Any

from cost import Cost, median, run
from peer import HOW_TO_NAME_ONE, own_program, peer_command

PLAIN = """
{{ pkgs, ... }}:
{{
  boot.loader.systemd-boot.enable = true;
  networking.hostName = "{name}";
  services.openssh.enable = true;
  services.nginx.enable = true;
  users.users.alice = {{ isNormalUser = true; initialPassword = "{secret}"; packages = [ pkgs.hello ]; }};
  environment.etc."mark".text = "{mark}";
  system.stateVersion = "25.11";
}}
"""
BARS = {"first": 6.0, "unchanged": 1.5, "option": 4.0, "evaluation": 1.5}


class Bench:
    """Runs of one configuration file."""

    def __init__(self, nixpkgs: Path, folder: Path) -> None:
        self.file = folder / "configuration.nix"
        self.options = [str(nixpkgs / "nixos"), "-A", "vm", "-I", f"nixos-config={self.file}"]
        self.samples: dict[str, list[Cost]] = {name: [] for name in BARS}

    def write(self, **values: str) -> None:
        """The configuration with these values of options."""
        self.file.write_text(PLAIN.format(**values))

    def build(self, sample: str | None) -> None:
        """One `nix-build`; its times are a sample unless it only prepares."""
        command = [str(own_program("nix-build")), "--no-out-link", *self.options]
        cost = run(command)
        if sample is not None:
            self.samples[sample].append(cost)

    def run(self) -> None:
        """Three states: never built, built, one option changed."""
        values = {name: secrets.token_hex(4) for name in ("name", "secret", "mark")}
        values["name"] = "m" + values["name"]
        self.write(**values)
        self.build("first")
        self.build("unchanged")
        self.write(**values | {"mark": secrets.token_hex(4)})
        self.build("option")

    def evaluate(self) -> str:
        """One `nix-instantiate` with warm files; the derivation."""
        command = [str(own_program("nix-instantiate")), *self.options]
        cost = run(command)
        self.samples["evaluation"].append(cost)
        return cost.output


def report(bench: Bench, *, same: bool | None, as_json: bool) -> None:
    """Prints medians beside their bars."""
    middle = {name: median(costs) for name, costs in bench.samples.items() if costs}
    if as_json:
        found: dict[str, Any] = {
            name: {"seconds": cost.clock, "cpu": cost.processor, "bar": BARS[name]}
            for name, cost in middle.items()
        }
        print(json.dumps(found if same is None else found | {"sameDerivation": same}))
        return
    for name, cost in middle.items():
        print(f"{name:12} {cost!s:38}  bar {BARS[name]:4.1f} s")
    if same is not None:
        print(f"the reference's derivation is {'the same' if same else 'another'}")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = Path(__file__).resolve().parents[1] / "nixpkgs"
    parser.add_argument("--nixpkgs", type=Path, default=default)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--evaluation", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    os.environ["NIX_PATH"] = f"nixpkgs={arguments.nixpkgs}"
    same = None
    # Below the current folder, where a reference in a container sees it, too.
    with tempfile.TemporaryDirectory(dir=".") as folder:
        bench = Bench(arguments.nixpkgs, Path(folder).resolve())
        # The packages.
        bench.write(name="prepare", secret="", mark="")
        bench.build(None)
        for _ in range(arguments.runs):
            bench.run()
        if arguments.evaluation:
            path = [bench.evaluate() for _ in range(arguments.runs)][-1]
            peer = peer_command("nix-instantiate")
            if peer is None:
                print(HOW_TO_NAME_ONE, file=sys.stderr)
            else:
                same = run([*peer, *bench.options]).output == path
        report(bench, same=same, as_json=arguments.json)


if __name__ == "__main__":
    main()
