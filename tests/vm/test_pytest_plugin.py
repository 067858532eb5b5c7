"""Machines in pytest for real: a NixOS test file, and the fixture `nixos_machines`."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
pytestmark = [
    pytest.mark.vm,
    pytest.mark.network,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(os.geteuid() != 0, reason="writes to the machine's store"),
]

TEST_FILE = """
let
  pkgs = import <nixpkgs> { };
in
pkgs.testers.runNixOSTest {
  name = "in-pytest";
  nodes.machine = { };
  testScript = ''
    machine.succeed("true")
    t.assertEqual(machine.succeed("echo seen"), "%s\\n")
  '';
}
"""
PYTHON_TEST = """
from pathlib import Path
import pytest

@pytest.mark.nixos(server='{ environment.etc.motto.text = "quick"; }', client=Path("client.nix"))
def test_pair(nixos_machines):
    assert sorted(nixos_machines) == ["client", "server"]
    assert nixos_machines.server.succeed("cat /etc/motto") == "quick"
    nixos_machines.client.wait_for_unit("multi-user.target")
    nixos_machines["client"].succeed("ping -c 1 -W 60 server")
    Path(PIDS).write_text(" ".join(str(each.pid) for each in nixos_machines.values()))
"""


@pytest.fixture(autouse=True)
def no_lookup_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neve's own package set is what `<nixpkgs>` means."""
    monkeypatch.delenv("NIX_PATH", raising=False)


def test_a_file_is_run_and_its_failure_shown(pytester: pytest.Pytester) -> None:
    """The script's line and what it says are in pytest's report."""
    pytester.makefile(".nix", good=TEST_FILE % "seen", bad=TEST_FILE % "other")
    result = pytester.runpytest_subprocess("good.nix", "bad.nix", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*!!! *", "*'seen\\n' != 'other\\n'*"])


def test_the_fixture_boots_what_the_mark_describes(pytester: pytest.Pytester) -> None:
    """Two machines that reach each other, gone when the test is over."""
    pids = pytester.path / "pids"
    pytester.makefile(".nix", client='{ environment.etc.role.text = "client"; }')
    pytester.makepyfile(PYTHON_TEST.replace("PIDS", repr(str(pids))))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    for pid in pids.read_text().split():
        assert not Path("/proc", pid).exists()
