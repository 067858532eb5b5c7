"""Programs for TLS on hosts without certificates."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.debian.deb_files import file
from tests.unit.debian.package_store import Store, content

from neve.debian.certificates import BUNDLE, choose
from neve.debian.elf import Dynamic
from neve.debian.wrapper import Wrapper

MOZILLA = "./usr/share/ca-certificates/mozilla"
SSL = """import os
class SSLContext:
    def load_default_certs(self):
        self.set_default_verify_paths()
    def set_default_verify_paths(self):
        print("defaults")
    def load_verify_locations(self, place):
        print(place)
SSLContext().load_default_certs()
"""


def test_bundle_is_made(store: Store) -> None:
    """A package with single certificates has them in one file, sorted by name."""
    store.build(
        "ca", [store.deb(file(f"{MOZILLA}/b.crt", b"B\n"), file(f"{MOZILLA}/a.crt", b"A\n"))]
    )
    assert content(f"{store.path('ca')}/{BUNDLE}") == "A\nB\n"


@pytest.mark.parametrize(
    ("source", "library", "is_wrapped"),
    [
        ("./usr/bin/run", "libssl.so.3", True),
        ("./usr/bin/run", "libcurl-gnutls.so.4", True),
        ("./usr/bin/run", "libc.so.6", False),
        ("./usr/sbin/run", "libssl.so.3", False),
    ],
)
def test_users_programs_are_wrapped(
    store: Store, monkeypatch: pytest.MonkeyPatch, source: str, library: str, *, is_wrapped: bool
) -> None:
    """Programs linked against a library for TLS are told where certificates are, but no servers."""
    monkeypatch.setattr(
        "neve.debian.programs.read_dynamic", lambda _path, _machine: Dynamic(None, [library])
    )
    store.build("bash", [store.deb(file("./usr/bin/bash", b"", 0o755))])
    program = store.deb(file(source, b"\x7fELF", 0o755))
    store.build("p", [program], dependencies=(store.path("bash"),), certificates=store.path("ca"))
    start = Path(store.path("p"), "bin/run").read_bytes()
    assert (f"{store.path('ca')}/{BUNDLE}".encode() in start) == is_wrapped


def chosen(store: Store, names: list[str], **variables: str) -> str:
    """What a program is started with: its arguments, and the variables about certificates."""
    context = store.build("p", [], certificates="/nowhere/ca")
    script = "\n".join(choose(context, names))
    script += '\necho "$SSL_CERT_FILE ${GIT_SSL_CAINFO-none} $*"\n'
    command = ["sh", "-c", script, "sh", "word"]
    return subprocess.run(
        command, env=variables, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_what_the_user_names_comes_first(store: Store) -> None:
    """SSL_CERT_FILE beats NIX_SSL_CERT_FILE, and either the host's and our own certificates."""
    names = ["GIT_SSL_CAINFO", "--ca"]
    both = chosen(store, names, SSL_CERT_FILE="/a", NIX_SSL_CERT_FILE="/b")
    assert both == "/a /a --ca=/a word"


def test_what_the_user_says_of_git_stays(store: Store) -> None:
    """A variable of the program's own is not overwritten."""
    said = chosen(store, ["GIT_SSL_CAINFO"], NIX_SSL_CERT_FILE="/b", GIT_SSL_CAINFO="/c")
    assert said == "/b /c word"


def test_the_host_comes_before_the_store(store: Store) -> None:
    """Without a variable the host's certificates count, and our own where it has none."""
    has_own = Path("/", BUNDLE).exists()
    expected = (
        f"/{BUNDLE} none word" if has_own else f"/nowhere/ca/{BUNDLE} /nowhere/ca/{BUNDLE} word"
    )
    assert chosen(store, ["GIT_SSL_CAINFO"]) == expected


def test_wrappers_of_the_table_can_ask_for_certificates() -> None:
    """A table's entry with an empty list makes a wrapper that sets the variable alone."""
    wrapper = Wrapper.parse_table('{"bin/p": {"certificates": []}, "bin/q": {}}')
    assert wrapper["bin/p"].starts_differently
    assert not wrapper["bin/q"].starts_differently


def test_python_knows_certificates(store: Store) -> None:
    """Its module loads the defaults, and then what a variable names or else a bundle."""
    module = file("./usr/lib/python3.13/ssl.py", SSL.encode())
    store.build("python", [store.deb(module)], certificates="/nowhere/ca")
    command = [sys.executable, "-I", f"{store.path('python')}/lib/python3.13/ssl.py"]

    def said(**variables: str) -> list[str]:
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
        return done.stdout.split()

    assert said(NIX_SSL_CERT_FILE="/b") == ["defaults", "/b"]
    assert said(SSL_CERT_FILE="/a", NIX_SSL_CERT_FILE="/b") == ["defaults"]
    host = f"/{BUNDLE}" if Path("/", BUNDLE).exists() else f"/nowhere/ca/{BUNDLE}"
    assert said() == ["defaults", host]
