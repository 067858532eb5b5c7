"""Source trees by type, from the attributes that `neve._core.parse_flake_ref` gives a reference."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from neve import _core
from neve.errors import FetchError, HashMismatchError
from neve.fetch.downloads import Wanted
from neve.fetch.git import GitFetcher, GitInput
from neve.fetch.mercurial import MercurialFetcher
from neve.store.adding import Ingestion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from neve.fetch.downloads import Download, Downloads
    from neve.fetch.remembered import Memory
    from neve.fetch.settings import FetchSettings
    from neve.store import Store

    Arguments = Mapping[str, Any]
    Result = dict[str, Any]

_REV: Final = re.compile(r"[0-9a-f]{40}")
_REF: Final = re.compile(r"[a-zA-Z0-9@][a-zA-Z0-9_.\/@+-]*")
_HOSTS: Final = {"github": "github.com", "gitlab": "gitlab.com", "sourcehut": "git.sr.ht"}


class TreeFetcher:
    """Fetches trees of every type into one store."""

    def __init__(
        self, store: Store, settings: FetchSettings, downloads: Downloads, memory: Memory
    ) -> None:
        self._store: Final = store
        self._settings: Final = settings
        self._downloads: Final = downloads
        self._git: Final = GitFetcher(store, settings, memory)
        self._mercurial: Final = MercurialFetcher(store, settings, memory)
        self._types: Final[dict[str, Callable[[Arguments], Result]]] = {
            "path": self._path,
            "file": self._download,
            "tarball": self._download,
            "git": self._clone,
            "hg": self._mercurial.fetch,
            "github": self._forge,
            "gitlab": self._forge,
            "sourcehut": self._forge,
        }

    def fetch(self, arguments: Arguments) -> Result:
        """The result attributes of `fetchTree`, for any type but `indirect`.

        Raises `FetchError`, `TransferError`, `StoreError`, and `HashMismatchError` for another `narHash`.
        """
        kind = str(arguments["type"])
        if kind not in self._types:
            raise FetchError(f"input type '{kind}' is not supported by this version of Neve")
        result = self._types[kind](arguments)
        expected = arguments.get("narHash")
        if expected is not None and not _same_hash(str(expected), result["narHash"]):
            error = HashMismatchError(
                f"NAR hash mismatch in input '{describe(arguments)}', expected '{expected}' but got "
                f"'{result['narHash']}'"
            )
            error.exit_status = 102
            raise error
        return result

    # -- types

    def _path(self, arguments: Arguments) -> Result:
        path = _required(arguments, "path")
        if not path.startswith("/"):
            raise FetchError(f"path '{path}' is not absolute")
        if not os.path.lexists(path):
            raise FetchError(f"path '{path}' does not exist")
        info = self._store.add_path(path, name="source", how=Ingestion())
        digest = _core.encode_hash(info.nar_sha256, "sha256", "sri")
        modified = int(arguments.get("lastModified", os.lstat(path).st_mtime))
        return {
            "outPath": info.path,
            "narHash": digest,
            "lastModified": modified,
            **_rev(arguments),
        }

    def _download(self, arguments: Arguments) -> Result:
        url = _required(arguments, "url")
        is_archive = arguments["type"] == "tarball"
        is_pinned = "narHash" in arguments
        found = self._downloads.get(Wanted(url, "source", is_archive, is_pinned))
        if is_archive:
            return {**_archive(found), **_rev(arguments)}
        # Trees are addressed by their archives, even those that are a single file.
        file = self._store.real_path(found.path)
        info = self._store.add_path(file, name="source", how=Ingestion())
        digest = _core.encode_hash(info.nar_sha256, "sha256", "sri")
        return {"outPath": info.path, "narHash": digest}

    def _clone(self, arguments: Arguments) -> Result:
        wanted = GitInput.parse(arguments)
        result = self._git.fetch(wanted)
        if wanted.shallow:
            result.pop("revCount", None)
        return result

    def _forge(self, arguments: Arguments) -> Result:
        rev = str(arguments.get("rev") or "") or self._newest(arguments)
        if not _REV.fullmatch(rev):
            raise FetchError(f"'{rev}' is no Git revision: it must have 40 hexadecimal digits")
        headers = self._headers(arguments)
        url = archive_url(arguments, rev, has_token=bool(headers))
        wanted = Wanted(url, "source", is_archive=True, headers=headers)
        return {**_archive(self._downloads.get(wanted)), "rev": rev}

    # -- forges

    def _newest(self, arguments: Arguments) -> str:
        """The commit that a reference of a forge's repository names now."""
        url = newest_url(arguments)
        text = self._read(url, arguments)
        try:
            if arguments["type"] == "sourcehut":
                ref = str(arguments.get("ref") or "HEAD")
                if ref == "HEAD":
                    # The list of references does not say which branch this is.
                    ref = self._read(head_url(arguments), arguments).strip().removeprefix("ref: ")
                return _find_ref(text, ref)
            answer = json.loads(text)
            return str(answer["sha"] if arguments["type"] == "github" else answer[0]["id"])
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise FetchError(
                f"'{url}' does not say which commit '{describe(arguments)}' is: does the reference exist?"
            ) from error

    def _read(self, url: str, arguments: Arguments) -> str:
        """A small file that a forge serves."""
        found = self._downloads.get(Wanted(url, "source", headers=self._headers(arguments)))
        with open(self._store.real_path(found.path), encoding="utf-8", errors="replace") as file:
            return file.read()

    def _headers(self, arguments: Arguments) -> tuple[str, ...]:
        """What the setting `access-tokens` says of a repository, or of its host."""
        tokens = dict(self._settings.access_tokens)
        host = _host(arguments)
        names = (
            f"{host}/{arguments['owner']}/{arguments['repo']}",
            f"{host}/{arguments['owner']}",
            host,
        )
        token = next((tokens[name] for name in names if name in tokens), None)
        if token is None:
            return ()
        if arguments["type"] == "github":
            return (f"Authorization: token {token}",)
        kind, _, secret = token.partition(":")
        if arguments["type"] == "gitlab" and kind == "PAT":
            return (f"Private-token: {secret}",)
        return (f"Authorization: Bearer {secret or token}",)


def locked_attributes(arguments: Arguments, result: Result) -> Result:
    """What a lock file says of a tree: the attributes that it was asked for by, and what was found."""
    locked = {name: value for name, value in arguments.items() if not name.startswith("__")}
    if arguments["type"] in _HOSTS:
        locked.pop("ref", None)
    names = ("narHash", "rev", "ref", "revCount", "lastModified", "dirtyRev", "dirtyShortRev")
    return {**locked, **{name: result[name] for name in names if name in result}}


def describe(arguments: Arguments) -> str:
    """A tree's name in messages."""
    kind = arguments["type"]
    version = arguments.get("rev") or arguments.get("ref")
    tail = f"/{version}" if version else ""
    if kind == "indirect":
        return f"flake:{arguments.get('id')}{tail}"
    if kind in _HOSTS:
        return f"{kind}:{arguments.get('owner')}/{arguments.get('repo')}{tail}"
    return str(arguments.get("url") or f"{kind}:{arguments.get('path')}")


def archive_url(arguments: Arguments, rev: str, *, has_token: bool = False) -> str:
    """Where a forge serves a commit as an archive; GitHub serves those who show a token elsewhere."""
    host, owner, repo = _host(arguments), *_repository(arguments)
    if arguments["type"] == "github" and (has_token or host != "github.com"):
        return f"https://{_github_api(host)}/repos/{owner}/{repo}/tarball/{rev}"
    if arguments["type"] == "gitlab":
        project = f"{owner}%2F{repo}"
        return f"https://{host}/api/v4/projects/{project}/repository/archive.tar.gz?sha={rev}"
    return f"https://{host}/{owner}/{repo}/archive/{rev}.tar.gz"


def newest_url(arguments: Arguments) -> str:
    """Where a forge says which commit a reference is."""
    host, owner, repo = _host(arguments), *_repository(arguments)
    ref = str(arguments.get("ref") or "HEAD")
    if not _REF.fullmatch(ref):
        raise FetchError(f"'{ref}' is no name of a branch or tag")
    if arguments["type"] == "github":
        return f"https://{_github_api(host)}/repos/{owner}/{repo}/commits/{ref}"
    if arguments["type"] == "gitlab":
        return f"https://{host}/api/v4/projects/{owner}%2F{repo}/repository/commits?ref_name={ref}"
    return f"https://{host}/{owner}/{repo}/info/refs"


def head_url(arguments: Arguments) -> str:
    """Where SourceHut says which branch a repository's own one is: `ref: refs/heads/…`."""
    host, owner, repo = _host(arguments), *_repository(arguments)
    return f"https://{host}/{owner}/{repo}/HEAD"


def _github_api(host: str) -> str:
    return "api.github.com" if host == "github.com" else f"{host}/api/v3"


def _find_ref(text: str, ref: str) -> str:
    """The commit of a reference in a list of lines `COMMIT<tab>NAME`; raises `KeyError`."""
    found = {name: rev for rev, _, name in (line.partition("\t") for line in text.splitlines())}
    for name in (ref, f"refs/heads/{ref}", f"refs/tags/{ref}"):
        if name in found:
            return found[name]
    raise KeyError(ref)


def _host(arguments: Arguments) -> str:
    host = str(arguments.get("host") or _HOSTS[str(arguments["type"])])
    if not re.fullmatch(r"[a-zA-Z0-9.-]+(:\d+)?", host):
        raise FetchError(f"'{host}' is no name of a host")
    return host


def _repository(arguments: Arguments) -> tuple[str, str]:
    owner, repo = _required(arguments, "owner"), _required(arguments, "repo")
    return quote(owner, safe="~"), quote(repo, safe="~")


def _required(arguments: Arguments, name: str) -> str:
    if not arguments.get(name):
        raise FetchError(f"input attribute '{name}' is missing")
    return str(arguments[name])


def _archive(found: Download) -> Result:
    return {"outPath": found.path, "narHash": found.hash, "lastModified": found.last_modified}


def _rev(arguments: Arguments) -> Result:
    rev = str(arguments.get("rev") or "")
    return {"rev": rev} if rev else {}


def _same_hash(expected: str, got: str) -> bool:
    try:
        return _core.parse_hash(expected, "sha256") == _core.parse_hash(got)
    except ValueError as error:
        raise FetchError(str(error)) from error
