"""Copying files between the host and a machine."""

from __future__ import annotations

import base64
import shlex
import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from test_driver.commands import Commands
from test_driver.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHARED_IN_MACHINE: Final = "/tmp/shared"  # noqa: S108 - where machines mount the shared folder
_BASE64_CHUNK: Final = 48 * 1024


class FileCommands(Commands):
    """`shared_dir` on the host is `/tmp/shared` in every machine; `out_dir` is the test's output."""

    shared_dir: Path
    out_dir: Path

    def copy_from_host(self, source: str, target: str) -> None:
        """Copy a file or folder of the host to `target` in the machine, whose parent folder is made.

        The copy belongs to root and keeps its permissions. Raises `MachineError` when there is no `source`.
        """
        host_source = _existing(source)
        with self._exchange() as (host_folder, folder):
            intermediate = host_folder / host_source.name
            if host_source.is_dir():
                shutil.copytree(host_source, intermediate, symlinks=True)
            else:
                shutil.copy(host_source, intermediate)
            inside = shlex.quote(f"{folder}/{host_source.name}")
            parent = shlex.quote(str(Path(target).parent))
            self.succeed(
                f"mkdir -p {parent}",
                f"cp --recursive --no-dereference --preserve=mode,timestamps {inside} {shlex.quote(target)}",
            )

    def copy_from_host_via_shell(self, source: str, target: str) -> None:
        """The same for a regular file through the root shell alone; raises `MachineError`."""
        host_source = _existing(source)
        if not host_source.is_file():
            raise MachineError(
                f"copying through the shell takes regular files, which {source} is not"
            )
        data, quoted = host_source.read_bytes(), shlex.quote(target)
        with self.nested(f"copying {source} to {target}"):
            self.execute(f"mkdir -p {shlex.quote(str(Path(target).parent))}; : > {quoted}")
            for begin in range(0, len(data), _BASE64_CHUNK):
                encoded = base64.b64encode(data[begin : begin + _BASE64_CHUNK]).decode()
                self.succeed(f"echo {encoded} | base64 -d >> {quoted}")

    def copy_from_machine(self, source: str, target_dir: str = "") -> None:
        """Copy a file or folder of the machine to the folder `target_dir` inside the test's output."""
        name = Path(source).name
        with self._exchange() as (host_folder, folder):
            self.succeed(
                f"mkdir -p {folder}",
                f"cp -r {shlex.quote(source)} {shlex.quote(f'{folder}/{name}')}",
            )
            destination = self.out_dir / target_dir / name
            destination.parent.mkdir(parents=True, exist_ok=True)
            intermediate = host_folder / name
            if intermediate.is_dir():
                shutil.copytree(intermediate, destination, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy(intermediate, destination)

    def copy_from_vm(self, source: str, target_dir: str = "") -> None:
        """The former name of `copy_from_machine`."""
        self.logger.warning(
            "copy_from_vm is deprecated, use copy_from_machine", {"machine": self.name}
        )
        self.copy_from_machine(source, target_dir)

    @contextmanager
    def _exchange(self) -> Iterator[tuple[Path, str]]:
        """A fresh folder that both sides see: its path on the host and in the machine."""
        host_folder = self.shared_dir / f"{self.name}-{uuid.uuid4().hex}"
        host_folder.mkdir(parents=True)
        try:
            yield host_folder, f"{_SHARED_IN_MACHINE}/{host_folder.name}"
        finally:
            shutil.rmtree(host_folder, ignore_errors=True)


def _existing(source: str) -> Path:
    path = Path(source)
    if not path.exists():
        raise MachineError(f"cannot copy {source} from the host: there is no such file")
    return path
