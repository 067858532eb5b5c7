"""The derivations of a real nixpkgs are those of the reference Nix.

Needs a checkout, named by `NEVE_NIXPKGS` (several with `:` between), and a reference (see `bench/peer.py`).
"""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest
from peer import own_program, peer_command

import neve

pytestmark = pytest.mark.oracle

CHECKOUTS = [Path(path) for path in os.environ.get("NEVE_NIXPKGS", "").split(":") if path]
SEED = 20260823
COUNT = 500

NAMED = {
    "hello": "(import {tree} {{ }}).hello.drvPath",
    "firefox": "(import {tree} {{ }}).firefox.drvPath",
    "nginx test": "(import {tree}/nixos/tests/nginx.nix {{ }}).drvPath",
    "minimal ISO": """(import {tree}/nixos/lib/eval-config.nix {{
        modules = [ {tree}/nixos/modules/installer/cd-dvd/installation-cd-minimal.nix ];
      }}).config.system.build.isoImage.drvPath""",
    "system": """(import {tree}/nixos/lib/eval-config.nix {{
        modules = [ {{
          boot.loader.grub.device = "/dev/sda";
          fileSystems."/".device = "/dev/sda1";
          services.nginx.enable = true;
          services.openssh.enable = true;
          services.xserver.enable = true;
        }} ];
      }}).config.system.build.toplevel.drvPath""",
}


def evaluate(program: list[str], expression: str) -> object:
    """The value of an expression, as JSON."""
    command = [*program, "--eval", "--strict", "--json", "-E", expression]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def both(expression: str) -> tuple[object, object]:
    """What Neve and the reference make of an expression."""
    peer = peer_command("nix-instantiate")
    if peer is None:
        pytest.skip("no reference Nix; see bench/peer.py")
    own = [str(own_program("nix-instantiate"))]
    return evaluate(own, expression), evaluate(peer, expression)


@pytest.mark.parametrize("what", NAMED)
@pytest.mark.parametrize("tree", CHECKOUTS, ids=str)
def test_known_derivations_have_the_path_that_the_reference_gives_them(
    tree: Path, what: str
) -> None:
    """The paths that people know."""
    ours, theirs = both(NAMED[what].format(tree=tree))
    assert ours == theirs


def derivation_names(tree: Path) -> list[str]:
    """A fixed sample of attributes that are derivations which can be evaluated."""
    pkgs = neve.evaluate(f"import {tree} {{ }}")
    names = sorted(pkgs)
    random.Random(SEED).shuffle(names)
    found: list[str] = []
    for name in names:
        try:
            package = pkgs[name]
            if isinstance(package, neve.Derivation) and package["drvPath"]:
                found.append(name)
        except neve.EvaluationError:
            continue
        if len(found) == COUNT:
            break
    return sorted(found)


@pytest.mark.parametrize("tree", CHECKOUTS, ids=str)
def test_random_packages_have_the_path_that_the_reference_gives_them(tree: Path) -> None:
    """500 attributes, in one process on each side."""
    names = derivation_names(tree)
    members = " ".join(f'"{name}" = pkgs."{name}".drvPath;' for name in names)
    ours, theirs = both(f"let pkgs = import {tree} {{ }}; in {{ {members} }}")
    assert isinstance(ours, dict)
    assert len(ours) == COUNT
    assert isinstance(theirs, dict)
    differing = [name for name in names if ours[name] != theirs[name]]
    assert not differing
