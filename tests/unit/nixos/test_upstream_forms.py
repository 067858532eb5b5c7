"""What NixOS's own tests rely on, evaluated: arguments of tests, disks of guests, values that can be forced."""

import os
from pathlib import Path
from typing import Any

import pytest

import neve

pytestmark = pytest.mark.usefixtures("packages")

NIXPKGS = Path(__file__).parents[3] / "nixpkgs"


@pytest.fixture
def evaluate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Evaluates an expression in which `pkgs` is the package set."""
    for name in list(os.environ):
        if name.startswith(("NIX_", "NIXOS_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NIX_CONF_DIR", str(tmp_path))
    store = f"local?store={tmp_path}/store&state={tmp_path}/state&log={tmp_path}/log"
    evaluator = neve.Evaluator(settings={}, store=store, read_only=False)

    def run(expression: str) -> Any:
        source = f'let pkgs = import {NIXPKGS} {{ system = "x86_64-linux"; }}; in {expression}'
        return neve.to_python(evaluator.evaluate(source))

    return run


def machine_of(test: str, expression: str) -> str:
    """An expression for what a test's only machine is configured to be."""
    return f'(c: {expression}) (pkgs.testers.runNixOSTest {{ name = "t"; testScript = ""; {test} }}).nodes.machine'


def test_release_has_every_test_by_its_name(evaluate: Any) -> None:
    """`release.nix -A tests.NAME` is the test of the file of that name."""
    names = evaluate(
        f"builtins.attrNames (import {NIXPKGS}/nixos/release.nix {{ inherit pkgs; }}).tests"
    )
    files = {path.stem for path in (NIXPKGS / "nixos/tests").glob("*.nix")}
    assert set(names) == files - {"default", "make-test-python"}


def test_a_test_gets_the_package_set(evaluate: Any) -> None:
    """A test that is a function has `pkgs` outside of its machines, too."""
    name = evaluate(
        '(pkgs.testers.runNixOSTest ({ pkgs, ... }: { name = pkgs.hello.pname; nodes = { }; testScript = ""; })).name'
    )
    assert name == "vm-test-run-hello"


def test_empty_disks_come_before_the_image_of_the_store(evaluate: Any) -> None:
    """The first empty disk is the second drive, /dev/vdb."""
    drives = evaluate(
        machine_of(
            "nodes.machine.virtualisation.emptyDiskImages = [ 16 16 ];",
            "map (drive: drive.file) c.virtualisation.qemu.drives",
        )
    )
    assert [Path(file).name for file in drives[1:3]] == ["empty0.qcow2", "empty1.qcow2"]
    assert drives[3:] == ["/dev/fdset/9"]


def test_tests_force_what_guests_have_off(evaluate: Any) -> None:
    """The clock's client and predictable names of interfaces are off in guests, unless they are forced on."""
    values = "[ c.services.timesyncd.enable c.networking.usePredictableInterfaceNames ]"
    assert evaluate(machine_of("nodes.machine = { };", values)) == [False, False]
    forced = """
        nodes.machine = { lib, ... }: {
          services.timesyncd.enable = lib.mkForce true;
          networking.usePredictableInterfaceNames = lib.mkForce true;
        };
    """
    assert evaluate(machine_of(forced, values)) == [True, True]


def test_a_session_variable_can_be_taken_back(evaluate: Any) -> None:
    """`null` leaves a variable out of what PAM sets."""
    text = evaluate(
        machine_of(
            """
            nodes.machine = { lib, ... }: {
              environment.sessionVariables = lib.mkMerge [ { A = "a"; B = "b"; } { B = lib.mkForce null; } ];
            };
            """,
            'c.environment.etc."pam/environment".text',
        )
    )
    assert 'A   DEFAULT="a"' in text
    assert "B   DEFAULT" not in text


def test_users_have_rules_for_temporary_files_of_their_own(evaluate: Any) -> None:
    """They are in the user's profile, where the user's manager looks, and a switch applies them."""
    answer = evaluate(
        machine_of(
            """
            nodes.machine = {
              users.users.alice.isNormalUser = true;
              systemd.user.tmpfiles.users.alice.rules = [ "r %h/old" ];
            };
            """,
            """{
              packages = map (package: package.name) c.users.users.alice.packages;
              linked = builtins.elem "/share/user-tmpfiles.d" c.environment.pathsToLink;
              applied = c.systemd.user.services.nixos-activation.script;
            }""",
        )
    )
    assert answer["packages"] == ["00-nixos.conf"]
    assert answer["linked"]
    assert "systemd-tmpfiles --user --create --remove" in answer["applied"]


def test_no_socket_waits_for_the_network(evaluate: Any) -> None:
    """The network waits for sockets, so systemd would break the cycle by starting one of the two not at all."""
    waiting = evaluate(
        machine_of(
            """
            nodes.machine = {
              services.avahi.enable = true;
              services.openssh = { enable = true; startWhenNeeded = true; };
              services.printing.enable = true;
              virtualisation.docker.enable = true;
              virtualisation.podman.enable = true;
            };
            """,
            """builtins.attrNames (pkgs.lib.filterAttrs
              (name: unit: pkgs.lib.hasSuffix ".socket" name && pkgs.lib.hasInfix "After=network" (toString unit.text))
              c.systemd.units)""",
        )
    )
    assert waiting == []


def test_a_container_in_a_test_machine_is_no_test_machine(evaluate: Any) -> None:
    """It has its own name, and nothing of the emulated machine around it."""
    values = evaluate(
        machine_of(
            "nodes.machine.containers.inner.config = { };",
            "let inner = c.containers.inner.config; in "
            "[ inner.networking.hostName (inner.virtualisation ? qemu) (inner ? testing) ]",
        )
    )
    assert values == ["inner", False, False]
