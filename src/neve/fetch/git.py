"""Git repositories: `fetchGit`, and the inputs of kind `git`.

A work tree on this machine is copied as it is, other repositories are kept, bare, in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from neve import _core
from neve.errors import FetchError
from neve.fetch.addresses import local_path
from neve.fetch.git_program import Repository
from neve.log import Activity, ActivityType, Level
from neve.store.adding import Ingestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from neve.fetch.remembered import Memory
    from neve.fetch.settings import FetchSettings
    from neve.store import Store

_REV: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_BAD_REF: Final = re.compile(r"^[-/.]|//|\.\.|@\{|[\x00-\x20~^:?*\[\\\x7f]|/$|\.lock$|\.$|^$")
_SSH_ADDRESS: Final = re.compile(r"(?!/)([^/:]+@)?[^/:]+:(?!//).*")
_UNSUPPORTED: Final = frozenset({"lfs", "verifyCommit", "publicKey", "publicKeys", "keytype"})


@dataclass(frozen=True)
class GitInput:
    """What to fetch; see `builtins.fetchGit`."""

    url: str
    name: str = "source"
    rev: str | None = None
    ref: str | None = None
    submodules: bool = False
    shallow: bool = False
    all_refs: bool = False
    export_ignore: bool = False

    @classmethod
    def parse(cls, arguments: Mapping[str, Any]) -> GitInput:
        """From the attributes of an input; raises `FetchError`."""
        for name in _UNSUPPORTED & arguments.keys():
            if arguments[name]:
                raise FetchError(
                    f"'{name}' of a Git input is not supported by this version of Neve"
                )
        if "url" not in arguments:
            raise FetchError("input attribute 'url' is missing")
        rev = str(arguments.get("rev") or "") or None
        ref = str(arguments.get("ref") or "") or None
        if rev is not None and not _REV.fullmatch(rev):
            raise FetchError(
                f"'{rev}' is no Git revision: it must have 40 or 64 hexadecimal digits"
            )
        if ref is not None and _BAD_REF.search(ref):
            raise FetchError(f"invalid Git branch/tag name '{ref}'")
        return cls(
            url=_fix_url(str(arguments["url"])),
            name=str(arguments.get("name") or "source"),
            rev=rev,
            ref=ref,
            submodules=bool(arguments.get("submodules", False)),
            shallow=bool(arguments.get("shallow", False)),
            all_refs=bool(arguments.get("allRefs", False)),
            export_ignore=bool(arguments.get("exportIgnore", False)),
        )

    @property
    def full_ref(self) -> str:
        """The reference by its whole name."""
        ref = self.ref or "HEAD"
        return ref if ref == "HEAD" or ref.startswith("refs/") else f"refs/heads/{ref}"

    @property
    def folder(self) -> str | None:
        """The repository's folder when it is one of this machine."""
        return local_path(self.url).rstrip("/") or "/" if self.url.startswith("file://") else None


class GitFetcher:
    """Fetches from Git repositories into one store."""

    def __init__(self, store: Store, settings: FetchSettings, memory: Memory) -> None:
        self._store: Final = store
        self._settings: Final = settings
        self._memory: Final = memory

    def fetch(self, wanted: GitInput) -> dict[str, Any]:
        """The tree and what is known of it, see `neve._core.Host.fetch`; raises `FetchError`, `StoreError`."""
        folder = wanted.folder
        if folder is not None and os.path.lexists(f"{folder}/.git"):
            repository = Repository(folder, wanted.url)
            if wanted.rev is None and wanted.ref is None:
                return self._fetch_work_tree(wanted, repository)
            return self._fetch_commit(wanted, repository)
        if folder is not None and not os.path.exists(f"{folder}/HEAD"):
            raise FetchError(f"'{folder}' is no Git repository: it has neither '.git' nor 'HEAD'")
        with self._mirror(wanted) as (repository, rev):
            return self._fetch_commit(replace(wanted, rev=rev), repository)

    # -- work trees

    def _fetch_work_tree(self, wanted: GitInput, repository: Repository) -> dict[str, Any]:
        head = repository.resolve("HEAD")
        changes = repository.run("status", "--porcelain", "--untracked-files=no")
        is_dirty = head is None or bool(changes)
        if is_dirty:
            self._check_dirty(repository.folder)
        with self._store.temporary_directory() as temporary:
            target = f"{temporary}/tree"
            repository.copy_work_tree(
                target, leaves_out=wanted.export_ignore, submodules=wanted.submodules
            )
            result = self._add(target, wanted)
        if head is not None:
            result["lastModified"] = repository.commit_time(head)
        if is_dirty or head is None:
            if head is not None:
                result.update(dirtyRev=f"{head}-dirty", dirtyShortRev=f"{head[:7]}-dirty")
            return result
        branch = repository.branch
        named = {} if branch is None else {"ref": branch}
        return {**result, **named, **self._history(wanted, repository, head)}

    def _check_dirty(self, folder: str) -> None:
        if not self._settings.allow_dirty:
            raise FetchError(f"Git tree '{folder}' is dirty")
        if self._settings.warn_dirty:
            self._store.log.message(Level.WARN, f"Git tree '{folder}' is dirty")

    # -- commits

    def _fetch_commit(self, wanted: GitInput, repository: Repository) -> dict[str, Any]:
        rev = (
            wanted.rev
            or repository.resolve(wanted.full_ref)
            or repository.resolve(wanted.ref or "")
        )
        if rev is None or not repository.has_commit(rev):
            raise _not_found(wanted, rev)
        history = self._history(wanted, repository, rev)
        changed = {"lastModified": repository.commit_time(rev)}
        question = {
            "kind": "git tree",
            "rev": rev,
            "name": wanted.name,
            "exportIgnore": wanted.export_ignore,
            "submodules": wanted.url if wanted.submodules else "",
            "store": self._store.store_dir,
        }
        result = self._known(question)
        if result is None:
            with self._store.temporary_directory() as temporary:
                target = f"{temporary}/tree"
                self._export(wanted, repository, rev, target)
                result = self._add(target, wanted)
            self._memory.keep(question, result)
        return {**result, **history, **changed}

    def _known(self, question: Mapping[str, Any]) -> dict[str, Any] | None:
        """A commit never changes, so an earlier answer holds as long as the store has it."""
        remembered = self._memory.find(question)
        if remembered is None:
            return None
        path = str(remembered.answer["outPath"])
        self._store.add_temp_root(path)
        return remembered.answer if self._store.is_valid_path(path) else None

    def _history(self, wanted: GitInput, repository: Repository, rev: str) -> dict[str, Any]:
        if wanted.shallow:
            return {"rev": rev}
        if repository.is_shallow:
            raise FetchError(
                f"'{wanted.url}' is a shallow Git repository, but shallow repositories are only allowed when "
                "`shallow = true;` is specified"
            )
        return {"rev": rev, "revCount": repository.count_commits(rev)}

    def _export(self, wanted: GitInput, repository: Repository, rev: str, target: str) -> None:
        modules = repository.export(rev, target, leaves_out=wanted.export_ignore)
        if not wanted.submodules or not modules:
            return
        for name, url in _module_urls(repository, rev, wanted.url).items():
            if name not in modules:
                continue
            inner = replace(wanted, url=url, rev=modules[name], ref=None)
            os.rmdir(f"{target}/{name}")
            with self._mirror(inner) as (mirror, commit):
                self._export(inner, mirror, commit, f"{target}/{name}")

    def _add(self, target: str, wanted: GitInput) -> dict[str, Any]:
        info = self._store.add_path(target, name=wanted.name, how=Ingestion())
        return {
            "outPath": info.path,
            "narHash": _core.encode_hash(info.nar_sha256, "sha256", "sri"),
        }

    # -- other repositories

    @contextlib.contextmanager
    def _mirror(self, wanted: GitInput) -> Iterator[tuple[Repository, str]]:
        """Our copy of a repository, and the commit that is wanted, which is there."""
        cache_dir = self._settings.cache_dir
        with contextlib.ExitStack() as cleanup:
            if cache_dir is None:
                cache_dir = cleanup.enter_context(self._store.temporary_directory())
            kind = "-shallow" if wanted.shallow else ""
            digest = hashlib.sha256(wanted.url.encode(errors="surrogateescape")).hexdigest()
            folder = f"{cache_dir}/neve-git/{digest}{kind}"
            os.makedirs(os.path.dirname(folder), exist_ok=True)
            repository = Repository(folder, wanted.url)
            with open(f"{folder}.lock", "w", encoding="utf-8") as lock:
                # Only while it grows: a repository may be a submodule of itself.
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not os.path.exists(f"{folder}/HEAD"):
                    shutil.rmtree(folder, ignore_errors=True)
                    os.mkdir(folder)
                    repository.run("init", "--bare", "--quiet", folder)
                rev = self._update(wanted, repository)
            yield repository, rev

    def _update(self, wanted: GitInput, repository: Repository) -> str:
        """Fetches what is missing; the commit that is wanted."""
        if wanted.rev is not None:
            if not repository.has_commit(wanted.rev):
                self._fetch_rev(wanted, repository, wanted.rev)
            return wanted.rev
        question = {"kind": "git ref", "url": wanted.url, "ref": wanted.full_ref}
        remembered = self._memory.find(question)
        known = str(remembered.answer["rev"]) if remembered is not None else None
        if known is not None and not repository.has_commit(known):
            known = None
        if known is not None and remembered is not None and remembered.is_fresh:
            return known
        try:
            rev = self._fetch_ref(wanted, repository)
        except FetchError as error:
            if known is None:
                raise
            self._store.log.message(Level.WARN, f"{error}; using cached version")
            return known
        self._memory.keep(question, {"rev": rev})
        return rev

    def _fetch_rev(self, wanted: GitInput, repository: Repository, rev: str) -> None:
        if not wanted.all_refs:
            # Not every server gives out commits by their hashes.
            with contextlib.suppress(FetchError):
                self._run_fetch(wanted, repository, rev)
        if not repository.has_commit(rev):
            spec = "+refs/*:refs/*" if wanted.all_refs else wanted.full_ref
            self._run_fetch(wanted, repository, spec)
        if not repository.has_commit(rev):
            raise _not_found(wanted, rev)

    def _fetch_ref(self, wanted: GitInput, repository: Repository) -> str:
        mine = "refs/neve/" + hashlib.sha256(wanted.full_ref.encode()).hexdigest()
        self._run_fetch(wanted, repository, f"+{wanted.full_ref}:{mine}")
        rev = repository.resolve(mine)
        if rev is None:
            raise _not_found(wanted, None)
        return rev

    def _run_fetch(self, wanted: GitInput, repository: Repository, spec: str) -> None:
        depth = ["--depth=1"] if wanted.shallow else []
        text = f"fetching Git repository '{wanted.url}'"
        with Activity(self._store.log, ActivityType.FETCH_TREE, text, level=Level.TALKATIVE):
            options = ("--quiet", "--force", "--no-tags", "--no-write-fetch-head", *depth)
            repository.run("fetch", *options, "--", wanted.url, spec)


def _fix_url(url: str) -> str:
    """An address with a scheme: `HOST:PATH` is one of ssh, a path a file."""
    if url.startswith("/"):
        return f"file://{_quoted(url)}"
    if "://" not in url and _SSH_ADDRESS.fullmatch(url):
        host, _, path = url.partition(":")
        return f"ssh://{host}/{path.removeprefix('/')}"
    url = url.removeprefix("git+")
    if "://" not in url:
        return f"file://{_quoted(os.path.abspath(url))}"
    return url


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(path)


def _module_urls(repository: Repository, rev: str, base: str) -> dict[str, str]:
    """Folder → address of the submodules that `.gitmodules` declares."""
    words = ("config", "--blob", f"{rev}:.gitmodules", "-z", "--list")
    values = dict(
        os.fsdecode(line).partition("\n")[::2]
        for line in repository.run(*words).split(b"\0")
        if line
    )
    return {
        path: _module_url(values.get(f"{key.removesuffix('.path')}.url", ""), base)
        for key, path in values.items()
        if key.startswith("submodule.") and key.endswith(".path")
    }


def _module_url(url: str, base: str) -> str:
    """The address of a submodule, which may be relative to that of its parent."""
    if not url.startswith(("./", "../")):
        return _fix_url(url)
    base = base.rstrip("/")
    while url.startswith(("./", "../")):
        if url.startswith("../"):
            base = base.rpartition("/")[0]
        url = url.partition("/")[2]
    return f"{base}/{url}"


def _not_found(wanted: GitInput, rev: str | None) -> FetchError:
    if rev is None:
        return FetchError(f"cannot find Git reference '{wanted.full_ref}' in '{wanted.url}'")
    return FetchError(
        f"Cannot find Git revision '{rev}' in ref '{wanted.ref or 'HEAD'}' of repository '{wanted.url}'! Please make "
        "sure that the rev exists on the ref you've specified or add allRefs = true; to fetchGit."
    )
