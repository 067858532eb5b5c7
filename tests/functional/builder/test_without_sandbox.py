"""Builds without a sandbox: by setting, by derivation, or because the kernel allows none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.functional.builder.workshop import Workshop
from typing_extensions import override

from neve.builder.goals import Mode
from neve.builder.results import FailureKind

pytestmark = pytest.mark.functional


class PlainWorkshop(Workshop):
    """Its builders find the programs of the host."""

    @override
    def derive(self, name: str, script: str = "", **attributes: Any) -> str:
        return super().derive(name, script, PATH="/usr/bin:/bin", **attributes)


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Workshop]:
    """A store whose paths lie where their names say, and builds that see the host."""
    workshop = PlainWorkshop(tmp_path / "plain", in_place=True, sandbox="false")
    yield workshop
    assert workshop.leftovers() == []
    workshop.close()


def test_the_host_is_visible(plain: Workshop, tmp_path: Path) -> None:
    """Without a sandbox, a builder sees the host, and works in a folder below the store's state."""
    (tmp_path / "file").write_text("host")
    path = plain.build(
        plain.derive("plain", f"cat {tmp_path}/file > $out; pwd >> $out; id -u >> $out")
    )
    text, uid = path.read_text().splitlines()
    assert text.startswith(f"host{plain.layout.builds_dir}/nix-")
    assert int(uid) == os.geteuid()


def test_valid_outputs_are_not_in_the_way(plain: Workshop) -> None:
    """When an output exists, the builder gets another path, and what it wrote is rewritten to the real one."""
    derivation = plain.derive(
        "self",
        "mkdir $out; echo $out > $out/self; ln -s $out/self $out/link; echo $out; echo x > $dev",
        outputs=["out", "dev"],
    )
    path = plain.build(derivation)
    assert plain.log.lines[-1] == plain.output(derivation)
    plain.build(derivation, mode=Mode.CHECK)
    assert plain.log.lines[-1] != plain.output(derivation)
    plain.reopen()
    plain.store.delete_paths([plain.output(derivation, "dev")])
    plain.build(derivation, output="dev")
    assert (path / "self").read_text() == f"{path}\n"
    assert os.readlink(path / "link") == f"{path}/self"
    assert plain.store.verify(check_contents=True)


def test_repair_without_a_sandbox(plain: Workshop) -> None:
    """A damaged output is replaced although it is in the builder's way."""
    derivation = plain.derive("self", "mkdir $out; echo $out > $out/self")
    path = plain.build(derivation)
    (path / "self").chmod(0o644)
    (path / "self").write_text("bad")
    plain.build(derivation, mode=Mode.REPAIR)
    assert (path / "self").read_text() == f"{path}\n"
    assert plain.store.verify(check_contents=True)


def test_floating_outputs_without_a_sandbox(plain: Workshop) -> None:
    """Content-addressed outputs move to their path from wherever they were built."""
    floating = {"out": {"method": "nar", "hashAlgo": "sha256"}}
    derivation = plain.derive("floating", "mkdir $out; echo $out > $out/self", outputs=floating)
    path = plain.build(derivation, experimental_features=("ca-derivations",))
    assert (path / "self").read_text() == f"{path}\n"
    assert plain.store.verify(check_contents=True)


def test_processes_that_stay(plain: Workshop) -> None:
    """What the builder leaves running is killed, without a PID namespace to die with."""
    script = (
        "setsid sh -c 'sleep 303' >/dev/null 2>&1 & setsid setsid sleep 303 >/dev/null 2>&1 &"
        " sleep 0.3; echo > $out"
    )
    plain.build(plain.derive("stay", script))
    assert subprocess.run(["pgrep", "-f", "sleep 303"], check=False).returncode == 1


def test_a_derivation_that_wants_no_sandbox(tmp_path: Path) -> None:
    """`__noChroot` is obeyed where the setting is `relaxed`, and an error where it is `true`."""
    workshop = PlainWorkshop(tmp_path / "relaxed", in_place=True)
    derivation = workshop.derive("wish", f"cat {tmp_path}/file > $out", __noChroot="1")
    (tmp_path / "file").write_text("host")
    failure = workshop.fail(derivation)
    assert failure.kind is FailureKind.OTHER
    assert (
        "has '__noChroot' set, but that's not allowed when 'sandbox' is 'true'" in failure.message
    )
    assert workshop.build(derivation, sandbox="relaxed").read_text() == "host"
    plain = workshop.derive("plain", f"cat {tmp_path}/file > $out")
    assert "builder failed" in workshop.fail(plain, sandbox="relaxed").message
    workshop.close()


PROGRAM = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from tests.functional.builder.workshop import Workshop
open('/proc/sys/user/max_net_namespaces', 'w').write('0')
workshop = Workshop(Path({root!r}), in_place=True, sandbox_fallback={fallback})
derivation = workshop.derive('any', 'echo > $out')
print(workshop.run(derivation)[derivation])
print(workshop.log.messages)
"""


@pytest.mark.parametrize("fallback", [True, False])
def test_a_machine_without_namespaces(tmp_path: Path, *, fallback: bool) -> None:
    """Where the kernel refuses a namespace, `sandbox-fallback` decides: a warning, or an error that says what to do."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare")
    root = tmp_path / "root"
    program = tmp_path / "program.py"
    modules = [str(Path(__file__).parents[3]), *sys.path]
    program.write_text(PROGRAM.format(path=modules, root=str(root), fallback=fallback))
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", sys.executable, str(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare failed" in done.stderr:
        pytest.skip("needs user namespaces")
    assert done.returncode == 0, done.stderr
    assert "the kernel refuses a new net namespace (No space left on device)" in done.stdout
    assert "raise the number in /proc/sys/user/max_net_namespaces" in done.stdout
    assert ("Success(" in done.stdout) == fallback
    assert ("as 'sandbox-fallback' allows" in done.stdout) == fallback
