"""Scripts are checked before any machine boots."""

from pathlib import Path

import pytest
from test_driver.check import check_types, main, script_names
from test_driver.configuration import identifier

PACKAGE = Path(__file__).resolve().parents[3] / "nixpkgs/nixos/lib/test-driver"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mypy knows of the driver: reading it again for each test takes seconds."""
    return tmp_path_factory.mktemp("mypy")


@pytest.fixture(autouse=True)
def _mypy_finds_the_driver(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setenv("MYPYPATH", str(PACKAGE))
    monkeypatch.setenv("MYPY_CACHE_DIR", str(cache))


def test_names_of_machines_become_identifiers() -> None:
    """What Python cannot spell is an underscore."""
    assert identifier("web-1.example") == "web_1_example"
    assert identifier("1st") == "_st"
    assert script_names(["a"], [2]) == {
        "a": "QemuMachine",
        "machine": "QemuMachine",
        "vlan2": "VLan",
    }


def test_types_of_good_and_bad_scripts() -> None:
    """Faults have the script's own line and its text."""
    types = script_names(["server", "client"], [1])
    good = """
def works(machine: Machine) -> None:
    machine.wait_for_unit("x", timeout=10)
    status, out = machine.execute("y")
    with subtest("z"), polling_condition(lambda: True):
        t.assertEqual(out, log)

works(server)
create_machine("run-x-vm", name="x").start(allow_reboot=True)
print(vlan1.nr, os.environ, driver, machines[0], retry(lambda last: last))
"""
    assert check_types(good, types) == []
    faults = check_types("server.start()\nclient.wait_for_unit(3)\n", types)
    assert len(faults) == 1
    assert faults[0].startswith("testScript:2: error: Argument 1")
    assert faults[0].endswith("client.wait_for_unit(3)")


def test_the_command_tells_faults_by_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A syntax error is the only finding of its script; each check can be left out."""
    script = tmp_path / "script.py"
    script.write_text("if True:\nx\n")
    assert main([str(script)]) == 1
    assert "testScript:2: expected an indented block" in capsys.readouterr().err
    script.write_text("tower.start()\nmachine = tower\n")
    assert main(["--machine", "server", "--host-name", "tower", "--skip-lint", str(script)]) == 0
    script.write_text("import json\nserver.no_such_method()\n")
    assert main(["--machine", "server", "--skip-lint", str(script)]) == 1
    assert 'has no attribute "no_such_method"' in capsys.readouterr().err
    assert main(["--machine", "server", "--skip-lint", "--skip-type-check", str(script)]) == 0


def test_lint_finds_what_is_not_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pyflakes knows the script's names."""
    pytest.importorskip("pyflakes")
    script = tmp_path / "script.py"
    script.write_text("import json\nstart_all(); server.start(); vlan1.stop()\nprint(f'')\n")
    flags = ["--machine", "server", "--vlan", "1", "--skip-type-check"]
    assert main([*flags, str(script)]) == 1
    words = capsys.readouterr().err
    assert "testScript:1: 'json' imported but unused\n    import json" in words
    assert "testScript:3: f-string is missing placeholders" in words
    assert "undefined name" not in words
