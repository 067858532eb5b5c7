"""The package set's derivations are those of the reference Nix, which evaluates the same tree.

Needs an index of packages (`make index`), and a reference that can read the tree (see `bench/peer.py`).
"""

import json
import random
import subprocess
from pathlib import Path

import pytest
from peer import own_program, peer_command

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(1200)]

NIXPKGS = Path(__file__).parents[2] / "nixpkgs"
NAMES = NIXPKGS / "index/x86_64-linux/names.json"
SEED = 20261122
COUNT = 1000
NAMED = (
    *("aspellDicts", "curl", "dockerTools", "firefox", "gcc", "git", "gnome", "haskellPackages"),
    *("linuxPackages", "nix", "nodePackages", "perlPackages", "php", "python3Packages", "qemu"),
    *("rubyPackages", "stdenv", "vimPlugins", "xfce", "xorg"),
)
"""Names of nixpkgs: packages, and sets of which ten are taken."""
EXPRESSION = """
  let
    pkgs = import %s {
      config = { allowUnfree = true; };
      overlays = [ ];
      system = "x86_64-linux";
    };
    inherit (pkgs) lib;
    path = value:
      let tried = builtins.tryEval (if lib.isDerivation value then value.drvPath else null);
      in if tried.success then tried.value else "refused";
    members = set: lib.mapAttrs (_: path) (lib.genAttrs (lib.take 10 (builtins.attrNames set)) (name: set.${name}));
    of = name: if lib.isDerivation pkgs.${name} then path pkgs.${name} else members pkgs.${name};
  in lib.genAttrs (builtins.fromJSON ''%s'') of
"""


def evaluate(program: list[str], expression: str) -> dict[str, object]:
    """The value of an expression, as JSON."""
    command = [*program, "--eval", "--strict", "--json", "-E", expression]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    value: dict[str, object] = json.loads(done.stdout)
    return value


def test_derivations_of_packages() -> None:
    """A thousand packages by chance, and some names of nixpkgs, have the reference's derivations."""
    peer = peer_command("nix-instantiate")
    if peer is None:
        pytest.skip("no reference Nix; see bench/peer.py")
    if not NAMES.exists():
        pytest.skip("no index of packages; make it with: make index")
    known = sorted(json.loads(NAMES.read_text()))
    names = [*random.Random(SEED).sample(known, COUNT), *NAMED]
    expression = EXPRESSION % (NIXPKGS, json.dumps(names))
    own = evaluate([str(own_program("nix-instantiate"))], expression)
    assert own == evaluate(peer, expression)
    assert (
        sum(isinstance(path, str) and path.endswith(".drv") for path in own.values())
        >= COUNT * 0.95
    )
