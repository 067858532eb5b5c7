"""Programs of the package set over TLS: whose certificates they believe, on hosts with certificates and without."""

import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.functional.channel.conftest import Build
from typing_extensions import override

trustme = pytest.importorskip("trustme")

pytestmark = [pytest.mark.functional, pytest.mark.network, pytest.mark.timeout(900)]

REFERENCES = b"0" * 40 + b"\tHEAD\n"
WITHOUT_CERTIFICATES = [
    "unshare",
    "--mount",
    "sh",
    "-c",
    'mount -t tmpfs none /etc/ssl && exec "$@"',
    "sh",
]
"""What comes before a command that is to find none on the host."""


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers everything with what git takes for a repository's references."""

    def do_GET(self) -> None:
        """Sends the references."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(REFERENCES)))
        self.end_headers()
        self.wfile.write(REFERENCES)

    @override
    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a server on this machine, and the certificate of the authority that vouches for it."""
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        yield f"https://localhost:{listener.server_port}/", file
        listener.shutdown()


COMMANDS = {
    "curl": ["curl", "-sS"],
    "wget": ["wget", "-qO-"],
    "git": ["git", "ls-remote"],
    "python3": ["python", "-c", "import sys, urllib.request as u; u.urlopen(sys.argv[1]).read()"],
}
"""Package → program, and its arguments before the address."""


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("prefix", [[], WITHOUT_CERTIFICATES], ids=["certificates", "none"])
def test_whom_programs_believe(
    build: Build, server: tuple[str, Path], name: str, prefix: list[str]
) -> None:
    """A server whose authority nobody knows is refused; one that a variable vouches for is believed."""
    url, authority = server
    program, *arguments = COMMANDS[name]
    command = [*prefix, str(build(f"pkgs.{name}") / "bin" / program), *arguments, url]

    def status(**variables: str) -> int:
        environment = {"PATH": "/usr/bin:/bin", **variables}
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode

    assert status() != 0
    assert status(SSL_CERT_FILE=str(authority)) == 0
    assert status(NIX_SSL_CERT_FILE=str(authority)) == 0


def test_certificates_of_the_store(build: Build) -> None:
    """What programs fall back on exists, and holds the certificates of many authorities."""
    text = (build("pkgs.curl") / "bin/curl").read_text()
    (place,) = {word.rstrip(";") for word in text.split() if "-ca-certificates-" in word}
    assert Path(place.partition("=")[2]).read_text().count("BEGIN CERTIFICATE") > 100
