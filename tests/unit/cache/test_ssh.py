"""Stores over ssh: both sides of the protocol, with a program in place of ssh."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from neve.cache.copying import copy_closure, substitute_in
from neve.errors import InvalidPathError, StoreError
from neve.log import SILENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neve.cache.opening import StoreOpener
    from neve.cache.ssh import SshStore
    from neve.store import Store


@pytest.fixture
def connect(
    opener: StoreOpener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., SshStore]:
    """Connects to a store in a folder: `ssh` is a script that notes its words and runs what they say."""
    folder = tmp_path / "bin"
    folder.mkdir()
    commands = {
        "ssh": f'#!/bin/sh\necho "$@" >> {tmp_path}/ssh-words\nfor word; do last=$word; done\nexec sh -c "$last"\n',
        "nix-store": (f"#!{sys.executable}\nfrom neve.cli.nix_store import main\nmain()\n"),
    }
    for name, text in commands.items():
        (folder / name).write_text(text)
        (folder / name).chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("NIX_SSHOPTS", "-o Some=option")
    monkeypatch.setenv("NIX_CONF_DIR", str(tmp_path))
    monkeypatch.setenv("NIX_CONFIG", "substituters =")

    def open_remote(host: str = "user@host:2222", **parameters: str) -> SshStore:
        words = {"remote-store": str(tmp_path / "remote"), **parameters}
        query = "&".join(f"{name}={value}" for name, value in words.items())
        return opener.open(f"ssh://{host}?{query}")  # type: ignore[return-value]

    return open_remote


def test_closure_goes_there_and_back(
    connect: Callable[..., SshStore], opener: StoreOpener, store: Store, tmp_path: Path
) -> None:
    """Objects and metadata arrive; one connection serves all requests."""
    first = store.add_text("first", b"1" * 100_000)
    second = store.add_text("second", b"2", [first])
    remote = connect()
    assert not remote.is_valid_path(second)
    copy_closure(store, remote, [second], log=SILENT)
    assert remote.query_valid_paths([first, second]) == {first, second}
    info = remote.query_path_info(second)
    assert info.references == {first}
    assert info.content_address == store.query_path_info(second).content_address
    target = opener.open_local(str(tmp_path / "target"))
    copy_closure(remote, target, [second], log=SILENT)
    assert target.verify(check_contents=True)
    assert target.query_all_valid_paths() == {first, second}
    assert (tmp_path / "ssh-words").read_text().count("\n") == 1


def test_ssh_gets_the_words_that_it_should(
    connect: Callable[..., SshStore], tmp_path: Path
) -> None:
    """User, port, options and the remote command."""
    connect(compress="true", **{"ssh-key": "/key"}).is_valid_path(f"/nix/store/{'0' * 32}-x")
    words = (tmp_path / "ssh-words").read_text().split()
    assert words[:2] == ["user@host", "-x"]
    assert words[2:8] == ["-o", "Some=option", "-i", "/key", "-C", "-p2222"]
    assert words[8:] == [
        "--",
        "nix-store",
        "--serve",
        "--write",
        "--store",
        str(tmp_path / "remote"),
    ]


def test_localhost_needs_no_ssh(connect: Callable[..., SshStore], tmp_path: Path) -> None:
    """The remote program runs at once."""
    assert not connect("localhost").is_valid_path(f"/nix/store/{'0' * 32}-x")
    assert not (tmp_path / "ssh-words").exists()


def test_missing_paths_are_errors(connect: Callable[..., SshStore]) -> None:
    """Metadata and archives of what is not there."""
    remote = connect()
    missing = f"/nix/store/{'0' * 32}-x"
    with pytest.raises(InvalidPathError):
        remote.query_path_info(missing)
    with pytest.raises(StoreError):
        remote.compute_closure([missing])
    assert not remote.is_valid_path(missing), "after a failure a new connection is made"


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("true", "cannot connect to"),
        ("echo this is no store at all", "protocol mismatch"),
        (
            "printf \\\\313\\\\356\\\\122\\\\124\\\\0\\\\0\\\\0\\\\0\\\\0\\\\1\\\\0\\\\0\\\\0\\\\0\\\\0\\\\0",
            "unsupported",
        ),
    ],
)
def test_other_programs_are_told_to_be_none(
    connect: Callable[..., SshStore], program: str, words: str
) -> None:
    """What answers is no store, an old one, or nobody."""
    with pytest.raises(StoreError, match=words):
        connect("localhost", **{"remote-program": program}).is_valid_path(
            f"/nix/store/{'0' * 32}-x"
        )


def test_senseless_addresses_are_refused(connect: Callable[..., SshStore]) -> None:
    """A host that ssh would take for an option, and an unknown parameter."""
    with pytest.raises(StoreError, match="no name of a host"):
        connect("-oProxyCommand=evil")
    with pytest.raises(StoreError, match="unknown parameter 'colour'"):
        connect(colour="red")


def test_what_the_protocol_cannot_do_is_told(
    connect: Callable[..., SshStore], store: Store
) -> None:
    """Listing, signing and logs are errors, not silence; only ssh stores substitute."""
    remote = connect()
    for action in (
        remote.query_all_valid_paths,
        lambda: remote.query_path_from_hash_part("0" * 32),
        lambda: remote.add_signatures("p", ["s"]),
        lambda: remote.write_build_log("d", b""),
        lambda: substitute_in(store, []),
    ):
        with pytest.raises(StoreError):
            action()
    assert remote.read_build_log("d") is None
