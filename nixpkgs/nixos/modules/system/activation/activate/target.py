"""The file system that is activated."""

import os
import sys


class Target:
    """The system at `root`, which is empty for the running one. With `is_dry`, steps only say what they would do.

    `run` tells folders of one activation from those of another one.
    """

    def __init__(self, root: str = "", *, is_dry: bool = False) -> None:
        self.root = root
        self.is_dry = is_dry
        self.run = str(os.getpid())

    def path(self, path: str) -> str:
        """The place of an absolute path."""
        return self.root + path

    def say(self, text: str) -> None:
        """Tell whoever watches."""
        sys.stderr.write(f"{text}\n")

    def random(self, size: int) -> bytes:
        """`size` bytes that nobody can foresee."""
        return os.urandom(size)

    def grant(self, file: int | str, uid: int, gid: int, mode: int) -> None:
        """Give a file, by its descriptor or its place, an owner and a mode."""
        if os.geteuid() == 0:
            os.chown(file, uid, gid)
        os.chmod(file, mode)

    def set_capabilities(self, place: str, value: bytes) -> None:
        """Let a program have capabilities: the attribute `security.capability`."""
        os.setxattr(place, "security.capability", value)

    def read(self, path: str) -> str | None:
        """The text of a file, or None if it does not exist."""
        try:
            with open(self.path(path), encoding="utf-8", errors="surrogateescape") as stream:
                return stream.read()
        except FileNotFoundError:
            return None

    def write(self, path: str, text: str, mode: int, group: int = 0) -> None:
        """Replace a file at once, unless it already is what it should be."""
        place = self.path(path)
        if self._is_same(place, text, mode):
            return
        draft = f"{place}.new"
        is_new = not os.path.lexists(place)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(text)
            stream.flush()
            self.grant(descriptor, 0, group, mode)
            # What there was before is not lost by a crash, and the next boot makes again what is new.
            if not is_new:
                os.fsync(descriptor)
        os.rename(draft, place)

    def link(self, target: str, path: str) -> None:
        """Make or replace a symbolic link at once."""
        place = self.path(path)
        try:
            os.symlink(target, place)
        except FileExistsError:
            self._replace_by_link(target, place)

    @staticmethod
    def _replace_by_link(target: str, place: str) -> None:
        if os.path.islink(place) and os.readlink(place) == target:
            return
        draft = f"{place}.new"
        if os.path.lexists(draft):
            os.unlink(draft)
        os.symlink(target, draft)
        os.rename(draft, place)

    @staticmethod
    def _is_same(place: str, text: str, mode: int) -> bool:
        try:
            if os.lstat(place).st_mode & 0o7777 != mode:
                return False
            with open(place, encoding="utf-8", errors="surrogateescape") as stream:
                return stream.read() == text
        except OSError:
            return False
