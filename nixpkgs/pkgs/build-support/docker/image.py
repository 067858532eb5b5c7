"""Writes a container image as `docker load` reads it, to standard output.

    image.py DESCRIPTION

DESCRIPTION is a JSON file:

    repo_tag      name:tag
    config        the image's configuration: Cmd, Env, ExposedPorts …
    architecture  as Go names it
    created       a time in ISO 8601, or "now"
    store_layers  lists of store paths, a layer each
    root_layer    a tar file with everything outside of the store, or null
    from_image    a docker archive (a folder, unpacked) whose layers come first, or null

The format is the image specification of Docker, version 1.2 (moby/docker-image-spec), with layers in the order of
`manifest.json`. The same description gives the same bytes, unless `created` is "now".
"""

import hashlib
import io
import json
import os
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO


class HashingFile(io.RawIOBase):
    """Counts and hashes what is written."""

    def __init__(self, target: BinaryIO | None = None) -> None:
        self._target = target
        self.digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:
        """Takes the bytes, and hands them on to a target."""
        self.digest.update(data)
        self.size += len(data)
        if self._target is not None:
            self._target.write(data)
        return len(data)


def plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Store objects belong to root and are as old as time."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mtime = 1
    return info


def write_store_layer(paths: list[str], target: BinaryIO) -> None:
    """A layer of store paths and of the directories above them."""
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        for parent in ("nix", "nix/store"):
            info = plain(tarfile.TarInfo(parent))
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(info)
        for path in paths:
            add_tree(archive, path)


def add_tree(archive: tarfile.TarFile, path: str) -> None:
    """Adds a path and what is below it, in the order of names."""
    archive.add(path, arcname=path.lstrip("/"), recursive=False, filter=plain)
    if os.path.isdir(path) and not os.path.islink(path):
        for name in sorted(os.listdir(path)):
            add_tree(archive, f"{path}/{name}")


def measure(paths: list[str]) -> HashingFile:
    """A layer's digest and size, without writing it anywhere."""
    layer = HashingFile()
    write_store_layer(paths, layer)
    return layer


class Image:
    """An archive that grows layer by layer."""

    def __init__(self, output: tarfile.TarFile, created: datetime) -> None:
        self._output = output
        self._time = int(created.timestamp())
        self.digests: list[str] = []
        self.files: list[str] = []
        self.history: list[dict[str, Any]] = []

    def add_bytes(self, name: str, data: bytes) -> None:
        """Adds a small file."""
        self._output.addfile(self._entry(name, len(data)), io.BytesIO(data))

    def add_store_layer(self, paths: list[str]) -> None:
        """Adds a layer of store paths: measured first, since an archive names a file's size before its content."""
        measured = measure(paths)
        name = f"{measured.digest.hexdigest()}/layer.tar"
        header = self._entry(name, measured.size).tobuf(tarfile.GNU_FORMAT)
        padding = b"\0" * (-measured.size % tarfile.BLOCKSIZE)
        target = self._output.fileobj
        target.write(header)
        write_store_layer(paths, target)
        target.write(padding)
        self._output.offset += len(header) + measured.size + len(padding)
        self._note(measured.digest.hexdigest(), name, f"store paths: {paths}")

    def add_layer_file(self, path: Path, comment: str) -> None:
        """Adds a layer that is a tar file."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            name = f"{digest}/layer.tar"
            self._output.addfile(self._entry(name, path.stat().st_size), file)
        self._note(digest, name, comment)

    def _entry(self, name: str, size: int) -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o644, self._time
        return info

    def _note(self, digest: str, name: str, comment: str) -> None:
        self.digests.append(f"sha256:{digest}")
        self.files.append(name)
        self.history.append({"comment": comment})


@contextmanager
def archive_on_stdout() -> Iterator[tarfile.TarFile]:
    """Standard output as an archive."""
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        yield archive


def base_config(image: Image, folder: str | None) -> dict[str, Any]:
    """Adds the layers of another image, and returns its configuration."""
    if folder is None:
        return {}
    root = Path(folder)
    manifest = json.loads((root / "manifest.json").read_text())[0]
    for layer in manifest["Layers"]:
        image.add_layer_file(root / layer, "layer of the image that this one starts from")
    config: dict[str, Any] = json.loads((root / manifest["Config"]).read_text())
    return config


def merge_config(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The configuration of the base with the image's own on top; variables of the same name are replaced."""
    variables = dict(line.split("=", 1) for line in base.get("Env") or [])
    variables.update(line.split("=", 1) for line in own.get("Env") or [])
    merged = base | own
    if variables:
        merged["Env"] = [f"{name}={value}" for name, value in variables.items()]
    return merged


def main() -> None:
    """Writes the image that a description asks for."""
    description = json.loads(Path(sys.argv[1]).read_text())
    now = description["created"] == "now"
    created = datetime.now(UTC) if now else datetime.fromisoformat(description["created"])
    with archive_on_stdout() as output:
        image = Image(output, created)
        base = base_config(image, description["from_image"])
        for paths in description["store_layers"]:
            image.add_store_layer(paths)
        if description["root_layer"] is not None:
            image.add_layer_file(Path(description["root_layer"]), "everything outside of the store")
        config = {
            "created": created.isoformat(),
            "architecture": description["architecture"],
            "os": "linux",
            "config": merge_config(base.get("config") or {}, description["config"] or {}),
            "rootfs": {"type": "layers", "diff_ids": image.digests},
            "history": [{"created": created.isoformat()} | entry for entry in image.history],
        }
        data = json.dumps(config, indent=1, sort_keys=True).encode()
        name = f"{hashlib.sha256(data).hexdigest()}.json"
        image.add_bytes(name, data)
        manifest = [{"Config": name, "RepoTags": [description["repo_tag"]], "Layers": image.files}]
        image.add_bytes("manifest.json", json.dumps(manifest).encode())


if __name__ == "__main__":
    main()
