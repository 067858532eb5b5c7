"""Mercurial repositories, by the program `hg`. A repository is kept in the user's cache folder."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
from typing import TYPE_CHECKING, Any, Final

from neve import _core
from neve.errors import FetchError
from neve.fetch.addresses import local_path
from neve.fetch.archives import ArchiveError, Tree
from neve.log import Activity, Level
from neve.process import KEPT_VARIABLES, ProcessError, capture, minimal_environment
from neve.store.adding import Ingestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from neve.fetch.remembered import Memory
    from neve.fetch.settings import FetchSettings
    from neve.store import Store

_VARIABLES: Final = (*KEPT_VARIABLES, "http_proxy", "https_proxy", "no_proxy")
_VERSION: Final = re.compile(r"[a-zA-Z0-9@][a-zA-Z0-9_./@+-]*")


class MercurialFetcher:
    """Fetches from Mercurial repositories into one store."""

    def __init__(self, store: Store, settings: FetchSettings, memory: Memory) -> None:
        self._store: Final = store
        self._settings: Final = settings
        self._memory: Final = memory

    def fetch(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`outPath`, `narHash`, `ref`, and of a commit `rev` and `revCount`; raises `FetchError`."""
        url = str(arguments["url"])
        name = str(arguments.get("name") or "source")
        folder = local_path(url).rstrip("/") if url.startswith("file://") else None
        has_version = bool(arguments.get("rev") or arguments.get("ref"))
        if folder is not None and not has_version and self._is_dirty(folder):
            return self._copy_work_tree(folder, name)
        with self._mirror(folder or url, arguments) as mirror:
            return self._archive(mirror, arguments, name)

    def _is_dirty(self, folder: str) -> bool:
        if not os.path.isdir(f"{folder}/.hg"):
            return False
        return bool(_hg("status", "-R", folder, "--modified", "--added", "--removed"))

    def _copy_work_tree(self, folder: str, name: str) -> dict[str, Any]:
        """Copies the files that are tracked, as they are now."""
        if not self._settings.allow_dirty:
            raise FetchError(f"Mercurial tree '{folder}' is unclean")
        if self._settings.warn_dirty:
            self._store.log.message(Level.WARN, f"Mercurial tree '{folder}' is unclean")
        branch = _hg("branch", "-R", folder).decode().strip()
        words = ("--clean", "--modified", "--added", "--no-status", "--print0")
        listed = _hg("status", "-R", folder, *words).split(b"\0")
        with self._store.temporary_directory() as temporary:
            tree = Tree(f"{temporary}/tree")
            for file in sorted(os.fsdecode(name) for name in listed if name):
                _copy(tree, folder, file)
            return {**self._add(f"{temporary}/tree", name), "ref": branch}

    @contextlib.contextmanager
    def _mirror(self, address: str, arguments: Mapping[str, Any]) -> Iterator[str]:
        """Our copy of a repository, which has what is wanted if there is such a thing."""
        with contextlib.ExitStack() as cleanup:
            cache_dir = self._settings.cache_dir
            if cache_dir is None:
                cache_dir = cleanup.enter_context(self._store.temporary_directory())
            digest = hashlib.sha256(address.encode(errors="surrogateescape")).hexdigest()
            mirror = f"{cache_dir}/neve-hg/{digest}"
            os.makedirs(os.path.dirname(mirror), exist_ok=True)
            lock = cleanup.enter_context(open(f"{mirror}.lock", "w", encoding="utf-8"))
            fcntl.flock(lock, fcntl.LOCK_EX)
            rev = str(arguments.get("rev") or "")
            if not rev or not _has_commit(mirror, rev):
                text = f"fetching Mercurial repository '{address}'"
                with Activity(self._store.log, text=text, level=Level.TALKATIVE):
                    if os.path.isdir(f"{mirror}/.hg"):
                        _hg("pull", "-R", mirror, "--", address)
                    else:
                        _hg("clone", "--noupdate", "--", address, mirror)
            yield mirror

    def _archive(self, mirror: str, arguments: Mapping[str, Any], name: str) -> dict[str, Any]:
        wanted = str(arguments.get("rev") or arguments.get("ref") or "default")
        if not _VERSION.fullmatch(wanted):
            raise FetchError(f"'{wanted}' is no name of a Mercurial branch, tag or revision")
        template = "{node} {rev} {branch}"
        found = _hg("log", "-R", mirror, "-r", wanted, "--template", template)
        rev, count, branch = found.decode().split(" ", 2)
        version = {"rev": rev, "revCount": int(count), "ref": branch}
        question = {"kind": "hg tree", "rev": rev, "name": name, "store": self._store.store_dir}
        remembered = self._memory.find(question)
        if remembered is not None:
            path = str(remembered.answer["outPath"])
            self._store.add_temp_root(path)
            if self._store.is_valid_path(path):
                return {**remembered.answer, **version}
        with self._store.temporary_directory() as temporary:
            target = f"{temporary}/tree"
            _hg("archive", "-R", mirror, "-r", rev, "--", target)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{target}/.hg_archival.txt")
            result = self._add(target, name)
        self._memory.keep(question, result)
        return {**result, **version}

    def _add(self, target: str, name: str) -> dict[str, Any]:
        info = self._store.add_path(target, name=name, how=Ingestion())
        return {
            "outPath": info.path,
            "narHash": _core.encode_hash(info.nar_sha256, "sha256", "sri"),
        }


def _has_commit(mirror: str, rev: str) -> bool:
    if not os.path.isdir(f"{mirror}/.hg"):
        return False
    try:
        return _hg("log", "-R", mirror, "-r", rev, "--template", "1") == b"1"
    except FetchError:
        return False


def _copy(tree: Tree, folder: str, name: str) -> None:
    source = f"{folder}/{name}"
    try:
        if os.path.islink(source):
            tree.add_link(name, os.readlink(source))
        else:
            with open(source, "rb") as content:
                executable = bool(os.fstat(content.fileno()).st_mode & 0o100)
                tree.add_file(name, content, executable=executable)
    except (ArchiveError, OSError) as error:
        raise FetchError(f"cannot copy '{source}': {error}") from error


def _hg(*words: str) -> bytes:
    """What the program writes; raises `FetchError` with its words when it fails."""
    environment = minimal_environment({"HGPLAIN": ""}, keep=_VARIABLES)
    try:
        return capture(["hg", *words], environment=environment, directory="/")
    except ProcessError as error:
        said = error.output.strip() or str(error)
        raise FetchError(f"program 'hg' failed: {said}") from error
