"""The `git` program: what fetching asks of a repository."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING, Final, cast

from neve.errors import FetchError
from neve.fetch.archives import ArchiveError, Tree
from neve.process import KEPT_VARIABLES, ProcessError, capture, minimal_environment, spawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_VARIABLES: Final = (
    *KEPT_VARIABLES,
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "XDG_CONFIG_HOME"),
)
_QUIET: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    "LC_ALL": "C",
}
_OPTIONS: Final = (
    # A repository must not choose programs that we run, nor a user's attributes what is exported.
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    # Commits that were fetched by their hashes have no name that would keep them.
    *("-c", "gc.auto=0"),
    *("-c", "core.attributesFile=/dev/null"),
)
_SYMLINK: Final = b"120000"
_EXECUTABLE: Final = b"100755"


class Repository:
    """A repository on this machine: a work tree with `.git` in it, or a bare one."""

    def __init__(self, folder: str, url: str) -> None:
        """`url` is its name in messages."""
        self.folder: Final = folder
        self._url: Final = url

    def run(self, *words: str, data: bytes | None = None, index: str | None = None) -> bytes:
        """What a git command writes; raises `FetchError` with its words when it fails."""
        try:
            return capture(
                self._command(words), environment=_environment(index), directory="/", data=data
            )
        except ProcessError as error:
            said = error.output.strip() or str(error)
            raise FetchError(f"cannot read the Git repository '{self._url}': {said}") from error

    def text(self, *words: str) -> str:
        """The same as one line."""
        return os.fsdecode(self.run(*words)).strip()

    def has_commit(self, rev: str) -> bool:
        """Whether it holds a commit."""
        try:
            self.run("cat-file", "-e", f"{rev}^{{commit}}")
        except FetchError:
            return False
        return True

    def resolve(self, name: str) -> str | None:
        """The commit that a reference names, through annotated tags."""
        try:
            return self.text("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        except FetchError:
            return None

    @property
    def branch(self) -> str | None:
        """The whole name of the branch that is checked out, if one is."""
        try:
            return self.text("symbolic-ref", "--quiet", "HEAD")
        except FetchError:
            return None

    @property
    def is_shallow(self) -> bool:
        """Whether its history is cut off."""
        return self.text("rev-parse", "--is-shallow-repository") == "true"

    def commit_time(self, rev: str) -> int:
        """When a commit was made, in Unix time."""
        return int(self.text("log", "-1", "--no-show-signature", "--format=%ct", rev))

    def count_commits(self, rev: str) -> int:
        """How many commits lead to one, itself included."""
        return int(self.text("rev-list", "--count", rev))

    def export(self, rev: str, target: str, *, leaves_out: bool) -> dict[str, str]:
        """Writes a commit's files as they are stored to a new folder; submodules, which become empty folders.

        With `leaves_out`, without what has the attribute `export-ignore`. The result: folder → commit.
        """
        entries = list(self._entries(rev))
        if leaves_out:
            with tempfile.TemporaryDirectory() as folder:
                index = f"{folder}/index"
                self.run("read-tree", rev, index=index)
                ignored = self._ignored([name for *_, name in entries], index)
            entries = [entry for entry in entries if not is_below(entry[3], ignored)]
        tree = Tree(target)
        try:
            self._write(tree, [entry for entry in entries if entry[1] == b"blob"])
            modules = {name: rev for _, kind, rev, name in entries if kind == b"commit"}
            for name in modules:
                tree.add_directory(name)
        except ArchiveError as error:
            raise FetchError(f"the Git repository '{self._url}' is malicious: {error}") from error
        return modules

    def _entries(self, rev: str) -> Iterable[tuple[bytes, bytes, str, str]]:
        """Mode, kind, object and name of each."""
        for line in self.run("ls-tree", "-r", "-z", "--full-tree", rev).split(b"\0"):
            if line:
                fields, _, name = line.partition(b"\t")
                mode, kind, found = fields.split()
                yield mode, kind, found.decode(), os.fsdecode(name)

    def _write(self, tree: Tree, entries: Sequence[tuple[bytes, bytes, str, str]]) -> None:
        with tempfile.TemporaryFile() as questions:
            questions.writelines(f"{found}\n".encode() for _, _, found, _ in entries)
            questions.seek(0)
            process = spawn(
                self._command(("cat-file", "--batch")),
                environment=_environment(None),
                directory="/",
                stdin=questions,
                stdout=subprocess.PIPE,
            )
            with process:
                assert process.stdout is not None  # noqa: S101 - it is a pipe
                try:
                    for mode, _, _, name in entries:
                        self._write_one(tree, mode, name, process.stdout)
                except BaseException:
                    process.kill()
                    raise

    def _write_one(self, tree: Tree, mode: bytes, name: str, stream: IO[bytes]) -> None:
        header = stream.readline().split()
        if len(header) != 3 or header[1] != b"blob":
            raise FetchError(f"the Git repository '{self._url}' lacks the contents of '{name}'")
        content = _Part(stream, int(header[2]))
        if mode == _SYMLINK:
            tree.add_link(name, os.fsdecode(content.read(int(header[2]))))
        else:
            tree.add_file(name, cast("IO[bytes]", content), executable=mode == _EXECUTABLE)
        stream.read(1)

    def copy_work_tree(self, target: str, *, leaves_out: bool, submodules: bool) -> None:
        """Copies the files that git tracks, as they are now, to a new folder."""
        recursion = ["--recurse-submodules"] if submodules else []
        listed = self.run("ls-files", "-z", "--cached", *recursion).split(b"\0")
        names = sorted({os.fsdecode(name) for name in listed if name})
        ignored = self._ignored(names, None) if leaves_out else set()
        tree = Tree(target)
        for name in names:
            if not is_below(name, ignored):
                self._copy(tree, name)

    def _copy(self, tree: Tree, name: str) -> None:
        source = f"{self.folder}/{name}"
        try:
            mode = os.lstat(source).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return  # deleted, but git was not told yet
        if stat.S_ISDIR(mode):
            tree.add_directory(name)
        elif stat.S_ISLNK(mode):
            tree.add_link(name, os.readlink(source))
        elif stat.S_ISREG(mode):
            with open(source, "rb") as content:
                tree.add_file(name, content, executable=bool(mode & stat.S_IXUSR))

    def _ignored(self, names: Iterable[str], index: str | None) -> set[str]:
        """Those of the names, and of the folders above them, that have the attribute `export-ignore`."""
        asked = {name for name in names for name in [name, *_above(name)]}
        data = b"".join(os.fsencode(name) + b"\0" for name in sorted(asked))
        words = ("check-attr", "--cached", "--stdin", "-z", "export-ignore")
        fields = self.run(*words, data=data, index=index).split(b"\0")
        return {
            os.fsdecode(name)
            for name, value in zip(fields[::3], fields[2::3], strict=False)
            if value == b"set"
        }

    def _command(self, words: Sequence[str]) -> list[str]:
        return ["git", "-C", self.folder, *_OPTIONS, *words]


def is_below(name: str, folders: set[str]) -> bool:
    """Whether a name is one of these, or lies in one."""
    return bool(folders) and any(part in folders for part in [name, *_above(name)])


def _above(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _environment(index: str | None) -> dict[str, str]:
    extra = _QUIET if index is None else {**_QUIET, "GIT_INDEX_FILE": index}
    return minimal_environment(extra, keep=_VARIABLES)


class _Part:
    """The next bytes of a stream as a stream of its own."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream: Final = stream
        self._left = size

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, self._left))
        self._left -= len(data)
        if not data and self._left:
            raise FetchError("git ended too early")
        return data
