"""Container images and views of a common system, built from packages."""

import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from tests.functional.channel.conftest import Build

pytestmark = [pytest.mark.functional, pytest.mark.network, pytest.mark.timeout(900)]


class Image:
    """An image as `docker load` reads it."""

    def __init__(self, data: bytes) -> None:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            files = {
                member.name: content.read()
                for member in archive
                if (content := archive.extractfile(member)) is not None
            }
        (self.manifest,) = json.loads(files["manifest.json"])
        self.config: dict[str, Any] = json.loads(files[self.manifest["Config"]])
        self.layers = [files[name] for name in self.manifest["Layers"]]

    def names(self) -> list[set[str]]:
        """Of each layer, the names in it."""
        return [set(tarfile.open(fileobj=io.BytesIO(layer)).getnames()) for layer in self.layers]

    def check(self) -> None:
        """The configuration names the layers by their hashes."""
        hashes = [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in self.layers]
        assert self.config["rootfs"] == {"type": "layers", "diff_ids": hashes}
        assert self.config["os"] == "linux"


ARGUMENTS = """
    name = "greeting"; tag = "v1";
    config = { Cmd = [ "${pkgs.hello}/bin/hello" ]; Env = [ "A=b" ]; };
"""


def test_layered_image(build: Build) -> None:
    """Store paths are spread over layers, and what the configuration names is in the image."""
    hello = str(build("pkgs.hello"))
    output = build(
        f"pkgs.dockerTools.buildLayeredImage {{ {ARGUMENTS} contents = [ pkgs.hello ]; maxLayers = 5; }}"
    )
    done = subprocess.run(["gzip", "-dc", output], capture_output=True, check=True)
    image = Image(done.stdout)
    image.check()
    assert image.manifest["RepoTags"] == ["greeting:v1"]
    assert image.config["config"] == {"Cmd": [f"{hello}/bin/hello"], "Env": ["A=b"]}
    assert 2 <= len(image.layers) <= 5
    names = [name.lstrip("./") for layer in image.names() for name in layer]
    assert f"{hello.lstrip('/')}/bin/hello" in names
    assert "bin/hello" in names


def test_streamed_image(build: Build) -> None:
    """The stream is made by a program, and is the same each time."""
    arguments = f"{{ {ARGUMENTS} contents = [ pkgs.hello ]; }}"
    script = build(f"pkgs.dockerTools.streamLayeredImage {arguments}")
    first, second = (
        subprocess.run([script], env={}, capture_output=True, check=True).stdout for _ in range(2)
    )
    assert first == second
    image = Image(first)
    image.check()
    assert image.manifest["RepoTags"] == ["greeting:v1"]


def test_image_of_one_layer(build: Build) -> None:
    """What is copied to the root are files, and commands may add to them."""
    output = build(
        f"""pkgs.dockerTools.buildImage {{ {ARGUMENTS}
            copyToRoot = [ pkgs.hello ]; extraCommands = "mkdir data; echo x > data/file"; compressor = "none";
        }}"""
    )
    image = Image(output.read_bytes())
    image.check()
    with tarfile.open(fileobj=io.BytesIO(image.layers[-1])) as root:
        members = {member.name.removeprefix("./"): member for member in root}
    assert members["bin/hello"].isreg()
    assert members["bin/hello"].mode & 0o111
    assert members["data/file"].size == 2


def test_program_in_a_common_system(build: Build, tmp_path: Path) -> None:
    """A program that was made for /usr and the usual loader runs in a view that has both."""
    (tmp_path / "main.c").write_text(
        "#include <stdio.h>\n#include <unistd.h>\n"
        'int main() { puts(access("/usr/bin/hello", X_OK) ? "no" : "yes"); return 0; }\n'
    )
    view = build(
        """pkgs.buildFHSEnv {
            name = "view"; runScript = "bash";
            targetPkgs = pkgs: [
                pkgs.hello
                (pkgs.runCommandCC "foreign" { } ''
                    mkdir -p $out/bin
                    cc ${./main.c} -o $out/bin/foreign
                    ${pkgs.patchelf}/bin/patchelf --set-interpreter /lib64/ld-linux-x86-64.so.2 \\
                        --remove-rpath $out/bin/foreign
                '')
            ];
        }"""
    )
    command = [
        str(view / "bin/view"),
        "-c",
        "/usr/bin/foreign && ls /usr/lib64 | grep -c ld-linux && test -e /nix/store",
    ]
    done = subprocess.run(
        command,
        env={"HOME": str(tmp_path), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "yes"
