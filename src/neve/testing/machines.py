"""Machines from NixOS configurations, for tests in Python."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from typing_extensions import override

from neve.errors import NeveError
from neve.process import capture, minimal_environment

Configuration = str | Path
"""A NixOS module: Nix text, or the file it is in."""

_KEPT_VARIABLES: Final = (
    "HOME",
    "NIX_CONFIG",
    "NIX_PATH",
    "NIX_REMOTE",
    "NIX_STORE_DIR",
    "PATH",
    "TERM",
    "TMPDIR",
    "USER",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
)
_NIX_BUILD: Final = (
    sys.executable,
    "-c",
    "import sys; from neve.cli.nix_build import main; sys.argv[0] = 'nix-build'; main()",
)
_EXPRESSION: Final = """\
let
  pkgs = import <nixpkgs> {{ }};
  test = pkgs.testers.runNixOSTest {{
    name = "pytest";
    nodes = {{
{nodes}
    }};
    testScript = "";
  }};
in
pkgs.writeText "machines.json" (builtins.toJSON {{
  configuration = test.config.driverConfigurationFile;
  inherit (test.driver) modules package path;
}})
"""


class MachinesError(NeveError):
    """Machines could not be made from what was asked for."""


class Machines(Mapping[str, Any]):
    """The machines of a test by name, also as attributes: objects of the test driver."""

    def __init__(self, driver: Any) -> None:
        self.driver: Final = driver
        self._by_name: Final = {machine.name: machine for machine in driver.machines}

    @override
    def __getitem__(self, name: str) -> Any:
        return self._by_name[name]

    def __getattr__(self, name: str) -> Any:
        try:
            return self._by_name[name]
        except KeyError:
            raise AttributeError(f"there is no machine named {name}") from None

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    @override
    def __len__(self) -> int:
        return len(self._by_name)


def build(arguments: list[str], directory: Path) -> Path:
    """The output of `nix-build` with `arguments`, run in `directory`; raises `ProcessError` with what it said."""
    output = capture(
        [*_NIX_BUILD, *arguments],
        environment=minimal_environment(keep=_KEPT_VARIABLES),
        directory=str(directory),
    )
    return Path(output.decode().split()[-1])


def expression_of(nodes: Mapping[str, Configuration]) -> str:
    """The Nix expression for the machines `nodes`; raises `MachinesError` when a file is not there."""
    lines = []
    for name, configuration in nodes.items():
        if isinstance(configuration, Path):
            if not configuration.exists():
                raise MachinesError(
                    f"the configuration of the machine {name} is not there: {configuration}"
                )
            lines.append(f"      {json.dumps(name)} = {json.dumps(str(configuration.absolute()))};")
        else:
            lines.append(f"      {json.dumps(name)} =\n{configuration}\n      ;")
    return _EXPRESSION.format(nodes="\n".join(lines))


@contextmanager
def running_machines(nodes: Mapping[str, Configuration], directory: Path) -> Iterator[Machines]:
    """Build and start machines: a name → configuration each. They end with the context.

    `directory` is where relative paths in configurations start, and where screenshots go. Raises `ProcessError` when
    the machines cannot be built, `MachinesError` when they are not described well.
    """
    if not nodes:
        raise MachinesError("no machine is described: give @pytest.mark.nixos a configuration")
    built = json.loads(build(["--no-out-link", "-E", expression_of(nodes)], directory).read_text())
    # The driver of the package set that the machines come from.
    sys.path += [
        folder for folder in (built["package"], built["modules"]) if folder not in sys.path
    ]
    os.environ["PATH"] = f"{built['path']}:{os.environ['PATH']}"
    from test_driver.configuration import Configuration as DriverConfiguration
    from test_driver.driver import Driver
    from test_driver.logger import Logger
    from test_driver.sinks import TextLog

    logger = Logger()
    logger.sinks.append(TextLog.on_stderr(lambda: True))
    configuration = DriverConfiguration.from_json(Path(built["configuration"]))
    with Driver(configuration, logger, directory, removes_state=True) as driver:
        driver.start_all()
        yield Machines(driver)
