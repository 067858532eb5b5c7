"""Packages that the mirror no longer has come from the archive's snapshot service."""

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from typing_extensions import override

pytestmark = pytest.mark.functional

FILE = b"a package"
URL = "mirror://debian/pool/main/p/p/p_1.0-1_all.deb"


class Handler(BaseHTTPRequestHandler):
    """A mirror without packages and a snapshot service with one, which has a second, wrong file of that name."""

    pages: ClassVar[dict[str, dict[str, list[dict[str, str]]]]] = {
        "/mr/binary/p/": {"result": [{"binary_version": "1.0-1"}]},
        "/mr/binary/p/1.0-1/binfiles": {
            "result": [
                {"architecture": "all", "hash": "bad"},
                {"architecture": "all", "hash": "good"},
            ]
        },
    }
    files: ClassVar[dict[str, bytes]] = {"/file/good": FILE, "/file/bad": b"another package"}

    def do_GET(self) -> None:
        """Answers with a page, a file, or 404."""
        page = self.pages.get(self.path)
        data = self.files.get(self.path) if page is None else json.dumps(page).encode()
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    @override
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of both."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def build(root: Path, server: str, digest: str, snapshot: str) -> subprocess.CompletedProcess[str]:
    """Builds a derivation that is a file of the archive."""
    expression = f"""derivation {{
      name = "p.deb"; builder = "builtin:fetchurl"; system = "builtin"; url = "{URL}";
      outputHash = "{digest}"; outputHashAlgo = "sha256"; outputHashMode = "flat";
    }}"""
    store = f"local?store={root}/store&state={root}/state&log={root}/log"
    program = str(Path(sys.executable).parent / "nix-build")
    command = [program, "--no-out-link", "-E", expression, "--store", store, "--substituters", ""]
    command += ["--option", "debian-mirror", server, "--option", "debian-snapshot", snapshot]
    command += ["--option", "download-attempts", "1"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_dropped_package(tmp_path: Path, server: str) -> None:
    """The file with the right hash is taken, though another of the same name comes first."""
    done = build(tmp_path, server, hashlib.sha256(FILE).hexdigest(), server)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).read_bytes() == FILE


def test_package_that_nobody_has(tmp_path: Path, server: str) -> None:
    """The error names the file, the places and the remedy; nothing is in the store."""
    done = build(tmp_path, server, "0" * 64, server)
    assert done.returncode != 0
    assert URL in done.stderr
    assert "debian-snapshot" in done.stderr
    assert not list((tmp_path / "store").glob("*-p.deb"))


def test_without_a_snapshot_service(tmp_path: Path, server: str) -> None:
    """An empty setting turns the service off."""
    done = build(tmp_path, server, hashlib.sha256(FILE).hexdigest(), "")
    assert done.returncode != 0
    assert "nix-channel --update" in done.stderr
