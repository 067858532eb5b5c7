"""The plugin for pytest, as far as no machine is needed."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from neve.process import ProcessError
from neve.testing import machines, pytest_plugin
from neve.testing.machines import MachinesError, expression_of

pytest_plugins = ["pytester"]
# An installation made before the plugin was does not announce it.
IS_ANNOUNCED = "neve" in entry_points(group="pytest11").names
PLUGIN = ("-p", "no:cacheprovider", *(() if IS_ANNOUNCED else ("-p", "neve.testing.pytest_plugin")))


def test_expressions_name_their_machines(tmp_path: Path) -> None:
    """Texts stand in the expression, files are imported; names may be any."""
    file = tmp_path / "client.nix"
    file.write_text("{ }")
    text = expression_of({"web-1": '{ networking.hostName = "x"; }', "client": file})
    assert f'"client" = "{file}";' in text
    assert '"web-1" =\n{ networking.hostName = "x"; }' in text


def test_missing_files_are_told(tmp_path: Path) -> None:
    """Before anything is built."""
    with pytest.raises(MachinesError, match="machine client is not there"):
        expression_of({"client": tmp_path / "none.nix"})
    with (
        pytest.raises(MachinesError, match="no machine is described"),
        machines.running_machines({}, tmp_path),
    ):
        pass


def test_only_files_that_are_named_are_tests(pytester: pytest.Pytester) -> None:
    """A file that is named is one test; others in the folder are none."""
    pytester.makefile(".nix", one="{ }", two="{ }")
    listed = pytester.runpytest_inprocess("--collect-only", "-q", "one.nix", *PLUGIN)
    listed.stdout.fnmatch_lines(["one.nix::nixos"])
    assert (
        pytester.runpytest_inprocess("--collect-only", *PLUGIN).ret
        == pytest.ExitCode.NO_TESTS_COLLECTED
    )


def test_failures_show_what_the_build_said(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a traceback of the plugin."""

    def fail(arguments: list[str], directory: Path) -> Path:
        raise ProcessError(
            " ".join(arguments), 1, "'nix-build' failed", f"!!! line 3 in {directory.name}"
        )

    pytester.makefile(".nix", one="{ }")
    monkeypatch.setattr(pytest_plugin, "build", fail)
    result = pytester.runpytest_inprocess("one.nix", *PLUGIN)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*'nix-build' failed*", "*!!! line 3*"])
    assert "Traceback" not in result.stdout.str()
