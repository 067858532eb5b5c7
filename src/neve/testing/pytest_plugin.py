"""NixOS tests in pytest.

`pytest client-server-test.nix` builds the test in that file, which runs it. A test in Python gets machines so:

    @pytest.mark.nixos(server="{ services.nginx.enable = true; }", client=Path("client.nix"))
    def test_page(nixos_machines):
        nixos_machines.server.wait_for_unit("nginx")
        nixos_machines.client.succeed("curl http://server/")

A single configuration without a name is that of `nixos_machines.machine`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from neve.process import ProcessError
from neve.testing.machines import Machines, build, running_machines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MARK = (
    "nixos(*configuration, **configurations): the machines of `nixos_machines`, Nix text or files"
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", _MARK)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A `.nix` file is a test where it is named itself: most such files in a folder are something else."""
    if file_path.suffix != ".nix" or not _is_named(parent.config, file_path):
        return None
    collected: pytest.Collector = NixFile.from_parent(parent, path=file_path)
    return collected


def _is_named(config: pytest.Config, file_path: Path) -> bool:
    start = config.invocation_params.dir
    return any((start / word.partition("::")[0]) == file_path for word in config.args)


class NixFile(pytest.File):
    """A file with a NixOS test."""

    @override
    def collect(self) -> Iterable[pytest.Item]:
        yield NixTest.from_parent(self, name="nixos")


class NixTest(pytest.Item):
    """The test in a file: what building it says is what it says."""

    @override
    def runtest(self) -> None:
        build(["--no-out-link", str(self.path)], self.path.parent)

    @override
    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None
    ) -> str:
        """The end of the build's words, where the script's failure is."""
        error = excinfo.value
        return str(error) if isinstance(error, ProcessError) else str(super().repr_failure(excinfo))

    @override
    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"NixOS test {self.path.name}"


@pytest.fixture
def nixos_machines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machines]:
    """The machines that the test's mark `nixos` describes, starting."""
    mark = request.node.get_closest_marker("nixos")
    nodes = {} if mark is None else dict(mark.kwargs)
    if mark is not None and mark.args:
        (nodes["machine"],) = mark.args
    here = request.path.parent
    nodes = {
        name: here / configuration if isinstance(configuration, Path) else configuration
        for name, configuration in nodes.items()
    }
    with running_machines(nodes, tmp_path) as machines:
        yield machines
