"""Tests of the channel, run as a user runs them: machines boot."""

import os
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
@pytest.mark.parametrize("name", ["driver-commands"])
def test_tests_of_the_channel_pass(tmp_path: Path, name: str) -> None:
    """By their path below `<nixpkgs>`."""
    assert build(tmp_path, f"<nixpkgs/nixos/tests/{name}.nix>").exists()
