"""Archives of code forges, fetched over TLS from a server that answers as they do."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neve import _core
from neve.errors import FetchError, HashMismatchError, TransferError
from neve.fetch.fetcher import Fetcher
from neve.fetch.trees import locked_attributes
from neve.store import Store

Forge = Callable[..., Fetcher]

REV = "0123456789abcdef0123456789abcdef01234567"
NEXT = "89abcdef0123456789abcdef0123456789abcdef"
SECONDS = 1_700_000_000


def make_archive(content: str = "1") -> bytes:
    """What forges pack: one folder named after the commit, every entry with the commit's time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in (("r-0123456/default.nix", content), ("r-0123456/sub/x", "x" * 5000)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = SECONDS
            archive.addfile(info, io.BytesIO(data.encode()))
    return gzip.compress(out.getvalue(), mtime=0)


@pytest.fixture
def forge(authority: Any, make_fetcher: Callable[..., Fetcher], tmp_path: Path) -> Forge:
    """Makes fetchers that trust the server."""
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))

    def make(*, transfer: dict[str, Any] | None = None, **settings: Any) -> Fetcher:
        return make_fetcher(
            transfer={"ssl_cert_file": str(trusted), **(transfer or {})}, **settings
        )

    return make


def serve(site: Any, kind: str, rev: str = REV, content: str = "1") -> str:
    """Has the server be a forge of a kind, whose newest commit is `rev`; where the archive is."""
    data = make_archive(content)
    if kind == "github":
        site.files["/api/v3/repos/o/r/commits/HEAD"] = json.dumps({"sha": rev}).encode()
        address = f"/api/v3/repos/o/r/tarball/{rev}"
        # GitHub keeps archives on another host.
        site.redirects[address] = f"/codeload/o/r/legacy.tar.gz/{rev}"
        address = site.redirects[address]
    elif kind == "gitlab":
        commits = "/api/v4/projects/o%2Fr/repository/commits?ref_name=HEAD"
        site.files[commits] = json.dumps([{"id": rev}, {"id": NEXT}]).encode()
        address = f"/api/v4/projects/o%2Fr/repository/archive.tar.gz?sha={rev}"
    else:
        site.files["/~o/r/HEAD"] = b"ref: refs/heads/trunk"
        references = f"{NEXT}\trefs/heads/main\n{rev}\trefs/heads/trunk\n{NEXT}\trefs/tags/v1\n"
        site.files["/~o/r/info/refs"] = references.encode()
        address = f"/~o/r/archive/{rev}.tar.gz"
    site.files[address] = data
    return address


def reference(site: Any, kind: str, **more: Any) -> dict[str, Any]:
    """The attributes of the repository on the server."""
    owner = "~o" if kind == "sourcehut" else "o"
    host = site.url.removeprefix("https://")
    return {"type": kind, "owner": owner, "repo": "r", "host": host, **more}


@pytest.mark.parametrize("kind", ["github", "gitlab", "sourcehut"])
def test_the_newest_commit(secure_site: Any, forge: Forge, store: Store, kind: str) -> None:
    """The forge says which it is, its archive is the tree, and both are what a lock file pins."""
    serve(secure_site, kind)
    wanted = reference(secure_site, kind)
    result = forge().fetch("fetchTree", wanted)
    info = store.query_path_info(result["outPath"])
    assert {name: result[name] for name in ("rev", "narHash", "lastModified")} == {
        "rev": REV,
        "narHash": _core.encode_hash(info.nar_sha256, "sha256", "sri"),
        "lastModified": SECONDS,
    }
    assert Path(store.real_path(info.path), "default.nix").read_text() == "1"
    locked = locked_attributes(wanted, result)
    assert locked["rev"] == REV
    assert locked["narHash"] == result["narHash"]
    assert locked["lastModified"] == SECONDS
    assert forge().fetch("fetchTree", locked)["outPath"] == result["outPath"]


@pytest.mark.parametrize("kind", ["github", "gitlab", "sourcehut"])
def test_a_newer_commit_is_found_when_the_old_one_is_stale(
    secure_site: Any, forge: Forge, kind: str
) -> None:
    """Within `tarball-ttl` nobody is asked, after it the forge is."""
    serve(secure_site, kind)
    wanted = reference(secure_site, kind)
    assert forge().fetch("fetchTree", wanted)["rev"] == REV
    serve(secure_site, kind, NEXT, "2")
    if kind == "sourcehut":
        secure_site.files["/~o/r/info/refs"] = f"{NEXT}\trefs/heads/trunk\n".encode()
    asked = list(secure_site.asked)
    assert forge().fetch("fetchTree", wanted)["rev"] == REV
    assert secure_site.asked == asked
    assert forge(tarball_ttl=0).fetch("fetchTree", wanted)["rev"] == NEXT


@pytest.mark.parametrize("kind", ["github", "gitlab", "sourcehut"])
def test_another_content_is_refused(
    secure_site: Any, forge: Forge, store: Store, kind: str
) -> None:
    """An archive that is not what a lock file says is named with both hashes, and nothing stands for it."""
    serve(secure_site, kind)
    wanted = reference(secure_site, kind, rev=REV)
    good = forge().fetch("fetchTree", wanted)["narHash"]
    serve(secure_site, kind, content="altered")
    with pytest.raises(HashMismatchError, match="NAR hash mismatch in input") as caught:
        forge(tarball_ttl=0).fetch("fetchTree", {**wanted, "narHash": good})
    assert f"expected '{good}' but got 'sha256-" in str(caught.value)
    assert caught.value.exit_status == 102
    assert store.verify(check_contents=True)


def test_a_cut_archive_is_completed(secure_site: Any, forge: Forge, store: Store) -> None:
    """The second request asks for the rest only."""
    address = serve(secure_site, "gitlab")
    secure_site.cut[address] = 40
    found = forge().fetch("fetchTree", reference(secure_site, "gitlab", rev=REV))
    assert Path(store.real_path(found["outPath"]), "sub/x").read_text() == "x" * 5000
    assert secure_site.asked == [f"GET {address} 200", f"GET {address} 206"]


@pytest.mark.parametrize(
    ("kind", "token", "header", "value"),
    [
        ("github", "secret", "authorization", "token secret"),
        ("gitlab", "PAT:secret", "private-token", "secret"),
        ("gitlab", "OAuth2:secret", "authorization", "Bearer secret"),
        ("sourcehut", "secret", "authorization", "Bearer secret"),
    ],
)
def test_tokens(
    secure_site: Any, forge: Forge, kind: str, token: str, header: str, value: str
) -> None:
    """`access-tokens` opens private repositories."""
    serve(secure_site, kind)
    wanted = reference(secure_site, kind)
    tokens = ((wanted["host"], token),)
    assert forge(access_tokens=tokens).fetch("fetchTree", wanted)["rev"] == REV
    assert secure_site.headers[header] == value


def test_passwords_from_netrc(secure_site: Any, forge: Forge, tmp_path: Path) -> None:
    """A forge behind a password is opened with what `netrc-file` says of its host."""
    serve(secure_site, "gitlab")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login me password secret\n")
    fetcher = forge(transfer={"netrc_file": str(netrc)})
    assert fetcher.fetch("fetchTree", reference(secure_site, "gitlab"))["rev"] == REV
    assert secure_site.headers["authorization"] == "Basic bWU6c2VjcmV0"


def test_a_certificate_that_nobody_trusts(secure_site: Any, make_fetcher: Forge) -> None:
    """The error says which setting names the certificates that are trusted."""
    serve(secure_site, "github")
    with pytest.raises(TransferError, match="not trusted; the setting 'ssl-cert-file'"):
        make_fetcher().fetch("fetchTree", reference(secure_site, "github"))


@pytest.mark.parametrize(
    ("kind", "answer"),
    [("github", b"{}"), ("github", b"<html>"), ("gitlab", b"[]"), ("sourcehut", b"")],
)
def test_answers_that_say_nothing(secure_site: Any, forge: Forge, kind: str, answer: bytes) -> None:
    """A reference that the forge does not know is named."""
    serve(secure_site, kind)
    for name in secure_site.files:
        if "commits" in name or name.endswith("refs"):
            secure_site.files[name] = answer
    with pytest.raises(FetchError, match=f"does not say which commit '{kind}:~?o/r' is"):
        forge().fetch("fetchTree", reference(secure_site, kind))
