"""Tests of the channel, run as a user runs them: machines boot."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

pytestmark = [pytest.mark.vm, pytest.mark.network, pytest.mark.timeout(1800)]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NIX_BUILD = Path(sys.executable).with_name("nix-build")


def build(tmp_path: Path, *arguments: str) -> Path:
    """The output of `nix-build` with `arguments`, with Neve's own package set."""
    environment = {name: value for name, value in os.environ.items() if name != "NIX_PATH"}
    link = tmp_path / "result"
    subprocess.run(
        [NIX_BUILD, *arguments, "--out-link", link], check=True, env=environment, cwd=tmp_path
    )
    return link


@pytest.mark.skipif(os.geteuid() != 0, reason="writes to the machine's store")
@pytest.mark.parametrize("name", ["minimal-test", "client-server-test"])
def test_examples_pass_and_report(tmp_path: Path, name: str) -> None:
    """The examples, from nothing to a report."""
    result = build(tmp_path, str(EXAMPLES / f"{name}.nix"))
    suite = ET.parse(result / "junit.xml").getroot()[0]
    assert suite.get("failures") == "0"
    page = (result / "report.html").read_text()
    assert f"<title>{name}: passed</title>" in page
    assert "run the VM test script" in (result / "log.txt").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="writes to the machine's store")
@pytest.mark.parametrize("name", ["driver-commands", "driver-machine", "driver-failures"])
def test_tests_of_the_channel_pass(tmp_path: Path, name: str) -> None:
    """By their path below `<nixpkgs>`."""
    assert build(tmp_path, f"<nixpkgs/nixos/tests/{name}.nix>").exists()


FAILING_TEST = """
(import <nixpkgs> { }).testers.runNixOSTest {
  name = "fails";
  nodes.machine = { };
  testScript = "machine.start()\\nwith subtest('sum'):\\n    t.assertEqual(1 + 1, 3)\\n";
}
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="writes to the machine's store")
def test_a_failed_test_keeps_its_reports(tmp_path: Path) -> None:
    """With --keep-failed, in the folder that is named; the words say so."""
    file = tmp_path / "test.nix"
    file.write_text(FAILING_TEST)
    environment = {name: value for name, value in os.environ.items() if name != "NIX_PATH"}
    done = subprocess.run(
        [NIX_BUILD, "--keep-failed", "--no-out-link", file],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 100
    assert "in 'result' of the build directory, which --keep-failed keeps" in done.stderr
    assert "@nix" not in done.stderr
    kept = re.search(r'keeping build directory "([^"]+)"', done.stderr)
    assert kept is not None
    result = Path(kept[1]) / "result"
    assert ET.parse(result / "junit.xml").getroot()[0].get("failures") == "2"
    assert "<title>fails: failed</title>" in (result / "report.html").read_text()
    assert "t.assertEqual(1 + 1, 3)" in (result / "log.txt").read_text()
    shutil.rmtree(result.parents[1])
